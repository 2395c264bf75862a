package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	keyRefetch = 10 * time.Second // at most one fetch in this time, whatever tokens come
	keyFetch   = 5 * time.Second
	keyMaxAge  = time.Hour // how long a key is trusted that the issuer no longer shows
	maxJWKS    = 1 << 20
	maxTried   = 8 // keys without an id, for one token
)

// keySet holds an issuer's public keys. Random key ids in forged tokens must not
// make us hammer the issuer, and an issuer that is down must not sign us all out.
type keySet struct {
	url    string
	client *http.Client

	flight sync.Mutex // held while fetching, so that one fetch serves all who wait
	tried  time.Time  // last attempt; guarded by flight

	mu   sync.Mutex // guards the following
	keys []publicKey
}

func newKeySet(url string, client *http.Client) *keySet {
	if client == nil {
		client = &http.Client{Timeout: keyFetch}
	}
	return &keySet{url: url, client: client}
}

// find gives the keys that a token with that id and algorithm may be signed with.
func (s *keySet) find(ctx context.Context, kid, alg string) ([]publicKey, error) {
	if found := s.known(kid, alg); len(found) > 0 && time.Since(found[0].seen) < keyMaxAge {
		return found, nil
	}
	err := s.refresh(ctx)
	if found := s.known(kid, alg); len(found) > 0 { // perhaps too old, but the issuer told nothing better
		return found, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	return nil, fault{reason: "key"}
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

// known are the keys with that id, of several kinds perhaps. A token without one
// may be signed with any key that has none, else with the only key of its algorithm.
func (s *keySet) known(kid, alg string) (found []publicKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var named []publicKey
	for _, k := range s.keys {
		switch {
		case !slices.Contains(k.algs, alg):
		case k.kid == kid:
			found = append(found, k)
		case kid == "":
			named = append(named, k)
		}
	}
	if len(found) == 0 && len(named) == 1 {
		return named
	}
	return found[:min(len(found), maxTried)]
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
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxJWKS)).Decode(&set); err != nil {
		return errors.New("fetch keys: no key set")
	}
	s.take(set.Keys, time.Now())
	return nil
}

// take keeps the keys of a set, beside those that were in an earlier one.
func (s *keySet) take(set []json.RawMessage, now time.Time) {
	var keys []publicKey
	for _, text := range set {
		if k, err := parseKey(text); err == nil { // kinds we do not use are no fault, and one odd key loses no other
			k.seen = now
			keys = append(keys, k)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, old := range s.keys {
		again := slices.ContainsFunc(keys, func(k publicKey) bool { return k.kid == old.kid && k.key.Equal(old.key) })
		if !again && now.Sub(old.seen) < keyMaxAge {
			keys = append(keys, old)
		}
	}
	s.keys = keys
}
