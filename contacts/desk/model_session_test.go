package desk_test

import (
	"slices"
	"strings"
	"time"

	"agenthub/contacts"
)

func (m *model) node(name string) *modelNode {
	if m.nodes[name] == nil {
		m.nodes[name] = &modelNode{}
	}
	return m.nodes[name]
}

// beat keeps a node alive. One that was taken for dead meanwhile is told so.
func (m *model) beat(name string) {
	n := m.node(name)
	if (!n.known || n.deadline <= m.now) && n.beats > 0 {
		n.forgotten++
	}
	n.known, n.deadline, n.beats = true, m.now+(15*time.Second).Milliseconds(), n.beats+1
}

// rejoin brings a session back after its node was taken for dead.
func (m *model) rejoin(s *modelSession) bool {
	a, n := s.agent, m.node(s.node)
	if s.joined == n.forgotten {
		return true
	}
	if a.session != s {
		return false
	}
	s.joined, a.grace = n.forgotten, false
	if c := m.holding(a); c != nil {
		c.until = max(c.until, a.before)
	}
	a.before = 0
	return true
}

// adrift: the socket or the node is gone, the grace period begins.
func (m *model) adrift(a *modelAgent) {
	a.grace, a.graceEnds, a.before = true, m.now+m.policy.Grace.Milliseconds(), 0
	if c := m.holding(a); c != nil && c.state == contacts.Reserved && !c.maybeDialled && a.shown != 0 {
		a.before = c.until
		c.until = min(c.until, m.now+m.policy.Grace.Milliseconds())
	}
}

func (m *model) signedOut(a *modelAgent, reason string) {
	if c := m.contacts[a.contact]; c != nil {
		m.freed(c)
		if c.state == contacts.Dialled || c.maybeDialled {
			m.unsure(c, a.id)
		} else {
			c.lastHolder = ""
			m.enter(c, contacts.Available, 0)
			m.event("release", a.id, c, reason)
		}
	}
	a.session, a.node, a.grace, a.before = nil, "", false, 0
}

func (m *model) open(l line) string {
	a := m.agent(agentOf(l.who))
	issued := m.now
	if l.opts["ticket"] != "" {
		issued += l.duration("ticket").Milliseconds()
	}
	s := &modelSession{agent: a, legacy: l.has("legacy"), node: l.opts["node"], joined: m.node(l.opts["node"]).forgotten}
	if l.opts["serves"] != "" {
		s.serves = strings.Split(l.opts["serves"], ",")
	}
	live := a.node != "" && !a.grace
	if issued < a.revoked {
		return "token revoked"
	}
	if live && issued < a.issued {
		return "a newer sign-in exists"
	}
	if live && (l.opts["tab"] == "" || l.opts["tab"] != a.tab) {
		if m.now-a.window > (10 * time.Minute).Milliseconds() {
			a.window, a.kicks = m.now, 0
		}
		if a.kicks >= 6 {
			return "too many takeovers of a live session"
		}
		a.kicks++
	}
	m.sessions[l.who] = s
	a.session, a.tab, a.node, a.grace, a.issued = s, l.opts["tab"], l.opts["node"], false, issued
	before := a.before
	a.before = 0
	c := m.holding(a)
	if c == nil || a.shown == 0 && (s.legacy || m.withheld(c, a)) || a.shown != 0 && m.takenOff(c, a) {
		return "ok"
	}
	if a.shown == 0 {
		c.until = m.now + m.lease(s)
		a.shown, a.pushed = m.now, false
	}
	c.until = max(c.until, before)
	if s.legacy && c.state == contacts.Reserved {
		c.until, c.maybeDialled, c.maybeDialledSince = max(c.until, m.now+m.lease(s)), true, c.since
	}
	return c.id
}

// here reports whether the agent is signed in, or may come back any moment.
func (a *modelAgent) here(now int64) bool { return a.node != "" && (!a.grace || a.graceEnds > now) }

// serves reports whether the agent's session is for the contact's campaign.
func (a *modelAgent) serves(c *modelContact) bool {
	return a.session.serves == nil || slices.Contains(a.session.serves, c.campaign)
}

func (m *model) lease(s *modelSession) int64 {
	if s.legacy {
		return m.policy.DialledTTL.Milliseconds()
	}
	return m.policy.ReservationTTL.Milliseconds()
}
