package identity

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var testSecret = []byte("0123456789abcdef0123456789abcdef")

func mustVerifier(tb testing.TB, o VerifierOptions) *Verifier {
	tb.Helper()
	v, err := NewVerifier(o)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestSignedTokenIsVerified(t *testing.T) {
	want := Identity{Agent: "testagent@domain.com", Role: RoleSupervisor, Name: "T", Campaigns: []string{"a", "b"}, Tenant: "default"}
	tok, err := Sign(testSecret, want, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	got, err := mustVerifier(t, VerifierOptions{Secret: testSecret}).Verify(t.Context(), tok)
	if err != nil {
		t.Fatal(err)
	}
	if got.Agent != want.Agent || got.Role != want.Role || got.Name != want.Name || !slices.Equal(got.Campaigns, want.Campaigns) || got.Tenant != want.Tenant {
		t.Errorf("Verify = %+v, want %+v", got, want)
	}
	if left := time.Until(got.Expires); left < 59*time.Minute || left > time.Hour {
		t.Errorf("expires in %v", left)
	}
	if time.Since(got.IssuedAt) > time.Minute {
		t.Errorf("issued at %v", got.IssuedAt)
	}
}

func TestVerifierOptions(t *testing.T) {
	for name, o := range map[string]VerifierOptions{
		"nothing":              {},
		"31 bytes":             {Secret: testSecret[:31]},
		"secret beside JWKS":   {Secret: testSecret, JWKSURL: "http://x", Issuer: "i", Audience: "a"},
		"JWKS without issuer":  {JWKSURL: "http://x", Audience: "a"},
		"JWKS without audence": {JWKSURL: "http://x", Issuer: "i"},
	} {
		if _, err := NewVerifier(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Sign(testSecret[:31], Identity{}, time.Hour); err == nil {
		t.Error("Sign took a short secret")
	}
}

// The numbers are those of the list of bad inputs every hub must stand.
func TestBadTokens(t *testing.T) {
	v := mustVerifier(t, VerifierOptions{Secret: testSecret, Issuer: "iss", Audience: "aud"})
	good := func() jwt.MapClaims {
		return jwt.MapClaims{
			"sub": "a", "role": "agent", "iss": "iss", "aud": "aud",
			"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		}
	}
	with := func(key string, value any) jwt.MapClaims {
		c := good()
		if c[key] = value; value == nil {
			delete(c, key)
		}
		return c
	}
	header := func(key string, value any) map[string]any { return map[string]any{key: value} }
	raw := func(claims string) string {
		head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
		text := head + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		sig, err := jwt.SigningMethodHS256.Sign(text, testSecret)
		if err != nil {
			t.Fatal(err)
		}
		return text + "." + base64.RawURLEncoding.EncodeToString(sig)
	}
	sign := func(c jwt.MapClaims, h map[string]any) string {
		tok := jwt.NewWithClaims(jwt.SigningMethodHS256, c)
		maps.Copy(tok.Header, h)
		s, err := tok.SignedString(testSecret)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	none := func(alg string) string {
		head, _ := json.Marshal(map[string]string{"alg": alg, "typ": "JWT"})
		body, _ := json.Marshal(good())
		return base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(body) + "."
	}
	if _, err := v.Verify(t.Context(), sign(good(), nil)); err != nil {
		t.Fatalf("the good token: %v", err)
	}
	if _, err := v.Verify(t.Context(), sign(with("aud", []string{"x", "aud"}), header("typ", "at+jwt"))); err != nil {
		t.Fatalf("a list of audiences: %v", err)
	}
	for name, tok := range map[string]string{
		"empty":                    "",
		"2 expired":                sign(with("exp", time.Now().Unix()-1), nil),
		"3 not before":             sign(with("nbf", time.Now().Add(time.Hour).Unix()), nil),
		"issued in the future":     sign(with("iat", time.Now().Add(time.Hour).Unix()), nil),
		"4 alg none":               none("none"),
		"4 alg None":               none("None"),
		"4 alg nOnE":               none("nOnE"),
		"6 issuer":                 sign(with("iss", "x"), nil),
		"6 no issuer":              sign(with("iss", nil), nil),
		"7 audience":               sign(with("aud", "x"), nil),
		"7 audiences":              sign(with("aud", []string{"x", "y"}), nil),
		"8 no exp":                 sign(with("exp", nil), nil),
		"9 exp a string":           sign(with("exp", "4102444800"), nil),
		"9 exp 1e400":              raw(`{"sub":"a","role":"agent","iss":"iss","aud":"aud","exp":1e400}`),
		"9 exp 1e300":              raw(`{"sub":"a","role":"agent","iss":"iss","aud":"aud","exp":1e300}`),
		"9 exp negative":           sign(with("exp", -5), nil),
		"10 no sub":                sign(with("sub", nil), nil),
		"10 empty sub":             sign(with("sub", ""), nil),
		"10 null sub":              raw(`{"sub":null,"role":"agent","iss":"iss","aud":"aud","exp":4102444800}`),
		"10 number sub":            sign(with("sub", 5), nil),
		"10 long sub":              sign(with("sub", strings.Repeat("x", 129)), nil),
		"10 sub with a line break": sign(with("sub", "a\nb"), nil),
		"10 token too long":        sign(with("sub", strings.Repeat("x", 10<<10)), nil),
		"12 kid a path":            sign(good(), header("kid", "../../etc/passwd")),
		"12 kid too long":          sign(good(), header("kid", strings.Repeat("x", 65))),
		"12 kid a number":          sign(good(), header("kid", 5)),
		"13 jku":                   sign(good(), header("jku", "https://evil.example")),
		"13 jwk":                   sign(good(), header("jwk", map[string]string{"kty": "oct"})),
		"13 crit":                  sign(good(), header("crit", []string{"x"})),
		"typ":                      sign(good(), header("typ", "JWE")),
		"14 padding":               sign(good(), nil) + "=",
		"14 white space":           sign(good(), nil) + " ",
		"14 a third dot":           sign(good(), nil) + ".x",
		"no role":                  sign(with("role", nil), nil),
		"unknown role":             sign(with("role", "admin"), nil),
		"role a list of others":    sign(with("role", []string{"admin", "Agent"}), nil),
		"role an object":           sign(with("role", map[string]any{"agent": true}), nil),
		"role null":                raw(`{"sub":"a","role":null,"iss":"iss","aud":"aud","exp":4102444800}`),
		"another tenant":           sign(with("tenant", "x"), nil),
		"tenant null":              raw(`{"sub":"a","role":"agent","iss":"iss","aud":"aud","exp":4102444800,"tenant":null}`),
		"campaigns null":           raw(`{"sub":"a","role":"agent","iss":"iss","aud":"aud","exp":4102444800,"campaigns":null}`),
		"campaigns a string":       sign(with("campaigns", "a"), nil),
		"campaigns with a number":  sign(with("campaigns", []any{"a", 5}), nil),
		"signed by somebody else":  strings.TrimRight(sign(good(), nil), "AQgw") + "AAAA",
	} {
		if id, err := v.Verify(t.Context(), tok); !errors.Is(err, ErrToken) || id.Agent != "" {
			t.Errorf("%s: Verify = %v, %v, want ErrToken", name, id, err)
		}
	}
}

// issuer is a sign-in server that can rotate its keys and be away.
type issuer struct {
	fetches atomic.Int32
	away    atomic.Bool
	keys    atomic.Pointer[[]any]
	*httptest.Server
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{}
	i.keys.Store(&[]any{})
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		i.fetches.Add(1)
		if i.away.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": *i.keys.Load()})
	}))
	t.Cleanup(i.Close)
	return i
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func publicJWK(t *testing.T, kid string, key crypto.Signer) map[string]string {
	t.Helper()
	switch pub := key.Public().(type) {
	case *rsa.PublicKey:
		return map[string]string{"kty": "RSA", "kid": kid, "use": "sig", "n": b64(pub.N.Bytes()), "e": b64(big.NewInt(int64(pub.E)).Bytes())}
	case *ecdsa.PublicKey:
		point, err := pub.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		curve, half := pub.Params(), len(point)/2
		return map[string]string{"kty": "EC", "crv": curve.Name, "kid": kid, "x": b64(point[1 : half+1]), "y": b64(point[half+1:])}
	case ed25519.PublicKey:
		return map[string]string{"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": b64(pub)}
	}
	t.Fatal("no such key")
	return nil
}

// says is a key for one algorithm alone.
func says(jwk map[string]string, alg string) map[string]string {
	jwk["alg"] = alg
	return jwk
}

func TestKeySet(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	iss := newIssuer(t)
	v := mustVerifier(t, VerifierOptions{JWKSURL: iss.URL, Issuer: "iss", Audience: "aud", RoleClaim: "https://hub/role", AgentClaim: "email"})
	claims := jwt.MapClaims{
		"sub": "0000", "email": "a@x", "https://hub/role": "agent", "iss": "iss", "aud": "aud", "exp": time.Now().Add(time.Hour).Unix(),
	}
	sign := func(method jwt.SigningMethod, kid string, key any) string {
		tok := jwt.NewWithClaims(method, claims)
		if kid != "" {
			tok.Header["kid"] = kid
		}
		s, err := tok.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	verify := func(tok string) error {
		id, err := v.Verify(context.Background(), tok)
		if err == nil && (id.Agent != "a@x" || id.Role != RoleAgent) {
			t.Errorf("identity = %+v", id)
		}
		return err
	}

	iss.away.Store(true)
	if err := verify(sign(jwt.SigningMethodRS256, "r", rsaKey)); !errors.Is(err, ErrKeys) {
		t.Errorf("issuer away: %v, want ErrKeys", err)
	}
	iss.away.Store(false)
	v.keys.tried = time.Time{}
	iss.keys.Store(&[]any{
		says(publicJWK(t, "r", rsaKey), "RS256"), publicJWK(t, "e", ecKey), publicJWK(t, "d", edKey),
		map[string]string{"kty": "oct", "kid": "o", "k": "AAAA"},
		map[string]string{"kty": "EC", "crv": "P-521", "kid": "p"},
	})
	for name, tok := range map[string]string{
		"RS256": sign(jwt.SigningMethodRS256, "r", rsaKey), "ES256": sign(jwt.SigningMethodES256, "e", ecKey),
		"EdDSA": sign(jwt.SigningMethodEdDSA, "d", edKey), "no kid": sign(jwt.SigningMethodRS256, "", rsaKey),
	} {
		if err := verify(tok); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	before := iss.fetches.Load()
	for range 1000 {
		kid := b64(func() []byte { b := make([]byte, 8); _, _ = rand.Read(b); return b }())
		if err := verify(sign(jwt.SigningMethodEdDSA, kid, edKey)); !errors.Is(err, ErrToken) && !errors.Is(err, ErrKeys) {
			t.Fatalf("11 unknown kid: %v", err)
		}
	}
	if got := iss.fetches.Load() - before; got > 1 {
		t.Errorf("1,000 unknown kids made %d fetches, want at most 1", got)
	}
	pub, err := rsaKey.N.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for name, tok := range map[string]string{
		"5 HS256 with the public key":    sign(jwt.SigningMethodHS256, "r", pub),
		"RS512 with a key for RS256":     sign(jwt.SigningMethodRS512, "r", rsaKey),
		"a key of another kind":          sign(jwt.SigningMethodES256, "r", ecKey),
		"the kid of another key":         sign(jwt.SigningMethodEdDSA, "e", edKey),
		"a key that is not for signing ": sign(jwt.SigningMethodHS256, "o", []byte{0, 0, 0}),
	} {
		if err := verify(tok); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v, want ErrToken", name, err)
		}
	}

	// The issuer rotates, then goes away: the keys it showed last serve on, however long.
	_, next, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	iss.keys.Store(&[]any{publicJWK(t, "n", next), publicJWK(t, "d", edKey)})
	v.keys.tried = time.Time{}
	if err := verify(sign(jwt.SigningMethodEdDSA, "n", next)); err != nil {
		t.Errorf("new key: %v", err)
	}
	iss.away.Store(true)
	v.keys.tried, v.keys.until = time.Time{}, time.Time{}
	for kid, key := range map[string]crypto.Signer{"d": edKey, "n": next} {
		if err := verify(sign(jwt.SigningMethodEdDSA, kid, key)); err != nil {
			t.Errorf("a key of an issuer that is away: %v", err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	tok, err := Sign(testSecret, Identity{Agent: "a", Role: RoleAgent}, time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(tok)
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	v := mustVerifier(f, VerifierOptions{Secret: []byte("another secret of thirty-two bytes")})
	f.Fuzz(func(t *testing.T, token string) {
		if id, err := v.Verify(t.Context(), token); err == nil {
			t.Errorf("Verify(%q) = %+v", token, id)
		}
	})
}
