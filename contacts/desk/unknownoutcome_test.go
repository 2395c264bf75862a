package desk_test

import (
	"testing"

	"agenthub/contacts/store"
)

// An outcome that stands in no table is one of a call, whoever tells it and when: the
// person is called no more often than the rules of another campaign let them be.
func TestOutcomesOfNoTableAreCalls(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"told of what was shown", `
			import a campaign=x phone=+999501
			open agent1 legacy
			next agent1 -> a
			outcome agent1 a code=777 -> ok
			show a -> closed
			events 2 -> dial agent1 a ; outcome agent1 a 777
			campaign y max=1
			import b campaign=y phone=+999501
			assign agent2 b -> the contact cannot be reserved now: too_many_attempts`},
		{"told later, in wrap-up: one call", `
			campaign y max=2
			import a campaign=x phone=+999501
			open agent1 legacy
			next agent1 -> a
			outcome agent1 a -> ok
			outcome agent1 a code=777 -> ok
			show a -> closed
			import b campaign=y phone=+999501
			assign agent2 b -> b`},
		{"told of what was withdrawn meanwhile", `
			import a campaign=x phone=+999501
			open agent1 legacy
			next agent1 -> a
			withdraw a
			outcome agent1 a code=777 -> ok
			campaign y max=1
			import b campaign=y phone=+999501
			assign agent2 b -> the contact cannot be reserved now: too_many_attempts`},
		{"told of what went to review as called: one call", `
			import a campaign=x phone=+999501
			open agent1 legacy
			next agent1 -> a
			after 4h
			reap
			outcome agent1 a code=777 -> ok
			show a -> closed
			campaign y max=2
			import b campaign=y phone=+999501
			assign agent2 b -> b`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}
