package desk_test

import (
	"strings"
	"testing"

	"agenthub/contacts/store"
)

func TestLateOutcome(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"one account, two contacts: each agent means its own", `
			import a campaign=x account=k
			import b campaign=x account=k
			open agent1
			open agent2
			next agent1 -> a
			next agent2 -> b
			dial agent1
			dial agent2
			outcome agent1 k -> ok
			outcome agent2 k -> ok
			show a -> wrapup
			show b -> wrapup
			outcome agent1 k code=0 -> ok
			show a -> closed
			show b -> wrapup
			outcome agent2 k code=3 -> ok
			show b -> scheduled
			outcome agent1 k code=0 -> contact_not_found`},
		{"one account, two contacts of one agent: the one it held last", `
			import a campaign=x account=k
			import b campaign=x account=k
			import k campaign=x
			open agent1
			next agent1 -> a
			dial agent1
			outcome agent1 k
			next agent1 -> b
			dial agent1
			outcome agent1 k                       # the one it holds
			show b -> wrapup
			outcome agent1 k code=0 -> ok
			show b -> closed
			show a -> wrapup
			outcome agent1 a code=0 -> ok          # the other by its id
			show a -> closed
			next agent1 -> k
			dial agent1
			outcome agent1 k
			outcome agent1 k code=0 -> ok
			show k -> closed`},
		{"an account that a list changed", `
			given agent1 a campaign=x account=k
			dial agent1
			after 4h
			reap
			show a -> review
			import a campaign=x account=m -> updated
			outcome agent1 k code=0 -> ok
			show a -> closed`},
		{"lease over, not reaped yet", `
			given agent1 a campaign=x
			dial agent1
			after 4h
			outcome agent1 a code=3 -> ok
			show a -> scheduled
			reap
			events 1 -> outcome agent1 a 3`},
		{"a later holder is told", `
			import a campaign=x
			open agent1
			open agent2
			next agent1
			after 3m
			reap
			next agent2 -> a
			wake agent2 ->
			outcome agent1 a code=3 -> ok
			events 2 -> release agent2 a withdrawn; outcome agent1 a 3
			wake agent2 -> Released a withdrawn
			held agent2 -> contact_not_found
			skip agent2 -> contact_not_found
			show a -> scheduled`},
		{"a later holder who has dialled finishes the call", `
			import a campaign=x
			open agent1
			open agent2
			next agent1
			after 3m
			reap
			next agent2 -> a
			dial agent2
			outcome agent1 a code=0 -> ok
			events 1 -> outcome agent1 a 0
			show a -> dialled agent2
			outcome agent2 a code=3 -> ok
			show a -> scheduled`},
		{"a personal callback in the pool", `
			given agent1 a campaign=x owner=agent1
			after 3m
			reap
			callback agent1 a at=1h -> ok
			show a -> scheduled
			open agent2
			after 1h
			reap
			next agent2 -> a`},
		{"what was skipped is nobody's", `
			given agent1 a campaign=x
			skip agent1
			outcome agent1 a code=0 -> contact_not_found`},
		{"withdrawn meanwhile", `
			given agent1 a campaign=x
			dial agent1
			withdraw a -> ok
			wake agent1 -> Released a withdrawn
			outcome agent1 a code=3 -> ok
			show a -> closed
			outcome agent1 a code=3 -> contact_not_found`},
		{"of the last holder, while a legacy client may be calling: noted, the client keeps it", `
			import a campaign=x
			open agent1
			open agent2 legacy
			next agent1
			after 3m
			reap
			next agent2 -> a
			outcome agent1 a code=3 -> ok
			show a -> reserved agent2
			outcome agent2 a code=5 -> ok
			show a -> closed`},
		{"skip and close of a dialled contact is a skip of one", `
			given agent1 a campaign=x
			dial agent1
			skipclose agent1 a code=100 -> already_dialled
			outcome agent1 a code=0 -> ok`},
		{"twelve a day are allowed, and no more", `
			campaign x max=12
			import a campaign=x
			open agent1
			` + strings.Repeat(`
			next agent1 -> a
			dial agent1
			outcome agent1 a code=3 -> ok
			after 15m
			reap
			`, 12) + `
			next agent1 -> no_contacts
			after 21h
			reap
			next agent1 -> a`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}
