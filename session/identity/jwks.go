package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	keyRefetch = 10 * time.Second // at most one fetch in this time, whatever tokens come
	keyFetch   = 5 * time.Second
	keyAge     = 10 * time.Minute // after which a set is fetched anew, unless its Cache-Control says otherwise
	leastAge   = time.Minute
	mostAge    = time.Hour
	maxJWKS    = 1 << 20
	maxTried   = 8  // keys without an id, for one token
	maxWaiting = 50 // requests that wait for a fetch while there are keys: others must get through
)

// KeysError is why the issuer's keys cannot be had; it wraps ErrKeys.
type KeysError struct {
	Reason string // one word: status, timeout, refused, network, format, empty; withheld: asked a moment ago
	err    error
}

func (e *KeysError) Error() string { return fmt.Sprintf("%v: %v", ErrKeys, e.err) }

// Unwrap makes it an ErrKeys.
func (e *KeysError) Unwrap() []error { return []error{ErrKeys, e.err} }

// keySet holds an issuer's public keys. Random key ids in forged tokens must not
// make us hammer the issuer, and an issuer that is down must not sign us all out.
type keySet struct {
	url    string
	client *http.Client
	told   func(result string) // of each fetch

	flight  sync.Mutex    // held while fetching, so that one fetch serves all who wait
	waiting chan struct{} // a place for each that waits for it
	tried   time.Time     // last attempt; guarded by flight
	failed  error         // what came of it; guarded by flight

	mu     sync.Mutex // guards the following
	keys   []publicKey
	until  time.Time // when the set is too old
	missed string    // the id that the last set was fetched for, and had not
	at     time.Time // when that was
}

func newKeySet(url string, client *http.Client, told func(result string)) *keySet {
	if client == nil {
		client = &http.Client{Timeout: keyFetch, CheckRedirect: Safely}
	}
	if told == nil {
		told = func(string) {}
	}
	return &keySet{url: url, client: client, told: told, waiting: make(chan struct{}, maxWaiting)}
}

// Safely follows a redirect that nobody can change on the way: for an http.Client.
func Safely(next *http.Request, via []*http.Request) error {
	if next.URL.Scheme != "https" && via[0].URL.Scheme == "https" || len(via) > 3 {
		return fmt.Errorf("redirect to %s://%s", next.URL.Scheme, next.URL.Host)
	}
	return nil
}

// find gives the keys that a token with that id and algorithm may be signed with.
func (s *keySet) find(ctx context.Context, kid, alg string) ([]publicKey, error) {
	found, fresh, missing := s.known(kid, alg)
	switch {
	case len(found) > 0 && fresh:
		return found, nil
	case len(found) > 0: // one asks for newer ones, the others go on
		if s.flight.TryLock() {
			_ = s.refresh(ctx, kid) // an issuer that is away withdraws nothing
			s.flight.Unlock()
			found, _, _ = s.known(kid, alg)
		}
	case !missing:
		if err := s.wait(ctx, kid, alg); err != nil {
			return nil, err
		}
		found, _, _ = s.known(kid, alg)
	}
	if len(found) == 0 {
		return nil, fault{reason: "key"}
	}
	return found, nil
}

// wait has the keys fetched for a token whose key is not known. Nil says that the
// issuer was asked, or has told since.
func (s *keySet) wait(ctx context.Context, kid, alg string) error {
	if s.some() {
		select {
		case s.waiting <- struct{}{}:
			defer func() { <-s.waiting }()
		default:
			return &KeysError{"withheld", errors.New("others wait for them")}
		}
	}
	s.flight.Lock()
	defer s.flight.Unlock()
	if found, _, missing := s.known(kid, alg); len(found) > 0 || missing {
		return nil
	}
	return s.refresh(ctx, kid)
}

// refresh fetches the set unless that was done a moment ago; then nobody can say what
// has come since. flight is held.
func (s *keySet) refresh(ctx context.Context, kid string) error {
	if left := keyRefetch - time.Since(s.tried); !s.tried.IsZero() && left > 0 {
		if s.failed != nil {
			return s.failed
		}
		return &KeysError{"withheld", fmt.Errorf("key not in the set of a moment ago, which is asked for again in %s", left.Round(time.Second))}
	}
	s.tried = time.Now()
	s.failed = s.fetch(ctx, kid)
	result := "ok"
	if away, failed := errors.AsType[*KeysError](s.failed); failed {
		result = away.Reason
	}
	s.told(result)
	return s.failed
}

// some reports whether any key is known.
func (s *keySet) some() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.keys) > 0
}

// known are the keys with that id, of several kinds perhaps. A token without one
// may be signed with any key that has none, else with the only key of its algorithm.
func (s *keySet) known(kid, alg string) (found []publicKey, fresh, missing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh, missing = time.Now().Before(s.until), kid == s.missed && time.Since(s.at) < keyRefetch
	var named []publicKey
	for _, k := range s.keys {
		switch {
		case k.kid == kid && kid != "" && !slices.Contains(k.algs, alg):
			missing = missing || fresh // the key is known, and is for something else, as long as the set is good
		case !slices.Contains(k.algs, alg):
		case k.kid == kid:
			found = append(found, k)
		case kid == "":
			named = append(named, k)
		}
	}
	if len(found) == 0 && len(named) == 1 {
		found = named
	}
	return found[:min(len(found), maxTried)], fresh, missing
}

func (s *keySet) fetch(ctx context.Context, kid string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keyFetch)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return &KeysError{"network", err}
	}
	res, err := s.client.Do(req)
	if err != nil {
		return &KeysError{unreachable(err), err}
	}
	defer res.Body.Close() //nolint:errcheck // nothing is lost
	if res.StatusCode != http.StatusOK {
		return &KeysError{"status", fmt.Errorf("%s answers %d", s.url, res.StatusCode)}
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxJWKS)).Decode(&set); err != nil {
		if reason := unreachable(err); reason == "timeout" {
			return &KeysError{reason, err}
		}
		return &KeysError{"format", fmt.Errorf("%s answers no key set", s.url)}
	}
	return s.take(set.Keys, time.Now().Add(age(res.Header)), kid)
}

// unreachable says in a word why somebody cannot be reached.
func unreachable(err error) string {
	switch {
	case os.IsTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	}
	return "network"
}

// age is how long a set is good for, as its Cache-Control says, within reason.
func age(header http.Header) time.Duration {
	for part := range strings.SplitSeq(header.Get("Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), "=")
		seconds, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 32)
		switch {
		case name == "no-store", name == "no-cache":
			return leastAge
		case name == "max-age" && err == nil:
			return min(max(time.Duration(seconds)*time.Second, leastAge), mostAge)
		}
	}
	return keyAge
}

// take puts a set in the place of the one before it: what is not in it was withdrawn.
func (s *keySet) take(set []json.RawMessage, until time.Time, kid string) error {
	var keys []publicKey
	for _, text := range set {
		if k, err := parseKey(text); err == nil { // kinds we do not use are no fault, and one odd key loses no other
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return &KeysError{"empty", fmt.Errorf("of %d keys at %s none can be used", len(set), s.url)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.until, s.at = keys, until, time.Time{}
	if !slices.ContainsFunc(keys, func(k publicKey) bool { return k.kid == kid }) {
		s.missed, s.at = kid, time.Now()
	}
	return nil
}
