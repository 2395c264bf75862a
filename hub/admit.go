package hub

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// refusal is an answer before the upgrade. Its text never depends on what
// exactly was wrong with a token.
type refusal struct {
	status int
	text   string
	result string        // for the metric
	retry  time.Duration // 0: no Retry-After
}

var (
	refuseToken    = &refusal{status: http.StatusUnauthorized, text: "sign in first", result: "unauthorized"}
	refuseRole     = &refusal{status: http.StatusForbidden, text: "this role has no socket", result: "role"}
	refuseOrigin   = &refusal{status: http.StatusForbidden, text: "origin not allowed", result: "origin"}
	refuseHost     = &refusal{status: http.StatusMisdirectedRequest, text: "no such host here", result: "host"}
	refuseStale    = &refusal{status: http.StatusConflict, text: "signed in elsewhere since", result: "stale"}
	refuseTakeover = &refusal{status: http.StatusTooManyRequests, text: "taken over too often", result: "takeovers", retry: time.Minute}
	refuseSockets  = &refusal{status: http.StatusTooManyRequests, text: "too many sockets", result: "sockets", retry: 10 * time.Second}
	refuseGuesses  = &refusal{status: http.StatusTooManyRequests, text: "too many attempts", result: "attempts", retry: 10 * time.Second}
	refuseBusy     = &refusal{status: http.StatusServiceUnavailable, text: "busy, try again", result: "busy", retry: 2 * time.Second}
	refuseAway     = &refusal{status: http.StatusServiceUnavailable, text: "not ready, try again", result: "away", retry: 5 * time.Second}
)

func (f *refusal) write(w http.ResponseWriter) {
	if f.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.retry.Seconds())))
	}
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(problem{http.StatusText(f.status), f.status, f.text})
}

// problem is RFC 9457, as the rest of the API answers.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

const maxCulprits = 10_000

// culprits are those who did something often, by address or name: each has a
// bucket of burst that fills by one in every.
type culprits struct {
	every time.Duration
	burst int

	mu   sync.Mutex           // guards the following
	full map[string]time.Time // when the bucket will be full again
}

// blocked reports whether the bucket is empty.
func (c *culprits) blocked(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Until(c.full[name]) > c.every*time.Duration(c.burst-1)
}

// blame takes one from the bucket.
func (c *culprits) blame(name string) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full == nil {
		c.full = map[string]time.Time{}
	}
	if len(c.full) >= maxCulprits {
		for n, t := range c.full {
			if t.Before(now) {
				delete(c.full, n)
			}
		}
		if len(c.full) >= maxCulprits {
			clear(c.full) // better to forgive than to grow
		}
	}
	full := c.full[name]
	if full.Before(now) {
		full = now
	}
	c.full[name] = full.Add(c.every)
}

// address names who is asking, "" for loopback: behind a proxy on this machine
// one bad client must not lock out everybody. Headers that claim an address are
// not believed. Of IPv6 a customer has a whole /64.
func address(r *http.Request) string {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	addr := ap.Addr().Unmap()
	if addr.IsLoopback() {
		return ""
	}
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}
