package desk_test

import (
	"fmt"
	"testing"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

func TestImportNeverReopens(t *testing.T) {
	play(t, store.DefaultPolicy(), `
		import a campaign=x -> accepted
		import a campaign=y prio=3 -> updated
		show a -> available
		open agent1 serves=x
		next agent1 -> no_contacts
		open agent1
		next agent1 -> a
		import a campaign=x -> held
		dial agent1
		import a campaign=x -> held
		outcome agent1 a -> ok
		import a campaign=x -> held
		after 15m
		reap
		show a -> review
		import a campaign=z -> updated
		show a -> review
		review a close
		import a campaign=x -> closed
		withdraw a -> ok
		withdraw q -> no such contact
		import b campaign=x phone=+15550001
		block +15550001 -> 1 ok
		block +15550001 -> 0 ok
		import b campaign=x phone=+15550009 -> closed
		unblock +15550001 -> 1 ok
		show b -> closed
		import c campaign=x phone=+15550001 -> accepted`)
}

func TestImportKeepsWhatARuleHoldsBack(t *testing.T) {
	play(t, store.DefaultPolicy(), `
		import a campaign=x
		open agent1
		open agent2
		next agent1
		skip agent1
		import a campaign=x prio=1 -> updated
		next agent2 -> no_contacts
		import a campaign=x at=1h -> updated
		after 15m
		reap
		next agent2 -> no_contacts
		after 45m
		reap
		next agent2 -> a`)
}

func TestExpiryClosesAnyState(t *testing.T) {
	play(t, store.DefaultPolicy(), `
		import a campaign=x expiry=1m
		import b campaign=x expiry=2m
		import c campaign=x expiry=3m
		import d campaign=x expiry=4m
		open agent1
		open agent2
		next agent1 -> a
		after 1m
		dial agent1 -> contact_not_found
		show a -> closed
		next agent2 -> b
		after 1m
		reap
		show b -> closed
		wake agent2 -> Released b withdrawn
		next agent1 -> c
		dial agent1 -> ok
		after 1m
		reap
		show c -> dialled agent1
		after 4h
		reap
		show c -> closed         # nobody may decide to call it again
		outcome agent1 c code=0 -> ok
		events 1 -> outcome agent1 c 0
		show d -> closed`)
}

// A reserve remembers how far an agent avoids all; what comes in front of that,
// or is not avoided any more, must not be missed.
func TestPassedContactsAreNotForgotten(t *testing.T) {
	play(t, store.DefaultPolicy(), `
		campaign x delay=1s avoid=1h
		import a campaign=x prio=1
		import b campaign=x prio=1
		import c campaign=x prio=1
		open agent1
		open agent2
		next agent1 -> a
		skip agent1
		next agent1 -> b
		skip agent1
		after 10m
		next agent1 -> c
		skip agent1
		after 2s
		reap
		next agent1 -> no_contacts
		next agent1 -> no_contacts
		import d campaign=x prio=2 -> accepted        # behind
		next agent1 -> d
		takeback agent1
		import e campaign=x -> accepted               # in front
		next agent1 -> e
		skipclose agent1 e code=9
		next agent2 -> a
		after 3m
		reap                                          # a comes back to its old place
		next agent1 -> d
		takeback agent1
		after 46m58s
		next agent1 -> a
		takeback agent1
		after 10m
		next agent2 -> a
		next agent1 -> b
		skipclose agent1 b code=9
		next agent1 -> c`)
}

// An agent may avoid more of a pool's beginning than one fetch passes, and serve
// other campaigns too: none of them hides what the others have.
func TestManyAvoidedContactsHideNothing(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		p.do("open agent0")
		p.do("import a campaign=c0")
		p.do("import b campaign=y") // behind the first of the other campaign and before the rest
		stock(s, 499, 1, 0, func(int) string { return "" })
		avoidSome(t, s, 0, false)
		p.do("import c campaign=c0 prio=1")
		for _, want := range []string{"b", "c", "no_contacts"} {
			if got := p.do("next agent0"); got != want {
				t.Fatalf("next = %q, want %q", got, want)
			}
			p.do("skipclose agent0 " + want + " code=9")
		}
	})
}

// What is loaded together is offered in the order of its file.
func TestContactsArriveInTheOrderOfTheirFile(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		stock(s, 300, 1, 0, func(int) string { return "" })
		p := newPlayer(s)
		p.do("import late campaign=c0")
		ids := s.RDB.ZRange(t.Context(), s.Keys.One("avail:c0"), 0, -1).Val()
		for i, id := range ids {
			if want := fmt.Sprint("k", i); id != want && i < 300 {
				t.Fatalf("contact %d is %s, want %s", i, id, want)
			}
		}
		if len(ids) != 301 || ids[300] != "late" {
			t.Fatalf("%d contacts, the last is %s; want 301 and late", len(ids), ids[len(ids)-1])
		}
		s.Check()
	})
}
