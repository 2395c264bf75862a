package desk_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session/identity"
)

// With zoneFrom number the number alone says whose clock it is, whatever else is known,
// and the law is that of all regions as ever.
func TestZoneOfTheNumberAlone(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(inNewYork(t, "2026-12-04T09:30"))
		s.ReadClocks()
		putLaw(t, s)
		hours := contacts.Rules{CallFrom: "09:00", CallUntil: "21:00", DefaultTimeZone: "America/New_York", ZoneFrom: contacts.ZoneNumber}
		s.Put("short", hours)
		hours.CallFrom, hours.CallUntil, hours.Hours = "", "", &contacts.Hours{Week: map[string]string{"mon-fri": "09:00-21:00"}}
		s.Put("week", hours)
		n := 0
		for _, tt := range []struct {
			area  string
			row   contacts.Row
			opens string // "" for now, on the clock of New York
		}{
			{"+1212", contacts.Row{}, ""},
			{"+1213", contacts.Row{}, "2026-12-04T12:00"}, // Los Angeles
			{"+1213", contacts.Row{TimeZone: "America/New_York", Region: "NY", PostalCode: "10001"}, "2026-12-04T12:00"},
			{"+1212", contacts.Row{TimeZone: "America/Los_Angeles", Region: "CA"}, ""},
			{"+1423", contacts.Row{TimeZone: "America/New_York"}, "2026-12-04T10:00"}, // Tennessee has two
			{"+1800", contacts.Row{Region: "NY"}, "2026-12-04T14:00"},                 // anywhere in both countries: Honolulu
			{"+1212", contacts.Row{Region: "AE"}, ""},                                 // a military post, by the clock of its number
			{"+1617", contacts.Row{Region: "RI"}, ""},                                 // from nine in Rhode Island, too
			{"+1212", contacts.Row{PostalCode: "96813"}, ""},                          // Hawaii's law is of its hours, not of its clock
			{"+999212", contacts.Row{TimeZone: "America/New_York"}, "no_zone"},        // nobody's number
		} {
			for _, campaign := range []contacts.CampaignID{"short", "week"} {
				n++
				row := tt.row
				row.ID, row.Campaign, row.E164 = contacts.ID(strconv.Itoa(n)), campaign, tt.area+strconv.Itoa(5550100+n)
				row.AccountNumber = string(row.ID)
				s.Imports(row)
				for again := range 2 { // the second is by what the first has taught
					_, err := s.Store.Assign(t.Context(), identity.AgentID("for-"+row.ID), row.ID, "", time.Hour, "campaign1")
					taken, refused := errors.AsType[*contacts.TakenError](err)
					switch {
					case tt.opens == "no_zone":
						if !refused || again == 0 && taken.Why != contacts.RuleNoZone {
							t.Errorf("%s %s: %v", campaign, row.E164, err)
						}
					case refused != (tt.opens != "") || refused && !taken.Until.Equal(inNewYork(t, tt.opens)):
						t.Errorf("%s %s %+v: %v, want %q", campaign, row.E164, tt.row, err, tt.opens)
					}
				}
			}
		}

		// Who was loaded with others in its pool is told from them, and from itself by another rule.
		for _, zone := range []string{"America/New_York", "America/Los_Angeles"} {
			n++
			id := contacts.ID(strconv.Itoa(n))
			s.Imports(contacts.Row{ID: id, Campaign: "pool", AccountNumber: string(id), E164: "+1213" + strconv.Itoa(5550100+n), TimeZone: zone})
		}
		n++
		last := contacts.ID(strconv.Itoa(n))
		s.Imports(contacts.Row{ID: last, Campaign: "pool", AccountNumber: string(last), E164: "+1212" + strconv.Itoa(5550100+n), TimeZone: "America/Los_Angeles"})
		s.Put("pool", hours)
		agent := s.SignIn("agent1")
		agent.Campaigns = []string{"pool"}
		if got := s.Next(agent); got != string(last) {
			t.Errorf("next = %s, want %s", got, last)
		}
		hours.ZoneFrom = contacts.ZoneGiven
		s.Put("pool", hours)
		s.Reap()
		agent2 := s.SignIn("agent2")
		agent2.Campaigns = []string{"pool"}
		if got := s.Next(agent2); got != strconv.Itoa(n-2) {
			t.Errorf("by the zone that is given, next = %s, want %d", got, n-2)
		}
	})
}
