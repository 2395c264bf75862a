package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/history"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session/identity"
)

// TestAPIOverTheStore walks one day through the API, on both stores: what the
// store answers is what the document describes (testAPI.call checks it).
func TestAPIOverTheStore(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		api := newTestAPI(t, over(s))
		api.api.Server.Revoked = s.Tickets.Revoked
		call := func(status int, want, token, method, path, contentType, sent string) (string, http.Header) {
			t.Helper()
			got, text, header := api.call(t, token, method, path, contentType, sent)
			if got != status || !strings.Contains(text, want) {
				t.Fatalf("%s %s: %d %s\nwant %d %s", method, path, got, text, status, want)
			}
			return text, header
		}
		const jsonType = "application/json"
		get := func(want, token, path string) string {
			t.Helper()
			text, _ := call(200, want, token, "GET", path, "", "")
			return text
		}

		var rows strings.Builder
		rows.WriteString("contactId,campaignId,phoneNumber,priority\n")
		for i := range 6 {
			fmt.Fprintf(&rows, "s%d,spring,+1 212 555 010%[1]d,%[1]d\n", i)
		}
		rows.WriteString("a0,autumn,+1 212 555 0190,9\n")
		call(200, `"accepted":7,"updated":0,"rejected":[]`, "campaign", "POST", "/contacts", "text/csv", rows.String())
		call(200, `"accepted":0,"updated":7,"rejected":[]`, "campaign", "POST", "/contacts", "text/csv", rows.String())
		get(`"counts":{"available":6}`, "campaign:spring", "/campaigns")
		get(`"state":"available","agent":"","reservedUntil":""`, "campaign", "/contacts/s0")

		for range 2 { // the first beat makes the node known
			_ = s.Beat(t.Context())
		}
		one := s.SignIn("agent1")
		call(200, `"contactId":"s3"`, "campaign", "PUT", "/agents/agent1/reservation", jsonType, `{"contactId":"s3"}`)
		call(409, "another contact", "campaign", "PUT", "/agents/agent1/reservation", jsonType, `{"contactId":"s4"}`)
		call(409, "cannot be reserved", "campaign", "PUT", "/agents/agent2/reservation", jsonType, `{"contactId":"s3"}`)
		call(404, "contact not found", "campaign", "PUT", "/agents/agent2/reservation", jsonType, `{"contactId":"nobody"}`)
		call(200, `"contactId":"s0"`, "campaign", "PUT", "/agents/agent2/reservation", jsonType, `{"campaignId":"spring","holdFor":"5m"}`)
		get(`"state":"reserved","agent":"agent1"`, "campaign", "/contacts/s3")
		call(200, `"rejected":[{"line":2,"error":"contactId: an agent holds it`, "campaign", "POST", "/contacts", "text/csv", rows.String())
		get(`"connected":true,"contactId":"s3"`, "supervisor:spring", "/agents")
		get(`"connected":true,"contactId":"","reservedUntil":""`, "supervisor:autumn", "/agents")
		call(404, "holds no contact", "supervisor:autumn", "DELETE", "/agents/agent1/reservation", "", "")

		call(404, "agent not found", "supervisor:autumn", "DELETE", "/agents/agent2/reservation", "", "")
		call(204, "", "supervisor", "DELETE", "/agents/agent1/reservation", "", "")
		call(404, "holds no contact", "supervisor", "DELETE", "/agents/agent1/reservation", "", "")
		s.Check()

		// Skipped, dialled with an outcome, dialled without one.
		s.After(time.Second)
		skipped := s.Next(one)
		if _, err := s.Ask(one, s.Skip, `{"ContactId":"`+skipped+`","Reason":"other","Note":"=1+1, call 212 555 0199"}`); err != nil {
			t.Fatal(err)
		}
		done := s.Next(one)
		if _, err := s.Ask(one, s.Dial, `{"ContactId":"`+done+`"}`); err != nil {
			t.Fatal(err)
		}
		call(409, "dialled", "supervisor", "DELETE", "/agents/agent1/reservation", "", "")
		if _, err := s.Ask(one, s.SetOutcome, `{"AccountNumber":"`+done+`","OutcomeId":0}`); err != nil {
			t.Fatal(err)
		}
		open := s.Next(one)
		if _, err := s.Ask(one, s.Dial, `{"ContactId":"`+open+`"}`); err != nil {
			t.Fatal(err)
		}
		call(204, "", "supervisor", "DELETE", "/agents/agent1/session", "", "")
		if revoked, err := s.Tickets.Revoked(t.Context(), &identity.Identity{Agent: "agent1", IssuedAt: s.Now.Add(-time.Second)}); err != nil || !revoked {
			t.Fatalf("the token of a signed-out agent: revoked %v, %v", revoked, err)
		}

		get(`"contactId":"`+open+`","campaignId":"spring"`, "supervisor:spring", "/reviews")
		if text := get(`"reviews":[]`, "supervisor:autumn", "/reviews"); strings.Contains(text, open) {
			t.Fatalf("another campaign's review is seen: %s", text)
		}
		call(404, "contact not found", "supervisor:autumn", "POST", "/contacts/"+open+"/review", jsonType, `{"decision":"close"}`)
		call(409, "state", "supervisor", "POST", "/contacts/"+done+"/review", jsonType, `{"decision":"close"}`)
		call(204, "", "supervisor", "POST", "/contacts/"+open+"/review", jsonType, `{"decision":"reopen","note":"asked for it"}`)
		get(`"state":"available"`, "campaign", "/contacts/"+open)
		s.Check()

		// A blocked number closes its contact, and stays out.
		call(200, `"changed":1`, "campaign", "PUT", "/dnc", "text/plain", "(212) 555-0190\n")
		get("+12125550190", "campaign", "/dnc")
		get(`"state":"closed"`, "campaign", "/contacts/a0")
		call(200, "do-not-call list", "campaign", "POST", "/contacts", "text/csv", "contactId,campaignId,phoneNumber\nnew,autumn,+12125550190\n")
		call(200, `"changed":1`, "campaign", "DELETE", "/dnc?reason=mistake", "text/plain", "+1 212 555 0190")

		call(204, "", "campaign", "PUT", "/campaigns/spring", jsonType, `{"state":"paused","maxAttempts24h":5}`)
		get(`{"campaignId":"spring","state":"paused"`, "supervisor:spring", "/campaigns")
		call(404, "no contact", "campaign", "PUT", "/agents/agent3/reservation", jsonType, `{"campaignId":"spring"}`)
		call(422, "did you mean spring?", "campaign", "PUT", "/agents/agent3/reservation", jsonType, `{"campaignId":"spirng"}`)
		call(422, "body.campaignId", "campaign", "PUT", "/agents/agent3/reservation", jsonType, `{"campaignId":"summer\nautumn"}`)
		call(204, "", "campaign", "DELETE", "/contacts/s5", "", "")
		get(`"state":"closed"`, "campaign", "/contacts/s5")

		day := "?from=2020-01-01T00:00:00Z" // events carry the time of the server, not of the test
		get(`"type":"skip"`, "supervisor:spring", "/skips"+day+"&type=skip&reason=other")
		get(`{"events":[],"next":""}`, "supervisor:autumn", "/skips"+day+"&type=skip")
		get(",other,\"'=1+1, call ", "supervisor", "/skips.csv"+day)
		get(`"total":{"skips":1,"ended":4,"rate":0.25}`, "supervisor", "/skips/stats"+day+"&reason=other&type=skip")
		get(`"reasons":[{"reason":"other","skips":1,"ended":4,"rate":0.25}]`, "supervisor", "/skips/stats"+day)
		call(422, "query.cursor", "supervisor", "GET", "/skips?cursor=abc", "", "")
		call(422, "query.cursor", "supervisor", "GET", "/reviews?cursor=abc", "", "")
		call(422, "query.cursor", "campaign", "GET", "/outcomes?cursor=abc", "", "")

		checkPages(t, s, api, day)
		checkResults(t, api, done)
		s.Check()
	})
}

// checkPages reads history one event at a time: nothing twice, nothing left out.
func checkPages(t *testing.T, s *contactstest.Node, api *testAPI, day string) {
	t.Helper()
	all := len(s.Events())
	var last int64
	for cursor, n := "", 0; ; n++ {
		_, text, _ := api.call(t, "supervisor", "GET", "/skips"+day+"&limit=1&cursor="+cursor, "", "")
		var page struct {
			Events []contacts.Event
			Next   string
		}
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			t.Fatal(err)
		}
		if len(page.Events) == 1 {
			if seq := page.Events[0].Seq; n > 0 && seq != last-1 {
				t.Fatalf("seq %d after %d", seq, last)
			}
			last = page.Events[0].Seq
		}
		if cursor = page.Next; cursor == "" {
			break
		}
		if n > all {
			t.Fatalf("more pages than the %d events", all)
		}
	}
	if last != 1 {
		t.Fatalf("the oldest event told has seq %d", last)
	}
}

// checkResults polls as a campaign system does: every result once.
func checkResults(t *testing.T, api *testAPI, done string) {
	t.Helper()
	told := map[string]string{}
	for cursor := ""; ; {
		_, text, header := api.call(t, "campaign", "GET", "/outcomes?limit=1&cursor="+cursor, "", "")
		for line := range strings.Lines(text) {
			var r history.Result
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			if told[r.ID] != "" {
				t.Fatalf("%s told twice", line)
			}
			told[r.ID] = r.Type + " " + r.ContactID + " " + r.Outcome
		}
		cursor = header.Get("Next-Cursor")
		if header.Get("More-Now") == "false" {
			break
		}
	}
	want := map[string]bool{"outcome " + done + " 0": false, "block a0 ": false}
	for _, r := range told {
		if _, ok := want[r]; ok {
			want[r] = true
		}
	}
	for r, ok := range want {
		if !ok {
			t.Errorf("results %v lack %q", told, r)
		}
	}
}
