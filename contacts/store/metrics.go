package store

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"agenthub/contacts/zones"
)

// metrics are the figures of the store. No label is an agent or a contact.
type metrics struct {
	reaped   *prometheus.CounterVec // by cause
	opened   *prometheus.CounterVec // by how the session began
	feedLen  prometheus.Gauge
	feedHalf prometheus.Gauge
	half     atomic.Bool          // what feedHalf says
	release  *prometheus.GaugeVec // of the zone data, by name and source
	age      prometheus.Gauge
	holidays prometheus.Gauge
	lost     prometheus.Gauge
	back     prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	return &metrics{
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
		release: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "agenthub_tz_release_info", Help: "The release of the tz database that this node has, and where from; always 1.",
		}, []string{"release", "source"}),
		age: f.NewGauge(prometheus.GaugeOpts{
			Name: "agenthub_tz_age_seconds", Help: "Since that release came out; look for a newer one from 120 days.",
		}),
		holidays: f.NewGauge(prometheus.GaugeOpts{
			Name: "agenthub_holidays_end_timestamp_seconds", Help: "The last date of the rule packs' list of holidays that ends first, 0 without any; look for later ones 60 days before.",
		}),
		lost: f.NewGauge(prometheus.GaugeOpts{Name: "agenthub_lost_records", Help: "Contacts whose record is gone from Redis, set aside until agenthub check --repair."}),
		back: f.NewGauge(prometheus.GaugeOpts{
			Name: "agenthub_store_clock_back_seconds", Help: "By how much the clock of Redis was put back since the store began, in all.",
		}),
		feedLen: f.NewGauge(prometheus.GaugeOpts{
			Name: "agenthub_feed_events", Help: "Events kept in the stream; alarm at half of --feed-max.",
		}),
	}
}

// fill records how many events are kept of the most allowed, and reports whether
// that has just become more than half.
func (m *metrics) fill(n, most int64) bool {
	m.feedLen.Set(float64(n))
	over := n > most/2
	m.feedHalf.Set(map[bool]float64{true: 1}[over])
	return m.half.Swap(over) != over && over
}

// zones records which zone data this node has.
func (m *metrics) zones(d *zones.Data) {
	m.release.Reset()
	m.release.WithLabelValues(string(d.Release), d.Source).Set(1)
	m.age.Set(d.Age(time.Now()).Seconds())
}
