package desk_test

import (
	"errors"
	"slices"
	"testing"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

func TestSessions(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"a lost socket has 20 seconds of grace, and gets its lease back", `
			import a campaign=x
			open agent1 tab=t
			next agent1
			drop agent1 -> ok
			after 19s
			reap
			open agent1 tab=t -> a
			after 2m40s
			reap
			held agent1 -> a
			after 1s
			reap
			held agent1 -> contact_not_found`},
		{"grace over: reserved goes back, dialled stays until its lease", `
			import a campaign=x
			import b campaign=x
			open agent1
			open agent2
			next agent1
			next agent2
			dial agent2
			drop agent1
			drop agent2
			after 20s
			reap
			show a -> available
			events 1 -> release agent1 a disconnect
			show b -> dialled agent2
			open agent2 -> b
			drop agent2
			after 4h
			reap
			show b -> review
			events 1 -> review agent2 b no_outcome`},
		{"a drop of an older session does nothing", `
			given agent1 a campaign=x
			open agent1/2 -> a
			drop agent1
			after 1m
			reap
			held agent1/2 -> a
			held agent1 -> session_superseded
			drop agent1/2 -> ok
			drop agent1/2`},
		{"six takeovers of a live session in ten minutes", `
			open agent1 tab=t0
			open agent1 tab=t1 -> ok
			open agent1 tab=t2 -> ok
			open agent1 tab=t3 -> ok
			open agent1 tab=t4 -> ok
			open agent1 tab=t5 -> ok
			open agent1/old tab=t6 -> ok
			open agent1/new tab=t7 -> too many takeovers of a live session
			open agent1/old tab=t6 -> ok
			count agent1/old -> 0 0 1
			after 10m1s
			open agent1/new tab=t7 -> ok`},
		{"a ticket older than the session loses", `
			open agent1
			open agent1/2 ticket=-1s -> a newer sign-in exists
			count agent1 -> 0 0 1
			drop agent1
			open agent1/2 ticket=-1s -> ok`},
		{"opening again because the answer was lost kicks nobody", `
			given agent1 a campaign=x
			reopen agent1 -> a
			held agent1 -> a`},
		{"sign-out gives back at once, what was dialled goes to review", `
			import a campaign=x
			import b campaign=x
			open agent1
			next agent1
			close agent1 -> ok
			close agent1 -> ok
			show a -> available
			events 1 -> release agent1 a sign_out
			next agent1 -> session_superseded
			open agent2
			next agent2 -> a
			dial agent2
			close agent2
			show a -> review
			outcome agent2 a code=0 -> session_superseded
			open agent2
			outcome agent2 a code=0 -> ok
			show a -> closed`},
		{"a supervisor signs out and revokes", `
			given agent1 a campaign=x
			after 1s
			signout agent1 -> ok
			show a -> available
			held agent1 -> session_superseded
			open agent1 ticket=-1s -> token revoked
			after 1ms
			open agent1 -> ok`},
		{"a supervisor takes back", `
			import a campaign=x
			open agent1
			takeback agent1 -> the agent holds nothing
			next agent1
			wake agent1
			takeback agent1 -> ok
			wake agent1 -> Released a supervisor
			events 1 -> release agent1 a supervisor
			next agent1 -> a
			dial agent1
			takeback agent1 -> the contact is dialled`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}

// Who is in grace is shown as away; who is not signed in any more can still be
// acted on while a contact waits for it.
func TestAgentsInGraceAreTold(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		for _, line := range []string{"beat node1", "import a campaign=x", "open agent1 serves=x", "next agent1", "dial agent1", "drop agent1"} {
			p.do(line)
		}
		agents, err := s.Read.Agents(t.Context())
		if err != nil || len(agents) != 1 || agents[0].Connected || agents[0].Contact != "a" || !slices.Equal(agents[0].Campaigns, []string{"x"}) {
			t.Errorf("in grace: %+v, %v", agents, err)
		}
		p.do("after 20s")
		p.do("reap")
		if agents, err := s.Read.Agents(t.Context()); err != nil || len(agents) != 0 {
			t.Errorf("after grace: %+v, %v", agents, err)
		}
		if one, err := s.Read.Agent(t.Context(), "agent1"); err != nil || one.Contact != "a" {
			t.Errorf("with a contact: %+v, %v", one, err)
		}
		for _, line := range []string{"open agent2", "drop agent2", "after 20s", "reap"} {
			p.do(line)
		}
		if one, err := s.Read.Agent(t.Context(), "agent2"); !errors.Is(err, contacts.ErrNotFound) {
			t.Errorf("who left: %+v, %v", one, err)
		}
		if _, err := s.Read.Agent(t.Context(), "nobody"); !errors.Is(err, contacts.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
	})
}

// A new primary may know only an older session of an agent, and answer before the
// node has noticed: nobody signed in elsewhere.
func TestRolledBackStoreTakesSessionsBack(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		for _, line := range []string{"import a campaign=x", "import b campaign=x", "open agent1"} {
			p.do(line)
		}
		for i, lose := range []func(string) error{
			func(key string) error { return s.RDB.HSet(t.Context(), key, "ep", "1").Err() },
			func(key string) error { return s.RDB.HDel(t.Context(), key, "ep", "sid", "nd").Err() },
		} {
			if err := lose(s.Keys.Agent("agent1")); err != nil {
				t.Fatal(err)
			}
			if got, want := p.do("next agent1"), []string{"a", "b"}[i]; got != want {
				t.Errorf("next = %s, want %s", got, want)
			}
			if got := p.do("skip agent1"); got != "ok" {
				t.Errorf("skip = %s", got)
			}
		}
		p.do("open agent1/2")
		if got := p.do("next agent1"); got != "session_superseded" {
			t.Errorf("next of the older session = %s", got)
		}
	})
}

func TestDeadNode(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"its agents have grace, then their contacts are free", `
			import a campaign=x
			import b campaign=x
			beat node1
			beat node2
			open agent1 node=node2
			open agent2 node=node1
			next agent1 -> a
			next agent2 -> b
			after 10s
			beat node1
			after 5s
			reap
			show a -> reserved agent1
			after 19s
			beat node1
			reap
			show a -> reserved agent1
			after 1s
			beat node1
			reap
			show a -> available
			show b -> reserved agent2`},
		{"its agents come back elsewhere", `
			import a campaign=x
			beat node2
			open agent1 node=node2
			next agent1 -> a
			after 15s
			beat node1
			reap
			open agent1 node=node1 -> a
			after 30s
			beat node1
			reap
			held agent1 -> a`},
		{"it lives after all, before others have seen that it was late", `
			import a campaign=x
			beat node2
			open agent1 node=node2
			next agent1 -> a
			after 15s
			beat node2
			rejoin agent1 -> ok`},
		{"it lives after all and its sessions rejoin", `
			import a campaign=x
			beat node2
			open agent1 node=node2
			next agent1 -> a
			after 15s
			reap
			beat node2
			rejoin agent1 -> ok
			after 2m44s
			beat node2
			reap
			held agent1 -> a
			open agent1/2 node=node1
			rejoin agent1 -> session_superseded`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}

// A client without agenthub.v1 never says that it dials.
func TestLegacyClients(t *testing.T) {
	requeue := store.DefaultPolicy()
	requeue.LegacyRequeue = true
	for _, c := range []struct {
		name, scenario string
		policy         store.Policy
	}{
		{"what was shown may have been dialled: four hours, then review", `
			import a campaign=x
			open agent1 legacy
			next agent1
			drop agent1
			after 3h59m59s
			reap
			show a -> reserved agent1
			after 1s
			reap
			show a -> review
			events 1 -> review agent1 a maybe_dialled
			open agent1 legacy
			outcome agent1 a code=3 -> ok
			show a -> scheduled`, store.DefaultPolicy()},
		{"it skips like any other", `
			import a campaign=x
			open agent1 legacy
			next agent1
			skip agent1 -> ok
			show a -> scheduled`, store.DefaultPolicy()},
		{"sign-out and take-back bring it to review", `
			import a campaign=x
			import b campaign=x
			open agent1 legacy
			next agent1
			signout agent1
			show a -> review
			open agent2 legacy
			next agent2 -> b
			takeback agent2 -> ok
			show b -> review`, store.DefaultPolicy()},
		{"requeue treats it like a reserved one", `
			import a campaign=x
			open agent1 legacy
			next agent1
			drop agent1
			after 20s
			reap
			show a -> available
			open agent1 legacy
			next agent1
			after 3m
			reap
			show a -> available`, requeue},
		{"a v1 reservation shown to a legacy client may be dialled from then on", `
			given agent1 a campaign=x
			open agent1/2 legacy -> a
			after 1h
			reap
			held agent1/2 -> a
			after 3h
			reap
			show a -> review`, store.DefaultPolicy()},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, c.policy, c.scenario) })
	}
}
