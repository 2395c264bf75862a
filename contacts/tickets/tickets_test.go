package tickets_test

import (
	"errors"
	"testing"
	"time"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/contacts/tickets"
	"agenthub/session/identity"
)

// TestTicketIsOfTheStoresTime says when a ticket was issued, whatever the node
// that asked for it took for the time.
func TestTicketIsOfTheStoresTime(t *testing.T) {
	contactstest.ForEach(t, store.Policy{}, func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		office := tickets.New(s.RDB, s.Keys)
		now := func() time.Time {
			t.Helper()
			at, err := s.RDB.Time(t.Context()).Result()
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		before := now()
		asked := identity.Ticket{Origin: "https://desk.example", Instance: "tab1", IssuedAt: time.Now().Add(-time.Hour)}
		ticket, err := office.Issue(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		got, err := office.Redeem(t.Context(), ticket)
		if err != nil {
			t.Fatal(err)
		}
		if got.IssuedAt.Before(before) || got.IssuedAt.After(now()) {
			t.Errorf("issued at %s, want between %s and now", got.IssuedAt, before)
		}
		if got.Origin != asked.Origin || got.Instance != asked.Instance {
			t.Errorf("redeemed %+v, want what was asked for, %+v", got, asked)
		}
		if _, err := office.Redeem(t.Context(), ticket); !errors.Is(err, identity.ErrTicket) {
			t.Errorf("redeemed twice: %v, want %v", err, identity.ErrTicket)
		}
	})
}

// TestSignOutEndsTheTokensFromBefore whatever the clock of their issuer says: who signs in anew is in.
func TestSignOutEndsTheTokensFromBefore(t *testing.T) {
	contactstest.ForEach(t, store.Policy{}, func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		office, start := tickets.New(s.RDB, s.Keys), time.Now().Truncate(time.Millisecond)
		s.At(start)
		token := func(id string, issued time.Duration) identity.Identity {
			return identity.Identity{Agent: "agent1", TokenID: id, IssuedAt: start.Add(issued), Expires: start.Add(time.Hour)}
		}
		expect := func(name string, id identity.Identity, want bool) identity.Identity {
			t.Helper()
			switch revoked, err := office.Revoked(t.Context(), &id); {
			case err != nil:
				t.Fatal(err)
			case revoked != want:
				t.Errorf("%s: revoked %t, want %t", name, revoked, want)
			}
			return id
		}
		right, ahead, behind, old := token("right", 0), token("ahead", 20*time.Second), token("behind", -20*time.Second), token("old", -time.Hour)
		for name, id := range map[string]identity.Identity{"right": right, "ahead": ahead, "behind": behind, "old": old, "without an id": token("", 0)} {
			expect(name, id, false)
		}
		signOut := func(after time.Duration) time.Time {
			t.Helper()
			s.At(start.Add(after))
			if err := s.Store.SignOut(t.Context(), "agent1", "boss"); err != nil {
				t.Fatal(err)
			}
			return start.Add(after)
		}
		first := signOut(time.Second)
		expect("seen before", right, true)
		expect("seen before, of a clock that is ahead", ahead, true)
		expect("seen before, of a clock that is behind", behind, true)
		expect("of long before", old, true)
		expect("of long before, never seen", token("hidden", -31*time.Second), true)
		expect("without an id", token("", 0), true)
		expect("without an id, of after", token("", 2*time.Second), false)
		fresh := token("fresh", 2*time.Second-20*time.Second)
		for _, time := range []string{"first", "second"} {
			if got := expect("fresh, of a clock that is behind, the "+time+" time", fresh, false); !got.IssuedAt.Equal(first) {
				t.Errorf("it counts as issued at %s, want %s, the sign-out", got.IssuedAt, first)
			}
		}
		signOut(3 * time.Second)
		expect("the same after another sign-out", fresh, true)
		expect("right, after another sign-out", right, true)
		expect("a third one", token("third", 4*time.Second-20*time.Second), false)
	})
}
