package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	httpapi "agenthub/contacts/api"
	"agenthub/contacts/lists"
	"agenthub/contacts/script"
	"agenthub/session/identity"
)

// The check itself: it must not pass over what the document is silent about.
func TestUndocumentedAnswersAreFound(t *testing.T) {
	api := newTestAPI(t, faked(&fakeStore{}))
	const row = `{"id":"1-0","seq":1,"type":"skip","at":"","agent":"","actor":"","campaign":"","contactId":"","phone":"","reason":"","note":"",` +
		`"heldMs":0,"skips":0,"node":"","outcome":"","attempts":0}`
	const outcomes = "GET " + httpapi.Prefix + "/outcomes"
	lines := http.Header{"Content-Type": {"application/x-ndjson"}, "Next-Cursor": {"1-0"}, "More-Now": {"false"}}
	with := func(name, value string) http.Header {
		h := lines.Clone()
		h.Set(name, value)
		return h
	}
	for _, c := range []struct {
		name, pattern string
		status        int
		header        http.Header
		body, want    string
	}{
		{"all is described", outcomes, 200, lines, row + "\n" + row + "\n", ""},
		{"no row", outcomes, 200, lines, "", ""},
		{"path", "GET " + httpapi.Prefix + "/nothing", 200, lines, "", "path"},
		{"method", "PUT " + httpapi.Prefix + "/outcomes", 200, lines, "", "method"},
		{"status", outcomes, 201, lines, "", "status"},
		{"header", outcomes, 200, with("X-More", "1"), "", "X-More"},
		{"content type", outcomes, 200, with("Content-Type", "text/csv"), row, "text/csv"},
		{"no content type", outcomes, 200, http.Header{}, row, "type"},
		{"a row that is none", outcomes, 200, lines, row + "\n{}\n", "does not describe"},
		{"a row with more", outcomes, 200, lines, `{"number":1,` + row[1:], "does not describe"},
		{"no body", "GET " + httpapi.Prefix + "/campaigns", 200, http.Header{}, "", "without the content"},
	} {
		res := &http.Response{StatusCode: c.status, Header: c.header}
		if got := api.undocumented(c.pattern, res, []byte(c.body)); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLoadNamesWhatItIgnores(t *testing.T) {
	api := newTestAPI(t, faked(&fakeStore{}))
	for _, tt := range []struct{ contentType, in, want string }{
		{"text/csv", "contactId,campaignId,phoneNumber,tz,state,notes,\nc1,spring,+1 212 867 5309,America/Chicago,IL,,\n", `,"mapped":[{"column":"tz","field":"timeZone"},{"column":"state","field":"region"}],"ignored":[{"column":"notes"}]`},
		{"application/x-ndjson", `{"contactId":"c1","campaignId":"spring","phoneNumber":"+1 212 867 5309","zip":60601}`, `,"ignored":[{"column":"zip","meant":"postalCode"}]`},
		{"text/csv", "contactId,campaignId,phoneNumber,\nc1,spring,+1 212 867 5309,\n", ""},
	} {
		want := `{"accepted":1,"updated":0,"rejected":[],"rejectedTotal":0` + tt.want + `}`
		if status, got, _ := api.call(t, "campaign", "POST", "/contacts", tt.contentType, tt.in); status != 200 || got != want {
			t.Errorf("%s: %d %s\nwant %s", tt.in, status, got, want)
		}
	}
}

func TestLoadContacts(t *testing.T) {
	store := &fakeStore{}
	api := newTestAPI(t, faked(store))
	in := `{"contactId":"c1","campaignId":"spring","phoneNumber":"+1 212 867 5309"}
{"contactId":"c2","campaignId":"spring","phoneNumber":"call me"}
{"contactId":"c3","campaignId":"spring","phoneNumber":"+1 212 867 5309","mode":"updated"}
{"contactId":"c4","campaignId":"spring","phoneNumber":"+1 212 867 5309","mode":"blocked"}
{"contactId":"c5","campaignId":"autumn","phoneNumber":"+1 212 867 5309"}
`
	status, got, _ := api.call(t, "campaign:spring", "POST", "/contacts", "application/x-ndjson; charset=utf-8", in)
	want := `{"accepted":1,"updated":1,"rejected":[` +
		`{"line":2,"error":"phoneNumber: only digits, spaces and + ( ) - . / may stand in a number, and an extension after it"},` +
		`{"line":5,"error":"campaignId: is none of yours"},` +
		`{"line":4,"error":"phoneNumber: is on the do-not-call list"}],"rejectedTotal":3,"reasons":{"campaignId: is none of yours":1,"phoneNumber: is on the do-not-call list":1,` +
		`"phoneNumber: only digits, spaces and + ( ) - . / may stand in a number, and an extension after it":1}}`
	if status != 200 || got != want {
		t.Fatalf("%d %s\nwant %s", status, got, want)
	}
	if len(store.rows) != 3 || store.rows[0].E164 != "+12128675309" {
		t.Fatalf("stored %d rows", len(store.rows))
	}

	var many strings.Builder
	many.WriteString("contactId,campaignId,phoneNumber\n")
	for i := range 1700 {
		fmt.Fprintf(&many, "c%d,spring,+1 212 555 %04d\nx,,\n", i, i)
	}
	store.rows = nil
	status, got, _ = api.call(t, "campaign", "POST", "/contacts", "text/csv", many.String())
	var done lists.Loaded
	if err := json.Unmarshal([]byte(got), &done); err != nil || status != 200 {
		t.Fatal(status, got, err)
	}
	if done.Accepted != 1700 || done.RejectedTotal != 1700 || len(done.Rejected) != lists.RejectedMost || len(store.rows) != 1700 {
		t.Fatalf("accepted %d, rejected %d, told %d, stored %d", done.Accepted, done.RejectedTotal, len(done.Rejected), len(store.rows))
	}

	store.rows, store.calls = nil, nil
	twice := `{"contactId":"c1","campaignId":"spring","phoneNumber":"+1 212 555 0100"}` + "\n" + `{"contactId":"c1","campaignId":"spring","phoneNumber":"+1 212 555 0101"}`
	api.call(t, "campaign", "POST", "/contacts", "application/x-ndjson", twice)
	if fmt.Sprint(store.calls) != "[1 1]" || store.rows[1].E164 != "+12125550101" {
		t.Fatalf("one id twice went in calls of %v rows: the last must win", store.calls)
	}

	store.rows, store.importErr = nil, fmt.Errorf("script import: %w", script.ErrUnavailable)
	status, got, _ = api.call(t, "campaign", "POST", "/contacts", "text/csv", many.String())
	if status != 503 || !strings.Contains(got, "stopped after 500 accepted") {
		t.Fatalf("%d %s", status, got)
	}
}

func TestAnswers(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	one := contacts.Contact{
		ID: "c1", Campaign: "spring", State: contacts.Reserved, Agent: "agent1", ReservedUntil: at, Skips: 2, Attempts: 1, LastFour: "0123", Priority: 3,
	}
	store := &fakeStore{
		contact: func(contacts.ID) (contacts.Contact, error) { return one, nil },
		agents: []contacts.AgentInfo{
			{Agent: "agent1", Name: "One", Campaigns: []string{"spring"}, Node: "n1", Since: at, State: "READY", Connected: true, Contact: "c1", Held: "spring", ReservedUntil: at},
			{Agent: "agent3", Campaigns: []string{"spring", "winter"}, Since: at, Connected: true, Contact: "w1", Held: "winter", ReservedUntil: at},
			{Agent: "agent2", Campaigns: []string{"autumn"}, Since: at},
		},
		reviews: []contacts.ReviewItem{{Contact: one, Since: at, Reason: "skip_limit"}, {Contact: contacts.Contact{ID: "c2", Campaign: "autumn"}}},
		events: []contacts.Event{
			{ID: "1-0", Seq: 1, Type: "reserve", At: "2026-03-01T09:29:59.000Z", Agent: "agent1", Campaign: "spring"},
			{ID: "2-0", Seq: 2, Type: "skip", At: "2026-03-01T09:30:01.500Z", Agent: "agent1", Actor: "agent1", Campaign: "spring", ContactID: "c1", Phone: "0123", Reason: "other", Note: "=1+1", HeldMs: 1500, Skips: 1, Node: "n1"},
			{ID: "3-0", Seq: 3, Type: "dial", At: "2026-03-01T09:31:00.000Z", Agent: "agent2", Campaign: "autumn", ContactID: "c2"},
		},
	}
	const contact = `{"contactId":"c1","campaignId":"spring","state":"reserved","agent":"agent1","reservedUntil":"2026-03-01T09:30:00Z","due":"","why":"","rule":"",` +
		`"skips":2,"attempts":1,"phone":"0123","name":"","priority":3,"callType":0,"timeZone":"","expiryTime":"","outcome":""}`
	const skip = `{"id":"2-0","seq":2,"type":"skip","at":"2026-03-01T09:30:01.500Z","agent":"agent1","actor":"agent1","campaign":"spring","contactId":"c1",` +
		`"phone":"0123","reason":"other","note":"=1+1","heldMs":1500,"skips":1,"node":"n1"}`
	tests := []struct {
		name, token, method, path, contentType, body string
		status                                       int
		want, did                                    string
	}{
		{"contact", "campaign:spring", "GET", "/contacts/c1", "", "", 200, contact, ""},
		{"contact with a strange id", "campaign", "GET", "/contacts/5%7C3%2F1", "", "", 200, contact, ""},
		{"withdraw", "campaign", "DELETE", "/contacts/c1", "", "", 204, "", "withdraw c1 campaign1 withdrawn"},
		{"campaigns", "supervisor", "GET", "/campaigns", "", "", 200, `{"campaigns":[{"campaignId":"spring","state":"running","counts":{"available":2,"review":1},"why":{"no_zone":1}},{"campaignId":"autumn","state":"paused","counts":{},"why":{}}]}`, ""},
		{"own campaigns", "campaign:autumn", "GET", "/campaigns", "", "", 200, `{"campaigns":[{"campaignId":"autumn","state":"paused","counts":{},"why":{}}]}`, ""},
		{"rules", "campaign", "PUT", "/campaigns/spring", "application/json", `{"state":"paused","outcomes":[{"id":3,"label":"Busy","effect":"retry","delay":"5m"}],"skipDelay":"0s"}`, 204, "", "put spring"},
		{"rules back", "campaign", "GET", "/campaigns/spring", "", "", 200, `{"state":"paused","callFrom":"08:00","callUntil":"21:00","zoneFrom":"strictest","outcomes":[{"id":"3","label":"Busy","effect":"retry","delay":"5m0s"}],"skipDelay":"0s"}`, ""},
		{"reserve this", "campaign", "PUT", "/agents/a@b.c/reservation", "application/json", `{"contactId":"c1"}`, 200, `{"contactId":"c1","campaignId":"spring","state":"reserved","agent":"a@b.c",`, "assign a@b.c c1  1h0m0s"},
		{"reserve next", "campaign", "PUT", "/agents/agent1/reservation", "application/json", `{"campaignId":"spring","holdFor":"5m"}`, 200, `{"contactId":"c1",`, "assign agent1  spring 5m0s"},
		{"agents", "supervisor:spring", "GET", "/agents", "", "", 200, `{"agents":[{"agent":"agent1","name":"One","node":"n1","since":"2026-03-01T09:30:00Z","state":"READY","connected":true,"contactId":"c1","reservedUntil":"2026-03-01T09:30:00Z"},` +
			`{"agent":"agent3","name":"","node":"","since":"2026-03-01T09:30:00Z","state":"","connected":true,"contactId":"","reservedUntil":""}]}`, ""},
		{"take back of another campaign", "supervisor:spring", "DELETE", "/agents/agent3/reservation", "", "", 404, "", ""},
		{"take back", "supervisor:spring", "DELETE", "/agents/agent1/reservation", "", "", 204, "", "take back agent1 supervisor1"},
		{"sign out", "supervisor", "DELETE", "/agents/agent9/session", "", "", 204, "", "sign out agent9 supervisor1"},
		{"reviews", "supervisor:spring", "GET", "/reviews?cursor=c&limit=7", "", "", 200, `{"reviews":[{"contactId":"c1","campaignId":"spring","since":"2026-03-01T09:30:00Z","reason":"skip_limit","skips":2,"attempts":1,"phone":"0123"}],"next":"n"}`, "reviews c 7"},
		{"decide", "supervisor", "POST", "/contacts/c1/review", "application/json", `{"decision":"reopen","note":"ok"}`, 204, "", "decide c1 reopen ok supervisor1"},
		{"history", "supervisor", "GET", "/skips?limit=2&cursor=x", "", "", 200, `{"events":[{"id":"1-0",`, "history x 2"},
		{"csv", "supervisor", "GET", "/skips.csv", "", "", 200, "\ufeffid,seq,type,at,agent,actor,campaign,contactId,phone,reason,note,heldMs,skips,node\n1-0,1,reserve,2026-03-01T09:29:59.000Z,agent1,,spring,,,,,0,0,\n2-0,2,skip,2026-03-01T09:30:01.500Z,agent1,agent1,spring,c1,0123,other,'=1+1,1500,1,n1\n", ""},
		{"stats", "supervisor", "GET", "/skips/stats?from=2026-03-01T09:00:00Z&to=2026-03-01T10:00:00Z", "", "", 200, `{"from":"2026-03-01T09:00:00Z","to":"2026-03-01T10:00:00Z","total":{"skips":1,"ended":2,"rate":0.5},"perMinute":[{"minute":"2026-03-01T09:30:00Z","skips":1,"ended":1,"rate":1},{"minute":"2026-03-01T09:31:00Z","skips":0,"ended":1,"rate":0}],"agents":[{"agent":"agent1","skips":1,"ended":1,"rate":1},{"agent":"agent2","skips":0,"ended":1,"rate":0}],"campaigns":[{"campaign":"spring","skips":1,"ended":1,"rate":1},{"campaign":"autumn","skips":0,"ended":1,"rate":0}],"reasons":[{"reason":"other","skips":1,"ended":2,"rate":0.5}]}`, ""},
		{"stats by reason", "supervisor", "GET", "/skips/stats?from=2026-03-01T09:00:00Z&to=2026-03-01T10:00:00Z&by=reason", "", "", 200, `{"from":"2026-03-01T09:00:00Z","to":"2026-03-01T10:00:00Z","total":{"skips":1,"ended":2,"rate":0.5},"perMinute":[{"minute":"2026-03-01T09:30:00Z","skips":1,"ended":1,"rate":1,"parts":{"other":1}},{"minute":"2026-03-01T09:31:00Z","skips":0,"ended":1,"rate":0}],"agents":[{"agent":"agent1","skips":1,"ended":1,"rate":1},{"agent":"agent2","skips":0,"ended":1,"rate":0}],"campaigns":[{"campaign":"spring","skips":1,"ended":1,"rate":1},{"campaign":"autumn","skips":0,"ended":1,"rate":0}],"reasons":[{"reason":"other","skips":1,"ended":2,"rate":0.5}]}`, ""},
		{"outcomes of one campaign", "campaign:spring", "GET", "/outcomes?cursor=1-0&limit=9", "", "", 200, strings.TrimSuffix(skip, "}") + `,"outcome":"","attempts":0}`, "outcomes 1-0 9"},
		{"block", "campaign", "PUT", "/dnc", "text/plain", "(212) 555-0123\n\nnobody\n+1 212 555 0124", 200, `{"changed":2,"rejected":[{"line":3,"error":"number: only digits, spaces and + ( ) - . / may stand in a number`, "block +12125550123 +12125550124 campaign1 "},
		{"block the registry's lines", "campaign", "PUT", "/dnc?reason=state+list", "text/plain", "202,5550123\n202,5550124\n", 200, `{"changed":2,"rejected":[],"rejectedTotal":0}`, "block +12025550123 +12025550124 campaign1 state list"},
		{"block what is no number", "campaign", "PUT", "/dnc", "text/plain", "2125550191.0\n202\n02125550303\n", 200, `{"changed":0,"rejected":[{"line":1,"error":"number: has a decimal point`, ""},
		{"unblock", "campaign", "DELETE", "/dnc?reason=consent+of+1+March", "text/plain", "2125550123", 200, `{"changed":1,"rejected":[],"rejectedTotal":0}`, "unblock +12125550123 campaign1 consent of 1 March"},
		{"unblock as JSON", "campaign", "DELETE", "/dnc", "application/json", `{"numbers":["2125550123"],"reason":"was 212 555 0123"}`, 200, `{"changed":1,"rejected":[],"rejectedTotal":0}`, "unblock +12125550123 campaign1 was *** *** ****"},
		{"why blocked", "campaign", "GET", "/dnc?number=(212)+555-0123", "", "", 200, `{"phone":"0123","blocked":true,"layers":[{"layer":"own","since":"2026-03-01T09:30:00Z","actor":"agent1","source":"outcome","reason":"5"}]}`, ""},
		{"not blocked, its plus unescaped", "campaign", "GET", "/dnc?number=+44+20+7183+8750", "", "", 200, `{"phone":"8750","blocked":false,"layers":[]}`, ""},
		{"blocked", "campaign", "GET", "/dnc", "", "", 200, "+12125550123\n+12125550124", ""},
	}
	api := newTestAPI(t, faked(store))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store.did = nil
			status, got, header := api.call(t, tt.token, tt.method, tt.path, tt.contentType, tt.body)
			if status != tt.status || !strings.Contains(got, tt.want) {
				t.Fatalf("%d %s\nwant %d %s", status, got, tt.status, tt.want)
			}
			if did := strings.Join(store.did, "; "); did != tt.did {
				t.Fatalf("did %q, want %q", did, tt.did)
			}
			if strings.HasPrefix(tt.path, "/outcomes") && header.Get("Next-Cursor") != "9-0" {
				t.Fatalf("%s = %q", "Next-Cursor", header.Get("Next-Cursor"))
			}
		})
	}
}

func TestRevokedTokenIsRefused(t *testing.T) {
	api := newTestAPI(t, faked(&fakeStore{}))
	verify := api.api.Server.Verify
	api.api.Server.Verify = func(ctx context.Context, token string) (identity.Identity, error) {
		id, err := verify(ctx, token)
		id.Agent = "revoked1"
		return id, err
	}
	if status, got, _ := api.call(t, "campaign", "GET", "/campaigns", "", ""); status != 401 || !strings.Contains(got, "revoked") {
		t.Fatalf("%d %s", status, got)
	}
}

func TestHistoryIsLimitedToTheTokensCampaigns(t *testing.T) {
	store := &fakeStore{}
	api := newTestAPI(t, faked(store))
	for _, path := range []string{"/skips", "/skips.csv", "/skips/stats"} {
		store.filter = contacts.Filter{}
		if status, got, _ := api.call(t, "supervisor:spring", "GET", path+"?campaign=autumn&agent=a&reason=r&type=skip", "", ""); status != 200 {
			t.Fatal(status, got)
		}
		want := contacts.Filter{Campaign: "autumn", Agent: "a", Reason: "r", Type: "skip", Campaigns: []string{"spring"}}
		if path == "/skips/stats" {
			want.Reason, want.Type = "", "" // a rate needs what else ended
		}
		if got := store.filter; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%s asks for %v, want %v", path, got, want)
		}
	}
}

func TestBrokenStreamDoesNotLookWhole(t *testing.T) {
	store := &fakeStore{walkErr: script.ErrUnavailable, events: []contacts.Event{{ID: "1-0", Type: "skip"}}}
	api := newTestAPI(t, faked(store))
	req, _ := http.NewRequestWithContext(t.Context(), "GET", api.http.URL+httpapi.Prefix+"/skips.csv", nil)
	req.Header.Set("Authorization", "Bearer supervisor")
	res, err := http.DefaultClient.Do(req)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	if err == nil {
		t.Fatal("a history that broke off arrived as a whole one")
	}
}

func TestOpenAPIIsServed(t *testing.T) {
	api := newTestAPI(t, faked(&fakeStore{}))
	status, got, _ := api.call(t, "", "GET", "/openapi.json", "", "")
	var doc struct {
		OpenAPI string
		Servers []struct{ URL string }
		Paths   map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(got), &doc); err != nil || status != 200 {
		t.Fatal(status, err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || len(doc.Servers) != 1 || doc.Servers[0].URL != httpapi.Prefix {
		t.Fatalf("openapi %s, servers %v", doc.OpenAPI, doc.Servers)
	}
	for _, call := range []string{
		"post /contacts", "get /contacts/{id}", "delete /contacts/{id}", "post /contacts/{id}/review", "get /campaigns", "put /campaigns/{id}",
		"put /agents/{agent}/reservation", "delete /agents/{agent}/reservation", "delete /agents/{agent}/session", "get /agents",
		"post /tickets", "get /skips", "get /skips.csv", "get /skips/stats", "get /reviews", "get /outcomes", "put /dnc", "get /dnc", "delete /dnc",
	} {
		method, path, _ := strings.Cut(call, " ")
		if doc.Paths[path][method] == nil {
			t.Errorf("%s is not described", call)
		}
	}
}

// Anybody may ask for a ticket, and is told what can come of it.
func TestTicketsAreDescribed(t *testing.T) {
	op := newTestAPI(t, faked(&fakeStore{})).api.OpenAPI().Paths["/tickets"].Post
	if got := fmt.Sprint(op.Security[0]["bearer"]); got != "[agent supervisor campaign]" {
		t.Errorf("%s may ask", got)
	}
	for _, status := range []int{400, 401, 403, 413, 415, 421, 429, 503} {
		answer := op.Responses[fmt.Sprint(status)]
		if answer == nil || answer.Content["application/problem+json"] == nil {
			t.Errorf("%d is not described", status)
			continue
		}
		name := map[int]string{401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}[status]
		if name != "" && answer.Headers[name] == nil {
			t.Errorf("%d is described without %s", status, name)
		}
	}
}
