package desk_test

import (
	"cmp"
	"fmt"
	"maps"
	"strings"

	"pgregory.net/rapid"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
)

// hoursCheck is the check that an hour of the day fails.
func (m *model) hoursCheck(c *modelContact) string {
	zone := cmp.Or(c.zone, m.campaigns[c.campaign].DefaultTimeZone)
	if _, err := contactstest.Zones().Data().Location(zone); zone == "" || err != nil {
		return contacts.RuleNoZone
	}
	return contacts.OutsideHours
}

// whyNot is what GET /contacts/{id} says of a contact.
func (m *model) whyNot(c *modelContact) string {
	others := func(o *modelContact) bool { return o != c && o.isHeld() && o.phone == c.phone }
	over := strings.Replace(m.gone(c), "dnc", "blocked", 1)
	switch c.state {
	case contacts.Closed:
		blocked := ""
		if over == "blocked" {
			blocked = over
		}
		return cmp.Or(strings.Replace(c.why, "dnc", "blocked", 1), blocked, string(c.state))
	case contacts.Review:
		return c.why
	case contacts.Dialled, contacts.Wrapup:
		return string(c.state)
	case contacts.Available, contacts.Scheduled, contacts.Reserved:
	}
	switch {
	case over != "":
		return over
	case !m.campaigns[c.campaign].Running():
		return contacts.Paused
	case m.opens(c) != 0:
		return m.hoursCheck(c)
	case m.rested(c) != nil:
		return m.rested(c).Code
	case c.state == contacts.Scheduled:
		return cmp.Or(c.check, string(c.state))
	case len(m.sorted(others)) > 0:
		return "phone_held"
	}
	return ""
}

// waiting counts what waits, by campaign and by what holds it back.
func (m *model) waiting() map[string]int {
	n := map[string]int{}
	for _, c := range m.contacts {
		waits := c.state == contacts.Available || c.state == contacts.Scheduled
		switch {
		case waits && !m.campaigns[c.campaign].Running():
			n[c.campaign+" "+contacts.Paused]++
		case c.check != "":
			n[c.campaign+" "+c.check]++
		}
	}
	return n
}

// reasons compares why each contact cannot be called now, and the counts. That a
// look changes nothing, the steps that follow tell.
func (d *duel) reasons(t rapid.TB) {
	ctx := d.p.T.Context()
	for id, c := range d.m.contacts {
		_, why, err := d.p.Store.Why(ctx, contacts.ID(id))
		if want := d.m.whyNot(c); err != nil || why.Code != want {
			t.Fatalf("why not %s (%s): %q, %v, the model says %q\n%s", id, c.state, why.Code, err, want, strings.Join(d.log, "\n"))
		}
	}
	all, err := d.p.Read.Campaigns(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, c := range all {
		for check, n := range c.Why {
			got[fmt.Sprint(c.Campaign, " ", check)] = n
		}
	}
	if want := d.m.waiting(); !maps.Equal(got, want) {
		t.Fatalf("what waits is %v, the model says %v\n%s", got, want, strings.Join(d.log, "\n"))
	}
}
