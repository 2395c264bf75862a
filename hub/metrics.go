package hub

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"agenthub/session"
)

const resultOK = "ok"

// metrics are what an operator sees of the sockets. No label holds an agent or a
// contact.
type metrics struct {
	connections *prometheus.GaugeVec   // by role
	requests    *prometheus.CounterVec // by subtopic and result
	latency     *prometheus.HistogramVec
	closes      *prometheus.CounterVec // by code
	takeovers   prometheus.Counter
	ignored     *prometheus.CounterVec // by what it was
	dropped     prometheus.Counter     // queues that ran full
	kills       *prometheus.CounterVec // by reason
	panics      prometheus.Counter
	beats       *prometheus.CounterVec // by result
	unknown     routeStats
}

func newMetrics(r prometheus.Registerer) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "agenthub", Name: name, Help: help}, labels)
	}
	single := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "agenthub", Name: name, Help: help})
	}
	m := &metrics{
		connections: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "agenthub", Name: "connections", Help: "Open sockets.",
		}, []string{"role"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "agenthub", Name: "request_seconds", Help: "Time from a frame to its answer.",
			Buckets: prometheus.ExponentialBuckets(0.000125, 2, 17), // 125 µs to 8 s
		}, []string{"subtopic"}),
		requests:  counter("requests_total", "Requests by subtopic and result.", "subtopic", "result"),
		closes:    counter("closes_total", "Sockets closed, by close code.", "code"),
		takeovers: single("takeovers_total", "Sockets replaced by a newer sign-in of the same agent."),
		ignored:   counter("ignored_total", "Frames that were no request of ours.", "what"),
		dropped:   single("queues_dropped_total", "Sockets ended because the client read too slowly."),
		kills:     counter("kills_total", "Sockets cut without a close handshake.", "reason"),
		panics:    single("panics_total", "Handlers that panicked."),
		beats:     counter("beats_total", "Beats of this node's lease.", "result"),
	}
	if r != nil {
		r.MustRegister(m.connections, m.latency, m.requests, m.closes, m.takeovers, m.ignored,
			m.dropped, m.kills, m.panics, m.beats)
	}
	m.unknown = m.route("unknown")
	return m
}

// routeStats are one route's metrics, looked up once: by label it costs more
// than the rest of a frame's bookkeeping.
type routeStats struct {
	ok      prometheus.Counter
	latency prometheus.Observer
	refused func(code string) prometheus.Counter
}

func (m *metrics) route(subtopic string) routeStats {
	return routeStats{
		ok:      m.requests.WithLabelValues(subtopic, resultOK),
		latency: m.latency.WithLabelValues(subtopic),
		refused: func(code string) prometheus.Counter { return m.requests.WithLabelValues(subtopic, code) },
	}
}

func (s *routeStats) observe(result string, took time.Duration) {
	s.latency.Observe(took.Seconds())
	if result == resultOK {
		s.ok.Inc()
		return
	}
	s.refused(result).Inc()
}

// closed counts a socket's end.
func (m *metrics) closed(code int, reason string) {
	m.closes.WithLabelValues(session.Label(code)).Inc()
	if code == session.CloseSuperseded || code == session.CloseComeBack && reason != reasonDraining {
		m.takeovers.Inc()
	}
	switch reason {
	case session.ReasonQueueFull:
		m.dropped.Inc()
	case session.ReasonSlowWrite, session.ReasonNoPong, session.ReasonKilled:
		m.kills.WithLabelValues(reason).Inc()
	}
}
