package web

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func handler(tb testing.TB, options Options) http.Handler {
	tb.Helper()
	h, err := New(options)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

func get(tb testing.TB, h http.Handler, target string, header ...string) *http.Response {
	tb.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(tb testing.TB, response *http.Response) string {
	tb.Helper()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return string(content)
}

var assetPath = regexp.MustCompile(`/assets/([0-9a-f]{12})/[^"]+`)

func TestEveryAssetOfEveryPageIsServedForEver(t *testing.T) {
	h := handler(t, Options{})
	for _, page := range []string{"/", "/supervisor", "/embed/toolbar"} {
		response := get(t, h, page)
		if got := response.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s: Cache-Control = %q, want no-cache", page, got)
		}
		assets := assetPath.FindAllString(body(t, response), -1)
		if len(assets) < 3 {
			t.Errorf("%s: %d assets, want at least 3", page, len(assets))
		}
		for _, asset := range assets {
			response := get(t, h, asset)
			if response.StatusCode != http.StatusOK || !strings.Contains(response.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %d %q", asset, response.StatusCode, response.Header.Get("Cache-Control"))
			}
		}
	}
}

func TestPagesForbidEverythingInline(t *testing.T) {
	h := handler(t, Options{AllowedOrigins: []string{"https://crm.example"}})
	for page, frames := range map[string]string{"/": "'none'", "/supervisor": "'none'", "/embed/toolbar": "https://crm.example"} {
		response := get(t, h, page)
		policy := response.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "require-trusted-types-for 'script'", "frame-ancestors " + frames + ";"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q lacks %q", page, policy, want)
			}
		}
		if response.Header.Get("X-Content-Type-Options") != "nosniff" || response.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", page, response.Header)
		}
		if html := body(t, response); regexp.MustCompile(`<script>| style=| on[a-z]+=`).MatchString(html) {
			t.Errorf("%s has inline script or style", page)
		}
	}
}

func TestAnotherRevisionIsNotHere(t *testing.T) {
	for name, h := range map[string]http.Handler{"embedded": handler(t, Options{}), "from a folder": handler(t, Options{Dir: "."})} {
		response := get(t, h, "/assets/0123456789ab/js/sdk/hub-client.js")
		if response.StatusCode != http.StatusNotFound || response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d %q, want 404 no-store", name, response.StatusCode, response.Header.Get("Cache-Control"))
		}
		// What makes a page come anew is there whatever its revision, and before all that may be missing.
		for _, page := range []string{"/", "/supervisor", "/embed/toolbar"} {
			html := body(t, get(t, h, page))
			first := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindStringSubmatch(html)
			if first == nil || first[1] != "/reload.js" {
				t.Errorf("%s: %s loads %q first, want /reload.js", name, page, first)
			}
		}
		if got := get(t, h, "/reload.js"); got.StatusCode != http.StatusOK || got.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: /reload.js is %d %q", name, got.StatusCode, got.Header.Get("Cache-Control"))
		}
	}
}

func TestModulesForEmbeddersPointToTheRevision(t *testing.T) {
	h := handler(t, Options{})
	for _, name := range []string{"agent-toolbar.js", "hub-client.js", "lcm-shim.js"} {
		response := get(t, h, "/embed/v1/"+name)
		target := assetPath.FindString(body(t, response))
		if get(t, h, target).StatusCode != http.StatusOK {
			t.Errorf("%s points to %q, which is not there", name, target)
		}
		again := get(t, h, "/embed/v1/"+name, "If-None-Match", response.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %d, want 304", name, again.StatusCode)
		}
	}
	if types := body(t, get(t, h, "/embed/v1/hub-client.d.ts")); !strings.Contains(types, "interface Hub ") {
		t.Error("the types are not served")
	}
	if got := get(t, h, "/embed/v1/else.js").StatusCode; got != http.StatusNotFound {
		t.Errorf("unknown module: %d, want 404", got)
	}
}

func TestOnlyAllowedOriginsMayLoadModules(t *testing.T) {
	h := handler(t, Options{AllowedOrigins: []string{"https://crm.example"}})
	for origin, want := range map[string]string{"https://crm.example": "https://crm.example", "https://evil.example": "", "": ""} {
		response := get(t, h, "/embed/v1/agent-toolbar.js", "Origin", origin)
		if got := response.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("Origin %q: allowed %q, want %q", origin, got, want)
		}
		if response.Header.Get("Vary") == "" {
			t.Errorf("Origin %q: no Vary", origin)
		}
	}
	preflight := httptest.NewRequest(http.MethodOptions, "/api/v1/tickets", nil)
	preflight.Header.Set("Origin", "https://crm.example")
	preflight.Header.Set("Access-Control-Request-Method", "POST")
	w := httptest.NewRecorder()
	AllowOrigins([]string{"https://crm.example"}, http.NotFoundHandler()).ServeHTTP(w, preflight)
	if w.Code != http.StatusNoContent || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("preflight: %d %v", w.Code, w.Header())
	}
}

func TestOriginsOfAnySchemeMayBeAllowed(t *testing.T) {
	h := handler(t, Options{AllowedOrigins: []string{"app://desk", "chrome-extension://abcdefgh", "file://", "null"}})
	for origin, want := range map[string]string{
		"app://desk": "app://desk", "chrome-extension://abcdefgh": "chrome-extension://abcdefgh", "null": "null", "file://": "file://", "app://desk2": "",
	} {
		if got := get(t, h, "/embed/v1/agent-toolbar.js", "Origin", origin).Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("Origin %q: allowed %q, want %q", origin, got, want)
		}
	}
	policy := get(t, h, "/embed/toolbar").Header.Get("Content-Security-Policy")
	if want := "frame-ancestors app://desk chrome-extension://abcdefgh file:;"; !strings.Contains(policy, want) {
		t.Errorf("policy %q lacks %q", policy, want)
	}
}

func TestOriginsThatMeanSomethingElseInAPolicyAreRefused(t *testing.T) {
	for _, origin := range []string{"*", "https://*.example", "crm.example", "https://crm.example/", "https://a.example; script-src *", "ftp://a.example", ""} {
		if _, err := New(Options{AllowedOrigins: []string{origin}}); err == nil {
			t.Errorf("New accepted the origin %q", origin)
		}
	}
}

func TestConfigurationTellsThePagesHowToSignIn(t *testing.T) {
	h := handler(t, Options{Demo: true, Tenant: "default", OIDC: &OIDC{
		Issuer: "https://id.example", ClientID: "hub", AuthorizationEndpoint: "https://id.example/auth", TokenEndpoint: "https://token.example/t",
	}})
	var config struct {
		Demo           bool     `json:"demo"`
		Tenant         string   `json:"tenant"`
		OIDC           OIDC     `json:"oidc"`
		AllowedOrigins []string `json:"allowedOrigins"`
	}
	if err := json.Unmarshal([]byte(body(t, get(t, h, "/config.json"))), &config); err != nil {
		t.Fatal(err)
	}
	if !config.Demo || config.Tenant != "default" || config.OIDC.Scope != "openid profile" || config.AllowedOrigins == nil {
		t.Errorf("configuration %+v", config)
	}
	policy := get(t, h, "/").Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "connect-src 'self' https://token.example;") {
		t.Errorf("policy %q does not let the page reach the token endpoint", policy)
	}
}

func TestCompressedAnswersHoldTheSame(t *testing.T) {
	h := handler(t, Options{})
	target := assetPath.FindString(body(t, get(t, h, "/")))
	for _, asset := range []string{target, strings.TrimSuffix(target, "css/icon.svg") + "js/sdk/hub-client.js"} {
		response := get(t, h, asset, "Accept-Encoding", "gzip")
		if response.Header.Get("Content-Encoding") != "gzip" {
			continue
		}
		unpacked, err := gzip.NewReader(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(unpacked)
		if err != nil {
			t.Fatal(err)
		}
		if string(content) != body(t, get(t, h, asset)) {
			t.Errorf("%s differs when compressed", asset)
		}
	}
}

// What the modules do when they are small is for the browser tests, which run on these very bytes.
func TestServedModulesAreMinified(t *testing.T) {
	h := handler(t, Options{})
	count := 0
	for _, pattern := range []string{"js/*/*.js", "i18n/*.js", "css/*.css"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			count++
			served := body(t, get(t, h, "/assets/000000000000/"+filepath.ToSlash(name)))
			indented := filepath.Ext(name) == ".js" && strings.Contains(served, "\n  ") // it leaves container queries in CSS alone
			if len(served) >= len(source) || strings.Contains(served, "/**") || indented {
				t.Errorf("%s: %d bytes of %d", name, len(served), len(source))
			}
		}
	}
	if count < 30 {
		t.Errorf("looked at %d files", count)
	}
}

func TestDevelopmentDirectoryServesOnlyWhatWouldBeEmbedded(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"index.html": `<script src="/assets/dev/js/a.js">`, "js/a.js": "a", "package.json": "{}", "node_modules/x.js": "x",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := handler(t, Options{Dir: dir})
	asset := assetPath.FindString(body(t, get(t, h, "/")))
	response := get(t, h, asset)
	if body(t, response) != "a" || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: %d %q, want the file, not kept", asset, response.StatusCode, response.Header.Get("Cache-Control"))
	}
	for _, hidden := range []string{"package.json", "node_modules/x.js", "index.html", "../embed.go"} {
		if got := get(t, h, strings.TrimSuffix(asset, "js/a.js")+hidden).StatusCode; got == http.StatusOK {
			t.Errorf("%s is served", hidden)
		}
	}
}

func TestDiscoveryRefusesADocumentOfAnotherIssuer(t *testing.T) {
	var issuer string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer, "authorization_endpoint": "https://id.example/a", "token_endpoint": "https://id.example/t"})
	}))
	defer server.Close()
	issuer = server.URL
	found, err := DiscoverOIDC(t.Context(), server.Client(), OIDC{Issuer: server.URL, ClientID: "hub", Scope: "openid groups"})
	if err != nil || found.Scope != "openid groups" || found.TokenEndpoint != "https://id.example/t" {
		t.Fatalf("DiscoverOIDC = %+v, %v", found, err)
	}
	issuer = "https://other.example"
	_, err = DiscoverOIDC(t.Context(), server.Client(), OIDC{Issuer: server.URL, ClientID: "hub"})
	if fault, ok := errors.AsType[*DiscoveryError](err); !ok || !strings.Contains(fault.Why, "--issuer") || !strings.Contains(err.Error(), issuer) {
		t.Errorf("a document of another issuer: %v", err)
	}
}
