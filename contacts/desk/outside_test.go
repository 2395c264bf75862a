package desk_test

import (
	"testing"

	"agenthub/contacts/store"
)

func TestReservedFromOutsideIsLookedAtAgain(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"its campaign is paused by then", `
			import a campaign=x
			assign agent1 a -> a
			campaign x paused
			open agent1 -> ok
			show a -> available
			events 1 -> release agent1 a undelivered
			next agent1 -> no_contacts
			campaign x
			next agent1 -> a`},
		{"its day is over", `
			campaign x hours=08:00-21:00 zone=Europe/Berlin
			import a campaign=x
			assign agent1 a hold=12h -> a
			after 6h
			open agent1 legacy -> ok
			held agent1 -> contact_not_found
			show a -> scheduled
			next agent1 -> no_contacts`},
		{"it is of a campaign that the agent does not serve", `
			import a campaign=x
			assign agent1 a -> a
			open agent1 serves=y -> ok
			show a -> available
			assign agent1 a -> the contact cannot be reserved now: not_served
			assign agent1 campaign=x -> the contact cannot be reserved now: not_served`},
		{"what an agent served who has left says nothing", `
			import a campaign=x
			open agent1 serves=y
			drop agent1
			assign agent1 a -> the contact cannot be reserved now: not_served
			after 20s
			reap
			assign agent1 a -> a
			open agent1 -> a`},
		{"a legacy client is shown it when it asks, not before", `
			import a campaign=x
			assign agent1 a -> a
			open agent1 legacy -> ok
			after 1h
			reap
			show a -> available
			assign agent1 a -> a
			held agent1 -> a
			after 1h
			reap
			show a -> reserved agent1`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}

func TestReservedFromOutside(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"the lease starts at delivery", `
			import a campaign=x
			open agent1
			assign agent1 a -> a
			after 10m
			reap
			wake agent1 -> Reserved a
			after 2m59s
			reap
			held agent1 -> a
			after 1s
			reap
			show a -> available
			wake agent1 -> Released a expired`},
		{"undelivered it goes back after its hour", `
			import a campaign=x
			assign agent1 a -> a
			after 59m59s
			reap
			show a -> reserved agent1
			after 1s
			reap
			show a -> available
			events 1 -> release agent1 a undelivered`},
		{"a lost socket does not shorten what was never shown", `
			import a campaign=x
			open agent1
			assign agent1 a hold=30m
			drop agent1
			after 29m
			reap
			open agent1 -> a
			after 2m59s
			reap
			held agent1 -> a`},
		{"fetched by a legacy client it may be dialled", `
			import a campaign=x
			open agent1 legacy
			assign agent1 a -> a
			after 5m
			next agent1 -> a
			after 3h59m
			reap
			show a -> reserved agent1
			after 1m
			reap
			show a -> review`},
		{"fetched by a v1 client its lease begins", `
			import a campaign=x
			open agent1
			assign agent1 a -> a
			after 5m
			next agent1 -> a
			after 3m
			reap
			show a -> available`},
		{"dialled before it was shown it keeps the lease of a dialled one", `
			import a campaign=x
			open agent1
			assign agent1 a -> a
			dial agent1 a -> ok
			wake agent1 -> Reserved a
			held agent1 -> a
			drop agent1
			open agent1 -> a
			after 3h59m
			reap
			show a -> dialled agent1`},
		{"the campaign's next, one hand, one contact", `
			import a campaign=x
			import b campaign=x
			open agent1
			assign agent1 campaign=x -> a
			assign agent1 campaign=x -> the agent holds another contact
			assign agent1 a -> a
			assign agent1 b -> the agent holds another contact
			assign agent2 a -> the contact cannot be reserved now: reserved
			assign agent2 q -> no such contact
			assign agent2 campaign=y -> no such campaign
			skip agent1 a -> ok
			assign agent1 campaign=x -> b`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}
