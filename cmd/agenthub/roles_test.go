package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"agenthub/session/envelope"
)

// TestPersonWithSeveralRoles has a token of 200 groups, two of which are roles.
func TestPersonWithSeveralRoles(t *testing.T) {
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	h := startHub(t, "--role-claim", "access.groups", "--role-map", "agent=contact-agents,supervisor=leads,campaign=CN=loaders")
	signed := func(groups ...string) string {
		for i := range 198 {
			groups = append(groups, fmt.Sprintf("%08x-be56-4843-9ff4-e66a39bb12e3", i))
		}
		text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
			"sub": "jane", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "access": map[string]any{"groups": groups},
		}).SignedString([]byte(testSecret))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	both := signed("contact-agents", "leads")
	call := func(bearer, method, path, body string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, h.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+bearer)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(answer)
	}
	socket := func(ask string) (*client, hello) {
		t.Helper()
		status, body := call(both, http.MethodPost, "/api/v1/tickets", ask)
		var answer struct{ Ticket string }
		if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s", ask, status, body)
		}
		c, err := connect(t.Context(), h.url, nil, envelope.ProtocolV1, envelope.ProtocolTicket+answer.Ticket)
		if err != nil {
			t.Fatalf("%s: %v", ask, err)
		}
		t.Cleanup(func() { _ = c.conn.CloseNow() })
		return c, c.hello(t)
	}
	for ask, role := range map[string]string{"": "agent", `{"instance":"tab"}`: "agent", `{"role":"agent"}`: "agent", `{"role":"supervisor"}`: "supervisor"} {
		c, hello := socket(ask)
		if hello.Role != role {
			t.Errorf("asked with %s: %s, want %s", ask, hello.Role, role)
		}
		c.send(t, `{"channel":"HUB","topic":"Session","subtopic":"RefreshToken","data":{"token":"`+both+`"}}`)
		if got := c.next(t); !strings.Contains(got, `"subtopic":"TokenRefreshed"`) || !strings.Contains(got, "expiresAt") {
			t.Errorf("a new token of several roles for a %s: %s", role, got)
		}
		c.send(t, `{"channel":"HUB","topic":"Session","subtopic":"RefreshToken","data":{"token":"`+signed("CN=loaders")+`"}}`)
		if got := c.next(t); !strings.Contains(got, `"code":"not_allowed"`) {
			t.Errorf("a new token without the role of a %s: %s", role, got)
		}
		_ = c.conn.CloseNow()
	}
	for ask, want := range map[string]int{`{"role":"campaign"}`: 403, `{"role":"root"}`: 400, `{"role":5}`: 400} {
		if status, body := call(both, http.MethodPost, "/api/v1/tickets", ask); status != want {
			t.Errorf("%s: %d %s, want %d", ask, status, body, want)
		}
	}
	if status, _ := call(both, http.MethodGet, "/api/v1/agents", ""); status != http.StatusOK {
		t.Errorf("a supervisor's call: %d", status)
	}
	if status, _ := call(both, http.MethodGet, "/api/v1/rules", ""); status != http.StatusForbidden {
		t.Errorf("a campaign manager's call: %d, want 403", status)
	}
	if status, _ := call(signed("CN=loaders"), http.MethodGet, "/api/v1/rules", ""); status != http.StatusOK {
		t.Errorf("a campaign manager's call by one: %d", status)
	}
	if status, _ := call(signed("agent"), http.MethodPost, "/api/v1/tickets", ""); status != http.StatusForbidden {
		t.Errorf("a role's own name, which stands for none: %d, want 403", status)
	}
}
