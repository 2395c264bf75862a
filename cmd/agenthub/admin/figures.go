// Package admin is what operators and systemd are told of a hub: whether it serves, and how many
// agents and contacts the store holds. It knows none of them.
package admin

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Ready registers what /readyz says.
func Ready(reg prometheus.Registerer, ready func(context.Context) error, draining func() bool) {
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "agenthub_ready", Help: "1 while agents can work here, as /readyz tells.",
	}, func() float64 {
		if draining() || ready(context.Background()) != nil {
			return 0
		}
		return 1
	}))
}

// Counted is what the store holds, by state: of all nodes, so each of them tells the same.
type Counted struct {
	Agents, Contacts map[string]int
}

// How the store is asked for it.
const (
	countFor = 10 * time.Second // however often figures are read, once in this time
	countIn  = time.Second
)

type census struct {
	count            func(context.Context) (Counted, error)
	agents, contacts *prometheus.Desc

	mu   sync.Mutex // held while counting: one count serves all who wait
	last Counted
	at   time.Time
}

// Census registers how many agents and contacts the store holds in each state. While it cannot
// be asked there are no such figures.
func Census(reg prometheus.Registerer, count func(context.Context) (Counted, error)) {
	state := []string{"state"}
	reg.MustRegister(&census{
		count:    count,
		agents:   prometheus.NewDesc("agenthub_agents", "Agents of all nodes: connected, or lost less than the grace ago.", state, nil),
		contacts: prometheus.NewDesc("agenthub_contacts", "Contacts of all campaigns, by state.", state, nil),
	})
}

func (c *census) Describe(to chan<- *prometheus.Desc) { to <- c.agents; to <- c.contacts }

func (c *census) Collect(to chan<- prometheus.Metric) {
	counted, ok := c.ask()
	if !ok {
		return
	}
	for desc, counts := range map[*prometheus.Desc]map[string]int{c.agents: counted.Agents, c.contacts: counted.Contacts} {
		for state, n := range counts {
			to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n), state)
		}
	}
}

func (c *census) ask() (Counted, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.at) < countFor {
		return c.last, true
	}
	ctx, cancel := context.WithTimeout(context.Background(), countIn)
	defer cancel()
	counted, err := c.count(ctx)
	if err != nil { // /readyz and the log say it
		return Counted{}, false
	}
	c.last, c.at = counted, time.Now()
	return counted, true
}
