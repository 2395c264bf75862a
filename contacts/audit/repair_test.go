package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/audit"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session"
)

// Records that are gone hold nobody up: time and fetches go on with the rest, each is
// told, and Repair leaves a tenant with nothing wrong.
func TestLostRecordsHoldNobodyUp(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		const contacts = 40
		s.Stock("spring", contacts)
		one, two, three := s.SignIn("agent1"), s.SignIn("agent2"), s.SignIn("agent3")
		for _, ask := range []func() (any, error){
			func() (any, error) { return s.Ask(one, s.GetContact, "") }, // spring-1 is held,
			func() (any, error) { return s.Ask(two, s.GetContact, "") },
			func() (any, error) { return s.Ask(two, s.Skip, "") }, // and spring-2 scheduled
		} {
			if _, err := ask(); err != nil {
				t.Fatal(err)
			}
		}
		lost := []int{1, 2, 3, 7, 30} // 3 is the first of the pool
		for _, n := range lost {
			if got := s.Command(t, "del", fmt.Sprint("c:spring-", n)); got != int64(1) {
				t.Fatalf("spring-%d is not there: %v", n, got)
			}
		}
		s.After(20 * time.Minute)
		if _, err := s.Store.ReapOnce(t.Context(), true); err != nil {
			t.Fatalf("reap: %v", err)
		}
		if _, err := s.Ask(one, s.GetContact, ""); err != nil {
			t.Errorf("who held a lost one asks: %v", err)
		}
		if _, err := s.Ask(one, s.Skip, ""); err != nil {
			t.Error(err)
		}
		given := 0
		for ; given <= contacts; given++ {
			if _, err := s.Ask(three, s.GetContact, ""); err != nil {
				if contactstest.Code(err) != "no_contacts" {
					t.Errorf("after %d: %v", given, err)
				}
				break
			}
			if _, err := s.Ask(three, s.Skip, ""); err != nil {
				t.Fatal(err)
			}
		}
		if want := contacts - len(lost) - 1; given != want { // agent1's skip waits
			t.Errorf("%d contacts were given, want %d", given, want)
		}
		if _, err := s.Store.ReapOnce(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%d records of contacts are gone", len(lost))
		if notes := strings.Join(s.Store.Notes(), "\n"); !strings.Contains(notes, want) {
			t.Errorf("notes %q, want %q", notes, want)
		}
		problems, err := s.Problems(t.Context())
		if err != nil || !strings.Contains(strings.Join(problems, "\n"), "contact spring-7 has no record any more") {
			t.Errorf("check says %q, %v", problems, err)
		}
		mended, err := audit.Repair(t.Context(), audit.Tenant{Redis: s.RDB, Name: s.Tenant, Log: s.Log})
		if err != nil || len(mended) == 0 {
			t.Errorf("mended %q, %v", mended, err)
		}
		s.Check() // nothing is wrong
	})
}

// A list may bring a contact again before anybody has noticed that its record was lost:
// what was left of it in sets harms nobody.
func TestLostRecordComesAgain(t *testing.T) {
	for name, steps := range map[string][]string{
		"scheduled, then dialled by another": {"skip", "again", "next", "dial", "later"},
		"scheduled, then held":               {"skip", "again", "next", "later"},
		"held, then held by another":         {"again", "next", "later"},
		"in the pool":                        {"pool", "again", "next", "dial", "later"},
	} {
		t.Run(name, func(t *testing.T) {
			contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
				t.Helper()
				s.Stock("spring", 1)
				one, two := s.SignIn("agent1"), s.SignIn("agent2")
				ask := func(c *session.Claim, h session.Handler) {
					t.Helper()
					if _, err := s.Ask(c, h, "{}"); err != nil {
						t.Fatal(err)
					}
				}
				if steps[0] != "pool" {
					ask(one, s.GetContact)
				}
				for _, step := range steps {
					switch step {
					case "skip":
						ask(one, s.Skip)
					case "again":
						s.Command(t, "del", "c:spring-1")
						s.Stock("spring", 1)
					case "next":
						ask(two, s.GetContact)
					case "dial":
						ask(two, s.Dial)
					case "later":
						s.After(20 * time.Minute)
						s.Reap()
					}
				}
				want := contacts.Available
				if slices.Contains(steps, "dial") {
					want = contacts.Dialled
				}
				if got := s.State("spring-1"); got != want {
					t.Errorf("it is %s, want %s", got, want)
				}
				if _, err := audit.Repair(t.Context(), audit.Tenant{Redis: s.RDB, Name: s.Tenant, Log: s.Log}); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
