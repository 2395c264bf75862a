package main

import (
	"io"
	"net"
	"net/http"
	"net/http/pprof" // its init adds to DefaultServeMux, which nothing here serves
	"net/netip"
	"os"
	"slices"
	"strings"

	"agenthub/cmd/agenthub/front"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func newMetrics() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	what := build()
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "agenthub", Name: "build_info", Help: "What runs here, as agenthub version says it; always 1.",
		ConstLabels: prometheus.Labels{"version": what.version, "commit": what.commit, "go": what.language},
	})
	info.Set(1)
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), info)
	return registry
}

// adminHandler serves what only operators may see, to who calls it by one of its names.
func adminHandler(cfg *config, metrics *prometheus.Registry, ready *readiness) http.Handler {
	metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "agenthub", Name: "draining", Help: "1 while the hub goes away.",
	}, func() float64 {
		if ready.draining.Load() {
			return 1
		}
		return 0
	}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /readyz", ready.inside)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	names := slices.Clone(cfg.AdminHosts)
	if own, err := os.Hostname(); err == nil {
		names = append(names, own)
	}
	return front.Unkept(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !addressed(r.Host, names) {
			http.Error(w, "no such host here; --admin-hosts lists the names by which the admin listener is called", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	}))
}

// addressed reports whether a Host is an address or a name of ours. A page from
// anywhere can have its own name point here (DNS rebinding), but no address, and
// no name without a dot.
func addressed(host string, names []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || !strings.Contains(host, ".") {
		return true
	}
	return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) })
}

// healthz answers while the process can answer at all.
func healthz(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }
