package desk_test

import (
	"testing"

	"agenthub/contacts/store"
)

func TestRepeatedRequestsHappenOnce(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"success", `
			import a campaign=x
			import b campaign=x
			open agent1
			next agent1 id=r1 -> a
			next agent1 id=r1 -> a
			skip agent1 id=r2 -> ok
			skip agent1 id=r2 -> ok
			next agent1 id=r3 -> b
			skip agent1 id=r2 -> ok
			held agent1 -> b
			events 3 -> reserve agent1 a ; skip agent1 a ; reserve agent1 b`},
		{"refusal", `
			import a campaign=x
			open agent1
			skip agent1 id=r1 -> contact_not_found
			next agent1 id=r2 -> a
			skip agent1 id=r1 -> contact_not_found
			held agent1 -> a`},
		{"a query's refusal", `
			import a campaign=x
			open agent1
			held agent1 id=r1 -> contact_not_found
			next agent1
			held agent1 id=r1 -> contact_not_found
			held agent1 id=r2 -> a
			skip agent1
			held agent1 id=r2 -> contact_not_found`},
		{"another request under the same id", `
			import a campaign=x
			open agent1
			next agent1 id=r1 -> a
			skip agent1 id=r1 -> request_id_reused
			skip agent1 b id=r2 -> contact_not_found
			skip agent1 a id=r2 -> request_id_reused
			held agent1 -> a`},
		{"a repeated reserve shows the contact only while it is held", `
			import a campaign=x
			open agent1
			next agent1 id=r1 -> a
			skip agent1
			next agent1 id=r1 -> contact_not_found
			after 24h
			reap
			next agent1 id=r2 -> a
			next agent1 id=r1 -> contact_not_found
			next agent1 id=r2 -> a`},
		{"on a new socket, on another node", `
			import a campaign=x
			open agent1 tab=t
			next agent1 -> a
			skip agent1 id=r1 -> ok
			open agent1/2 tab=t node=node2
			skip agent1/2 id=r1 -> ok
			skip agent1/2 id=r2 -> contact_not_found`},
		{"another agent's ids are its own", `
			import a campaign=x
			import b campaign=x
			open agent1
			open agent2
			next agent1 id=r1 -> a
			next agent2 id=r1 -> b`},
		{"an old epoch is not remembered", `
			import a campaign=x
			open agent1
			open agent1/2
			next agent1 id=r1 -> session_superseded
			next agent1/2 id=r1 -> a`},
		{"dial and keep", `
			given agent1 a campaign=x
			keep agent1 id=r1 -> ok
			keep agent1 id=r1 -> ok
			dial agent1 a id=r2 -> ok
			dial agent1 a id=r2 -> ok
			dial agent1 a id=r3 -> already_dialled
			events 2 -> reserve agent1 a ; dial agent1 a
			outcome agent1 a code=0 id=r4 -> ok
			outcome agent1 a code=0 id=r4 -> ok
			dial agent1 a id=r2 -> contact_not_found
			events 1 -> outcome agent1 a 0`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}
