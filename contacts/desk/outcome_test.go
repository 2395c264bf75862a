package desk_test

import (
	"testing"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

func TestOutcomes(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"each default effect", `
			given agent1 a campaign=x
			dial agent1
			outcome agent1 a code=3 -> ok
			show a -> scheduled
			events 1 -> outcome agent1 a 3
			after 14m59s
			reap
			show a -> scheduled
			after 1s
			reap
			next agent1 -> a
			dial agent1
			outcome agent1 a code=8 -> ok
			after 59m59s
			reap
			next agent1 -> no_contacts
			after 1s
			reap
			next agent1 -> a
			dial agent1
			outcome agent1 a code=0 -> ok
			show a -> closed`},
		{"success, invalid, fax and reject close, and an unknown id of a client that knows the vendor's alone", `
			import a campaign=x
			import b campaign=x
			import c campaign=x
			import d campaign=x
			open agent1
			next agent1
			outcome agent1 a code=2
			show a -> closed
			next agent1
			outcome agent1 b code=6
			show b -> closed
			next agent1
			outcome agent1 c code=9
			show c -> closed
			next agent1
			outcome agent1 d code=777 -> invalid_message
			skipclose agent1 d code=777 -> invalid_message
			show d -> reserved agent1
			skip agent1 -> ok
			after 15m
			reap
			open agent2 legacy
			next agent2 -> d
			outcome agent2 d code=777 -> ok
			show d -> closed`},
		{"do-not-call closes over campaigns", `
			import a campaign=x phone=+15550001
			import b campaign=y phone=+15550001
			import c campaign=z phone=+15550001 at=1h
			open agent1
			next agent1 -> a
			dial agent1
			outcome agent1 a code=5 -> ok
			show a -> closed
			show b -> closed
			show c -> closed
			events 3 -> outcome agent1 a 5; block  b dnc; block  c dnc
			import d campaign=q phone=+15550001 -> blocked`},
		{"attempts in 24 hours", `
			given agent1 a campaign=x
			dial agent1
			outcome agent1 a code=3
			after 15m
			reap
			next agent1 -> a
			dial agent1
			outcome agent1 a code=3
			after 15m
			reap
			next agent1 -> a
			dial agent1
			outcome agent1 a code=3
			after 23h29m59s
			reap
			next agent1 -> no_contacts
			after 1s
			reap
			next agent1 -> a`},
		{"without an id it waits for a disposition", `
			import a campaign=x
			import b campaign=x
			open agent1
			open agent2
			next agent1
			dial agent1
			outcome agent1 a -> ok
			show a -> wrapup
			next agent1 -> b
			outcome agent2 a code=0 -> contact_not_found
			outcome agent1 a code=0 -> ok
			show a -> closed
			held agent1 -> b`},
		{"none in 15 minutes: review, and the late word still counts", `
			given agent1 a campaign=x
			dial agent1
			outcome agent1 a
			after 15m
			reap
			show a -> review
			events 1 -> review agent1 a no_disposition
			outcome agent1 a code=3 -> ok
			show a -> scheduled
			outcome agent1 a code=3 -> contact_not_found`},
		{"another agent's contact", `
			import a campaign=x
			open agent1
			open agent2
			next agent1
			outcome agent2 a code=0 -> contact_not_found
			outcome agent1 q code=0 -> contact_not_found
			show a -> reserved agent1`},
		{"skip and close", `
			import a campaign=x account=k1
			import b campaign=x phone=+15550002
			import c campaign=y phone=+15550002
			open agent1
			next agent1
			skipclose agent1 b code=100 -> contact_not_found
			skipclose agent1 k1 code=3 -> ok
			show a -> closed
			events 1 -> skip_close agent1 a 3
			skipclose agent1 k1 code=3 -> contact_not_found
			next agent1 -> b
			skipclose agent1 b code=5 -> ok
			show c -> closed`},
		{"skip and close where contacts are not skipped", `
			campaign x noskip
			given agent1 a campaign=x phone=+15550002
			skipclose agent1 a code=3 -> skip_disabled
			show a -> reserved agent1
			skipclose agent1 a code=5 -> ok
			show a -> closed`},
		{"the campaign's table lies over the default, calls closed by dnc stay so", `
			given agent1 a campaign=x phone=+15550001
			dial agent1
			block +15550001 -> 1 ok
			show a -> dialled agent1
			wake agent1 ->
			outcome agent1 a code=3 -> ok
			show a -> closed`},
		{"a dialled and blocked contact without outcome closes", `
			import a campaign=x phone=+15550001
			import b campaign=x phone=+15550002
			open agent1
			open agent2
			next agent1
			dial agent1
			next agent2 -> b
			dial agent2
			outcome agent2 b
			block +15550001
			block +15550002
			show b -> closed
			close agent1
			show a -> closed
			events 1 -> block agent1 a dnc`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}

func TestCallbacks(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"personal: the owner's alone, ahead of the pool, counted", `
			import a campaign=x
			import b campaign=x
			open agent1
			open agent2
			next agent1
			dial agent1
			callback agent1 a at=1h mine -> ok
			after 1h
			reap
			count agent1 -> 1 1 1
			count agent2 -> 0 1 1
			next agent2 -> b
			skip agent2
			next agent2 -> no_contacts
			assign agent2 a -> the contact cannot be reserved now: personal
			next agent1 -> a`},
		{"owner absent for 30 minutes: review, then anybody's", `
			import a campaign=x owner=agent1 at=1h
			open agent2
			after 1h
			reap
			after 29m59s
			reap
			show a -> available
			after 1s
			reap
			show a -> review
			events 1 -> review agent1 a callback_missed
			review a reopen -> ok
			next agent2 -> a`},
		{"owner here but busy: it waits", `
			import a campaign=x owner=agent1
			import b campaign=x
			assign agent1 b
			open agent1
			after 31m
			reap
			show a -> available
			close agent1
			after 1m
			reap
			show a -> review`},
		{"nobody may call: it is not missed", `
			campaign x hours=08:00-21:00 zone=Europe/Berlin
			import a campaign=x owner=agent1 at=4h40m # 20:40 there
			after 4h40m
			reap
			show a -> available
			after 30m
			reap
			show a -> scheduled
			after 10h50m
			reap
			show a -> available
			campaign x paused
			after 31m
			reap
			show a -> available
			campaign x
			after 1m
			reap
			show a -> review`},
		{"nobody knows its zone: no hour will come, review", `
			campaign x hours=08:00-21:00
			import a campaign=x owner=agent1
			after 30m
			reap
			show a -> review`},
		{"owner back within grace: it waits", `
			import a campaign=x owner=agent1
			import b campaign=x
			assign agent1 b
			open agent1
			after 29m50s
			drop agent1
			after 15s
			reap
			show a -> available
			after 1m
			reap
			show a -> review`},
		{"owner here for another campaign alone: review", `
			import a campaign=x owner=agent1
			open agent1 serves=y
			after 30m
			reap
			show a -> review`},
		{"regular: anybody's at its time", `
			import a campaign=x
			open agent1
			open agent2
			next agent1
			dial agent1
			callback agent1 a at=1h -> ok
			after 59m59s
			reap
			next agent2 -> no_contacts
			after 1s
			reap
			next agent2 -> a`},
		{"by outcome 4 alone after four hours", `
			given agent1 a campaign=x
			outcome agent1 a code=4 -> ok
			after 3h59m
			reap
			next agent1 -> no_contacts
			after 1m
			reap
			next agent1 -> a`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}

// An outcome's id stands in the event and leaves the hub as a result.
func TestNumberAsOutcomeIsNotTold(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Stock("x", 1)
		c := s.SignIn("agent1", contactstest.Legacy)
		s.Next(c)
		if _, err := s.Ask(c, s.SetOutcome, `{"AccountNumber":"x-1","OutcomeId":"212 555 0199"}`); err != nil {
			t.Fatal(err)
		}
		all := s.Events()
		if got := all[len(all)-1]; got != "outcome agent1 x-1 *** *** ****" {
			t.Errorf("the event is %q", got)
		}
	})
}
