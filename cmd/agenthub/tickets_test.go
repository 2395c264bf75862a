package main

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"testing"

	"agenthub/session/identity"
)

// The document of the API is the store's, tickets are the hub's: what the hub
// really answers must stand there.
func TestTicketAnswersAreDescribed(t *testing.T) {
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	h := startHub(t)
	_, text := get(t, h.url+"/api/v1/openapi.json")
	var doc struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct{ Headers, Content map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	described := doc.Paths["/tickets"]["post"].Responses

	ask := func(bearer, host, origin, contentType, body string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/api/v1/tickets", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if host != "" {
			req.Host = host
		}
		for name, value := range map[string]string{"Authorization": bearer, "Origin": origin, "Content-Type": contentType} {
			if value != "" {
				req.Header.Set(name, value)
			}
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		answer, known := described[fmt.Sprint(res.StatusCode)]
		if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); !known || answer.Content[kind] == nil {
			t.Errorf("%d %s is not described", res.StatusCode, kind)
		}
		for _, name := range []string{"Cache-Control", "Retry-After", "WWW-Authenticate"} {
			if sent := res.Header.Get(name) != ""; sent && answer.Headers[name] == nil {
				t.Errorf("%d is described without %s", res.StatusCode, name)
			}
		}
		return res.StatusCode
	}
	const object = "application/json"
	agent := "Bearer " + token(t, as(identity.RoleAgent, "agent1"))
	for _, c := range []struct {
		name, bearer, host, origin, contentType, body string
		status                                        int
	}{
		{"agent", agent, "", h.url, object, `{"instance":"tab"}`, 200},
		{"supervisor", "Bearer " + token(t, as(identity.RoleSupervisor, "boss")), "", "", object, `{"instance":"tab"}`, 200},
		{"campaign manager", "Bearer " + token(t, as(identity.RoleCampaign, "manager")), "", "", "", "", 200},
		{"nobody", "", "", "", object, `{"instance":"tab"}`, 401},
		{"no object", agent, "", "", object, `tab`, 400},
		{"a form", agent, "", "", "text/plain", `{"instance":"tab"}`, 415},
		{"too large", agent, "", "", object, strings.Repeat(" ", 2000), 413},
		{"page of another site", agent, "", "https://evil.example", object, `{"instance":"tab"}`, 403},
		{"rebound name", agent, "evil.example", "", object, `{"instance":"tab"}`, 421},
	} {
		if got := ask(c.bearer, c.host, c.origin, c.contentType, c.body); got != c.status {
			t.Errorf("%s: %d, want %d", c.name, got, c.status)
		}
	}
	for try := 0; ask(agent, "", "", object, `{}`) != http.StatusTooManyRequests; try++ {
		if try == 1000 {
			t.Fatal("a thousand tickets, one after the other")
		}
	}
}
