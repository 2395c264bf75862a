package desk_test

import (
	"cmp"
	"slices"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
)

// opens is when the contact may be called again, 0 for now.
func (m *model) opens(c *modelContact) int64 {
	r := m.campaigns[c.campaign]
	if r.CallFrom == "" {
		return 0
	}
	zone := cmp.Or(c.zone, r.DefaultTimeZone)
	loc, err := contactstest.Zones().Data().Location(zone)
	if zone == "" || err != nil {
		return m.now + time.Hour.Milliseconds()
	}
	local := time.UnixMilli(m.now).In(loc)
	from, _ := time.Parse("15:04", r.CallFrom)
	until, _ := time.Parse("15:04", r.CallUntil)
	at := func(day int, clock time.Time) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()+day, clock.Hour(), clock.Minute(), 0, 0, loc)
	}
	switch {
	case local.Before(at(0, from)):
		return at(0, from).UnixMilli()
	case local.Before(at(0, until)):
		return 0
	}
	return at(1, from).UnixMilli()
}

// outside schedules to the opening; other hours may let it in sooner.
func (m *model) outside(c *modelContact, at int64) {
	m.enter(c, contacts.Scheduled, at)
	c.waits, c.check = true, m.hoursCheck(c)
}

// barred is why the agent cannot have a contact of the pool; what has its time
// is put off until then.
func (m *model) barred(c *modelContact, a *modelAgent) string {
	if !c.personal() && a.avoid[c.id] > m.now {
		return "avoided"
	}
	if why := m.notNow(c); why != "" {
		return why
	}
	if len(m.sorted(func(o *modelContact) bool { return o.isHeld() && o.phone == c.phone })) > 0 {
		return "phone_held"
	}
	return ""
}

// notNow is why nobody can have it.
func (m *model) notNow(c *modelContact) string {
	if c.expiry != 0 && c.expiry <= m.now {
		return "expired"
	}
	if !m.campaigns[c.campaign].Running() {
		return "paused"
	}
	if at := m.opens(c); at != 0 {
		if c.personal() {
			m.outside(c, at)
			return c.check
		}
		pool := m.pool([]string{c.campaign}) // c goes with those of its neighbours that have to wait as well
		pool = pool[slices.Index(pool, c):]
		for _, o := range pool[:min(32, len(pool))] {
			if at := m.opens(o); at != 0 {
				m.outside(o, at)
			}
		}
		return c.check
	}
	if r := m.rested(c); r != nil {
		m.enter(c, contacts.Scheduled, r.Opens.UnixMilli())
		c.check = r.Code
		return r.Code
	}
	return ""
}

// hold gives a contact; nothing that must not be called is ever given.
func (m *model) hold(c *modelContact, a *modelAgent, lease int64, legacy, shown, pushed bool) {
	m.callable(c)
	m.holds++
	c.state, c.until, c.holder, c.reservation, c.since = contacts.Reserved, m.now+lease, a.id, m.holds, m.now
	if c.maybeDialled, c.kept, c.heldBy = legacy, 0, a.id; legacy {
		c.maybeDialledSince = m.now
	}
	a.contact, a.reservation, a.shown, a.pushed = c.id, m.holds, 0, pushed
	if shown {
		a.shown = m.now
	}
	m.event("reserve", a.id, c, "")
}

// callable fails the test if the contact must not be shown or dialled now.
func (m *model) callable(c *modelContact) {
	m.t.Helper()
	switch {
	case m.gone(c) != "":
		m.t.Errorf("%s is given though it is over: %s", c.id, m.gone(c))
	case !m.campaigns[c.campaign].Running():
		m.t.Errorf("%s is given though its campaign is paused", c.id)
	case m.opens(c) != 0:
		m.t.Errorf("%s is given outside its hours", c.id)
	case m.rested(c) != nil:
		m.t.Errorf("%s is given though %s", c.id, m.rested(c).Rule)
	}
}

// takenOff puts back what is only reserved of a campaign that the agent serves no more.
func (m *model) takenOff(c *modelContact, a *modelAgent) bool {
	if a.serves(c) || c.state != contacts.Reserved || c.maybeDialled {
		return false
	}
	m.freed(c)
	c.lastHolder = ""
	m.enter(c, contacts.Available, 0)
	m.event("release", a.id, c, "not_served")
	return true
}

// withheld puts a contact that was reserved from outside back if it must not be
// shown now.
func (m *model) withheld(c *modelContact, a *modelAgent) bool {
	if a.shown != 0 {
		return false
	}
	over := c.expiry != 0 && c.expiry <= m.now
	if !over && m.campaigns[c.campaign].Running() && m.opens(c) == 0 && m.rested(c) == nil && a.serves(c) {
		return false
	}
	m.freed(c)
	m.enter(c, contacts.Available, 0)
	m.notNow(c)
	m.event("release", a.id, c, "undelivered")
	return true
}

// notAgain ends the hold of what must not be called now, where showing it again is dialling it.
func (m *model) notAgain(c *modelContact, s *modelSession, a *modelAgent) bool {
	free := m.gone(c) == "" && m.campaigns[c.campaign].Running() && m.opens(c) == 0 && m.rested(c) == nil
	if !s.legacy || a.shown == 0 || c.state != contacts.Reserved || free {
		return false
	}
	m.expire(c)
	return true
}
