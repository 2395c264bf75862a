package desk_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

// An hour of the day is the person's: over a change of the clock, too, in zones
// that change in March, in autumn, by half an hour, and never.
func TestCallingHoursOverClockChanges(t *testing.T) {
	for _, c := range []struct{ zone, start string }{
		{"America/New_York", "2026-03-06"},    // forward on the 8th
		{"Europe/Berlin", "2026-10-23"},       // back on the 25th
		{"Australia/Lord_Howe", "2026-04-03"}, // back by 30 minutes on the 5th
		{"America/Phoenix", "2026-03-06"},     // never
	} {
		t.Run(c.zone, func(t *testing.T) {
			contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
				t.Helper()
				hoursHold(t, s, c.zone, c.start)
			})
		})
	}
}

func hoursHold(t *testing.T, s *contactstest.Node, zone, start string) {
	t.Helper()
	loc, err := contactstest.Zones().Data().Location(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation(time.DateOnly, start, loc)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlayer(s)
	s.At(at)
	p.do("campaign x hours=08:00-21:00 zone=" + zone)
	p.do("import a campaign=x")
	s.ReadClocks()
	p.do("open agent1")
	expect := func(when time.Time, want string) {
		t.Helper()
		s.At(when)
		p.do("reap")
		if got := p.do("next agent1"); got != want {
			t.Fatalf("%s: next = %q, want %q", when.In(loc), got, want)
		}
	}
	for end := at.AddDate(0, 0, 4); at.Before(end); at = at.Add(30 * time.Minute) {
		local := at.In(loc)
		if local.Hour() >= 8 && local.Hour() < 21 {
			expect(at, "a")
			p.do("takeback agent1")
			continue
		}
		opening := time.Date(local.Year(), local.Month(), local.Day(), 8, 0, 0, 0, loc)
		if local.Hour() >= 21 {
			opening = time.Date(local.Year(), local.Month(), local.Day()+1, 8, 0, 0, 0, loc)
		}
		expect(at, "no_contacts")
		if got, err := s.Read.Contact(t.Context(), "a"); err != nil || got.State != contacts.Scheduled || !got.Due.Equal(opening) {
			t.Fatalf("%s: %s until %s, want scheduled until %s, %v", local, got.State, got.Due.In(loc), opening, err)
		}
		expect(opening.Add(-time.Minute), "no_contacts")
		expect(opening, "a")
		p.do("takeback agent1")
		at = opening
	}
	s.Check()
}

// Who reserves for an agent is told when the contact's day begins, however often
// it is asked.
func TestReservingOutsideHoursTellsTheOpening(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		p.do("campaign x hours=16:30-21:00 zone=UTC")
		p.do("import a campaign=x")
		for _, why := range []string{"outside_hours", "scheduled"} {
			_, err := s.Store.Assign(t.Context(), "agent1", "a", "", time.Hour, "campaign1")
			taken, ok := errors.AsType[*contacts.TakenError](err)
			if !ok || taken.Why != why || !taken.Until.Equal(contactstest.Morning.Add(90*time.Minute)) {
				t.Errorf("Assign = %v, want %s until 16:30", err, why)
			}
		}
	})
}

// What waits for an hour of the day is offered by the new hours; what something
// else puts off is not.
func TestNewHoursAreAskedOfWhatWaits(t *testing.T) {
	play(t, store.DefaultPolicy(), `
		campaign x hours=16:00-21:00 zone=UTC   # it is 15:00
		import a campaign=x
		import b campaign=x
		import c campaign=x zone=America/Phoenix
		import later campaign=x at=2h
		open agent1
		open agent2
		next agent1 -> no_contacts
		show a -> scheduled
		campaign x hours=16:00-21:00 zone=UTC paused
		reap
		show a -> scheduled
		import b campaign=x -> updated          # says nothing new
		campaign x hours=15:00-21:00 zone=UTC   # 08:00 in Phoenix
		reap
		show a -> available
		show b -> available
		show c -> scheduled
		show later -> scheduled
		next agent1 -> a
		skip agent1
		campaign x
		reap
		show a -> scheduled                     # by the skip
		show c -> available
		show later -> scheduled
		next agent1 -> b
		next agent2 -> c
		outcome agent2 c code=3
		campaign x hours=16:00-21:00 zone=UTC
		import d campaign=x
		import e campaign=x
		next agent2 -> no_contacts
		import d campaign=x at=30m -> updated   # is put off, whatever the hours
		import e campaign=y -> updated          # has none
		show d -> scheduled
		show e -> available
		campaign x
		reap
		show c -> scheduled                     # by the retry
		show d -> scheduled
		after 30m
		reap
		show d -> available
		show c -> available`)
}

// A million may wait: one step looks at a hundred, and none is passed over.
func TestNewHoursAreAskedInBoundedSteps(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		p.do("campaign x hours=16:00-21:00 zone=UTC")
		s.Stock("x", 250)
		p.do("open agent1")
		for range 8 {
			p.do("next agent1")
		}
		counts := func() map[contacts.State]int {
			t.Helper()
			all, err := s.Read.Campaigns(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return all[0].Counts
		}
		if got := counts()[contacts.Scheduled]; got != 250 {
			t.Fatalf("%d wait, want 250", got)
		}
		p.do("campaign x hours=15:00-21:00 zone=UTC")
		for _, want := range []int{100, 200, 250} {
			if _, err := s.Store.ReapOnce(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			if got := counts()[contacts.Available]; got != want {
				t.Fatalf("%d are available after a step, want %d", got, want)
			}
		}
	})
}

func TestCallingHoursAreThePersons(t *testing.T) {
	play(t, store.DefaultPolicy(), `
		campaign x hours=08:00-21:00 zone=America/Phoenix
		campaign y hours=08:00-21:00
		import a campaign=x                     # 08:00 in Phoenix
		import b campaign=x zone=Asia/Tokyo     # midnight
		import c campaign=y                     # nobody knows where
		import d campaign=z
		open agent1
		assign agent1 b -> the contact cannot be reserved now: outside_hours
		show b -> scheduled
		next agent1 -> a
		assign agent2 c -> the contact cannot be reserved now: no_zone
		show c -> scheduled
		after 2m
		keep agent1
		keep agent1
		campaign x hours=09:00-21:00 zone=America/Phoenix
		dial agent1 -> outside_hours
		show a -> reserved agent1
		campaign x hours=08:00-21:00 zone=America/Phoenix
		dial agent1 -> ok
		outcome agent1 a code=0
		next agent1 -> d
		campaign y
		after 1h
		reap
		skip agent1
		next agent1 -> c`)
}

// When it is evening in a zone, a fetch that comes upon it takes a stretch of it
// out of the pool at once, and gives what is not over in its order.
func TestEveningOfOneZone(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		noon := time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC) // one o'clock at night in Auckland
		s.At(noon)
		p := newPlayer(s)
		p.do("campaign c0 hours=08:00-21:00")
		for i := range 40 {
			p.do(fmt.Sprintf("import k%d campaign=c0 zone=%s", i, []string{"Pacific/Auckland", "UTC"}[i%2]))
		}
		s.ReadClocks()
		p.do("open agent1")
		for i := 1; i < 40; i += 2 {
			want := fmt.Sprint("k", i)
			if got := p.do("next agent1"); got != want {
				t.Fatalf("next = %q, want %q", got, want)
			}
			for o, state := range map[string]contacts.State{"k30": contacts.Scheduled, "k32": contacts.Available} {
				if c, err := s.Read.Contact(t.Context(), contacts.ID(o)); i < 32 && (err != nil || c.State != state) {
					t.Fatalf("%s is %s, want %s (%v)", o, c.State, state, err)
				}
			}
			p.do("skipclose agent1 " + want + " code=9")
		}
		opening := time.Date(2026, 3, 6, 19, 0, 0, 0, time.UTC)
		s.At(opening)
		p.do("reap")
		if got := p.do("next agent1"); got != "k0" {
			t.Fatalf("next at the opening = %q, want k0", got)
		}
		s.Check()
	})
}

// However many of them stand in front, a fetch finds the first that is not over.
func TestLongEveningHidesNobody(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		noon := time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)
		s.At(noon)
		p := newPlayer(s)
		p.do("campaign c0 hours=08:00-21:00")
		stock(s, 1500, 1, 0, func(int) string { return "Pacific/Auckland" })
		p.do("import last campaign=c0 zone=UTC")
		s.ReadClocks()
		p.do("open agent1")
		if got := p.do("next agent1"); got != "last" {
			t.Fatalf("next = %q, want the last", got)
		}
		s.Check()
	})
}
