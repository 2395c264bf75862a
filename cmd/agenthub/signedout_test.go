package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"agenthub/session"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// TestSignedOutBySupervisor ends a session on another node within 5 s and
// revokes its tokens.
func TestSignedOutBySupervisor(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	a.load(t, "c", 1)
	header := http.Header{"Authorization": {"Bearer " + token(t, as(identity.RoleAgent, "agent1"))}}
	desk, err := connect(t.Context(), b.url, header, envelope.ProtocolV1)
	if err != nil {
		t.Fatal(err)
	}
	desk.hello(t)
	held := desk.ask(t, "GetContactOD", `{"UserID":"agent1"}`)
	start := time.Now()
	a.call(t, boss, http.MethodDelete, "/api/v1/agents/agent1/session", "", nil)
	// Not 4501, although the contact that is given back wakes the session, too.
	if code := desk.end(t); code != session.CloseSignedOut {
		t.Errorf("closed with %d, want %d", code, session.CloseSignedOut)
	}
	promised(t, "the end of a session that was signed out", time.Since(start), 5*time.Second)
	if got := a.contact(t, held.ContactID); got.State != "available" {
		t.Errorf("the contact is %s, want available", got.State)
	}
	if got := b.upgrade(t, header); got != http.StatusUnauthorized {
		t.Errorf("the revoked token = %d, want 401", got)
	}
	if got, _ := b.http(t, as(identity.RoleAgent, "agent1"), http.MethodPost, "/api/v1/tickets", ""); got == http.StatusOK {
		t.Log("a token of the same second was already newer")
	}
	eventually(t, "a newer token", func() bool {
		return b.upgrade(t, http.Header{"Authorization": {"Bearer " + token(t, as(identity.RoleAgent, "agent1"))}}) == http.StatusSwitchingProtocols
	})
	// The clock of who issues them is twenty seconds behind, or ahead: a token that nobody has seen is of after, and lives.
	// In this order: that a clock is ahead is remembered for an hour.
	for _, clock := range []struct {
		name  string
		wrong time.Duration
	}{{"behind", -20 * time.Second}, {"ahead", 20 * time.Second}} {
		name, wrong := clock.name, clock.wrong
		before, after := tokenWithID(t, name, "before", wrong), tokenWithID(t, name, "after", wrong)
		if got := b.upgrade(t, before); got != http.StatusSwitchingProtocols {
			t.Fatalf("clock %s: %d before the sign-out", name, got)
		}
		a.call(t, boss, http.MethodDelete, "/api/v1/agents/"+name+"/session", "", nil)
		if got := a.upgrade(t, before); got != http.StatusUnauthorized {
			t.Errorf("clock %s: the token from before is answered %d, want 401", name, got)
		}
		fresh, err := connect(t.Context(), b.url, after, envelope.ProtocolV1)
		if err != nil {
			t.Fatalf("clock %s: a fresh token: %v", name, err)
		}
		fresh.hello(t)
		fresh.ask(t, "GetContactOD", `{"UserID":"`+name+`"}`)
		_ = fresh.conn.CloseNow()
	}
}

// tokenWithID is the header with an agent's token that has an id, of an issuer whose clock is wrong.
func tokenWithID(t *testing.T, agent, id string, wrong time.Duration) http.Header {
	t.Helper()
	now := time.Now().Add(wrong)
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": agent, "role": "agent", "jti": agent + id, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}).SignedString([]byte(testSecret))
	if err != nil {
		t.Fatal(err)
	}
	return http.Header{"Authorization": {"Bearer " + text}}
}
