package desk_test

import (
	"testing"

	"agenthub/contacts/store"
)

// A client that never says that it dials dials what it is shown, so it is shown again by the checks of a fetch alone.
func TestShownAgainIsDialledAgain(t *testing.T) {
	requeue := store.DefaultPolicy()
	requeue.LegacyRequeue = true
	for _, c := range []struct {
		name, scenario string
		policy         store.Policy
	}{
		{"within its hours it is the same, and no other", `
			campaign x hours=08:00-21:00 zone=America/Chicago
			import a campaign=x
			import b campaign=x
			open agent1 legacy
			next agent1 id=r1 -> a
			after 1h
			next agent1 -> a
			held agent1 -> a
			show a -> reserved agent1
			events 1 -> reserve agent1 a`, store.DefaultPolicy()},
		{"its day is over: the next one, and it waits for a word", `
			campaign x hours=09:00-10:00 zone=America/Chicago
			import a campaign=x
			import b campaign=y
			open agent1 legacy
			next agent1 -> a
			after 1h
			next agent1 -> b
			show a -> review
			events 2 -> review agent1 a maybe_dialled; reserve agent1 b
			outcome agent1 a code=3 -> ok
			show a -> scheduled
			held agent1 -> b`, store.DefaultPolicy()},
		{"asked what it holds it is told of none", `
			campaign x hours=09:00-10:00 zone=America/Chicago
			import a campaign=x
			open agent1 legacy
			next agent1 -> a
			after 1h
			held agent1 id=r1 -> contact_not_found
			held agent1 id=r1 -> contact_not_found
			show a -> review`, store.DefaultPolicy()},
		{"a repeated request shows it again as well", `
			campaign x hours=09:59-10:00 zone=America/Chicago
			import a campaign=x
			open agent1 legacy
			after 59m
			next agent1 id=r1 -> a
			next agent1 id=r1 -> a
			after 1m
			next agent1 id=r1 -> contact_not_found
			show a -> review`, store.DefaultPolicy()},
		{"its campaign is paused", `
			import a campaign=x
			open agent1 legacy
			next agent1 -> a
			campaign x paused
			next agent1 -> no_contacts
			show a -> review`, store.DefaultPolicy()},
		{"it expired, and nobody has come by yet", `
			import a campaign=x expiry=+1h
			open agent1 legacy
			next agent1 -> a
			after 1h
			held agent1 -> contact_not_found
			show a -> closed`, store.DefaultPolicy()},
		{"the person was called too often elsewhere", `
			campaign x max=1
			import a campaign=x phone=+999501
			open agent1 legacy
			next agent1 -> a
			import b campaign=y phone=+999501 tried=-2h
			held agent1 -> contact_not_found
			show a -> review`, store.DefaultPolicy()},
		{"requeue: back to the pool, which knows when", `
			campaign x hours=09:00-09:01 zone=America/Chicago
			import a campaign=x
			open agent1 legacy
			next agent1 -> a
			after 1m
			next agent1 -> no_contacts
			show a -> scheduled
			outcome agent1 a code=0 -> ok
			show a -> closed`, requeue},
		{"a client that says when it dials sees what it holds", `
			campaign x hours=09:00-09:01 zone=America/Chicago
			import a campaign=x
			open agent1
			next agent1 -> a
			after 1m
			next agent1 -> a
			held agent1 -> a
			dial agent1 -> outside_hours`, store.DefaultPolicy()},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, c.policy, c.scenario) })
	}
}
