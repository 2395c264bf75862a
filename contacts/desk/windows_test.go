package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session/identity"
)

// owned loads callbacks of agent1, one number each.
func owned(s *contactstest.Node, campaign string, first, n int) {
	s.T.Helper()
	var rows []contacts.Row
	for i := first; i < first+n; i++ {
		id := fmt.Sprint("o", i)
		rows = append(rows, contacts.Row{
			ID: contacts.ID(id), Campaign: contacts.CampaignID(campaign), Phone: "+1 212 555 0100", E164: fmt.Sprint("+1646", 1_000_000+i),
			AccountNumber: id, CallType: contacts.CallPersonalCallback, PersonalAgent: identity.AgentID("agent1"),
		})
		if len(rows) == 500 || i == first+n-1 {
			if _, err := s.Store.Import(s.T.Context(), rows, nil); err != nil {
				s.T.Fatal(err)
			}
			rows = rows[:0]
		}
	}
}

// Looks are bounded, so that a script is short; what stands behind the bound is
// found all the same. One more than the bound stands before it here.
func TestNothingHidesBehindABound(t *testing.T) {
	for name, test := range map[string]func(t *testing.T, s *contactstest.Node, p *player){
		"257 callbacks of a campaign that is paused, and one of another": func(t *testing.T, s *contactstest.Node, p *player) {
			t.Helper()
			owned(s, "x", 0, 257)
			owned(s, "y", 257, 1)
			p.do("campaign x paused")
			p.do("open agent1")
			expect(t, p, "next agent1", "o257")
		},
		"257 callbacks of a campaign that is not served": func(t *testing.T, s *contactstest.Node, p *player) {
			t.Helper()
			owned(s, "x", 0, 257)
			owned(s, "y", 257, 2)
			p.do("open agent1 serves=y")
			expect(t, p, "count agent1", "2 0 1")
			expect(t, p, "next agent1", "o257")
		},
		"256 callbacks outside their hours, then the pool": func(t *testing.T, s *contactstest.Node, p *player) {
			t.Helper()
			p.do("campaign x hours=16:00-17:00 zone=UTC")
			owned(s, "x", 0, 256)
			p.do("import a campaign=y")
			p.do("open agent1")
			expect(t, p, "next agent1", "a")
		},
		"1001 callbacks that are due": func(t *testing.T, s *contactstest.Node, p *player) {
			t.Helper()
			owned(s, "x", 0, 1000)
			owned(s, "y", 1000, 1)
			p.do("open agent1 serves=y")
			expect(t, p, "count agent1", "1 0 1")
			list, last, err := s.Read.Callbacks(t.Context(), "agent1", time.Time{}, time.Time{}, 1000, 1000)
			if err != nil || !last || len(list) != 1 {
				t.Errorf("behind 1000 callbacks there are %d, %v, %v; want the last one", len(list), last, err)
			}
		},
		"1025 contacts whose person was called": func(t *testing.T, s *contactstest.Node, p *player) {
			t.Helper()
			calledAlready(t, s, p)
			p.do("open agent1 serves=c0")
			expect(t, p, "next agent1", "last")
		},
		"1025 contacts whose person was called, and who gives one from outside": func(t *testing.T, s *contactstest.Node, p *player) {
			t.Helper()
			calledAlready(t, s, p)
			expect(t, p, "assign agent2 campaign=c0", "last")
		},
		"101 missed callbacks behind 100 whose owner is here": func(t *testing.T, s *contactstest.Node, p *player) {
			t.Helper()
			owned(s, "x", 0, 101)
			owned(s, "y", 101, 1)
			p.do("open agent1 serves=x")
			p.After(30 * time.Minute)
			again, err := s.Store.ReapOnce(t.Context(), true)
			if err != nil || !again {
				t.Errorf("ReapOnce says that %v more may be due, %v", again, err)
			}
			p.do("reap")
			expect(t, p, "show o101", "review")
		},
	} {
		t.Run(name, func(t *testing.T) {
			contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
				t.Helper()
				test(t, s, newPlayer(s))
			})
		})
	}
}

func expect(t *testing.T, p *player, line, want string) {
	t.Helper()
	if got := p.do(line); got != want {
		t.Errorf("%s = %q, want %q", line, got, want)
	}
}

// calledAlready stocks c0 with 1025 contacts whose persons were called a minute ago,
// as another campaign's list says, and one behind them.
func calledAlready(t *testing.T, s *contactstest.Node, p *player) {
	t.Helper()
	p.do("campaign c0 gap=1h")
	stock(s, 1025, 1, 0, func(int) string { return "" })
	var rows []contacts.Row
	for i := range 1025 {
		rows = append(rows, contacts.Row{
			ID: contacts.ID(fmt.Sprint("t", i)), Campaign: "z", Phone: "+1 212 555 0100", E164: fmt.Sprint("+1212", 1_000_000+i), AccountNumber: "t",
			AttemptsBefore: []time.Time{s.Now.Add(-time.Minute)},
		})
	}
	for page := range slices.Chunk(rows, 500) {
		if _, err := s.Store.Import(t.Context(), page, nil); err != nil {
			t.Fatal(err)
		}
	}
	p.do("import last campaign=c0 prio=1")
}

// A callback whose record is gone is not counted, and harms no count.
func TestCountPassesALostRecord(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		owned(s, "x", 0, 257)
		s.Command(t, "del", "c:o0")
		s.Command(t, "del", "c:o255") // the last of a look
		p.do("open agent1 serves=x")
		expect(t, p, "count agent1", "255 0 1")
		s.Broken = true
	})
}
