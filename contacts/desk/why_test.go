package desk_test

import (
	"maps"
	"testing"
	"time"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

// whyStep is a line, and what GET /contacts/{id} of contact a and GET /campaigns say
// after it.
type whyStep struct {
	do    string
	code  string
	rule  string
	due   time.Duration // from now on, 0 for none
	count map[string]int
}

// Why a contact cannot be called is what a fetch or a dial would say, asked before
// somebody has met with it and after; what waits is counted until it waits no more.
func TestWhyNobodyMayCall(t *testing.T) {
	one := func(code string) map[string]int { return map[string]int{code: 1} }
	for name, steps := range map[string][]whyStep{ // it is 15:00 UTC, 09:00 in Chicago
		"outside_hours": {
			{do: "campaign x hours=16:30-21:00 zone=UTC"},
			{"import a campaign=x", "outside_hours", "campaign", 90 * time.Minute, nil},
			{"next agent1", "outside_hours", "campaign", 90 * time.Minute, one("outside_hours")},
			{"import a campaign=x", "outside_hours", "campaign", 90 * time.Minute, one("outside_hours")},
			{do: "after 90m", code: "outside_hours", count: one("outside_hours")}, // until the reaper comes
			{do: "reap"},
		},
		"other hours": {
			{do: "campaign x hours=16:30-21:00 zone=UTC"},
			{"import a campaign=x", "outside_hours", "campaign", 90 * time.Minute, nil},
			{"next agent1", "outside_hours", "campaign", 90 * time.Minute, one("outside_hours")},
			{do: "campaign x hours=15:00-21:00 zone=UTC", code: "outside_hours", due: 90 * time.Minute, count: one("outside_hours")},
			{do: "reap"},
		},
		"no_zone": {
			{do: "campaign x hours=08:00-21:00"},
			{"import a campaign=x", "no_zone", "no_zone", 0, nil},
			{"next agent1", "no_zone", "no_zone", 0, one("no_zone")},
			{"after 1h", "no_zone", "no_zone", 0, one("no_zone")},
			{"reap", "no_zone", "no_zone", 0, one("no_zone")}, // it stays counted, whoever fetches or not
			{do: "import a campaign=x zone=America/Chicago"},
		},
		"no_zone until the campaign has one": {
			{do: "campaign x hours=08:00-21:00"},
			{do: "import a campaign=x", code: "no_zone", rule: "no_zone"},
			{do: "import b campaign=x", code: "no_zone", rule: "no_zone"},
			{"next agent1", "no_zone", "no_zone", 0, map[string]int{"no_zone": 2}},
			{do: "campaign x hours=08:00-21:00 zone=Asia/Tokyo", code: "outside_hours", rule: "campaign", due: 8 * time.Hour, count: map[string]int{"no_zone": 2}},
			{"reap", "outside_hours", "campaign", 8 * time.Hour, map[string]int{"outside_hours": 2}},
			{do: "block +1a", code: "blocked", count: one("outside_hours")},
		},
		"no_zone of a callback": { // its owner has to know
			{do: "campaign x hours=08:00-21:00"},
			{"import a campaign=x owner=agent1", "no_zone", "no_zone", 0, nil},
			{"next agent1", "no_zone", "no_zone", 0, one("no_zone")},
			{"after 1h", "no_zone", "no_zone", 0, one("no_zone")},
			{do: "reap", code: "no_zone", rule: "no_zone"},
			{do: "close agent1", code: "no_zone", rule: "no_zone"},
			{do: "after 31m", code: "no_zone", rule: "no_zone"},
			{do: "reap", code: "callback_missed"},
		},
		"too_many_attempts": {
			{"import a campaign=x tried=-1h,-2h,-3h", "too_many_attempts", "maxAttempts24h", 21 * time.Hour, nil},
			{"next agent1", "too_many_attempts", "maxAttempts24h", 21 * time.Hour, one("too_many_attempts")},
			{"import a campaign=x", "too_many_attempts", "maxAttempts24h", 21 * time.Hour, one("too_many_attempts")},
			{"after 1h", "too_many_attempts", "maxAttempts24h", 20 * time.Hour, one("too_many_attempts")},
			{do: "after 20h", code: "too_many_attempts", count: one("too_many_attempts")},
			{do: "reap"},
		},
		"too_soon": {
			{do: "campaign x gap=2h"},
			{"import a campaign=x tried=-1h", "too_soon", "minGap", time.Hour, nil},
			{"next agent1", "too_soon", "minGap", time.Hour, one("too_soon")},
			{"campaign x", "too_soon", "", time.Hour, one("too_soon")}, // what put it off holds it until then
			{"import a campaign=x at=2h", "scheduled", "", 2 * time.Hour, nil},
		},
		"too_soon, said with the outcome": {
			{do: "campaign x gap=2h"},
			{do: "import a campaign=x"},
			{do: "next agent1"},
			{do: "dial agent1", code: "dialled"},
			{"outcome agent1 a code=8", "too_soon", "minGap", 2 * time.Hour, one("too_soon")},
			{do: "withdraw a", code: "consent"},
		},
		"too_soon, told late once more": {
			{do: "campaign x gap=2h"},
			{do: "import a campaign=x"},
			{do: "next agent1"},
			{do: "outcome agent1 a", code: "wrapup", due: 15 * time.Minute},
			{"outcome agent1 a code=8", "too_soon", "minGap", 2 * time.Hour, one("too_soon")},
			{do: "after 2h", code: "too_soon", count: one("too_soon")},
			{do: "reap"},
		},
		"paused": {
			{do: "campaign x gap=2h"},
			{"import a campaign=x tried=-1h", "too_soon", "minGap", time.Hour, nil},
			{"next agent1", "too_soon", "minGap", time.Hour, one("too_soon")},
			{do: "import b campaign=x", code: "too_soon", rule: "minGap", due: time.Hour, count: one("too_soon")},
			{"campaign x gap=2h paused", "paused", "", time.Hour, map[string]int{"paused": 2}},
			{"campaign x gap=2h", "too_soon", "minGap", time.Hour, one("too_soon")},
		},
		"expired": {
			{do: "import a campaign=x expiry=1h"},
			{do: "after 1h", code: "expired"},
			{do: "reap", code: "expired"},
		},
		"phone_held": {
			{do: "import b campaign=x phone=+1a"},
			{do: "next agent1"},
			{do: "import a campaign=x", code: "phone_held"},
			{do: "takeback agent1"},
		},
		"what is held may be dialled, or not": {
			{do: "campaign x hours=08:00-15:05 zone=UTC"},
			{do: "import a campaign=x"},
			{do: "assign agent1 a"},
			{"after 10m", "outside_hours", "campaign", 16*time.Hour + 50*time.Minute, nil},
			{"campaign x hours=08:00-15:05 zone=UTC paused", "paused", "", 0, nil},
		},
		"skipped": {
			{do: "campaign x limit=2 delay=1m avoid=0s"},
			{do: "import a campaign=x"},
			{do: "next agent1"},
			{do: "skip agent1", code: "scheduled", due: time.Minute},
			{do: "after 1m", code: "scheduled"},
			{do: "reap"},
			{do: "next agent2"},
			{do: "skip agent2", code: "skip_limit"},
			{do: "review a close", code: "review"},
		},
		"blocked": {
			{do: "import a campaign=x"},
			{do: "next agent1"},
			{do: "outcome agent1 a code=5", code: "blocked"},
			{do: "unblock +1a reason=mistake", code: "closed"},
		},
		"done": {
			{do: "import a campaign=x"},
			{do: "next agent1"},
			{do: "outcome agent1 a code=0", code: "closed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
				t.Helper()
				p := newPlayer(s)
				p.do("open agent1")
				p.do("open agent2")
				for _, step := range steps {
					p.do(step.do)
					whyIs(t, s, step)
				}
			})
		})
	}
}

func whyIs(t *testing.T, s *contactstest.Node, want whyStep) {
	t.Helper()
	c, why, err := s.Store.Why(t.Context(), "a")
	if err != nil && want.code+want.rule != "" {
		t.Fatalf("%s: %v", want.do, err)
	}
	due := time.Duration(0)
	if why.Due.After(s.Now) {
		due = why.Due.Sub(s.Now)
	}
	if why.Code != want.code || why.Rule != want.rule || due != want.due {
		t.Fatalf("%s: %s, why %q by %q, due in %v, want %q by %q in %v", want.do, c.State, why.Code, why.Rule, due, want.code, want.rule, want.due)
	}
	if got := waiting(t, s); !maps.Equal(got, want.count) {
		t.Fatalf("%s: %v wait, want %v", want.do, got, want.count)
	}
	s.Check()
}

// waiting are the counts of all campaigns, but for those that say nothing.
func waiting(t *testing.T, s *contactstest.Node) map[string]int {
	t.Helper()
	all, err := s.Read.Campaigns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sum := map[string]int{}
	for _, c := range all {
		for code, n := range c.Why {
			sum[code] += n
		}
	}
	return sum
}

// What an older hub put off has no reason on it: it counts under none, and goes on.
func TestWhatWasPutOffBeforeHasNoReason(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		p.do("open agent1")
		p.do("campaign x gap=2h")
		p.do("import a campaign=x tried=-1h")
		if got := p.do("next agent1"); got != "no_contacts" {
			t.Fatalf("next = %s", got)
		}
		s.Command(t, "hdel", "c:a", "why")
		s.Command(t, "del", "too_soon:x")
		whyIs(t, s, whyStep{"as it was stored", "too_soon", "minGap", time.Hour, nil})
		p.do("import a campaign=x")
		whyIs(t, s, whyStep{"loaded again", "too_soon", "minGap", time.Hour, nil})
		p.do("after 1h")
		whyIs(t, s, whyStep{do: "due", code: "scheduled"})
		p.do("reap")
		if got := p.do("next agent1"); got != "a" {
			t.Fatalf("next = %s, want a", got)
		}
	})
}
