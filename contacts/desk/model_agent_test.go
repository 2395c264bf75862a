package desk_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"agenthub/contacts"
)

// do answers a line as the player must.
func (m *model) do(text string) string {
	l := parseLine(text)
	switch l.verb {
	case "import":
		return m.imported(l)
	case "open":
		return m.open(l)
	case "after":
		d, _ := time.ParseDuration(l.who)
		m.now += d.Milliseconds()
	case "reap":
		m.reap()
	case "beat":
		m.beat(l.who)
	case "assign":
		return m.assign(l)
	case "takeback":
		return m.takeBack(m.agent(l.who))
	case "signout":
		a := m.agent(l.who)
		m.signedOut(a, "signed_out")
		a.revoked = m.now
	case "review":
		return m.decide(l)
	case "withdraw":
		c := m.contacts[l.who]
		if c == nil {
			return "no such contact"
		}
		m.shut(c, "consent")
	case "erase":
		return m.erase(l.who)
	case "block":
		if m.blocked[l.who] {
			return "0 ok"
		}
		m.block(l.who)
		return "1 ok"
	case "unblock":
		return m.unblock(l.who, l.opts["reason"])
	case "campaign":
		was, now := m.campaigns[l.who], l.rules()
		m.campaigns[l.who], m.known[l.who] = now, true
		if was.CallFrom != now.CallFrom || was.CallUntil != now.CallUntil || was.DefaultTimeZone != now.DefaultTimeZone {
			for _, c := range m.contacts {
				c.rehour = c.rehour || c.waits && c.campaign == l.who
			}
		}
	default:
		return m.asked(l)
	}
	return "ok"
}

func (m *model) imported(l line) string {
	c, phone := m.contacts[l.who], l.opts["phone"]
	if c != nil && c.state == contacts.Closed {
		return "closed"
	}
	if c != nil && (c.isHeld() || c.state == contacts.Wrapup) {
		return "held"
	}
	if m.blocked[phone] {
		return "blocked"
	}
	priority, _ := strconv.ParseInt(l.opts["prio"], 10, 64)
	answer, waits, rehour, check := "updated", false, false, ""
	due := int64(0)
	if at := l.time("at", time.UnixMilli(m.now)); !at.IsZero() {
		due = at.UnixMilli()
	}
	if c == nil {
		answer = "accepted"
		c = &modelContact{id: l.who, skippers: map[string]bool{}, place: m.last(priority), priority: priority}
		m.contacts[l.who] = c
	} else if c.state == contacts.Scheduled {
		asked := c.campaign != l.opts["campaign"] || c.zone != l.opts["zone"] || due > m.now || c.until <= m.now
		if waits, rehour = c.waits && !asked, c.rehour && !asked; waits || !c.waits {
			if c.until > due {
				check = c.check
			}
			due = max(due, c.until)
		}
	}
	missed, owner := c.missed, c.owner
	if c.priority != priority {
		c.place, c.priority = m.last(priority), priority
	}
	m.known[l.opts["campaign"]] = true
	m.carry(c, phone)
	c.renumbered(phone)
	c.zone, c.account, c.expiry = l.opts["zone"], cmp.Or(l.opts["account"], c.id), 0
	if (!c.changed || c.said != l.opts["owner"]) && (l.opts["owner"] != "" || !c.agreed) {
		c.owner, c.changed = l.opts["owner"], false
	}
	m.triedBefore(c, l)
	if at := l.time("expiry", time.UnixMilli(m.now)); !at.IsZero() {
		c.expiry = at.UnixMilli()
	}
	if c.state == contacts.Review {
		return answer
	}
	c.campaign = l.opts["campaign"]
	if due > m.now {
		m.enter(c, contacts.Scheduled, due)
		c.waits, c.rehour, c.check = waits, rehour, check
	} else {
		was := c.state
		m.enter(c, contacts.Available, 0)
		if was == contacts.Available && c.owner != "" && c.owner == owner {
			c.missed = missed
		}
	}
	return answer
}

func (m *model) assign(l line) string {
	a := m.agent(l.who)
	if c := m.holding(a); c != nil {
		if c.id == l.first() {
			return c.id
		}
		return "the agent holds another contact"
	}
	if c := m.contacts[a.contact]; c != nil {
		m.expire(c)
	}
	give := func(c *modelContact) string {
		var why string
		switch {
		case c == nil:
			return "no such contact"
		case c.state != contacts.Available:
			why = string(c.state)
		case a.here(m.now) && !a.serves(c):
			why = "not_served"
		case c.personal() && c.owner != a.id:
			why = "personal"
		default:
			why = m.barred(c, a)
		}
		if why != "" {
			return "the contact cannot be reserved now: " + why
		}
		m.hold(c, a, time.Hour.Milliseconds(), false, false, a.node != "" && !a.grace)
		return c.id
	}
	if l.first() != "" {
		return give(m.contacts[l.first()])
	}
	if a.here(m.now) && !a.serves(&modelContact{campaign: l.opts["campaign"]}) {
		return "the contact cannot be reserved now: not_served"
	}
	for _, c := range m.pool([]string{l.opts["campaign"]}) {
		if give(c) == c.id {
			return c.id
		}
	}
	if !m.known[l.opts["campaign"]] {
		return "no such campaign"
	}
	return "no contact to reserve"
}

// pool are the contacts anybody may have, best first.
func (m *model) pool(serves []string) []*modelContact {
	out := m.sorted(func(c *modelContact) bool {
		return c.state == contacts.Available && !c.personal() && (serves == nil || slices.Contains(serves, c.campaign)) &&
			m.campaigns[c.campaign].Running()
	})
	slices.SortFunc(out, func(a, b *modelContact) int { return cmp.Compare(a.place, b.place) })
	return out
}

func (m *model) takeBack(a *modelAgent) string {
	c := m.holding(a)
	if c == nil {
		return "the agent holds nothing"
	}
	if c.state == contacts.Dialled {
		return "the contact is dialled"
	}
	m.freed(c)
	if c.maybeDialled {
		m.unsure(c, a.id)
		return "ok"
	}
	c.lastHolder = ""
	m.enter(c, contacts.Available, 0)
	m.event("release", a.id, c, "supervisor")
	return "ok"
}

func (m *model) decide(l line) string {
	c := m.contacts[l.who]
	if c == nil {
		return "no such contact"
	}
	if c.state != contacts.Review {
		return "not possible in this state"
	}
	if l.first() == "reopen" {
		if c.personal() {
			c.decided()
			c.agreed = false
		}
		c.place, c.skippers, c.owner, c.lastHolder = m.last(c.priority), map[string]bool{}, "", ""
		m.enter(c, contacts.Available, 0)
	} else {
		m.enter(c, contacts.Closed, 0)
		c.why = "review"
	}
	m.event("review", "", c, l.first())
	return "ok"
}

// asked answers what a session sends: first the stored reply, then the session.
func (m *model) asked(l line) string {
	s := m.sessions[l.who]
	if s == nil {
		return "no session"
	}
	a := s.agent
	switch {
	case l.verb == "drop":
		if a.session == s && !a.grace {
			m.adrift(a)
		}
		return "ok"
	case l.verb == "close" && s.closed:
		return "ok"
	case l.verb != "close" && !m.rejoin(s):
		return "session_superseded"
	}
	id := l.opts["id"]
	request := fmt.Sprintf("%q", []string{l.verb, l.first(), l.opts["code"], l.opts["account"], l.opts["reason"]})
	old, replayed := a.replies[id]
	if id != "" && replayed {
		if old.request != request {
			return "request_id_reused"
		}
		if old.reservation == 0 {
			return old.answer
		}
		if c := m.holding(a); a.reservation == old.reservation && c != nil && (l.verb == "dial" || !m.notAgain(c, s, a)) {
			return old.answer
		}
		return "contact_not_found"
	}
	if a.session != s {
		return "session_superseded"
	}
	answer := m.agentAsks(l, s, a)
	if id != "" && l.verb != "close" {
		r := modelReply{request: request, answer: answer}
		if slices.Contains([]string{"next", "held", "dial"}, l.verb) && m.contacts[a.contact] != nil && (answer == "ok" || answer == a.contact) {
			r.contact, r.reservation = a.contact, a.reservation
		}
		a.replies[id] = r
	}
	return answer
}

func (m *model) agentAsks(l line, s *modelSession, a *modelAgent) string {
	c := m.holding(a)
	switch l.verb {
	case "narrow":
		s.serves = strings.Split(l.opts["serves"], ",")
		if c != nil {
			m.takenOff(c, a)
		}
		return "ok"
	case "close":
		s.closed = true
		m.signedOut(a, "sign_out")
		return "ok"
	case "next":
		return m.next(s, a)
	case "held":
		if c == nil || m.withheld(c, a) || m.notAgain(c, s, a) {
			return "contact_not_found"
		}
		m.deliver(c, s, a)
		return c.id
	case "count":
		callbacks := len(m.sorted(func(c *modelContact) bool {
			return c.state == contacts.Available && c.owner == a.id && (s.serves == nil || slices.Contains(s.serves, c.campaign))
		}))
		held := "1"
		if c != nil {
			held = "0"
		}
		return fmt.Sprint(callbacks, " ", len(m.pool(s.serves)), " ", held)
	case "skip":
		return m.skip(l, a)
	case "dial":
		return m.dial(l, a)
	case "keep":
		switch {
		case c == nil || l.first() != "" && l.first() != c.id:
			return "contact_not_found"
		case c.state == contacts.Dialled:
			return "already_dialled"
		case c.kept >= 10:
			return "not_allowed"
		}
		c.until, c.kept = c.until+m.policy.ExtendStep.Milliseconds(), c.kept+1
		return "ok"
	}
	return m.outcome(l, s, a)
}

func (m *model) deliver(c *modelContact, s *modelSession, a *modelAgent) {
	if a.shown != 0 {
		return
	}
	a.shown, c.until, c.maybeDialled, c.maybeDialledSince = m.now, m.now+m.lease(s), s.legacy, 0
	if s.legacy {
		c.maybeDialledSince = c.since
	}
}
