package desk_test

import (
	"errors"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/packs"
	"agenthub/contacts/store"
	"agenthub/session/identity"
)

// The law of where the person may be holds at every door, whatever the campaign's
// hours are, and who is refused is told the rule and when it opens.
func TestLawHoldsWhereThePersonMayBe(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(time.Date(2026, 12, 4, 13, 30, 0, 0, time.UTC)) // Friday, 08:30 in New York
		s.ReadClocks()
		name, text := packs.BuiltInText()
		if err := s.Store.PutPack(t.Context(), name, text); err != nil {
			t.Fatal(err)
		}
		row := func(id, e164, zone, region string) contacts.Row {
			return contacts.Row{ID: contacts.ID(id), Campaign: contacts.CampaignID("k" + id), AccountNumber: id, E164: e164, TimeZone: zone, Region: region}
		}
		for _, tt := range []struct {
			row  contacts.Row
			rule string // "" for open
		}{
			{row("ny", "+12125550123", "", ""), ""},
			{row("ri", "+14015550123", "", ""), "ri-hours"},
			{row("ri2", "+12125550124", "America/New_York", "RI"), "ri-hours"}, // the region says more than the number
			{row("la", "+12135550123", "", ""), "us-hours"},                    // 05:30 there
			{row("moved", "+12135550124", "America/New_York", "NY"), "us-hours"},
			{row("de", "+493012345678", "Europe/Berlin", ""), ""},
		} {
			s.Imports(tt.row)
			_, err := s.Store.Assign(t.Context(), identity.AgentID("for-"+tt.row.ID), tt.row.ID, "", time.Hour, "campaign1")
			taken, refused := errors.AsType[*contacts.TakenError](err)
			if refused != (tt.rule != "") || refused && (taken.Why != "outside_hours" || taken.Until.IsZero()) {
				t.Errorf("%s: %v, want %q", tt.row.ID, err, tt.rule)
			}
		}
	})
}
