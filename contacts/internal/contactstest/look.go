package contactstest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/audit"
)

// Command runs a bare command on a key of the tenant, to look or to damage.
func (s *Node) Command(tb testing.TB, command, key string, args ...any) any {
	tb.Helper()
	v, err := s.RDB.Do(tb.Context(), append([]any{command, s.Keys.One(key)}, args...)...).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		tb.Fatalf("%s %s: %v", command, key, err)
	}
	return v
}

// State is where a contact is.
func (s *Node) State(id string) contacts.State {
	s.T.Helper()
	c, err := s.Read.Contact(s.T.Context(), contacts.ID(id))
	if err != nil {
		s.T.Fatalf("Contact(%s): %v", id, err)
	}
	return c.State
}

// Check fails the test if the store is in a state that must never be.
func (s *Node) Check() {
	s.T.Helper()
	problems, err := s.Problems(s.T.Context())
	if err != nil {
		s.T.Fatalf("Check: %v", err)
	}
	for _, p := range problems {
		s.T.Errorf("Check: %s", p)
	}
	if len(problems) > 0 {
		s.T.FailNow()
	}
}

// Problems are what the checks of all rooms find.
func (s *Node) Problems(ctx context.Context) ([]string, error) {
	return audit.Check(ctx, audit.Tenant{Redis: s.hub, Name: s.Tenant, Log: s.Log})
}

// Events returns the types of all events, oldest first, as "type agent contact reason".
func (s *Node) Events() []string {
	s.T.Helper()
	var got []string
	err := s.Past.Walk(s.T.Context(), contacts.Filter{}, time.Time{}, time.Time{}, func(e contacts.Event) error {
		got = append(got, fmt.Sprintf("%s %s %s %s", e.Type, e.Agent, e.ContactID, e.Reason))
		return nil
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return got
}
