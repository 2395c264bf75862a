package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

// Blocking is never too late, and blocks the number that was called.
func TestBlockingIsNeverTooLate(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"no answer, then do-not-call for the same call", `
			import a campaign=x account=k phone=+15550001
			import b campaign=y phone=+15550001
			open agent1
			next agent1 -> a
			dial agent1
			outcome agent1 k code=8 -> ok
			outcome agent1 k code=3 -> contact_not_found
			callback agent1 k at=1h -> contact_not_found
			outcome agent1 k code=5 -> ok
			show a -> closed
			show b -> closed
			events 3 -> outcome agent1 a 5; block  a dnc; block  b dnc
			outcome agent1 k code=5 -> ok                   # said again: nothing happens
			events 1 -> block  b dnc
			import d campaign=q phone=+15550001 -> blocked`},
		{"who called is not erased from under them", `
			given agent1 a campaign=x account=k phone=+15550001
			dial agent1
			withdraw a -> ok
			erase a -> the contact is dialled
			outcome agent1 k code=8 -> ok
			erase a -> the contact is dialled
			outcome agent1 k code=5 -> ok
			after 24h
			erase a -> ok
			import b campaign=x phone=+15550001 -> blocked`},
		{"nor before its review", `
			given agent1 a campaign=x account=k phone=+15550001
			dial agent1
			after 25h
			reap
			show a -> review
			erase a -> the contact is dialled
			outcome agent1 k code=5 -> ok
			import b campaign=x phone=+15550001 -> blocked`},
		{"success, then do-not-call, by the contact's id", `
			given agent1 a campaign=x account=k phone=+15550001
			dial agent1
			outcome agent1 k code=0 -> ok
			outcome agent1 a code=5 -> ok
			events 1 -> outcome agent1 a 5
			import d campaign=q phone=+15550001 -> blocked`},
		{"a list brought another number", `
			given agent1 a campaign=x account=k phone=+15550001
			dial agent1
			outcome agent1 k code=8
			import a campaign=x account=k phone=+15550002 -> updated
			import a campaign=x account=k phone=+15550003 -> updated
			outcome agent1 k code=5 -> ok
			show a -> scheduled
			import b campaign=x phone=+15550001 -> blocked
			import b campaign=x phone=+15550002 -> accepted
			import c campaign=x phone=+15550003 -> accepted`},
		{"a list brought another number while it waited for the outcome", `
			given agent1 a campaign=x phone=+15550001
			dial agent1
			after 4h
			reap
			show a -> review
			import a campaign=x phone=+15550002 -> updated
			outcome agent1 a code=5 -> ok
			import b campaign=x phone=+15550001 -> blocked
			import b campaign=x phone=+15550002 -> accepted`},
		{"each holder means the number that it called", `
			import a campaign=x phone=+15550001
			open agent1
			open agent2
			next agent1 -> a
			outcome agent1 a code=3
			import a campaign=x phone=+15550002
			after 15m
			reap
			next agent2 -> a
			outcome agent2 a code=3
			import a campaign=x phone=+15550003
			outcome agent1 a code=5 -> ok
			import b campaign=x phone=+15550001 -> blocked
			import b campaign=x phone=+15550002 -> accepted
			outcome agent2 a code=5 -> ok
			show b -> closed
			show a -> scheduled`},
		{"another holds it now and is told", `
			import a campaign=x phone=+15550001
			import b campaign=x phone=+15550001
			open agent1
			open agent2
			next agent1 -> a
			outcome agent1 a code=0
			next agent2 -> b
			outcome agent1 a code=5 -> ok
			wake agent2 -> Released b withdrawn
			next agent2 -> no_contacts`},
		{"another dials it now and finishes the call", `
			import a campaign=x phone=+15550001
			import b campaign=x phone=+15550001
			open agent1
			open agent2
			next agent1 -> a
			outcome agent1 a code=0
			next agent2 -> b
			dial agent2
			outcome agent1 a code=5 -> ok
			show b -> dialled agent2
			outcome agent2 b code=8 -> ok
			show b -> closed`},
		{"who did not hold it last has no say", `
			import a campaign=x phone=+15550001
			open agent1
			open agent2
			next agent1 -> a
			outcome agent1 a code=3
			after 15m
			reap
			next agent2 -> a
			outcome agent1 a code=5 -> contact_not_found
			outcome agent2 q code=5 -> contact_not_found
			show a -> reserved agent2`},
		{"a skip that suppresses, of what was told or skipped before", `
			import a campaign=x phone=+15550001
			import b campaign=x phone=+15550002
			import c campaign=x phone=+15550003
			open agent1
			next agent1 -> a
			outcome agent1 a code=8
			next agent1 -> b
			skip agent1 a reason=bad_time -> contact_not_found
			skip agent1 a reason=do_not_call -> ok
			show a -> closed
			events 2 -> outcome agent1 a do_not_call; block  a dnc
			held agent1 -> b
			skip agent1 reason=bad_time -> ok
			skip agent1 reason=do_not_call -> contact_not_found   # which one?
			skip agent1 b reason=do_not_call -> ok
			show b -> closed
			next agent1 -> c
			skip agent1 c
			outcome agent1 c code=5 -> ok
			show c -> closed`},
		{"a request that is repeated", `
			given agent1 a campaign=x phone=+15550001
			outcome agent1 a code=8
			outcome agent1 a code=5 id=r1 -> ok
			unblock +15550001 reason=mistake -> 1 ok
			outcome agent1 a code=5 id=r1 -> ok
			import b campaign=x phone=+15550001 -> accepted`},
		{"taken off by mistake, and said again", `
			given agent1 a campaign=x phone=+15550001
			outcome agent1 a code=5
			unblock +15550001 reason=mistake -> 1 ok
			unblock +15550001 reason=mistake -> 0 ok
			events 1 -> unblock   mistake
			import b campaign=x phone=+15550001 -> accepted
			outcome agent1 a code=5 -> ok
			show b -> closed`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}

// An entry says who, when, how and why; the first word stays.
func TestBlockedNumberSaysWhy(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p, ctx := newPlayer(s), t.Context()
		p.do("import a campaign=x phone=+15550001")
		p.do("import b campaign=x phone=+15550002")
		p.do("open a@b:c")
		p.do("next a@b:c")
		p.do("outcome a@b:c a code=5")
		p.do("next a@b:c")
		p.do("skip a@b:c reason=do_not_call")
		if n, err := s.Store.Block(ctx, []string{"+15550001", "+15550003"}, "campaign1", "state list"); n != 1 || err != nil {
			t.Fatalf("Block = %d, %v", n, err)
		}
		s.Command(t, "hset", "dnc", s.Vault.Token("+15550004"), s.Vault.Seal(contacts.ID(s.Vault.Token("+15550004")), "+15550004")) // by a hub of old
		at := contacts.Stamp(s.Now)
		for number, want := range map[string]string{
			"+15550001": "own " + at + " a@b:c outcome 5",
			"+15550002": "own " + at + " a@b:c skip do_not_call",
			"+15550003": "own " + at + " campaign1 list state list",
			"+15550004": "own",
			"+15550005": "",
		} {
			blocks, err := s.Read.Blocks(ctx, number)
			got := ""
			for _, b := range blocks {
				got = strings.Join(strings.Fields(fmt.Sprint(b.Layer, " ", contacts.Stamp(b.Since), " ", b.Actor, " ", b.Source, " ", b.Reason)), " ")
			}
			if got != want || err != nil {
				t.Errorf("Blocks(%s) = %q, %v, want %q", number, got, err, want)
			}
		}
		listed := map[string]bool{}
		if err := s.Read.Blocked(ctx, func(n string) error { listed[n] = true; return nil }); err != nil || len(listed) != 4 || !listed["+15550004"] {
			t.Errorf("the list has %v, %v", listed, err)
		}
		if n, err := s.Store.Unblock(ctx, []string{"+15550001", "+15550004", "+15550005"}, "campaign1", "mistake"); n != 2 || err != nil {
			t.Fatalf("Unblock = %d, %v", n, err)
		}
		var told []string
		err := s.Past.Walk(ctx, contacts.Filter{Type: "unblock"}, time.Time{}, time.Time{}, func(e contacts.Event) error {
			told = append(told, fmt.Sprint(e.Actor, " ", e.Phone, " ", e.Reason, " ", e.ContactID+e.Campaign+e.Agent))
			return nil
		})
		if got := strings.Join(told, "; "); got != "campaign1 0001 mistake ; campaign1 0004 mistake " || err != nil {
			t.Errorf("the history has %q, %v", got, err)
		}
	})
}

// By its account, what an agent told of is found over 500 calls, and no more than
// twice as many are kept.
func TestToldCallsAreKept(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		p.do("open agent1")
		p.do("campaign x hours=00:00-24:00")
		const calls = 501
		for i := range calls {
			p.do(fmt.Sprintf("import c%d campaign=x account=k%d phone=+1555%04d", i, i, i))
			p.do("next agent1")
			if got := p.do(fmt.Sprintf("outcome agent1 k%d code=0", i)); got != "ok" {
				t.Fatalf("outcome %d: %s", i, got)
			}
		}
		for _, i := range []int{1, calls - 1} { // the oldest of the last 500, the newest
			if got := p.do(fmt.Sprintf("outcome agent1 k%d code=5", i)); got != "ok" {
				t.Errorf("call %d of %d: %s", i, calls, got)
			}
		}
		kept := 0
		for _, key := range []string{"told:agent1", "past:agent1"} {
			n, _ := s.Command(t, "hlen", key).(int64)
			kept += int(n)
		}
		if kept != calls {
			t.Errorf("%d are kept of %d", kept, calls)
		}
	})
}
