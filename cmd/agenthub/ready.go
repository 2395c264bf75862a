package main

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"agenthub/contacts/zones"
)

// readiness answers /readyz: whether agents can work here. It asks the store at
// most once in a while, whoever asks how often.
type readiness struct {
	check    func(context.Context) error
	zones    func() *zones.Data // by which people are called
	notes    func() []string    // what an operator should change
	draining atomic.Bool

	mu    sync.Mutex // guards the following
	asked time.Time
	said  error
}

const readyFor = time.Second

// ServeHTTP answers anybody: causes without addresses.
func (r *readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.answer(w, req, withoutAddresses)
}

// inside answers operators: causes as they are.
func (r *readiness) inside(w http.ResponseWriter, req *http.Request) {
	r.answer(w, req, func(cause string) string { return cause })
}

func (r *readiness) answer(w http.ResponseWriter, req *http.Request, told func(cause string) string) {
	if r.draining.Load() {
		http.Error(w, "not ready: the hub goes away", http.StatusServiceUnavailable)
		return
	}
	if err := r.ask(req.Context()); err != nil {
		http.Error(w, "not ready: "+told(err.Error()), http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ready\n"+r.zones().Describe(time.Now())+"\n")
	for _, note := range r.notes() {
		_, _ = io.WriteString(w, "note: "+told(note)+"\n")
	}
}

func (r *readiness) ask(ctx context.Context) error {
	r.mu.Lock()
	asked, said := r.asked, r.said
	r.mu.Unlock()
	if time.Since(asked) < readyFor {
		return said
	}
	said = r.check(context.WithoutCancel(ctx)) // bounded by the store; the answer is for others too
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked, r.said = time.Now(), said
	return said
}

// withoutAddresses takes from a cause what only insiders need: hosts, ports, paths of
// sockets, and the names that were looked up.
func withoutAddresses(cause string) string {
	words := strings.Split(strings.ReplaceAll(cause, "\n", "; "), " ")
	for i, word := range words {
		bare := strings.Trim(word, `.,;:()[]"'`)
		host, port, _ := strings.Cut(bare, ":")
		_, err := netip.ParseAddr(bare)
		switch {
		case err == nil, strings.Contains(word, "->"), strings.HasPrefix(bare, "/"), strings.Contains(bare, "://"),
			port != "" && (strings.Trim(host, "0123456789") != "" || strings.Contains(port, ":")) && strings.Trim(port, "0123456789abcdef:[]%.-") == "",
			i > 0 && slices.Contains([]string{"lookup", "host", "for", "not"}, words[i-1]) && strings.Contains(bare, "."):
			words[i] = "…"
		}
	}
	return strings.Join(words, " ")
}
