package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/pprof" // its init adds to DefaultServeMux, which nothing here serves
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"

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

// unixPrefix begins the address of a listener that is a file.
const unixPrefix = "unix:"

func listenAt(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	path, file := strings.CutPrefix(address, unixPrefix)
	if !file {
		return config.Listen(ctx, "tcp", address)
	}
	ln, err := config.Listen(ctx, "unix", path)
	if errors.Is(err, syscall.EADDRINUSE) {
		var dialer net.Dialer
		conn, gone := dialer.DialContext(ctx, "unix", path)
		if gone == nil {
			_ = conn.Close()
		}
		if errors.Is(gone, syscall.ECONNREFUSED) && os.Remove(path) == nil { // left by a hub that was killed
			ln, err = config.Listen(ctx, "unix", path)
		}
	}
	if err != nil {
		return nil, err
	}
	return ln, os.Chmod(path, 0o660) //nolint:gosec // its group may scrape
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
		if !cfg.operates(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "the admin token, as a bearer", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
}

// operates reports whether a request has the admin token, where there is one.
func (c *config) operates(r *http.Request) bool {
	kind, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return c.adminToken == "" || strings.EqualFold(kind, "Bearer") && subtle.ConstantTimeCompare([]byte(given), []byte(c.adminToken)) == 1
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
