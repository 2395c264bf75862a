package desk_test

import (
	"errors"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/session/identity"
)

// The store's clock is put back. What lasts goes on by the tenant's own clock; what is an
// hour of a day comes at that hour.
func TestNothingWaitsForAClockThatWentBack(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"grace", `
			given agent1 a campaign=x
			drop agent1
			reap
			after -1h
			reap
			show a -> reserved agent1
			after 20s
			reap
			show a -> available
			events 1 -> release agent1 a disconnect`},
		{"a lease, and one that comes back to it", `
			given agent1 a campaign=x
			reap
			drop agent1
			after -1h
			reap
			open agent1 -> a
			pass 2m59s
			reap
			held agent1 -> a
			keep agent1
			after 30s
			reap
			held agent1 -> a
			pass 1h
			reap
			show a -> available`},
		{"before the reaper has seen it, nothing is given that is over at once", `
			import a campaign=x
			open agent1
			reap
			after -1h
			next agent1 -> a
			reap
			pass 2m
			held agent1 -> a
			after 1m
			reap
			show a -> available`},
		{"the clock is set right again: who is called is nobody else's", `
			import a campaign=x phone=+12125550100
			import b campaign=x phone=+12125550100
			open agent1
			open agent2
			next agent1 -> a
			dial agent1
			reap
			after -5h
			reap
			after 5s
			reap
			after 5h
			next agent2 -> no_contacts
			reap
			next agent2 -> no_contacts
			show a -> dialled agent1
			pass 3h59m
			show a -> dialled agent1
			pass 2m
			show a -> review`},
		{"a lease outlives that, and is no longer than it was", `
			given agent1 a campaign=x
			reap
			after -1h
			reap
			after 1h
			held agent1 -> a
			reap
			pass 2m
			held agent1 -> a
			pass 2m
			show a -> available`},
		{"a skipped contact, and who avoids it", `
			given agent1 a campaign=x
			open agent2
			skip agent1
			reap
			after -1h
			reap
			pass 15m
			reap
			next agent1 -> no_contacts
			next agent2 -> a
			skip agent2
			pass 23h45m
			reap
			next agent1 -> a`},
		{"what an agent promised comes at its hour, and so does what a list says", `
			given agent1 a campaign=x
			dial agent1
			callback agent1 a at=+2h
			import b campaign=x at=+2h
			reap
			after -1h
			reap
			pass 2h30m
			reap
			show a -> scheduled
			show b -> scheduled
			pass 30m
			reap
			show a -> available
			show b -> available`},
		{"the agents of a node that is gone", `
			given agent1 a campaign=x
			beat node1
			reap
			after -1h
			reap
			after 15s
			reap
			after 20s
			reap
			show a -> available`},
		{"a callback that its owner misses", `
			import a campaign=x owner=agent1
			reap
			after -1h
			reap
			pass 30m
			reap
			show a -> review`},
		{"hours that were changed since", `
			campaign x hours=20:00-21:00 zone=America/Chicago
			import a campaign=x
			open agent1
			next agent1 -> no_contacts
			show a -> scheduled
			reap
			after -30m
			reap
			after 1s
			campaign x hours=08:00-21:00 zone=America/Chicago
			reap
			show a -> available`},
		{"six takeovers are no more for ever", `
			open a
			open a/1
			open a/2
			open a/3
			open a/4
			open a/5
			open a/6
			open a/7 -> too many takeovers of a live session
			reap
			after -1h
			reap
			pass 10m1s
			close a/6
			open a/8
			open a/9 -> ok`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}

// How long somebody had a contact is told right, and when it was by the store's clock.
func TestHeldMsSurvivesAClockThatWentBack(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		p.do("given agent1 a campaign=x")
		s.Reap()
		s.After(-time.Hour)
		s.Reap()
		s.After(5 * time.Second)
		p.do("skip agent1")
		events, _, err := s.Past.History(t.Context(), contacts.Filter{Type: "skip"}, time.Time{}, time.Time{}, "", 1)
		if err != nil || len(events) != 1 {
			t.Fatal(events, err)
		}
		if got := events[0]; got.HeldMs < 5000 || got.HeldMs > 5100 || got.At[:19] != s.Now.UTC().Format(time.RFC3339)[:19] {
			t.Errorf("held %d ms until %s, want 5 s until %s", got.HeldMs, got.At, s.Now)
		}
	})
}

// A redis-server whose clock goes back an hour while an agent's socket is lost.
func TestClockOfRedisGoesBack(t *testing.T) {
	dir := t.TempDir()
	server, err := contactstest.FakeClock(dir, "--appendonly", "no")
	contactstest.NeedRedis(t, err)
	t.Cleanup(server.Kill)
	s := contactstest.On(t, script.Target{URL: "unix://" + server.Socket})
	policy := store.DefaultPolicy()
	policy.Grace, policy.ReservationTTL = time.Second, 2*time.Second
	s.Start("node1", policy)
	s.ReadClocks()
	s.Stock("x", 1)
	c := s.SignIn("testagent")
	if got := s.Next(c); got == "" {
		t.Fatal("no contact")
	}
	ticket, err := s.Tickets.Issue(t.Context(), identity.Ticket{})
	if err != nil {
		t.Fatal(err)
	}
	before, err := s.Tickets.Redeem(t.Context(), ticket)
	if err != nil {
		t.Fatal(err)
	}
	s.Reap()
	began := s.RDB.Time(t.Context()).Val()
	if err := s.Drop(t.Context(), c, 1006, "gone"); err != nil {
		t.Fatal(err)
	}
	if err := contactstest.SetClock(dir, -3600); err != nil {
		t.Fatal(err)
	}
	if now := s.RDB.Time(t.Context()).Val(); now.After(began.Add(-50 * time.Minute)) {
		t.Fatalf("the clock of redis is %s after %s: the test shows nothing", now, began)
	}
	for began := time.Now(); s.State("x-1") != contacts.Available; <-time.After(50 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("a minute later the contact is %s", s.State("x-1"))
		}
		s.Reap()
	}
	events, _, err := s.Past.History(t.Context(), contacts.Filter{Type: "release"}, time.Time{}, time.Time{}, "", 1)
	if err != nil || len(events) != 1 || events[0].HeldMs > time.Minute.Milliseconds() || events[0].HeldMs < policy.Grace.Milliseconds() {
		t.Errorf("%+v, %v", events, err)
	}
	ticket, err = s.Tickets.Issue(t.Context(), identity.Ticket{})
	after, wrong := s.Tickets.Redeem(t.Context(), ticket)
	if errors.Join(err, wrong) != nil || after.IssuedAt.Before(before.IssuedAt) {
		t.Errorf("a ticket of %s is older than one of %s; %v", after.IssuedAt, before.IssuedAt, errors.Join(err, wrong))
	}
	s.Check()
}
