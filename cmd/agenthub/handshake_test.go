package main

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"agenthub/session"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// upgrade tries to open a socket and returns the status it was refused with, or
// 101.
func (n *node) upgrade(t *testing.T, header http.Header, protocols ...string) int {
	t.Helper()
	c, err := connect(t.Context(), n.url, header, protocols...)
	if refused, ok := errors.AsType[*refusedUpgradeError](err); ok {
		return refused.status
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = c.conn.CloseNow()
	return http.StatusSwitchingProtocols
}

// TestSignInIsRefusedBeforeTheUpgrade plays the handshakes that must fail.
func TestSignInIsRefusedBeforeTheUpgrade(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	bearer := func(id identity.Identity) http.Header {
		return http.Header{"Authorization": {"Bearer " + token(t, id)}}
	}
	agent := as(identity.RoleAgent, "hs1")
	signed := func(ttl time.Duration, id identity.Identity, secret string) http.Header {
		text, err := identity.Sign([]byte(secret), id, ttl)
		if err != nil {
			t.Fatal(err)
		}
		return http.Header{"Authorization": {"Bearer " + text}}
	}
	with := func(h http.Header, key, value string) http.Header {
		h.Set(key, value)
		return h
	}
	foreign := agent
	foreign.Tenant = "elsewhere"
	for _, test := range []struct {
		name      string
		header    http.Header
		protocols []string
		want      int
	}{
		{"bearer", bearer(agent), nil, 101},
		{"bearer, agenthub.v1", bearer(agent), []string{"agenthub.v1"}, 101},
		{"bearer, lcm.v1", bearer(agent), []string{"lcm.v1"}, 101},
		{"nothing", nil, nil, 401},
		{"basic", http.Header{"Authorization": {"Basic aHMxOng="}}, nil, 401},
		{"expired", signed(-time.Minute, agent, testSecret), nil, 401},
		{"signed by somebody else", signed(time.Hour, agent, strings.Repeat("x", 40)), nil, 401},
		{"another tenant", bearer(foreign), nil, 401},
		{"a role without a socket", bearer(loader), nil, 403},
		{"no such role", bearer(as("root", "hs1")), nil, 403},
		{"no subject", bearer(as(identity.RoleAgent, "")), nil, 401},
		{"a ticket nobody issued", nil, []string{"agenthub.v1", "agenthub.ticket." + strings.Repeat("A", 43)}, 401},
		{"a ticket that is none", nil, []string{"agenthub.v1", "agenthub.ticket.x"}, 400},
		{"a ticket and nothing to select", nil, []string{"agenthub.ticket." + strings.Repeat("A", 43)}, 400},
		{"own origin", with(bearer(agent), "Origin", n.url), nil, 101},
		{"another site", with(bearer(agent), "Origin", "https://evil.example"), nil, 403},
		{"another scheme", with(bearer(agent), "Origin", strings.Replace(n.url, "http:", "ftp:", 1)), nil, 403},
		{"null origin", with(bearer(agent), "Origin", "null"), nil, 403},
		{"a name that looks like ours", with(bearer(agent), "Origin", n.url+".evil.example"), nil, 403},
		{"another host", with(bearer(agent), "Host", "evil.example"), nil, 421},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := n.upgrade(t, test.header, test.protocols...); got != test.want {
				t.Errorf("status = %d, want %d", got, test.want)
			}
		})
	}
}

// TestTicketIsForOneUpgrade checks what a ticket is bound to.
func TestTicketIsForOneUpgrade(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	agent := as(identity.RoleAgent, "tick1")
	try := func(ticket string, header http.Header) int {
		return n.upgrade(t, header, envelope.ProtocolTicket+ticket, envelope.ProtocolV1)
	}
	ticket := n.ticket(t, agent, "tab-1")
	if got := try(ticket, nil); got != 101 {
		t.Errorf("first use = %d, want 101", got)
	}
	if got := try(ticket, nil); got != 401 {
		t.Errorf("second use = %d, want 401", got)
	}
	ticket = n.ticket(t, agent, "tab-1")
	if got := try(ticket, http.Header{"Origin": {n.url}}); got != 401 {
		t.Errorf("from another origin than asked for = %d, want 401", got)
	}
	if got := try(ticket, nil); got != 401 {
		t.Errorf("after a failed use = %d, want 401", got)
	}
	if got := n.upgrade(t, http.Header{}, envelope.ProtocolV1); got != 401 {
		t.Errorf("no ticket = %d, want 401", got)
	}
}

// TestTokenExpiryEndsTheSocket waits for 4001, and sees RefreshToken prevent it.
func TestTokenExpiryEndsTheSocket(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	short := func(agent string) *client {
		text, err := identity.Sign([]byte(testSecret), as(identity.RoleAgent, agent), 15*time.Second) // there must be time for what comes before
		if err != nil {
			t.Fatal(err)
		}
		c, err := connect(t.Context(), n.url, http.Header{"Authorization": {"Bearer " + text}}, envelope.ProtocolV1)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.conn.CloseNow() })
		c.hello(t)
		return c
	}
	kept, lost := short("exp1"), short("exp2")
	kept.send(t, `{"channel":"HUB","topic":"Session","subtopic":"RefreshToken","data":{"token":"`+token(t, as(identity.RoleAgent, "exp1"))+`"}}`)
	if got := kept.next(t); !strings.Contains(got, `"subtopic":"TokenRefreshed","message":{"expiresAt":"`) {
		t.Fatalf("RefreshToken = %s", got)
	}
	for _, test := range []struct{ name, id string }{{"another subject", "exp3"}, {"more rights", "boss"}} {
		id := as(identity.RoleAgent, test.id)
		if test.id == "boss" {
			id = as(identity.RoleSupervisor, "exp1")
		}
		kept.send(t, `{"channel":"HUB","topic":"Session","subtopic":"RefreshToken","data":{"token":"`+token(t, id)+`"}}`)
		if got := kept.next(t); !strings.Contains(got, `"success":false`) {
			t.Errorf("RefreshToken of %s = %s", test.name, got)
		}
	}
	if code := lost.end(t); code != session.CloseExpired {
		t.Errorf("closed with %d, want %d", code, session.CloseExpired)
	}
	kept.quiet(t)
}

// TestAdminStaysOffThePublicListener looks for what only operators may see.
func TestAdminStaysOffThePublicListener(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	for _, path := range []string{"/metrics", "/debug/pprof/", "/demo/token", "/demo/agents"} {
		response, err := http.Get(n.url + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s on the public listener = %d, want 404", path, response.StatusCode)
		}
	}
	response, err := http.Get(n.admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("/metrics on the admin listener = %d, want 200", response.StatusCode)
	}
}
