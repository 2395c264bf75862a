package desk_test

import (
	"cmp"
	"slices"
	"time"

	"agenthub/contacts"
)

func (m *model) next(s *modelSession, a *modelAgent) string {
	if c := m.holding(a); c != nil && c.state == contacts.Dialled {
		return "outcome_pending"
	}
	if c := m.holding(a); c != nil && !m.withheld(c, a) && !m.notAgain(c, s, a) {
		m.deliver(c, s, a)
		return c.id
	}
	if c := m.contacts[a.contact]; c != nil {
		m.expire(c)
	}
	own := m.sorted(func(c *modelContact) bool {
		return c.state == contacts.Available && c.owner == a.id && (s.serves == nil || slices.Contains(s.serves, c.campaign))
	})
	slices.SortFunc(own, func(a, b *modelContact) int { return cmp.Compare(a.place, b.place) })
	for _, c := range append(own, m.pool(s.serves)...) {
		if c.state == contacts.Available && m.barred(c, a) == "" {
			m.hold(c, a, m.lease(s), s.legacy, true, false)
			return c.id
		}
	}
	return "no_contacts"
}

func (m *model) skip(l line, a *modelAgent) string {
	c := m.holding(a)
	if c == nil || l.first() != "" && l.first() != c.id || l.opts["account"] != "" && l.opts["account"] != c.account {
		return m.lateSkip(l, a)
	}
	if c.state == contacts.Dialled {
		return "already_dialled"
	}
	if l.first() == "" && l.opts["account"] == "" && a.pushed && m.now-max(a.shown, c.since) < 1000 {
		return "contact_not_found"
	}
	r, reason := m.campaigns[c.campaign], l.opts["reason"]
	i := slices.IndexFunc(r.Reasons(), func(s contacts.SkipReason) bool { return string(s.ID) == reason })
	if reason != "" && i < 0 {
		return "invalid_message"
	}
	delay, avoid, limit := m.policy.SkipDelay, m.policy.SkipAvoid, cmp.Or(r.SkipLimit, m.policy.SkipLimit)
	if r.SkipDelay != nil {
		delay = time.Duration(*r.SkipDelay)
	}
	if r.SkipAvoid != nil {
		avoid = time.Duration(*r.SkipAvoid)
	}
	m.freed(c)
	c.skippers[a.id] = true
	c.lastHolder = ""
	if len(c.skippers) >= limit {
		m.enter(c, contacts.Review, 0)
		c.why = "skip_limit"
	} else {
		c.place = m.last(c.priority)
		m.enter(c, contacts.Scheduled, m.now+delay.Milliseconds())
	}
	if c.owner != a.id {
		a.avoid[c.id] = m.now + avoid.Milliseconds()
	}
	m.event("skip", a.id, c, reason)
	if reason != "" && r.Reasons()[i].Suppresses {
		m.block(c.phone)
	}
	return "ok"
}

func (m *model) dial(l line, a *modelAgent) string {
	c := m.holding(a)
	switch {
	case c == nil || l.first() != "" && l.first() != c.id:
		return "contact_not_found"
	case c.state == contacts.Dialled:
		return "already_dialled"
	case m.takenOff(c, a):
		return "contact_not_found"
	case !m.campaigns[c.campaign].Running():
		return "not_allowed"
	case m.gone(c) != "":
		over := m.gone(c)
		m.shut(c, over)
		if over == "dnc" {
			return "blocked"
		}
		return "contact_not_found"
	case m.opens(c) != 0:
		return m.hoursCheck(c)
	case m.rested(c) != nil:
		return m.rested(c).Code
	}
	m.callable(c)
	m.called(c, "", c.phone)
	c.state, c.until = contacts.Dialled, m.now+m.policy.DialledTTL.Milliseconds()
	if a.shown == 0 {
		a.shown = m.now
	}
	m.event("dial", a.id, c, "")
	return "ok"
}

// outcome answers outcome, skipclose and callback.
func (m *model) outcome(l line, s *modelSession, a *modelAgent) string {
	c := m.contacts[a.contact]
	if c == nil || l.first() != c.account && l.first() != c.id {
		c = m.told(a, l.first())
	}
	if c == nil || l.verb == "skipclose" && c != m.holding(a) {
		return m.lateOutcome(l, a)
	}
	if l.verb == "skipclose" && c.state == contacts.Dialled {
		return "already_dialled"
	}
	if l.verb == "callback" && c.expiry != 0 && m.now+l.duration("at").Milliseconds() >= c.expiry {
		return "invalid_message"
	}
	kind, code := "outcome", l.opts["code"]
	rule := m.campaigns[c.campaign].Outcome(code)
	known := slices.ContainsFunc(m.campaigns[c.campaign].OutcomeTable(), func(o contacts.OutcomeRule) bool { return string(o.ID) == code })
	if code != "" && !known && !s.legacy {
		return "invalid_message"
	}
	switch {
	case l.verb == "callback":
		code, rule.Effect = "4", contacts.EffectCallback
	case code == "":
		rule.Effect = "wrapup"
	}
	if l.verb == "skipclose" {
		kind = "skip_close"
	}
	if rule.Effect != contacts.EffectBlock && (l.verb == "skipclose" || m.gone(c) != "") {
		rule.Effect = contacts.EffectClose
	}
	lastHolder := ""
	if rule.Effect == "wrapup" {
		lastHolder = a.id
	}
	mine, was := c.holder == a.id, c.state
	phones := c.phonesOf(a.id)
	if c.lastHolder = lastHolder; lastHolder != "" {
		m.lost(c, a.id)
	}
	if mine || was != contacts.Dialled && was != contacts.Closed && !c.maybeDialled {
		if kind == "outcome" && was != contacts.Dialled && was != contacts.Wrapup && was != contacts.Review {
			m.called(c, code, phones...)
			if mine && was == contacts.Reserved {
				m.event("dial", a.id, c, "")
			}
		} else if kind == "outcome" {
			m.cameOf(c, code, phones)
		}
		if c.holder != "" {
			later := c.holder
			m.freed(c)
			if !mine {
				m.event("release", later, c, "withdrawn")
			}
		}
		c.why = ""
		m.settle(c, a, l, rule)
	} else {
		m.toldLate(c, code, phones)
	}
	m.event(kind, a.id, c, code)
	if lastHolder == "" {
		a.toldOf[c.account] = c
	}
	if rule.Effect == contacts.EffectBlock {
		m.block(phones[len(phones)-1])
	}
	return "ok"
}

func (m *model) settle(c *modelContact, a *modelAgent, l line, rule contacts.OutcomeRule) {
	switch rule.Effect {
	case "wrapup":
		m.enter(c, contacts.Wrapup, m.now+m.policy.WrapupTTL.Milliseconds())
		return
	case contacts.EffectClose, contacts.EffectBlock:
		m.enter(c, contacts.Closed, 0)
		return
	case contacts.EffectRetry, contacts.EffectCallback:
	}
	due := m.now + time.Duration(rule.Delay).Milliseconds()
	if l.verb == "callback" {
		due = m.now + l.duration("at").Milliseconds()
	}
	if rule.Effect == contacts.EffectCallback {
		c.decided()
		c.owner, c.agreed = "", true
		if l.has("mine") {
			c.owner = a.id
		}
	}
	c.place = m.last(c.priority)
	check := ""
	if r := m.rested(c); r != nil && r.Opens.UnixMilli() > due {
		due, check = r.Opens.UnixMilli(), r.Code
	}
	m.enter(c, contacts.Scheduled, due)
	c.check = check
}
