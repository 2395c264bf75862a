package main

import (
	"context"
	"io"
	"net/http"
	"net/http/pprof" // its init adds to DefaultServeMux, which nothing here serves
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"agenthub/contacts/zones"
)

func newMetrics() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

// adminHandler serves what only operators may see.
func adminHandler(metrics *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

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

func (r *readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.draining.Load() {
		http.Error(w, "not ready: the hub goes away", http.StatusServiceUnavailable)
		return
	}
	if err := r.ask(req.Context()); err != nil {
		http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ready\n"+r.zones().Describe(time.Now())+"\n")
	for _, note := range r.notes() {
		_, _ = io.WriteString(w, "note: "+note+"\n")
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

// healthz answers while the process can answer at all.
func healthz(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }
