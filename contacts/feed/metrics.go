package feed

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	slow     prometheus.Counter
	probeAge prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	return &metrics{
		slow: f.NewCounter(prometheus.CounterOpts{
			Name: "agenthub_feed_slow_total", Help: "Times a supervisor read too slowly and was fed from history instead.",
		}),
		probeAge: f.NewGauge(prometheus.GaugeOpts{
			Name: "agenthub_probe_age_seconds", Help: "Age of the last probe that came back through the follower.",
		}),
	}
}
