package desk_test

import (
	"testing"
	"time"

	"agenthub/contacts/store"
)

// The rules of protocol.md sections 2, 6 and 7, one scenario each: what an agent
// does, what the hub answers, and after each line the whole store is checked.

func TestSkipPolicy(t *testing.T) {
	for _, c := range []struct{ name, scenario string }{
		{"behind its equals in priority, not before the delay", `
			import a campaign=x prio=1
			import b campaign=x prio=1
			import c campaign=x prio=2
			open agent1
			open agent2
			next agent1 -> a
			skip agent1 -> ok
			show a -> scheduled
			after 14m59s
			reap
			next agent2 -> b
			skip agent2 -> ok
			after 1s
			reap
			show a -> available
			next agent2 -> a    # c is of lower priority, b is not due yet
			skip agent2
			next agent2 -> c`},
		{"not to the same agent for a day", `
			given agent1 a campaign=x
			skip agent1 -> ok
			after 15m
			reap
			next agent1 -> no_contacts
			count agent1 -> 0 1 1
			assign agent1 a -> the contact cannot be reserved now: avoided
			after 23h44m
			next agent1 -> no_contacts
			after 1m
			next agent1 -> a`},
		{"unless it is the agent's own callback", `
			given agent1 a campaign=x owner=agent1
			skip agent1 -> ok
			after 15m
			reap
			next agent1 -> a`},
		{"five different agents bring it to review", `
			import a campaign=x
			campaign x delay=1m avoid=2m
			open agent1
			open agent2
			open agent3
			open agent4
			open agent5
			next agent1 -> a
			skip agent1
			after 3m
			reap
			next agent1 -> a
			skip agent1      # the same agent again does not count
			after 3m
			reap
			next agent2
			skip agent2
			after 3m
			reap
			next agent3
			skip agent3
			after 3m
			reap
			next agent4
			skip agent4
			show a -> scheduled
			after 3m
			reap
			next agent5 -> a
			skip agent5 -> ok
			show a -> review
			events 1 -> skip agent5 a
			review a reopen -> ok
			next agent1 -> a`},
		{"the campaign's own limit", `
			import a campaign=x
			campaign x limit=1
			open agent1
			next agent1
			skip agent1 -> ok
			show a -> review
			review a close -> ok
			show a -> closed
			review a reopen -> not possible in this state`},
		{"a suppressing reason blocks the number, configured or not", `
			import a campaign=x phone=+15550001
			import b campaign=y phone=+15550001
			import c campaign=y phone=+15550003
			open agent1
			next agent1 -> a
			skip agent1 reason=do_not_call -> ok
			show a -> closed
			show b -> closed
			show c -> available
			campaign y
			next agent1 -> c
			skip agent1 reason=do_not_call -> ok
			show c -> closed
			import d campaign=z phone=+15550001 -> blocked`},
		{"a dialled contact is not skipped", `
			given agent1 a campaign=x
			dial agent1 a -> ok
			skip agent1 -> already_dialled
			skip agent1 b -> contact_not_found
			next agent1 -> outcome_pending`},
		{"a named skip hits what it names or nothing", `
			import a campaign=x account=5|3|1
			import b campaign=x
			open agent1
			next agent1 -> a
			skip agent1 b -> contact_not_found
			skip agent1 account=b -> contact_not_found
			skip agent1 a account=b -> contact_not_found
			skip agent1 account=5|3|1 -> ok
			skip agent1 account=5|3|1 -> contact_not_found
			next agent1 -> b
			skip agent1 a -> contact_not_found
			show b -> reserved agent1`},
		{"a lease that is over leaves nothing to skip", `
			given agent1 a campaign=x
			after 3m
			skip agent1 -> contact_not_found
			held agent1 -> contact_not_found
			next agent1 -> a
			events 2 -> expire agent1 a ; reserve agent1 a`},
		{"skipping is no dial attempt", `
			import a campaign=x
			campaign x max=1 avoid=1m
			open agent1
			next agent1
			skip agent1
			after 15m
			reap
			next agent1 -> a`},
	} {
		t.Run(c.name, func(t *testing.T) { play(t, store.DefaultPolicy(), c.scenario) })
	}
}

func TestMinHold(t *testing.T) {
	young := store.DefaultPolicy()
	young.MinHold = 500 * time.Millisecond
	t.Run("an unnamed skip spares a young reservation", func(t *testing.T) {
		play(t, young, `
			import a campaign=x
			import b campaign=x
			open agent1
			next agent1 -> a
			after 499ms
			skip agent1 -> contact_not_found
			after 1ms
			skip agent1 -> ok
			next agent1 -> b
			skip agent1 b -> ok`)
	})
	t.Run("one second for what was pushed to a signed-in agent", func(t *testing.T) {
		play(t, store.DefaultPolicy(), `
			import a campaign=x
			open agent1
			assign agent1 a -> a
			after 5s
			wake agent1 -> Reserved a
			after 999ms
			skip agent1 -> contact_not_found
			after 1ms
			skip agent1 -> ok`)
	})
	t.Run("not for what waited for the agent at sign-in", func(t *testing.T) {
		play(t, store.DefaultPolicy(), `
			import a campaign=x
			assign agent1 a -> a
			open agent1 legacy -> ok
			skip agent1 -> ok`)
	})
}

func TestKeepTenTimes(t *testing.T) {
	play(t, store.DefaultPolicy(), `
		import a campaign=x
		open agent1
		keep agent1 -> contact_not_found
		next agent1
		keep agent1 b -> contact_not_found
		keep agent1 a
		keep agent1
		keep agent1
		keep agent1
		keep agent1
		keep agent1
		keep agent1
		keep agent1
		keep agent1
		keep agent1 -> ok
		keep agent1 -> not_allowed
		after 22m59s
		reap
		held agent1 -> a
		after 1s
		reap
		show a -> available
		next agent1 -> a
		keep agent1 -> ok
		dial agent1 -> ok
		keep agent1 -> already_dialled`)
}

func TestOnePhoneInOneHand(t *testing.T) {
	play(t, store.DefaultPolicy(), `
		import a campaign=x phone=+15550001
		import b campaign=y phone=+15550001
		import c campaign=y phone=+15550002
		open agent1
		open agent2
		next agent1 -> a
		assign agent2 b -> the contact cannot be reserved now: phone_held
		next agent2 -> c
		skip agent2 -> ok
		dial agent1 -> ok
		next agent2 -> no_contacts
		outcome agent1 a code=3 -> ok
		next agent2 -> b`)
}

func TestPausedStopsAtOnce(t *testing.T) {
	play(t, store.DefaultPolicy(), `
		import a campaign=x
		import b campaign=x owner=agent2
		open agent1
		open agent2
		open agent3 serves=x
		next agent1 -> a
		campaign x paused -> ok
		dial agent1 -> not_allowed
		wake agent1 ->
		next agent2 -> no_contacts
		count agent3 -> 0 0 1
		assign agent2 b -> the contact cannot be reserved now: paused
		skip agent1 -> ok
		campaign x
		next agent2 -> b`)
}

func TestTokenLimitsCampaigns(t *testing.T) {
	play(t, store.DefaultPolicy(), `
		import a campaign=x
		import b campaign=y owner=agent1
		import c campaign=z
		open agent1 serves=x,z
		open agent2 serves=-
		next agent2 -> no_contacts
		count agent2 -> 0 0 1
		count agent1 -> 0 2 1
		next agent1 -> a
		skip agent1
		next agent1 -> c
		skip agent1
		next agent1 -> no_contacts
		open agent1 serves=y
		next agent1 -> b`)
}

// Finish, not begin: what is dialled may be finished, what is only reserved goes back.
func TestTakenOffACampaign(t *testing.T) {
	play(t, store.DefaultPolicy(), `
		import a campaign=x
		import b campaign=x
		import c campaign=y
		open agent1 serves=x,y
		next agent1 id=r1 -> a
		narrow agent1 serves=y -> ok
		show a -> available
		events 1 -> release agent1 a not_served
		wake agent1 -> Released a not_served
		next agent1 id=r1 -> contact_not_found
		dial agent1 a -> contact_not_found
		assign agent1 a -> the contact cannot be reserved now: not_served
		next agent1 -> c
		open agent2
		next agent2 -> a
		dial agent2 -> ok
		narrow agent2 serves=y -> ok
		show a -> dialled agent2
		held agent2 -> a
		outcome agent2 a code=3 -> ok
		open agent3                             # signs in anew with fewer campaigns
		next agent3 -> b
		open agent3/2 serves=y -> ok
		show b -> available
		skip agent3/2 -> contact_not_found
		open agent4 legacy                      # may have dialled it
		next agent4 -> b
		narrow agent4 serves=y -> ok
		held agent4 -> b
		outcome agent4 b code=0 -> ok`)
}
