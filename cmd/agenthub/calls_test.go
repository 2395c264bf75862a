package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"agenthub/session/identity"
)

func (n *node) ticket(t *testing.T, id identity.Identity, instance string) string {
	t.Helper()
	var answer struct{ Ticket string }
	n.call(t, id, http.MethodPost, "/api/v1/tickets", `{"instance":"`+instance+`"}`, &answer)
	return answer.Ticket
}

// page is the header of a browser's page behind a proxy, nothing of a program's.
func (n *node) page() http.Header {
	if n.by == nil {
		return nil
	}
	return http.Header{"Origin": {n.url}}
}

// http makes one call of the API.
func (n *node) http(t *testing.T, id identity.Identity, method, path, body string) (status int, answer string) {
	t.Helper()
	status, answer, err := n.request(t.Context(), token(t, id), method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

func (n *node) request(ctx context.Context, token, method, path, body string) (status int, answer string, err error) {
	kind := "application/json"
	switch path {
	case "/api/v1/contacts":
		kind = "application/x-ndjson"
	case "/api/v1/dnc":
		kind = "text/plain"
	}
	request, err := http.NewRequestWithContext(ctx, method, n.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", kind)
	maps.Copy(request.Header, n.page())
	by := n.by
	if by == nil {
		by = http.DefaultClient
	}
	response, err := by.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// call is http for what must succeed; the answer is decoded into out unless nil.
func (n *node) call(t *testing.T, id identity.Identity, method, path, body string, out any) {
	t.Helper()
	status, answer := n.http(t, id, method, path, body)
	if status/100 != 2 {
		t.Fatalf("%s %s = %d %s", method, path, status, answer)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal([]byte(answer), out); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
}

var (
	loader = as(identity.RoleCampaign, "loader")
	boss   = as(identity.RoleSupervisor, "supervisor")
)

// load imports the contacts of a campaign that has none, named campaign-1 and so
// on. A row that the hub tried again, because its first answer was lost, counts as
// updated; so does what an earlier try left there, after a store that was away.
// What counts is that all are there, each once.
func (n *node) load(t *testing.T, campaign string, count int) {
	t.Helper()
	var rows strings.Builder
	for i := range count {
		fmt.Fprintf(&rows, `{"contactId":"%s-%d","campaignId":"%[1]s","phoneNumber":"+1 %[3]d-555-%04[4]d"}`+"\n", campaign, i+1, 201+i/10_000, i%10_000)
	}
	var answer string
	eventually(t, "contacts are loaded", func() bool {
		status, text := n.http(t, loader, http.MethodPost, "/api/v1/contacts", rows.String())
		if status != http.StatusOK && status != http.StatusServiceUnavailable {
			t.Fatalf("load = %d %s", status, text)
		}
		answer = text
		return status == http.StatusOK
	})
	var loaded struct{ Accepted, Updated int }
	if err := json.Unmarshal([]byte(answer), &loaded); err != nil || loaded.Accepted+loaded.Updated != count {
		t.Fatalf("%d of %d contacts were accepted, %d updated: %v %.300s", loaded.Accepted, count, loaded.Updated, err, answer)
	}
	if counts := n.campaign(t, campaign); counts["available"] != count || sum(counts) != count {
		t.Fatalf("%d contacts are loaded, and there are %v", count, counts)
	}
}

// campaign counts its contacts by state.
func (n *node) campaign(t *testing.T, id string) map[string]int {
	t.Helper()
	var list struct {
		Campaigns []struct {
			CampaignID string `json:"campaignId"`
			Counts     map[string]int
		}
	}
	n.call(t, loader, http.MethodGet, "/api/v1/campaigns", "", &list)
	for _, c := range list.Campaigns {
		if c.CampaignID == id {
			return c.Counts
		}
	}
	t.Fatalf("no campaign %s among %v", id, list.Campaigns)
	return nil
}

func sum(counts map[string]int) (total int) {
	for _, n := range counts {
		total += n
	}
	return total
}

type contactState struct{ State, Agent string }

func (n *node) contact(t *testing.T, id string) (c contactState) {
	t.Helper()
	n.call(t, loader, http.MethodGet, "/api/v1/contacts/"+id, "", &c)
	return c
}
