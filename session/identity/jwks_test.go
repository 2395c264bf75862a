package identity

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// keyring is an issuer's keys and a verifier that asks for them.
type keyring struct {
	*Verifier
	answer func(w http.ResponseWriter, r *http.Request)
	keys   map[string]ed25519.PrivateKey
	server *httptest.Server
}

func newKeyring(t *testing.T, kids ...string) *keyring {
	t.Helper()
	k := &keyring{keys: map[string]ed25519.PrivateKey{}}
	for _, kid := range kids {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		k.keys[kid] = key
	}
	k.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { k.answer(w, r) }))
	t.Cleanup(k.server.Close)
	k.Verifier = mustVerifier(t, VerifierOptions{JWKSURL: k.server.URL, Issuer: "iss", Audience: "aud", Client: &http.Client{Timeout: time.Second}})
	return k
}

// shows answers with a set of these keys.
func (k *keyring) shows(t *testing.T, cacheControl string, kids ...string) func(http.ResponseWriter, *http.Request) {
	t.Helper()
	set := []any{}
	for _, kid := range kids {
		set = append(set, publicJWK(t, kid, k.keys[kid]))
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", cacheControl)
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": set})
	}
}

func (k *keyring) verify(t *testing.T, kid string) error {
	t.Helper()
	key := crypto.Signer(k.keys[kid])
	_, err := k.Verify(t.Context(), tokenOf(t, jwt.SigningMethodEdDSA, key, map[string]any{"kid": kid}, `{"sub":"a","role":"agent","iss":"iss","aud":"aud","exp":LATER}`))
	return err
}

// later is when the set may be asked for again.
func (k *keyring) later() { k.Verifier.keys.tried = time.Now().Add(-keyRefetch) }

func TestKeysOutOfReachAreToldApart(t *testing.T) {
	for reason, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"status":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"timeout": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"format": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<html>Sign in to the guest network</html>")
		},
		"empty":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[{"kty":"oct","k":"AAAA"}]}`) },
		"refused": nil,
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			k := newKeyring(t, "a")
			if k.answer = answer; answer == nil {
				k.server.Close()
			}
			for i := range 2 { // the second one is told without being asked again
				err := k.verify(t, "a")
				if away, ok := errors.AsType[*KeysError](err); !ok || away.Reason != reason || !errors.Is(err, ErrKeys) || errors.Is(err, ErrToken) {
					t.Errorf("%d: %v, want %s", i, err, reason)
				}
			}
		})
	}
}

func TestKeyThatIsRotatedSoonAfterAFetchIsOnlyWaitedFor(t *testing.T) {
	k := newKeyring(t, "old", "new", "forged")
	k.answer = k.shows(t, "", "old")
	if err := k.verify(t, "old"); err != nil {
		t.Fatal(err)
	}
	k.answer = k.shows(t, "", "old", "new")
	if err := k.verify(t, "new"); !errors.Is(err, ErrKeys) || errors.Is(err, ErrToken) {
		t.Errorf("within ten seconds: %v, want ErrKeys, which passes", err)
	}
	k.later()
	if err := k.verify(t, "new"); err != nil {
		t.Errorf("after ten seconds: %v", err)
	}
	k.later()
	for range 3 { // asked for, and not there: that is final
		if err := k.verify(t, "forged"); !errors.Is(err, ErrToken) {
			t.Errorf("a key that is in no set: %v, want ErrToken", err)
		}
	}
	k.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	k.later()
	k.Verifier.keys.at = time.Time{}
	for range 2 {
		if err := k.verify(t, "forged"); !errors.Is(err, ErrKeys) {
			t.Errorf("an issuer that is away cannot say that a key is none of its: %v", err)
		}
	}
}

func TestWithdrawnKeyIsGoodForTheAgeOfItsSet(t *testing.T) {
	k := newKeyring(t, "good", "stolen")
	k.answer = k.shows(t, "public, max-age=300", "good", "stolen")
	if err := k.verify(t, "stolen"); err != nil {
		t.Fatal(err)
	}
	if left := time.Until(k.Verifier.keys.until); left < 4*time.Minute || left > 5*time.Minute {
		t.Errorf("the set is good for %s, want five minutes", left)
	}
	k.answer = k.shows(t, "public, max-age=300", "good")
	if err := k.verify(t, "stolen"); err != nil {
		t.Errorf("before the set is old: %v", err)
	}
	k.Verifier.keys.until = time.Now()
	k.later()
	if err := k.verify(t, "stolen"); !errors.Is(err, ErrToken) {
		t.Errorf("after that: %v, want ErrToken", err)
	}
	if err := k.verify(t, "good"); err != nil {
		t.Errorf("its neighbour: %v", err)
	}
}

// An issuer that signs by another algorithm may go on with the key's id.
func TestAlgorithmOfAKeyMayChange(t *testing.T) {
	k := newKeyring(t, "default")
	now, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	k.answer = k.shows(t, "", "default")
	if err := k.verify(t, "default"); err != nil {
		t.Fatal(err)
	}
	k.answer = func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{publicJWK(t, "default", now)}})
	}
	signed := func() error {
		_, err := k.Verify(t.Context(), tokenOf(t, jwt.SigningMethodPS256, crypto.Signer(now), map[string]any{"kid": "default"}, `{"sub":"a","role":"agent","iss":"iss","aud":"aud","exp":LATER}`))
		return err
	}
	if err := signed(); !errors.Is(err, ErrToken) {
		t.Errorf("while the set is good: %v, want ErrToken", err)
	}
	k.Verifier.keys.until = time.Now()
	k.later()
	if err := signed(); err != nil {
		t.Errorf("after that: %v", err)
	}
}

func TestAgeOfASetIsWithinReason(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": keyAge, "public": keyAge, "max-age=300": 5 * time.Minute, "public, MAX-AGE=300, must-revalidate": 5 * time.Minute, "max-age=0": leastAge,
		"max-age=31536000": mostAge, "no-store": leastAge, "no-cache, max-age=300": leastAge, "max-age=x": keyAge, "max-age=-1": leastAge, "max-age": keyAge,
	} {
		if got := age(http.Header{"Cache-Control": {header}}); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

// Tokens with ids that somebody made up wait for a slow issuer; what is known does not.
func TestMadeUpKeysKeepNobodyWaiting(t *testing.T) {
	k := newKeyring(t, "good", "forged")
	k.answer = k.shows(t, "", "good")
	if err := k.verify(t, "good"); err != nil {
		t.Fatal(err)
	}
	asked, hang := make(chan struct{}), make(chan struct{})
	k.answer = func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-hang
	}
	k.later()
	var waits sync.WaitGroup
	waits.Go(func() { _ = k.verify(t, "forged") })
	<-asked
	for range maxWaiting - 1 {
		k.Verifier.keys.waiting <- struct{}{}
	}
	if err := k.verify(t, "forged"); !errors.Is(err, ErrKeys) {
		t.Errorf("one more than may wait: %v, want ErrKeys at once", err)
	}
	if err := k.verify(t, "good"); err != nil {
		t.Errorf("a key that is known: %v", err)
	}
	close(hang)
	waits.Wait()
}

func TestRedirectOfAKeySetStaysSafe(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[]}`) }))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	defer secure.Close()
	set := newKeySet(secure.URL, nil, nil)
	set.client.Transport = secure.Client().Transport
	_, err := set.find(t.Context(), "a", "EdDSA")
	if away, ok := errors.AsType[*KeysError](err); !ok || away.Reason != "network" {
		t.Errorf("from https to http: %v, want it refused", err)
	}
}
