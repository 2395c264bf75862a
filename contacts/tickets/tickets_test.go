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
