package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/contacts/zones"
)

// The clock is the law of the year: six of 2026 are in no older release.
func TestClocksOfThisYear(t *testing.T) {
	rows := []struct {
		zone, hours, utc string
		open             bool
	}{
		{"America/Vancouver", "08:00-21:00", "2026-12-15T04:30:00Z", false},
		{"America/Vancouver", "08:00-21:00", "2026-12-15T15:30:00Z", true},
		{"America/Edmonton", "08:00-21:00", "2026-12-15T03:30:00Z", false},
		{"America/Winnipeg", "08:00-21:00", "2026-12-15T02:30:00Z", false},
		{"America/Inuvik", "08:00-21:00", "2026-12-15T14:30:00Z", true},
		{"Africa/Casablanca", "08:00-20:00", "2026-12-15T07:30:00Z", false},
		{"America/New_York", "08:00-21:00", "2026-12-15T01:30:00Z", true},
	}
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))
		s.ReadClocks()
		p := newPlayer(s)
		for i, row := range rows {
			at, err := time.Parse(time.RFC3339, row.utc)
			if err != nil {
				t.Fatal(err)
			}
			s.At(at)
			p.do(fmt.Sprintf("campaign k%d hours=%s", i, row.hours))
			p.do(fmt.Sprintf("import c%d campaign=k%d zone=%s", i, i, row.zone))
			p.do(fmt.Sprintf("open a%d serves=k%d", i, i))
			want := "no_contacts"
			if row.open {
				want = fmt.Sprint("c", i)
			}
			if got := p.do(fmt.Sprint("next a", i)); got != want {
				t.Errorf("%s at %s: next = %q, want %q", row.zone, row.utc, got, want)
			}
		}
	})
}

// A hub that was off for half a year left rows that are still right, and what is
// shown as the end of the day is what decided: it is never in the past.
func TestRowsHoldOverTwoChanges(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC))
		s.ReadClocks() // and never again
		p := newPlayer(s)
		p.do("campaign x hours=08:00-21:00 zone=America/New_York")
		p.do("import a campaign=x")
		for _, day := range []struct{ at, ends string }{
			{"2026-02-02T13:00:00Z", "2026-02-03T02:00:00Z"},
			{"2026-03-08T12:00:00Z", "2026-03-09T01:00:00Z"}, // forward since this morning
			{"2026-10-31T12:00:00Z", "2026-11-01T01:00:00Z"},
			{"2026-11-01T13:00:00Z", "2026-11-02T02:00:00Z"}, // back since this morning
			{"2027-03-13T13:00:00Z", "2027-03-14T02:00:00Z"},
		} {
			at, err := time.Parse(time.RFC3339, day.at)
			if err != nil {
				t.Fatal(err)
			}
			s.At(at.Add(-time.Minute))
			agent := s.SignIn("agent1")
			p.do("reap")
			if got := s.Next(agent); got != "no_contacts" {
				t.Fatalf("a minute before %s: %s", day.at, got)
			}
			s.At(at)
			p.do("reap")
			v, err := s.Store.Reserve(t.Context(), &store.Caller{Agent: "agent1", Epoch: agent.Epoch, Session: agent.Session, Joined: &agent.Joined, Frame: s.Number()})
			if err != nil || contacts.Stamp(v.CallableUntil) != day.ends {
				t.Fatalf("at %s: %+v, %v, want a until %s", day.at, v, err, day.ends)
			}
			p.do("takeback agent1")
		}
	})
}

// The newest release among the nodes writes the rows; a node that has an older one
// reads them, and says so. Rows as older hubs wrote them are read too.
func TestTheNewestReleaseWritesTheRows(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		behind, err := zones.Watch(zones.Options{System: "none"})
		if err != nil {
			t.Fatal(err)
		}
		behind.Data().Release = "2025c" // its rows are those of today: what it writes is seen by the release
		row := func(zone string) string {
			got, _ := s.Command(t, "HGET", "zones", zone).(string)
			return got
		}
		fresh := row("America/New_York")
		s.Command(t, "HSET", "zones", "America/New_York", "0;1;0", "Mars/Olympus", "0")

		s.Zones = behind
		old := s.Another("old")
		old.ReadClocks()
		if got := row("America/New_York"); got != "0;1;0" {
			t.Errorf("a node with an older release wrote %q", got)
		}
		if notes := strings.Join(old.Store.Notes(), "; "); !strings.Contains(notes, "another node has newer zone data") {
			t.Errorf("notes of the older node: %q", notes)
		}
		s.ReadClocks()
		if got := row("America/New_York"); got != fresh || row("Mars/Olympus") != "" {
			t.Errorf("the newest wrote %q, want %q and nothing of Mars", got, fresh)
		}
		if got := s.Command(t, "HGET", "tz", "release"); got != string(contactstest.Zones().Data().Release) {
			t.Errorf("the rows are of %v", got)
		}
		if err := old.Store.KeepZones(t.Context()); err != nil || len(old.Store.Notes()) == len(s.Store.Notes()) {
			t.Errorf("KeepZones: %v, notes %q", err, old.Store.Notes())
		}

		p := newPlayer(s)
		p.do("campaign x hours=08:00-21:00")
		p.do("import a campaign=x zone=America/New_York")
		p.do("import b campaign=x zone=Mars/Olympus")
		p.do("open agent1")
		s.Command(t, "HSET", "zones", "America/New_York", "-300;1772953200000;-240") // 8 March 2026, 07:00 UTC
		for minute, want := range []string{"no_contacts", "a"} {
			s.At(time.Date(2026, 3, 8, 11, 59+minute, 0, 0, time.UTC)) // 08:00 is at 12:00
			p.do("reap")
			if got := p.do("next agent1"); got != want {
				t.Errorf("minute %d: next = %q, want %q: a zone without a row is never open", minute, got, want)
			}
		}
	})
}
