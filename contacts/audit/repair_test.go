package audit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"agenthub/contacts/audit"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
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
