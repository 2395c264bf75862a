package desk_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/identity"
)

// TestBearerSignsInNow has a bearer, who brings no time of a ticket, sign in beside
// tickets of before and after: by the store's clock, not by that of a node.
func TestBearerSignsInNow(t *testing.T) {
	contactstest.ForEach(t, store.Policy{}, func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		bearer := func(c *session.Claim) { c.Issued = 0 }
		s.SignIn("agent1", bearer)
		late := &session.Claim{
			Identity: identity.Identity{Agent: "agent1", Role: identity.RoleAgent, IssuedAt: s.Now},
			Session:  rand.Text(), Issued: s.Now.Add(-time.Second).UnixMilli(),
		}
		if _, err := s.Open(t.Context(), late); !errors.Is(err, identity.ErrStaleTicket) {
			t.Errorf("a ticket from before the bearer came: %v, want %v", err, identity.ErrStaleTicket)
		}
		s.SignIn("agent1")         // with a ticket of now
		s.SignIn("agent1", bearer) // and the bearer again
	})
}
