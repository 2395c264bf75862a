package identity

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"sync"
	"time"
)

const (
	keyRefetch = 10 * time.Second // at most one fetch in this time, whatever tokens come
	keyFetch   = 5 * time.Second
	keyMaxAge  = time.Hour // how long a key is trusted that the issuer no longer shows
	maxJWKS    = 1 << 20
	minRSA     = 2048
)

// keySet holds an issuer's public keys. Random key ids in forged tokens must not
// make us hammer the issuer, and an issuer that is down must not sign us all out.
type keySet struct {
	url    string
	client *http.Client

	flight sync.Mutex // held while fetching, so that one fetch serves all who wait
	tried  time.Time  // last attempt; guarded by flight

	mu   sync.Mutex // guards the following
	keys map[string]publicKey
}

type publicKey struct {
	key  crypto.PublicKey
	alg  string
	seen time.Time
}

func newKeySet(url string, client *http.Client) *keySet {
	if client == nil {
		client = &http.Client{Timeout: keyFetch}
	}
	return &keySet{url: url, client: client, keys: map[string]publicKey{}}
}

// key gives the key with that id for that algorithm. Without an id the issuer
// must have exactly one such key.
func (s *keySet) key(ctx context.Context, kid, alg string) (crypto.PublicKey, error) {
	if k, ok := s.find(kid, alg); ok && time.Since(k.seen) < keyMaxAge {
		return k.key, nil
	}
	err := s.refresh(ctx)
	if k, ok := s.find(kid, alg); ok { // perhaps too old, but the issuer told nothing better
		return k.key, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	return nil, errors.New("unknown key")
}

func (s *keySet) refresh(ctx context.Context) error {
	s.flight.Lock()
	defer s.flight.Unlock()
	if !s.tried.IsZero() && time.Since(s.tried) < keyRefetch {
		return s.empty()
	}
	s.tried = time.Now()
	return s.fetch(ctx)
}

// empty is an error while no key was ever had: then nothing can be refused either.
func (s *keySet) empty() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) == 0 {
		return errors.New("no key yet")
	}
	return nil
}

func (s *keySet) find(kid, alg string) (k publicKey, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kid != "" {
		k, ok = s.keys[kid]
		return k, ok && k.alg == alg
	}
	for _, candidate := range s.keys {
		if candidate.alg == alg {
			if ok {
				return publicKey{}, false
			}
			k, ok = candidate, true
		}
	}
	return k, ok
}

func (s *keySet) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keyFetch)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return fmt.Errorf("fetch keys: %w", err)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("fetch keys: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing is lost
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch keys: status %d", res.StatusCode)
	}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxJWKS)).Decode(&set); err != nil {
		return errors.New("fetch keys: no key set")
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range set.Keys {
		if k, err := j.public(); err == nil { // kinds we do not use are no fault
			k.seen = now
			s.keys[j.Kid] = k
		}
	}
	for kid, k := range s.keys {
		if now.Sub(k.seen) >= keyMaxAge {
			delete(s.keys, kid)
		}
	}
	return nil
}

// jwk is one key of RFC 7517, of the three kinds we accept.
type jwk struct {
	Kty, Kid, Use, Alg, Crv, N, E, X, Y string
}

func (j jwk) public() (k publicKey, err error) {
	if j.Use != "" && j.Use != "sig" {
		return k, errors.New("not for signatures")
	}
	field := func(s string) []byte {
		b, err2 := base64.RawURLEncoding.DecodeString(s)
		err = errors.Join(err, err2)
		return b
	}
	switch {
	case j.Kty == "RSA":
		n, e := new(big.Int).SetBytes(field(j.N)), new(big.Int).SetBytes(field(j.E))
		if n.BitLen() < minRSA || e.BitLen() > 31 || e.Int64() < 3 {
			return k, errors.New("weak key")
		}
		k = publicKey{alg: "RS256", key: &rsa.PublicKey{N: n, E: int(e.Int64())}}
	case j.Kty == "EC" && j.Crv == "P-256":
		x, y := field(j.X), field(j.Y)
		point, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
		if err != nil {
			return k, fmt.Errorf("parse key: %w", err)
		}
		k = publicKey{alg: "ES256", key: point}
	case j.Kty == "OKP" && j.Crv == "Ed25519":
		x := field(j.X)
		if len(x) != ed25519.PublicKeySize {
			return k, errors.New("short key")
		}
		k = publicKey{alg: "EdDSA", key: ed25519.PublicKey(x)}
	default:
		return k, errors.New("unknown kind")
	}
	if j.Alg != "" && j.Alg != k.alg {
		return publicKey{}, errors.New("another algorithm")
	}
	return k, err
}
