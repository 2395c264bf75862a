package feed

import (
	"fmt"
	"sync"
	"time"

	"agenthub/contacts/history"
)

// Kinds of alerts.
const (
	alertRateAgent    = "rate_agent"    // an agent skips more than the limit of what it got
	alertRateCampaign = "rate_campaign" // a campaign's contacts are skipped more often than the limit
	alertRow          = "in_a_row"      // an agent skips one contact after the other
	alertBurst        = "burst"         // an agent skips many within a minute
	alertReason       = "reason"        // one reason stands behind most of a campaign's skips: look at the data
)

// alertKey names an alert that can be open once: its kind and whom it is about.
type alertKey struct{ kind, subject string }

// measure is how a subject stands against a limit.
type measure struct {
	value, limit float64
	n            int    // what value is a part or a count of
	over         bool   // the limit is reached
	campaign     string // where it was seen last
	text         string
}

// detector counts skips as the events pass by, for each agent and each campaign
// of the last AlertLimits.Window. Every node has one, and sees the same events
// in the same order.
type detector struct {
	limits AlertLimits
	wake   chan struct{} // there is something to raise

	mu        sync.Mutex       // guards the following; nothing under it blocks
	live      bool             // warmed up: it sees what the follower sees
	last      history.StreamID // newest event counted
	seq       int64            // its seq
	agents    map[string]*skipper
	campaigns map[string]*skipper
	open      map[alertKey]bool    // raised as far as this node knows
	raise     map[alertKey]measure // to be raised
}

// skipper is what is counted of one agent or one campaign.
type skipper struct {
	ended, skips window
	reasons      map[string]*window // campaigns only
	row          int                // skips since anything else
	recent       []int64            // times of the last skips, at most AlertLimits.Burst, Unix ms
	campaign     string             // of the last event
	at           int64              // time of the last event, Unix ms
}

func newDetector(limits AlertLimits) *detector {
	return &detector{
		limits: limits.withDefaults(), wake: make(chan struct{}, 1), agents: map[string]*skipper{}, campaigns: map[string]*skipper{},
		open: map[alertKey]bool{}, raise: map[alertKey]measure{},
	}
}

// see counts an event that the follower hands out.
func (d *detector) see(e *history.Entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.live {
		d.count(e, true)
	}
}

// replay counts an event of the time before this node was there. What it finds
// was found by others then, or is over.
func (d *detector) replay(e *history.Entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count(e, false)
}

// count is called with mu held.
func (d *detector) count(e *history.Entry, find bool) {
	if e.At.Compare(d.last) <= 0 {
		return
	}
	d.last, d.seq = e.At, e.Seq
	ended, skip := e.Ends()
	if !ended {
		return
	}
	now := e.Own
	a, c := d.of(d.agents, e.Agent), d.of(d.campaigns, e.Campaign)
	for _, s := range []*skipper{a, c} {
		slot := d.slot(now)
		s.ended.add(slot)
		s.at, s.campaign = now, e.Campaign
		if skip {
			s.skips.add(slot)
		}
	}
	switch {
	case skip:
		a.row++
		if a.recent = append(a.recent, now); len(a.recent) > d.limits.Burst {
			a.recent = a.recent[1:]
		}
		c.because(e.Reason, d.slot(now))
	case e.Type == "dial", e.Type == "expire":
		a.row = 0 // a release is somebody else's doing
	}
	if skip && find {
		d.find(a, now, e.Agent, alertRateAgent, alertRow, alertBurst)
		d.find(c, now, e.Campaign, alertRateCampaign, alertReason)
	}
}

func (d *detector) of(in map[string]*skipper, name string) *skipper {
	s := in[name]
	if s == nil {
		s = &skipper{}
		in[name] = s
	}
	return s
}

// reasonsMost bounds the reasons counted of one campaign: they are free text. One
// that stands behind most skips is among the first.
const reasonsMost = 200

func (s *skipper) because(reason string, slot int64) {
	if reason == "" {
		return
	}
	w := s.reasons[reason]
	if w == nil {
		if len(s.reasons) >= reasonsMost {
			return
		}
		if s.reasons == nil {
			s.reasons = map[string]*window{}
		}
		w = &window{}
		s.reasons[reason] = w
	}
	w.add(slot)
}

// find notes what is over its limit and not open yet. Called with mu held.
func (d *detector) find(s *skipper, now int64, subject string, kinds ...string) {
	for _, kind := range kinds {
		if m := d.measureAt(s, kind, now); m.over && !d.open[alertKey{kind, subject}] {
			d.raise[alertKey{kind, subject}] = m
			select {
			case d.wake <- struct{}{}:
			default: // told already
			}
		}
	}
}

// measure tells how a subject stands.
func (d *detector) measure(k alertKey, now time.Time) measure {
	d.mu.Lock()
	defer d.mu.Unlock()
	in := d.agents
	if k.kind == alertRateCampaign || k.kind == alertReason {
		in = d.campaigns
	}
	s := in[k.subject]
	if s == nil {
		s = &skipper{}
	}
	return d.measureAt(s, k.kind, now.UnixMilli())
}

// measureAt is called with mu held.
func (d *detector) measureAt(s *skipper, kind string, now int64) measure {
	l, slot := d.limits, d.slot(now)
	m := measure{campaign: s.campaign}
	switch kind { // the words are for what is over its limit: every skip comes by here
	case alertRow:
		m.limit = float64(l.Row)
		if now-s.at <= l.Window.Milliseconds() {
			m.n = s.row
		}
		m.value, m.over = float64(m.n), m.n >= l.Row
		if m.over {
			m.text = fmt.Sprintf("%d skips in a row", m.n)
		}
	case alertBurst:
		m.limit = float64(l.Burst)
		for _, at := range s.recent {
			if now-at <= l.BurstWindow.Milliseconds() {
				m.n++
			}
		}
		m.value, m.over = float64(m.n), m.n >= l.Burst
		if m.over {
			m.text = fmt.Sprintf("%d skips in %s", m.n, l.BurstWindow)
		}
	case alertReason:
		m.limit = l.Reason
		most, reason := 0, ""
		for r, w := range s.reasons {
			if n := w.sum(slot); n > most || n == most && r < reason {
				most, reason = n, r
			}
		}
		m.share(most, s.skips.sum(slot), l.Least)
		if m.over {
			m.text = fmt.Sprintf("%.0f %% of %d skips for one reason: %s", 100*m.value, m.n, reason)
		}
	default:
		m.limit = l.Rate
		m.share(s.skips.sum(slot), s.ended.sum(slot), l.Least)
		if m.over {
			m.text = fmt.Sprintf("%.0f %% of %d reservations skipped", 100*m.value, m.n)
		}
	}
	return m
}

// share is a part of n; without enough of them it says nothing.
func (m *measure) share(part, n, least int) {
	if m.n = n; n >= least {
		m.value = float64(part) / float64(n)
		m.over = m.value > m.limit
	}
}

// findings takes what is to be raised, and the newest event it rests on.
func (d *detector) findings() (map[alertKey]measure, int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := d.raise
	d.raise = map[alertKey]measure{}
	for k := range found {
		d.open[k] = true
	}
	return found, d.seq
}

// settled replaces what is open by what the store says, and forgets those of
// whom nothing happened lately.
func (d *detector) settled(open map[alertKey]bool, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = open
	at, slot := now.UnixMilli(), d.slot(now.UnixMilli())
	for _, in := range []map[string]*skipper{d.agents, d.campaigns} {
		for name, s := range in {
			if at-s.at > d.limits.Window.Milliseconds() {
				delete(in, name)
			}
			for reason, w := range s.reasons {
				if w.sum(slot) == 0 {
					delete(s.reasons, reason)
				}
			}
		}
	}
}

// slots is how finely a window is counted.
const slots = 30

func (d *detector) slot(ms int64) int64 { return ms / max(d.limits.Window.Milliseconds()/slots, 1) }

// window counts what happened in the newest slots of time.
type window struct {
	head   int64 // newest slot
	counts [slots]int32
}

// move brings the head to a slot; what falls out of the window is gone.
func (w *window) move(slot int64) {
	if slot-w.head >= slots {
		w.counts = [slots]int32{}
		w.head = slot
	}
	for w.head < slot {
		w.head++
		w.counts[w.head%slots] = 0
	}
}

func (w *window) add(slot int64) {
	w.move(slot)
	w.counts[w.head%slots]++
}

func (w *window) sum(slot int64) int {
	w.move(slot)
	n := 0
	for _, c := range w.counts {
		n += int(c)
	}
	return n
}
