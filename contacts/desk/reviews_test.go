package desk_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session/identity"
)

// Many contacts may have begun to wait in one millisecond; a page edge among
// them passes none over and tells none twice.
func TestReviewsArePagedByTimeAndID(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		p.do("campaign x limit=1 avoid=0s")
		p.do("campaign y limit=1 avoid=0s")
		p.do("open agent1")
		review := func(campaign string, n int, id string) {
			t.Helper()
			for i := range n {
				name := fmt.Sprintf(id, i)
				p.do("import " + name + " campaign=" + campaign)
				if got := p.do("next agent1"); got != name {
					t.Fatalf("next = %s, want %s", got, name)
				}
				p.do("skip agent1")
			}
		}
		review("x", 7, "a:%d")
		p.do("after 1ms")
		review("x", 4, "0.%d")
		review("y", 2, "y%d")
		p.do("after 1ms")
		review("x", 1, "last%d")

		pages := func(by identity.Identity, limit int) (ids []string) {
			t.Helper()
			for cursor := ""; ; {
				items, next, err := s.Read.Reviews(t.Context(), by, cursor, limit)
				if err != nil || len(items) > limit {
					t.Fatalf("Reviews(%q, %d) = %d items, %v", cursor, limit, len(items), err)
				}
				for _, r := range items {
					ids = append(ids, string(r.ID))
				}
				if cursor = next; cursor == "" {
					return ids
				}
			}
		}
		all := []string{"a:0", "a:1", "a:2", "a:3", "a:4", "a:5", "a:6", "0.0", "0.1", "0.2", "0.3", "y0", "y1", "last0"}
		for _, limit := range []int{1, 2, 3, 7, 14, 100} {
			if got := pages(identity.Identity{}, limit); !slices.Equal(got, all) {
				t.Errorf("pages of %d: %q, want %q", limit, got, all)
			}
		}
		// Whom few campaigns concern is not sent through pages of others'.
		items, _, err := s.Read.Reviews(t.Context(), identity.Identity{Campaigns: []string{"y"}}, "", 2)
		if err != nil || len(items) != 2 || items[0].ID != "y0" {
			t.Errorf("the first page of a supervisor of y is %v, %v", items, err)
		}
		for _, cursor := range []string{"5", "x.a", "-1.a", "1772463600000"} {
			if _, _, err := s.Read.Reviews(t.Context(), identity.Identity{}, cursor, 10); !errors.Is(err, contacts.ErrCursor) {
				t.Errorf("Reviews(%q) = %v, want ErrCursor", cursor, err)
			}
		}
	})
}
