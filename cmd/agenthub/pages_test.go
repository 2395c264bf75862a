package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A provider that is away when the hub starts, or that the hub knows by a slightly
// wrong name, is asked again; the page and readiness say why meanwhile.
func TestProviderThatIsAwayAtTheStartIsAskedAgain(t *testing.T) {
	var issuer atomic.Pointer[string] // nil: away
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		named := issuer.Load()
		if named == nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{
			"issuer": *named, "authorization_endpoint": "https://id.example/a", "token_endpoint": "https://token.example/t",
		})
	}))
	defer provider.Close()
	h := startHub(t, "--jwks-url", provider.URL+"/keys", "--issuer", provider.URL+"/", "--audience", "hub", "--oidc-client-id", "pages",
		"--oidc-scopes", "openid  groups", "--oidc-resource", "https://hub.example", "--support-text", "Ask the service desk.")
	type oidc struct{ TokenEndpoint, Scope, Resource, Token, Audience, AudienceClaim string }
	config := func() (c struct {
		Fault, Support string
		OIDC           *oidc
	},
	) {
		t.Helper()
		_, text := get(t, h.url+"/config.json")
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	says := func(want string) {
		t.Helper()
		eventually(t, want, func() bool {
			_, ready := get(t, h.url+"/readyz")
			return strings.Contains(config().Fault, want) && strings.Contains(ready, "note: browsers cannot sign in: ") && strings.Contains(ready, want)
		})
	}
	if c := config(); c.OIDC != nil || c.Support != "Ask the service desk." {
		t.Errorf("config.json says %+v while the provider is away", c)
	}
	says("does not answer as one")
	wrong := provider.URL // without the slash
	issuer.Store(&wrong)
	says("otherwise than --issuer says")
	right := provider.URL + "/"
	issuer.Store(&right)
	eventually(t, "the sign-in", func() bool { return config().OIDC != nil })
	want := oidc{"https://token.example/t", "openid groups", "https://hub.example", "auto", "hub", "aud"}
	if c := config(); c.Fault != "" || *c.OIDC != want {
		t.Errorf("config.json says %+v, want %+v", *c.OIDC, want)
	}
	if _, ready := get(t, h.url+"/readyz"); strings.Contains(ready, "browsers") {
		t.Errorf("readiness says %s", ready)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if policy := res.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "https://token.example") {
		t.Errorf("the page may not reach the token endpoint: %s", policy)
	}
}
