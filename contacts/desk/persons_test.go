package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session/envelope"
)

// Limits, gaps and pauses are about who answers the phone: one number under several
// ids, accounts and campaigns is one person.
func TestAttemptsCountThePerson(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"one a day over campaigns", `
			campaign x max=1
			campaign y max=1
			import a campaign=x phone=+15550001
			import b campaign=y phone=+15550001
			open agent1
			next agent1 -> a
			dial agent1 -> ok
			outcome agent1 a code=8
			next agent1 -> no_contacts
			show b -> scheduled
			after 23h59m59s
			reap
			next agent1 -> no_contacts
			after 1s
			reap
			next agent1 -> b`},
		{"the outcome of a call to the number before is that person's", `
			campaign x pause=0/48h
			given agent1 a campaign=x phone=+15550001
			dial agent1
			after 4h
			reap
			show a -> review
			import a campaign=x phone=+15550002 -> updated
			import b campaign=x phone=+15550001
			outcome agent1 a code=0 -> ok
			open agent2
			next agent2 -> no_contacts
			after 44h
			reap
			next agent2 -> b`},
		{"what may have been dialled counts until somebody tells, and once", `
			campaign x calls=2/24h
			import a campaign=x phone=+15550001
			import b campaign=x phone=+15550001
			open agent1 legacy
			next agent1 -> a
			signout agent1
			show a -> review
			open agent2
			next agent2 -> b
			dial agent2 -> ok
			outcome agent2 b code=8
			open agent1 legacy
			outcome agent1 a code=8 -> ok
			import c campaign=x phone=+15550001
			next agent1 -> no_contacts
			after 23h59m59s
			reap
			next agent1 -> no_contacts
			after 1s
			reap
			next agent1 -> b`},
		{"of one a day it is the one, whatever the supervisor decides", `
			campaign x max=1
			import a campaign=x phone=+15550001
			open agent1 legacy
			next agent1 -> a
			signout agent1
			review a reopen -> ok
			open agent2
			next agent2 -> no_contacts
			after 24h
			reap
			next agent2 -> a`},
		{"so is a call that nobody could tell of before its outcome", `
			campaign x max=1
			import a campaign=x phone=+15550001
			open agent1 legacy
			next agent1 -> a
			drop agent1
			after 4h
			reap
			show a -> review
			import a campaign=x phone=+15550002 -> updated
			import b campaign=x phone=+15550001
			open agent1 legacy
			outcome agent1 a code=0 -> ok
			open agent2
			next agent2 -> no_contacts
			after 24h
			reap
			next agent2 -> b`},
		{"each campaign has its own limit for the same calls", `
			campaign x max=2
			campaign y max=1
			import a campaign=y phone=+15550001
			import b campaign=x phone=+15550001
			open agent1
			next agent1 -> a
			dial agent1
			outcome agent1 a code=0
			next agent1 -> b`},
		{"nobody is called again after a conversation", `
			campaign x pause=0+9/48h
			import a campaign=x phone=+15550001
			import b campaign=x phone=+15550001
			import c campaign=x phone=+15550001
			open agent1
			next agent1 -> a
			dial agent1
			outcome agent1 a code=3
			next agent1 -> b                       # busy is none
			dial agent1
			outcome agent1 b                       # what came of it is told later
			outcome agent1 b code=0
			next agent1 -> no_contacts
			assign agent1 c -> the contact cannot be reserved now: scheduled
			after 47h59m
			reap
			next agent1 -> no_contacts
			after 1m
			reap
			next agent1 -> c`},
		{"a gap puts a retry off as well", `
			campaign x gap=2h
			given agent1 a campaign=x
			dial agent1
			outcome agent1 a code=3                # 15 minutes
			after 1h59m59s
			reap
			next agent1 -> no_contacts
			after 1s
			reap
			next agent1 -> a`},
		{"per account, per contact, by outcome", `
			campaign x calls=1/720h/account
			campaign y calls=2/720h/contact
			campaign z calls=1/2h/person/7
			import a campaign=x phone=+15550001 account=k1
			import b campaign=x phone=+15550001 account=k1
			import c campaign=x phone=+15550001 account=k2
			import d campaign=y phone=+15550001
			import e campaign=z phone=+15550001
			open agent1
			next agent1 -> a
			dial agent1
			outcome agent1 a code=7
			next agent1 -> c                       # the other account
			takeback agent1
			assign agent1 e -> the contact cannot be reserved now: too_many_attempts
			assign agent1 b -> the contact cannot be reserved now: scheduled
			assign agent1 d -> d                   # was not called itself
			after 719h59m
			reap
			show b -> scheduled
			show e -> available
			after 1m
			reap
			show b -> available`},
		{"what was tried elsewhere counts, once", `
			campaign x calls=2/24h gap=1h
			import a campaign=x phone=+15550001 tried=-23h,-30m
			import a campaign=x phone=+15550001 tried=-23h,-30m
			import b campaign=y phone=+15550001
			open agent1
			next agent1
			takeback agent1
			assign agent1 a -> the contact cannot be reserved now: scheduled
			after 1h
			reap
			assign agent1 a -> a`},
		{"checked again at dial", `
			given agent1 a campaign=x phone=+15550001
			import b campaign=x phone=+15550001 tried=-10m
			campaign x gap=20m
			dial agent1 id=r1 -> too_soon
			campaign x calls=1/1h
			dial agent1 id=r1 -> too_soon          # the same request
			dial agent1 -> too_many_attempts
			held agent1 -> a
			after 1m
			campaign x gap=11m
			dial agent1 -> ok`},
		{"a contact takes its calls to another number", `
			campaign x max=1
			import a campaign=x phone=+15550001
			import c campaign=x phone=+15550002
			open agent1
			next agent1 -> a
			dial agent1
			outcome agent1 a code=3
			import a campaign=x phone=+15550002 -> updated
			next agent1 -> no_contacts
			show c -> scheduled`},
		{"who cannot say that it dials, says it with its outcome", `
			campaign x max=1
			import a campaign=x phone=+15550001
			import b campaign=x phone=+15550001
			open agent1 legacy
			open agent2
			next agent1 -> a
			withdraw a
			next agent2 -> b                       # nobody has said anything yet
			takeback agent2
			outcome agent1 a code=8 -> ok
			next agent2 -> no_contacts`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}

// A refusal says which rule, and from when on the person may be called.
func TestRefusedDialTellsTheRule(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		for _, text := range []string{"import a campaign=x phone=+15550001", "import b campaign=x phone=+15550001 tried=-10m,-20m", "open agent1", "next agent1"} {
			p.do(text)
		}
		for _, c := range []struct{ rules, code, rule, opens string }{
			{"calls=2/1h", "too_many_attempts", "attempts[0]", "40m"},
			{"max=1", "too_many_attempts", "maxAttempts24h", "23h50m"},
			{"gap=1h max=3", "too_soon", "minGap", "50m"},
		} {
			p.do("campaign x " + c.rules)
			_, err := s.Ask(p.sessions["agent1"].claim, s.Dial, "")
			e := envelope.AsError(err)
			in, _ := time.ParseDuration(c.opens)
			if opens := contacts.Stamp(s.Now.Add(in)); string(e.Code) != c.code || e.Rule != c.rule || e.OpensAt != opens || !strings.HasSuffix(e.Message, opens) {
				t.Errorf("%s: refused with %+v, want %s by %s until %s", c.rules, e, c.code, c.rule, opens)
			}
		}
	})
}

// A store that counted by contact goes on: its times count until they are old, with
// what is kept by person, and once where both have them.
func TestTimesOfAContactCountOn(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		p.do("campaign x calls=3/48h")
		p.do("import a campaign=x phone=+15550001")
		p.do("import b campaign=x phone=+15550001")
		p.do("open agent1")
		ago := func(d time.Duration) int64 { return s.Now.Add(-d).UnixMilli() }
		s.Command(t, "HSET", "c:a", "at", fmt.Sprintf("%d,%d", ago(47*time.Hour), ago(time.Hour)), "tc", 2)
		for _, step := range []struct{ line, want string }{
			{"next agent1", "a"},
			{"dial agent1", "ok"},
			{"outcome agent1 a code=3", "ok"},
			{"next agent1", "no_contacts"}, // b is that person
			{"after 1h", "ok"},
			{"reap", "ok"},
			{"next agent1", "b"},
			{"takeback agent1", "ok"},
		} {
			if got := p.do(step.line); got != step.want {
				t.Fatalf("%s = %q, want %q", step.line, got, step.want)
			}
		}
		if c, err := s.Read.Contact(t.Context(), "a"); err != nil || c.Attempts != 3 {
			t.Errorf("a has %d attempts, want 3, %v", c.Attempts, err)
		}
	})
}

// A hundred calls are kept. Who was called as often is called by nobody until the
// first of them is 30 days old: what is forgotten never lets anybody call.
func TestWhatIsForgottenLetsNobodyCall(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		tried := func(n int, newest time.Duration) string {
			var all []string
			for i := range n {
				all = append(all, (newest - time.Duration(i)*time.Hour).String())
			}
			return " tried=" + strings.Join(all, ",")
		}
		p.do("campaign x calls=1/1h")
		p.do("open agent1")
		p.do("import a campaign=x phone=+15550001" + tried(99, -2*time.Hour))
		if got := p.do("next agent1"); got != "a" {
			t.Fatalf("after 99 calls: next = %q, want a", got)
		}
		p.do("takeback agent1")
		p.do("import b campaign=x phone=+15550001" + tried(2, -105*time.Hour)) // 101, the first is dropped
		if got := p.do("next agent1"); got != "no_contacts" {
			t.Fatalf("after 101 calls: next = %q", got)
		}
		if c, err := s.Read.Contact(t.Context(), "a"); err != nil || !c.Due.Equal(s.Now.Add((720-105)*time.Hour)) {
			t.Errorf("due %v, want 615 hours from %v, %v", c.Due, s.Now, err)
		}
		p.do("after 615h")
		p.do("reap")
		if got := p.do("next agent1"); got != "a" {
			t.Errorf("30 days after the first that is kept: next = %q, want a", got)
		}
	})
}
