package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/contacts/store/terms"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// Contacts that were loaded by older tables, clocks or hubs follow the newer ones.
func TestPersonsArePlacedAnew(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		ctx := t.Context()
		rows := map[string]contacts.Row{
			"area":    {E164: "+12125550101", Mode: "Home"},
			"region":  {E164: "+18005550102", Region: "RI", PostalCode: "02903"},
			"zone":    {E164: "+12135550103", TimeZone: "America/New_York"},
			"country": {E164: "+18005550104"},
			"berlin":  {E164: "+4930123456"},
			"old":     {E164: "+14015550105", Mode: "Home"},
			"older":   {E164: "+14015550106"},
			"post":    {E164: "+14015550109", PostalCode: "09012"},
			"closed":  {E164: "+14015550107"},
			"again":   {E164: "+14015550108"},
		}
		want := map[string]string{}
		for id, row := range rows {
			row.ID, row.Campaign, row.AccountNumber = contacts.ID(id), "x", id
			rows[id] = row
			s.Imports(row)
			want[id] = terms.Whereabouts(row, s.Zones.Data(), s.Now)
		}
		set := func(id string, fields ...any) { t.Helper(); s.Command(t, "HSET", "c:"+id, fields...) }
		got := func(id string) string { t.Helper(); v, _ := s.Command(t, "HGET", "c:"+id, "wh").(string); return v }
		if err := s.Store.Withdraw(ctx, "closed", "test", "consent"); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"area", "region", "zone", "country", "berlin", "closed"} {
			set(id, "wh", "US-QQ;Europe/Lisbon;"+rows[id].Mode)
		}
		for _, id := range []string{"old", "older", "post"} { // as hubs loaded that kept less
			s.Command(t, "HDEL", "c:"+id, "pl")
		}
		set("old", "wh", "US-MA;America/Halifax;Home")
		want["old"] = "US-MA,US-RI;America/Halifax,America/New_York;home"
		set("older", "wh", "")
		want["older"] = ""
		set("post", "wh", "US-AE;;")
		want["post"] = "US-AE,US-RI;;"
		want["closed"] = "US-QQ;Europe/Lisbon;"

		s.Command(t, "DEL", "country:x")
		set("older", "tz", "")
		if err := s.Store.KeepPlaces(ctx); err != nil {
			t.Fatal(err)
		}
		all, err := s.Read.Campaigns(ctx)
		if err != nil || all[0].Unplaced[contacts.InCountry] != 1 || all[0].Unplaced[contacts.Nowhere] != 2 { // "country", "older" and "post"
			t.Errorf("cannot be placed: %v, %v", all[0].Unplaced, err)
		}
		for id := range rows {
			if got(id) != want[id] {
				t.Errorf("%s may be at %q, want %q", id, got(id), want[id])
			}
		}

		// Once; not by who knows less; and again when the clocks are others.
		edition, _ := s.Command(t, "HGET", "tz", "edition").(string)
		seen, rest, _ := strings.Cut(edition, " ")
		release, sum, _ := strings.Cut(rest, " ")
		for _, tt := range []struct {
			edition string
			placed  bool
		}{
			{edition, false},
			{"2999-01-01 " + release + " " + sum, false},
			{seen + " 2999a " + sum, false},
			{seen + " " + release + " 00", true},
			{seen + " 2025c " + sum, true},
			{"2025-01-01 2999a " + sum, true},
		} {
			set("again", "wh", "US-QQ;Europe/Lisbon;")
			s.Command(t, "HSET", "tz", "edition", tt.edition)
			if err := s.Store.KeepPlaces(ctx); err != nil {
				t.Fatal(err)
			}
			if placed := got("again") == want["again"]; placed != tt.placed {
				t.Errorf("placed by %s: placed anew %v, want %v", tt.edition, placed, tt.placed)
			}
		}
	})
}

// What an old hub could not read it kept as digits: nobody knows whether they are on a
// list, so nobody calls them.
func TestNumbersThatAreNoneAreNotCalled(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		ctx := t.Context()
		s.Imports(
			contacts.Row{ID: "held", Campaign: "x", AccountNumber: "held", E164: "21255501010"},
			contacts.Row{ID: "digits", Campaign: "x", AccountNumber: "digits", E164: "21255501020"},
			contacts.Row{ID: "extension", Campaign: "x", AccountNumber: "extension", E164: ""},
			contacts.Row{ID: "good", Campaign: "x", AccountNumber: "good", E164: "+12125550103"})
		agent := s.SignIn("agent1")
		if got := s.Next(agent); got != "held" {
			t.Fatalf("next = %s", got)
		}
		if err := s.Store.KeepPlaces(ctx); err != nil {
			t.Fatal(err)
		}
		_, err := s.Ask(agent, s.Dial, `{"ContactId":"held"}`)
		if refusal, ok := errors.AsType[*envelope.Error](err); !ok || refusal.Code != envelope.CodeNotMatchable {
			t.Errorf("dial: %v", err)
		}
		if _, err := s.Store.Assign(ctx, "agent2", "digits", "", time.Hour, "test"); err == nil || !strings.HasSuffix(err.Error(), "not_matchable") {
			t.Errorf("assign: %v", err)
		}
		if got := s.Next(s.SignIn("agent3")); got != "good" {
			t.Errorf("next = %s, want good", got)
		}
		for _, id := range []contacts.ID{"held", "digits", "extension"} {
			if _, why, err := s.Store.Why(ctx, id); err != nil || why.Code != contacts.NotMatchable || !why.Due.IsZero() {
				t.Errorf("%s: %+v, %v", id, why, err)
			}
		}
		all, err := s.Read.Campaigns(ctx)
		if err != nil || len(all) != 1 || all[0].Why[contacts.NotMatchable] != 2 { // the one in hand does not wait
			t.Errorf("%+v, %v", all, err)
		}

		// A list brings a number.
		s.Imports(contacts.Row{ID: "digits", Campaign: "x", AccountNumber: "digits", E164: "+12125550102"})
		if id, err := s.Store.Assign(ctx, identity.AgentID("agent2"), "digits", "", time.Hour, "test"); err != nil || id != "digits" {
			t.Errorf("loaded again: %s, %v", id, err)
		}
	})
}

// A list that comes again counts whom an older hub loaded and nobody can place.
func TestWhoComesAgainIsCounted(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		row := contacts.Row{ID: "a", Campaign: "x", AccountNumber: "a", Phone: "+1 800 555 0100", E164: "+18005550100"}
		s.Imports(row)
		s.Command(t, "HDEL", "c:a", "pl")
		s.Command(t, "DEL", "country:x")
		s.Imports(row)
		all, err := s.Read.Campaigns(t.Context())
		if err != nil || all[0].Unplaced[contacts.InCountry] != 1 {
			t.Errorf("cannot be placed: %v, %v", all, err)
		}
	})
}
