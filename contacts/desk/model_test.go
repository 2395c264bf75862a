package desk_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/pace"
	"agenthub/contacts/store"
)

// model is the contract once more, in plain Go over maps and without Redis: what
// each command of the player's language must answer, and what must be so after
// it. It is written from protocol.md; where it and the scripts differ, one of
// them is wrong.
type model struct {
	t         testing.TB
	policy    store.Policy
	now       int64 // Unix ms
	order     int64
	holds     int
	contacts  map[string]*modelContact
	agents    map[string]*modelAgent
	sessions  map[string]*modelSession
	campaigns map[string]contacts.Rules
	known     map[string]bool // campaigns that were configured or had a contact
	blocked   map[string]bool
	calls     map[string][]pace.Attempt // by number
	nodes     map[string]*modelNode
	events    []string
}

// modelNode is a hub: alive until its deadline, and how often it was forgotten.
type modelNode struct {
	deadline         int64
	known            bool
	beats, forgotten int
}

type modelContact struct {
	id, campaign, phone, account, zone string
	state                              contacts.State
	place                              int64 // in the pool
	priority                           int64
	holder, lastHolder                 string
	heldBy                             string // the last one with this number
	before                             []heldAs
	reservation                        int
	until                              int64 // deadline, due
	since                              int64 // reserved at
	skippers                           map[string]bool
	attempts                           int
	expiry                             int64
	owner                              string // of a personal callback
	agreed                             bool   // by an agent with the person
	said                               string // by the list of the owner, before somebody changed it
	changed                            bool
	maybeDialledSince                  int64  // reserved at, of what was last shown to a client that does not say that it dials
	missed                             int64  // when a personal callback in the pool counts as missed
	maybeDialled                       bool   // shown to a client that does not say that it dials
	why                                string // it is in review, or closed
	check                              string // that it is scheduled for, if one put it off
	kept                               int
	waits, rehour                      bool // scheduled for the hour of the day alone; its hours are others since
	seen                               bool // closed, and compared since
}

type modelAgent struct {
	id            string
	session       *modelSession
	node, tab     string
	grace         bool
	graceEnds     int64
	issued        int64
	revoked       int64
	window, kicks int64
	contact       string
	reservation   int
	shown         int64 // delivered at, 0 if not yet
	pushed        bool
	before        int64 // lease before grace
	avoid         map[string]int64
	last          map[string]string // account to contact
	toldOf        map[string]*modelContact
	replies       map[string]modelReply
}

type modelSession struct {
	agent  *modelAgent
	node   string
	legacy bool
	serves []string // nil: all
	closed bool
	joined int // how often its node was forgotten when it joined
}

type modelReply struct {
	request, answer, contact string
	reservation              int
}

func newModel(tb testing.TB, policy store.Policy, now time.Time) *model {
	tb.Helper()
	return &model{
		t: tb, policy: policy, now: now.UnixMilli(), contacts: map[string]*modelContact{}, agents: map[string]*modelAgent{},
		sessions: map[string]*modelSession{}, campaigns: map[string]contacts.Rules{}, known: map[string]bool{}, blocked: map[string]bool{}, calls: map[string][]pace.Attempt{}, nodes: map[string]*modelNode{},
	}
}

func (m *model) agent(id string) *modelAgent {
	if m.agents[id] == nil {
		m.agents[id] = &modelAgent{id: id, avoid: map[string]int64{}, last: map[string]string{}, toldOf: map[string]*modelContact{}, replies: map[string]modelReply{}}
	}
	return m.agents[id]
}

func (m *model) event(kind, agent string, c *modelContact, reason string) {
	m.events = append(m.events, fmt.Sprintf("%s %s %s %s", kind, agent, c.id, reason))
}

func (m *model) last(priority int64) int64 {
	m.order++
	return priority*1e12 + m.order
}

func (c *modelContact) personal() bool { return c.owner != "" }

func (c *modelContact) isHeld() bool {
	return c.state == contacts.Reserved || c.state == contacts.Dialled
}

// enter puts a contact into a state that nobody holds.
func (m *model) enter(c *modelContact, st contacts.State, until int64) {
	c.state, c.until, c.holder, c.reservation, c.maybeDialled, c.waits, c.rehour, c.check = st, until, "", 0, false, false, false, ""
	if st == contacts.Available && c.personal() {
		c.missed = m.now + (30 * time.Minute).Milliseconds()
	}
}

// freed ends an agent's hold.
func (m *model) freed(c *modelContact) {
	a := m.agent(c.holder)
	a.contact, a.reservation = "", 0
}

// holding is what the agent holds, if its lease is not over.
func (m *model) holding(a *modelAgent) *modelContact {
	c := m.contacts[a.contact]
	if c == nil || c.until <= m.now {
		return nil
	}
	return c
}

// gone is why nobody may call the contact any more.
func (m *model) gone(c *modelContact) string {
	switch {
	case m.blocked[c.phone]:
		return "dnc"
	case c.expiry != 0 && c.expiry <= m.now:
		return "expired"
	}
	return ""
}

func (m *model) shut(c *modelContact, why string) {
	if c.state == contacts.Closed {
		return
	}
	agent := c.holder
	if agent != "" {
		if c.state == contacts.Dialled || c.maybeDialled {
			m.lost(c, agent)
		}
		m.freed(c)
	}
	m.enter(c, contacts.Closed, 0)
	c.why = why
	m.event("block", agent, c, why)
}

func (m *model) block(phone string) {
	m.blocked[phone] = true
	for _, c := range m.sorted(func(c *modelContact) bool { return c.phone == phone && c.state != contacts.Dialled }) {
		m.shut(c, "dnc")
	}
}

// sorted are the contacts that a condition holds for, by id.
func (m *model) sorted(is func(*modelContact) bool) []*modelContact {
	var out []*modelContact
	for _, id := range slices.Sorted(maps.Keys(m.contacts)) {
		if is(m.contacts[id]) {
			out = append(out, m.contacts[id])
		}
	}
	return out
}

// due are contacts by the time that a condition reads, then by id.
func (m *model) due(is func(*modelContact) bool, at func(*modelContact) int64) []*modelContact {
	out := m.sorted(func(c *modelContact) bool { return is(c) && at(c) <= m.now })
	slices.SortStableFunc(out, func(a, b *modelContact) int { return cmp.Compare(at(a), at(b)) })
	return out
}

// lost: the agent may still tell what came of it.
func (m *model) lost(c *modelContact, agent string) {
	c.lastHolder = agent
	m.agent(agent).last[c.account] = c.id
}

// told is the contact of which the agent tells late.
func (m *model) told(a *modelAgent, account string) *modelContact {
	for _, id := range []string{a.last[account], account} {
		if c := m.contacts[id]; c != nil && c.lastHolder == a.id {
			return c
		}
	}
	return nil
}

// unsure: what may have been dialled waits for a supervisor.
func (m *model) unsure(c *modelContact, agent string) {
	why, over := "maybe_dialled", m.gone(c)
	if c.state == contacts.Dialled {
		why = "no_outcome"
	} else {
		m.called(c, "", c.phonesOf(agent)...)
	}
	m.lost(c, agent)
	if over != "" {
		m.enter(c, contacts.Closed, 0)
		c.why = over
		m.event("block", agent, c, over)
		return
	}
	m.enter(c, contacts.Review, 0)
	c.why = why
	m.event("review", agent, c, why)
}

// expire: the lease is over.
func (m *model) expire(c *modelContact) {
	if c.state == contacts.Wrapup {
		if over := m.gone(c); over != "" {
			m.shut(c, over)
			return
		}
		m.enter(c, contacts.Review, 0)
		c.why = "no_disposition"
		m.event("review", c.lastHolder, c, c.why)
		return
	}
	a := m.agent(c.holder)
	m.freed(c)
	if c.state == contacts.Dialled || c.maybeDialled {
		m.unsure(c, a.id)
		return
	}
	m.lost(c, a.id)
	m.enter(c, contacts.Available, 0)
	switch {
	case a.shown == 0:
		m.event("release", a.id, c, "undelivered")
	case a.grace:
		m.event("release", a.id, c, "disconnect")
	default:
		m.event("expire", a.id, c, "")
	}
}

func (m *model) reap() {
	for _, c := range m.due(func(c *modelContact) bool { return c.expiry != 0 }, func(c *modelContact) int64 { return c.expiry }) {
		if c.state != contacts.Dialled && c.state != contacts.Wrapup {
			m.shut(c, "expired")
		}
	}
	until := func(c *modelContact) int64 { return c.until }
	for _, c := range m.due(func(c *modelContact) bool { return c.state == contacts.Scheduled }, until) {
		if at := m.opens(c); at != 0 && c.check == contacts.RuleNoZone && !c.personal() {
			m.outside(c, at)
		} else {
			m.enter(c, contacts.Available, 0)
		}
	}
	for _, c := range m.sorted(func(c *modelContact) bool { return c.rehour }) {
		if at := m.opens(c); at != 0 {
			m.outside(c, at)
		} else {
			m.enter(c, contacts.Available, 0)
		}
	}
	for _, c := range m.due(func(c *modelContact) bool { return c.isHeld() || c.state == contacts.Wrapup }, until) {
		m.expire(c)
	}
	for _, c := range m.due(func(c *modelContact) bool { return c.state == contacts.Available && c.personal() },
		func(c *modelContact) int64 { return c.missed }) {
		a, r := m.agent(c.owner), m.campaigns[c.campaign]
		if at := m.opens(c); at != 0 && r.Running() && cmp.Or(c.zone, r.DefaultTimeZone) != "" {
			m.outside(c, at)
			continue
		}
		if a.here(m.now) && a.serves(c) || !r.Running() {
			c.missed = m.now + time.Minute.Milliseconds()
			continue
		}
		m.enter(c, contacts.Review, 0)
		c.why = "callback_missed"
		m.event("review", c.owner, c, c.why)
	}
	for node, n := range m.nodes {
		if !n.known || n.deadline > m.now {
			continue
		}
		n.known = false
		for _, a := range m.agents {
			if a.node == node && !a.grace {
				m.adrift(a)
			}
		}
	}
}
