package identity

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// tokenOf signs claims that are written as a provider documents them, with times of today.
func tokenOf(t *testing.T, method jwt.SigningMethod, key crypto.Signer, header map[string]any, claims string) string {
	t.Helper()
	now := time.Now()
	text := strings.NewReplacer("NOW", fmt.Sprint(now.Unix()), "LATER", fmt.Sprint(now.Add(time.Hour).Unix())).Replace(claims)
	var body jwt.MapClaims
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		t.Fatal(err)
	}
	tok := jwt.NewWithClaims(method, body)
	delete(tok.Header, "typ")
	maps.Copy(tok.Header, header)
	s, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The shapes are those of the providers' own pages, looked at on 2026-11-29: Keycloak's server
// administration guide, learn.microsoft.com (access token claims reference), developer.okta.com
// (build a JWT for an API), auth0.com (access token profiles), docs.aws.amazon.com (using the access
// token), dexidp.io (tokens, custom claims).
func TestTokensOfKnownProvidersAreTaken(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const cognito = "abcd+EFGH/ijkl0123456789abcd+EFGH/ijkl01234="
	both := map[string][]Role{"contact-agents": {RoleAgent}, "leads": {RoleSupervisor}}
	for _, c := range []struct {
		name   string
		header map[string]any
		claims string
		opts   VerifierOptions
		want   Identity
	}{
		{
			"Keycloak, realm roles",
			map[string]any{"typ": "JWT", "kid": "k"},
			`{"exp":LATER,"iat":NOW,"auth_time":NOW,"jti":"onrtac:7c9","iss":"https://id.example/realms/floor","aud":["hub","account"],"sub":"f:1:jane",
			"typ":"Bearer","azp":"hub-pages","sid":"s","acr":"1","scope":"openid profile","name":"Jane Smith","preferred_username":"jane",
			"realm_access":{"roles":["offline_access","leads","contact-agents"]},"resource_access":{"hub":{"roles":["campaign"]}}}`,
			VerifierOptions{Issuer: "https://id.example/realms/floor", Audience: "hub", AgentClaim: "preferred_username", RoleClaim: "realm_access.roles", Roles: both},
			Identity{Agent: "jane", Role: RoleAgent, Roles: []Role{RoleAgent, RoleSupervisor}, Name: "Jane Smith"},
		},
		{
			"Keycloak, roles of a client whose name has a dot",
			map[string]any{"typ": "JWT", "kid": "k"},
			`{"exp":LATER,"iat":NOW,"iss":"https://id.example/realms/floor","aud":"account","sub":"jane","typ":"Bearer","azp":"my.hub",
			"resource_access":{"my.hub":{"roles":["supervisor"]}}}`,
			VerifierOptions{Issuer: "https://id.example/realms/floor", Audience: "my.hub", AudienceClaim: "azp", RoleClaim: "resource_access.my.hub.roles"},
			Identity{Agent: "jane", Role: RoleSupervisor, Roles: []Role{RoleSupervisor}},
		},
		{
			"Entra ID, app roles",
			map[string]any{"typ": "JWT", "kid": "k"},
			`{"aud":"6e74172b-be56-4843-9ff4-e66a39bb12e3","iss":"https://login.microsoftonline.com/72f988bf/v2.0","iat":NOW,"nbf":NOW,"exp":LATER,
			"azp":"6e74172b","azpacr":"0","name":"Jane Smith","oid":"690222be-ff1a-4d56-abd1-7e4f7d38e474","preferred_username":"jane@example.com",
			"rh":"I","roles":["Contact.Agents"],"scp":"access_as_user","sub":"HKZpfaHyWadeOouYlitjrI","tid":"72f988bf","uti":"f","ver":"2.0"}`,
			VerifierOptions{
				Issuer: "https://login.microsoftonline.com/72f988bf/v2.0", Audience: "6e74172b-be56-4843-9ff4-e66a39bb12e3", AgentClaim: "oid",
				RoleClaim: "roles", Roles: map[string][]Role{"Contact.Agents": {RoleAgent}},
			},
			Identity{Agent: "690222be-ff1a-4d56-abd1-7e4f7d38e474", Role: RoleAgent, Roles: []Role{RoleAgent}, Name: "Jane Smith"},
		},
		{
			"Okta, groups",
			map[string]any{"kid": "k"},
			`{"ver":1,"jti":"AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE","iss":"https://example.okta.com/oauth2/default","aud":"api://default",
			"iat":NOW,"exp":LATER,"cid":"nmdP1fcyvdVO11AL7ECm","uid":"00ukpw6SKz9ToGPYx0h7","scp":["openid"],"sub":"jane@example.com","groups":["Everyone","leads"]}`,
			VerifierOptions{Issuer: "https://example.okta.com/oauth2/default", Audience: "api://default", RoleClaim: "groups", Roles: both},
			Identity{Agent: "jane@example.com", Role: RoleSupervisor, Roles: []Role{RoleSupervisor}},
		},
		{
			"Auth0, a claim of one's own",
			map[string]any{"typ": "at+jwt", "kid": "k"},
			`{"iss":"https://my-domain.auth0.com/","sub":"auth0|123456","aud":["https://hub.example/","https://my-domain.auth0.com/userinfo"],
			"client_id":"my_client_id","exp":LATER,"iat":NOW,"jti":"73WakrfVbNJBaAmhQtEeDv","scope":"openid profile","https://hub.example/roles":["agent"]}`,
			VerifierOptions{Issuer: "https://my-domain.auth0.com/", Audience: "https://hub.example/", RoleClaim: "https://hub.example/roles"},
			Identity{Agent: "auth0|123456", Role: RoleAgent, Roles: []Role{RoleAgent}},
		},
		{
			"Cognito, no audience, and a key id that is base64",
			map[string]any{"kid": cognito},
			`{"sub":"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee","cognito:groups":["contact-agents"],"iss":"https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example",
			"version":2,"client_id":"xxxxxxxxxxxxexample","origin_jti":"aaa","event_id":"aaa","token_use":"access","scope":"phone openid profile email",
			"auth_time":NOW,"exp":LATER,"iat":NOW,"jti":"aaa","username":"jane"}`,
			VerifierOptions{
				Issuer: "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example", Audience: "xxxxxxxxxxxxexample", AudienceClaim: "client_id",
				AgentClaim: "username", RoleClaim: "cognito:groups", Roles: both,
			},
			Identity{Agent: "jane", Role: RoleAgent, Roles: []Role{RoleAgent}},
		},
		{
			"Dex, the ID token",
			map[string]any{"kid": "k"},
			`{"iss":"https://dex.example","sub":"Cg0wLTM4NS0yODA4OS0wEgRtb2Nr","aud":"hub","exp":LATER,"iat":NOW,"at_hash":"x","email":"jane@example.com",
			"email_verified":true,"groups":["contact-agents","leads"],"name":"Jane Smith","preferred_username":"jane"}`,
			VerifierOptions{Issuer: "https://dex.example", Audience: "hub", AgentClaim: "email", RoleClaim: "groups", Roles: both},
			Identity{Agent: "jane@example.com", Role: RoleAgent, Roles: []Role{RoleAgent, RoleSupervisor}, Name: "Jane Smith"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			iss := newIssuer(t)
			iss.keys.Store(&[]any{publicJWK(t, "other", key), publicJWK(t, c.header["kid"].(string), key)})
			c.opts.JWKSURL = iss.URL
			v := mustVerifier(t, c.opts)
			tok := tokenOf(t, jwt.SigningMethodRS256, key, c.header, c.claims)
			got, err := v.Verify(t.Context(), tok)
			if err != nil {
				t.Fatal(err)
			}
			if got.Agent != c.want.Agent || got.Role != c.want.Role || !slices.Equal(got.Roles, c.want.Roles) || got.Name != c.want.Name {
				t.Errorf("Verify = %+v, want %+v", got, c.want)
			}
			ours := c.opts.Audience
			c.opts.Audience = "somebody else"
			if _, err := mustVerifier(t, c.opts).Verify(t.Context(), tok); !errors.Is(err, ErrToken) {
				t.Errorf("for another audience: %v, want ErrToken", err)
			}
			c.opts.Audience, c.opts.Roles = ours, map[string][]Role{"nobody": {RoleAgent}}
			if _, err := mustVerifier(t, c.opts).Verify(t.Context(), tok); !errors.Is(err, ErrToken) {
				t.Errorf("without a role: %v, want ErrToken", err)
			}
		})
	}
}

func TestClaimIsFoundByItsNameBeforeItsPath(t *testing.T) {
	claims := map[string]any{
		"a.b": "name", "a": map[string]any{"b": "path", "c": map[string]any{"d.e": "deep"}}, "x": "no object", "n": nil,
	}
	for path, want := range map[string]any{"a.b": "name", "a.c.d.e": "deep", "x.y": nil, "a.q": nil, "": nil, ".": nil, "n": nil, "n.x": nil} {
		if got := find(claims, path); got != want {
			t.Errorf("find(%q) = %v, want %v", path, got, want)
		}
	}
}

// Every algorithm that a provider may use, each with the one kind of key that is its own.
func TestEveryAlgorithmOfAnIssuerIsTaken(t *testing.T) {
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec := map[string]crypto.Signer{}
	for name, curve := range map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()} {
		if ec[name], err = ecdsa.GenerateKey(curve, rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	iss := newIssuer(t)
	// One id for keys of three types, as some providers name a rotation and not a key.
	iss.keys.Store(&[]any{
		map[string]any{"kty": "RSA", "kid": 5, "n": "AQAB", "e": "AQAB"},
		"no object", nil,
		publicJWK(t, "k", rsaKey), publicJWK(t, "k", ec["ES256"]), publicJWK(t, "k", ec["ES384"]), publicJWK(t, "k", ec["ES512"]), publicJWK(t, "k", edKey),
	})
	v := mustVerifier(t, VerifierOptions{JWKSURL: iss.URL, Issuer: "iss", Audience: "aud"})
	const claims = `{"sub":"a","role":"agent","iss":"iss","aud":"aud","iat":NOW,"exp":LATER}`
	methods := []jwt.SigningMethod{
		jwt.SigningMethodRS256, jwt.SigningMethodRS384, jwt.SigningMethodRS512, jwt.SigningMethodPS256, jwt.SigningMethodPS384, jwt.SigningMethodPS512,
		jwt.SigningMethodES256, jwt.SigningMethodES384, jwt.SigningMethodES512, jwt.SigningMethodEdDSA,
		ed25519Method{jwt.SigningMethodEdDSA},
	}
	for _, method := range methods {
		var key crypto.Signer = rsaKey
		switch alg := method.Alg(); {
		case ec[alg] != nil:
			key = ec[alg]
		case strings.HasPrefix(alg, "Ed"):
			key = edKey
		}
		if _, err := v.Verify(t.Context(), tokenOf(t, method, key, map[string]any{"kid": "k"}, claims)); err != nil {
			t.Errorf("%s: %v", method.Alg(), err)
		}
	}
	if len(methods) != len(algorithms) {
		t.Errorf("%d algorithms are tried, there are %d", len(methods), len(algorithms))
	}
}

func TestTwoKeysWithoutAnIDAreBothTaken(t *testing.T) {
	iss := newIssuer(t)
	var keys []crypto.Signer
	var set []any
	for range 2 {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		jwk := publicJWK(t, "", key)
		delete(jwk, "kid")
		keys, set = append(keys, key), append(set, jwk)
	}
	iss.keys.Store(&set)
	v := mustVerifier(t, VerifierOptions{JWKSURL: iss.URL, Issuer: "iss", Audience: "aud"})
	for i, key := range keys {
		if _, err := v.Verify(t.Context(), tokenOf(t, jwt.SigningMethodEdDSA, key, nil, `{"sub":"a","role":"agent","iss":"iss","aud":"aud","exp":LATER}`)); err != nil {
			t.Errorf("key %d: %v", i, err)
		}
	}
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), tokenOf(t, jwt.SigningMethodEdDSA, stranger, nil, `{"sub":"a","role":"agent","iss":"iss","aud":"aud","exp":LATER}`)); !errors.Is(err, ErrToken) {
		t.Errorf("a key of nobody's: %v, want ErrToken", err)
	}
}

// Entra ID puts up to 200 groups into a token.
func TestTokenOfTwoHundredGroupsIsTaken(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	iss := newIssuer(t)
	iss.keys.Store(&[]any{publicJWK(t, "k", key)})
	groups := make([]string, 200)
	for i := range groups {
		groups[i] = fmt.Sprintf("%08x-be56-4843-9ff4-e66a39bb12e3", i)
	}
	list, err := json.Marshal(groups)
	if err != nil {
		t.Fatal(err)
	}
	v := mustVerifier(t, VerifierOptions{
		JWKSURL: iss.URL, Issuer: "iss", Audience: "aud", RoleClaim: "groups", Roles: map[string][]Role{groups[199]: {RoleAgent}},
	})
	tok := tokenOf(t, jwt.SigningMethodEdDSA, key, map[string]any{"kid": "k"}, `{"sub":"a","groups":`+string(list)+`,"iss":"iss","aud":"aud","exp":LATER}`)
	if len(tok) < 8<<10 {
		t.Fatalf("the token has %d bytes", len(tok))
	}
	if _, err := v.Verify(t.Context(), tok); err != nil {
		t.Errorf("%d bytes: %v", len(tok), err)
	}
}

func TestTenantOfAnIssuersToken(t *testing.T) {
	v := mustVerifier(t, VerifierOptions{Tenant: "acme", JWKSURL: "https://id.example/keys", Issuer: "iss", Audience: "aud"})
	claims := jwt.MapClaims{"sub": "a", "role": "agent", "exp": json.Number("4102444800")}
	if _, err := v.identity(claims); err == nil {
		t.Error("a token without tenant was taken by a hub with a name")
	}
	claims["tenant"] = "acme"
	if _, err := v.identity(claims); err != nil {
		t.Error(err)
	}
	delete(claims, "tenant")
	v.opts.Tenant = defaultTenant
	if _, err := v.identity(claims); err != nil {
		t.Error(err)
	}
}
