package contacts

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// storeMetrics are the figures of the store. No label is an agent or a contact.
type storeMetrics struct {
	scripts  *prometheus.HistogramVec // by script
	replies  *prometheus.CounterVec   // by script and first word
	replayed *prometheus.CounterVec   // by script
	retries  prometheus.Counter
	size     prometheus.Histogram
	trips    prometheus.Histogram
	shorts   prometheus.Counter
	reaped   *prometheus.CounterVec // by cause
	opened   *prometheus.CounterVec // by how the session began
	feedLen  prometheus.Gauge
	feedHalf prometheus.Gauge
	half     atomic.Bool // what feedHalf says
	feedSlow prometheus.Counter
	probeAge prometheus.Gauge
}

func newStoreMetrics(reg prometheus.Registerer) *storeMetrics {
	f := promauto.With(reg)
	latency := prometheus.ExponentialBuckets(0.0001, 2, 16)
	return &storeMetrics{
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
		shorts: f.NewCounter(prometheus.CounterOpts{
			Name: "agenthub_wait_short_total", Help: "Pipelines that no replica confirmed in time.",
		}),
		reaped: f.NewCounterVec(prometheus.CounterOpts{
			Name: "agenthub_reaped_total", Help: "What time ended, by cause.",
		}, []string{"cause"}),
		opened: f.NewCounterVec(prometheus.CounterOpts{
			Name: "agenthub_sessions_opened_total",
			Help: "Sessions by how they began: fresh, rescued (back within the grace period, contact and all), moved (same tab), superseded (takeover).",
		}, []string{"how"}),
		feedHalf: f.NewGauge(prometheus.GaugeOpts{
			Name: "agenthub_feed_over_half", Help: "1 while more than half of --feed-max events are kept: raise it, or shorten --feed-age.",
		}),
		feedLen: f.NewGauge(prometheus.GaugeOpts{
			Name: "agenthub_feed_events", Help: "Events kept in the stream; alarm at half of --feed-max.",
		}),
		feedSlow: f.NewCounter(prometheus.CounterOpts{
			Name: "agenthub_feed_slow_total", Help: "Times a supervisor read too slowly and was fed from history instead.",
		}),
		probeAge: f.NewGauge(prometheus.GaugeOpts{
			Name: "agenthub_probe_age_seconds", Help: "Age of the last probe that came back through the follower.",
		}),
	}
}

// scriptStats are one script's metrics, looked up once: by label it costs more
// than the rest of a call's bookkeeping.
type scriptStats struct {
	m    *storeMetrics
	name string
	took prometheus.Observer
	ok   prometheus.Counter
}

func (m *storeMetrics) script(name string) scriptStats {
	return scriptStats{m: m, name: name, took: m.scripts.WithLabelValues(name), ok: m.replies.WithLabelValues(name, "ok")}
}

func (s *scriptStats) observe(word string, took time.Duration) {
	s.took.Observe(took.Seconds())
	if word == "ok" || s.name == "reap" { // its reply is a row of numbers
		s.ok.Inc()
		return
	}
	if first, ok := strings.CutPrefix(word, "="); ok {
		s.m.replayed.WithLabelValues(s.name).Inc()
		word = first
	}
	s.m.replies.WithLabelValues(s.name, word).Inc()
}

func (m *storeMetrics) batch(size int, took time.Duration, short bool) {
	m.size.Observe(float64(size))
	m.trips.Observe(took.Seconds())
	if short {
		m.shorts.Inc()
	}
}

// fill records how many events are kept of the most allowed, and reports whether
// that has just become more than half.
func (m *storeMetrics) fill(n, most int64) bool {
	m.feedLen.Set(float64(n))
	over := n > most/2
	m.feedHalf.Set(map[bool]float64{true: 1}[over])
	return m.half.Swap(over) != over && over
}
