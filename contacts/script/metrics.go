package script

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are the figures of all scripts and pipelines of a store.
type Metrics struct {
	scripts  *prometheus.HistogramVec // by script
	replies  *prometheus.CounterVec   // by script and first word
	replayed *prometheus.CounterVec   // by script
	retries  prometheus.Counter
	size     prometheus.Histogram
	trips    prometheus.Histogram
	shorts   prometheus.Counter
	drift    prometheus.Gauge
	replicas prometheus.Gauge
}

// NewMetrics registers them; with nil nothing is registered.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	latency := prometheus.ExponentialBuckets(0.0001, 2, 16)
	return &Metrics{
		scripts: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "agenthub_script_seconds", Help: "Time of one script call, retries included.", Buckets: latency,
		}, []string{"script"}),
		replies: f.NewCounterVec(prometheus.CounterOpts{
			Name: "agenthub_script_replies_total", Help: "Replies by script and first word.",
		}, []string{"script", "reply"}),
		replayed: f.NewCounterVec(prometheus.CounterOpts{
			Name: "agenthub_replayed_total", Help: "Answers given again for a repeated request id.",
		}, []string{"script"}),
		retries: f.NewCounter(prometheus.CounterOpts{
			Name: "agenthub_redis_retries_total", Help: "Calls asked again with the same id.",
		}),
		size: f.NewHistogram(prometheus.HistogramOpts{
			Name: "agenthub_batch_size", Help: "Script calls in one pipeline.", Buckets: prometheus.ExponentialBuckets(1, 2, 8),
		}),
		trips: f.NewHistogram(prometheus.HistogramOpts{
			Name: "agenthub_batch_seconds", Help: "Time of one pipeline.", Buckets: latency,
		}),
		replicas: f.NewGauge(prometheus.GaugeOpts{
			Name: "agenthub_redis_replicas", Help: "Replicas that have all that the primary has.",
		}),
		drift: f.NewGauge(prometheus.GaugeOpts{
			Name: "agenthub_store_clock_drift_seconds", Help: "How far the clock of Redis is ahead of this machine's.",
		}),
		shorts: f.NewCounter(prometheus.CounterOpts{
			Name: "agenthub_wait_short_total", Help: "Pipelines that no replica confirmed in time.",
		}),
	}
}

// scriptStats are one script's metrics, looked up once: by label it costs more
// than the rest of a call's bookkeeping.
type scriptStats struct {
	m    *Metrics
	name string
	took prometheus.Observer
	ok   prometheus.Counter
}

func (m *Metrics) script(name string) *scriptStats {
	return &scriptStats{m: m, name: name, took: m.scripts.WithLabelValues(name), ok: m.replies.WithLabelValues(name, "ok")}
}

func (s *scriptStats) observe(word string, took time.Duration) {
	if s == nil {
		return
	}
	s.took.Observe(took.Seconds())
	if word == "ok" {
		s.ok.Inc()
		return
	}
	if first, ok := strings.CutPrefix(word, "="); ok {
		s.m.replayed.WithLabelValues(s.name).Inc()
		word = first
	}
	s.m.replies.WithLabelValues(s.name, word).Inc()
}

func (m *Metrics) batch(size int, took time.Duration, short bool) {
	m.size.Observe(float64(size))
	m.trips.Observe(took.Seconds())
	if short {
		m.shorts.Inc()
	}
}
