package desk_test

import (
	"fmt"
	"slices"
	"time"

	"agenthub/contacts"
)

// heldAs is a number that a contact had, and who held it then last.
type heldAs struct{ agent, phone string }

// renumbered: a list brings another number.
func (c *modelContact) renumbered(phone string) {
	if c.phone != "" && c.phone != phone && c.heldBy != "" {
		before := []heldAs{{c.heldBy, c.phone}}
		for _, b := range c.before {
			if b.agent != c.heldBy {
				before = append(before, b)
			}
		}
		c.heldBy, c.before = "", before
	}
	c.phone = phone
}

// heldPhone is the number that the contact had while the agent held it last.
func (c *modelContact) heldPhone(agent string) (phone string, ok bool) {
	if c.heldBy == agent {
		return c.phone, true
	}
	for _, b := range c.before {
		if b.agent == agent {
			return b.phone, true
		}
	}
	return "", false
}

// late: whoever held a contact last may say that it is not to be called.
func (m *model) late(a *modelAgent, name, word string, blocks func(*modelContact) bool) string {
	for _, c := range []*modelContact{m.contacts[name], a.toldOf[name]} {
		if c == nil {
			continue
		}
		phone, ok := c.heldPhone(a.id)
		if !ok {
			continue
		}
		if !blocks(c) {
			return "contact_not_found"
		}
		if !m.blocked[phone] {
			m.event("outcome", a.id, c, word)
			m.block(phone)
		}
		return "ok"
	}
	return "contact_not_found"
}

func (m *model) lateSkip(l line, a *modelAgent) string {
	name := l.first()
	if name == "" {
		name = l.opts["account"]
	}
	if name == "" {
		return "contact_not_found"
	}
	reason := l.opts["reason"]
	return m.late(a, name, reason, func(c *modelContact) bool {
		reasons := m.campaigns[c.campaign].Reasons()
		i := slices.IndexFunc(reasons, func(s contacts.SkipReason) bool { return string(s.ID) == reason })
		return i >= 0 && reasons[i].Suppresses
	})
}

func (m *model) lateOutcome(l line, a *modelAgent) string {
	return m.late(a, l.first(), l.opts["code"], func(c *modelContact) bool {
		return l.verb != "callback" && l.opts["code"] != "" && m.campaigns[c.campaign].Outcome(l.opts["code"]).Effect == contacts.EffectBlock
	})
}

func (m *model) unblock(phone, reason string) string {
	if !m.blocked[phone] {
		return "0 ok"
	}
	delete(m.blocked, phone)
	m.events = append(m.events, fmt.Sprintf("unblock   %s", reason))
	return "1 ok"
}

// erase takes a contact out of the store, unless somebody may be calling, or say still
// that the person wants no calls.
func (m *model) erase(id string) string {
	c := m.contacts[id]
	switch {
	case c == nil:
		return "no such contact"
	case c.state == contacts.Dialled, c.state == contacts.Wrapup, c.state == contacts.Reserved && c.maybeDialled,
		c.state == contacts.Review && c.lastHolder != "":
		return "the contact is dialled"
	case m.calledToday(c):
		return "the contact is dialled"
	case c.state == contacts.Closed:
		m.event("block", "", c, "erased")
	default:
		m.shut(c, "erased")
	}
	delete(m.contacts, id)
	return "ok"
}

func (m *model) calledToday(c *modelContact) bool {
	last := m.lastCall(c, c.phone)
	return last != nil && time.UnixMilli(m.now).Sub(last.At) < 24*time.Hour
}
