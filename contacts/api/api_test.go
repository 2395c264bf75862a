package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"agenthub/contacts"
	httpapi "agenthub/contacts/api"
	"agenthub/contacts/feed"
	"agenthub/contacts/history"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/lists"
	"agenthub/contacts/script"
	"agenthub/session/identity"
)

// fakeStore answers what the test says and notes what it was asked to do.
type fakeStore struct {
	alerts    []feed.Alert
	rows      []contacts.Row
	calls     []int // rows of each Import
	importErr error
	contact   func(contacts.ID) (contacts.Contact, error)
	did       []string
	rules     contacts.Rules
	agents    []contacts.AgentInfo
	reviews   []contacts.ReviewItem
	events    []contacts.Event
	filter    contacts.Filter
	walkErr   error
	assigned  identity.AgentID
	err       error
}

func (f *fakeStore) Import(_ context.Context, rows []contacts.Row, _ []string) ([]contacts.ImportResult, error) {
	if f.importErr != nil && len(f.rows) > 0 {
		return nil, f.importErr
	}
	f.rows, f.calls = append(f.rows, rows...), append(f.calls, len(rows))
	results := make([]contacts.ImportResult, len(rows))
	for i, r := range rows {
		results[i] = contacts.ImportAccepted
		if r.Mode != "" {
			results[i] = contacts.ImportResult(r.Mode)
		}
	}
	return results, nil
}

func (f *fakeStore) Contact(_ context.Context, id contacts.ID) (contacts.Contact, error) {
	if agent := f.assigned; agent != "" { // what Assign gave, told once
		f.assigned = ""
		return contacts.Contact{ID: "c1", Campaign: "spring", State: contacts.Reserved, Agent: agent, LastFour: "0123"}, nil
	}
	return f.contact(id)
}

func (f *fakeStore) Why(ctx context.Context, id contacts.ID) (contacts.Contact, contacts.Why, error) {
	c, err := f.Contact(ctx, id)
	return c, contacts.Why{}, err
}

func (f *fakeStore) note(format string, args ...any) error {
	f.did = append(f.did, fmt.Sprintf(format, args...))
	return f.err
}

func (f *fakeStore) Withdraw(_ context.Context, id contacts.ID, actor, reason string) error {
	return f.note("withdraw %s %s %s", id, actor, reason)
}

func (f *fakeStore) Campaigns(context.Context) ([]contacts.CampaignCounts, error) {
	return []contacts.CampaignCounts{
		{Campaign: "spring", State: contacts.CampaignRunning, Counts: map[contacts.State]int{contacts.Available: 2, contacts.Review: 1}, Why: map[string]int{"no_zone": 1}},
		{Campaign: "autumn", State: contacts.CampaignPaused, Counts: map[contacts.State]int{}, Why: map[string]int{}},
	}, f.err
}

func (f *fakeStore) PutCampaign(_ context.Context, id contacts.CampaignID, r contacts.Rules, _ []string) (string, error) {
	f.rules = r
	return "1", f.note("put %s", id)
}

func (f *fakeStore) CampaignVersion(context.Context, contacts.CampaignID) (contacts.Rules, string, error) {
	return f.rules, "0", f.err
}

func (f *fakeStore) ForgetRules(contacts.CampaignID) {}

func (f *fakeStore) NearCampaign(context.Context, contacts.CampaignID, []string) (contacts.CampaignID, error) {
	return "", f.err
}

func (f *fakeStore) Assign(_ context.Context, agent identity.AgentID, id contacts.ID, campaign contacts.CampaignID, holdFor time.Duration, _ string) (contacts.ID, error) {
	f.assigned = agent
	return "c1", f.note("assign %s %s %s %s", agent, id, campaign, holdFor)
}

func (f *fakeStore) TakeBack(_ context.Context, agent identity.AgentID, actor string) error {
	return f.note("take back %s %s", agent, actor)
}

func (f *fakeStore) SignOut(_ context.Context, agent identity.AgentID, actor string) error {
	return f.note("sign out %s %s", agent, actor)
}

func (f *fakeStore) Agents(context.Context) ([]contacts.AgentInfo, error) { return f.agents, f.err }

func (f *fakeStore) Agent(_ context.Context, agent identity.AgentID) (contacts.AgentInfo, error) {
	i := slices.IndexFunc(f.agents, func(g contacts.AgentInfo) bool { return g.Agent == agent })
	if i < 0 {
		return contacts.AgentInfo{}, contacts.ErrNotFound
	}
	return f.agents[i], f.err
}

func (f *fakeStore) Reviews(_ context.Context, by identity.Identity, cursor string, limit int) ([]contacts.ReviewItem, string, error) {
	seen := slices.DeleteFunc(slices.Clone(f.reviews), func(r contacts.ReviewItem) bool { return !by.Serves(string(r.Campaign)) })
	return seen, "n", f.note("reviews %s %d", cursor, limit)
}

func (f *fakeStore) Decide(_ context.Context, id contacts.ID, decision, note, actor string) error {
	return f.note("decide %s %s %s %s", id, decision, note, actor)
}

func (f *fakeStore) History(_ context.Context, q contacts.Filter, _, _ time.Time, cursor string, limit int) ([]contacts.Event, string, error) {
	f.filter = q
	return f.events, "", f.note("history %s %d", cursor, limit)
}

func (f *fakeStore) Walk(_ context.Context, q contacts.Filter, _, _ time.Time, visit func(contacts.Event) error) error {
	f.filter = q
	for _, e := range f.events {
		if !q.Match(&e) {
			continue
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	return f.walkErr
}

func (f *fakeStore) Rates(ctx context.Context, s history.Span) (history.Rates, error) {
	return history.CountRates(ctx, f, s)
}

func (f *fakeStore) Outcomes(_ context.Context, cursor string, limit int) ([]history.Result, string, bool, error) {
	results := make([]history.Result, len(f.events))
	for i, e := range f.events {
		results[i].Event = e
	}
	return results, "9-0", true, f.note("outcomes %s %d", cursor, limit)
}

func (f *fakeStore) Alerts(context.Context) ([]feed.Alert, error) { return f.alerts, f.err }

func (f *fakeStore) Ack(_ context.Context, id, actor, note string) (feed.Alert, error) {
	return f.alerts[0], f.note("ack %s %s %s", id, actor, note)
}

func (f *fakeStore) Block(_ context.Context, e164s []string, actor, reason string) (int, error) {
	return len(e164s), f.note("block %s %s %s", strings.Join(e164s, " "), actor, reason)
}

func (f *fakeStore) PutPack(_ context.Context, name string, _ []byte) error {
	return f.note("pack %s", name)
}

func (f *fakeStore) DeletePack(_ context.Context, name string) error {
	return f.note("no pack %s", name)
}

func (f *fakeStore) Packs(context.Context) (map[string]string, error) {
	return map[string]string{"p": `{"pack":"p","seen":"2026-11-28"}`}, f.err
}

func (f *fakeStore) Unblock(_ context.Context, e164s []string, actor, reason string) (int, error) {
	return len(e164s), f.note("unblock %s %s %s", strings.Join(e164s, " "), actor, reason)
}

func (f *fakeStore) Blocks(_ context.Context, e164 string) ([]contacts.Block, error) {
	if e164 != "+12125550123" {
		return nil, f.err
	}
	return []contacts.Block{{
		Layer: contacts.LayerOwn, Since: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), Actor: "agent1", Source: "outcome", Reason: "5",
	}}, f.err
}

func (f *fakeStore) Blocked(_ context.Context, visit func(string) error) error {
	return errors.Join(visit("+12125550123"), visit("+12125550124"))
}

// testAPI is a running API and what it logs. The token is "role" or
// "role:campaign".
type testAPI struct {
	api  *httpapi.API
	http *httptest.Server
	log  *observer.ObservedLogs

	ifMatch string // of the next calls
}

// faked is an API over what the test says.
func faked(f *fakeStore) httpapi.Options {
	return httpapi.Options{Store: f, Read: f, Past: f, Alerts: f, Laws: f, Zones: contactstest.Zones()}
}

// over is an API over all rooms of a node.
func over(s *contactstest.Node) httpapi.Options {
	return httpapi.Options{Store: s.Store, Read: s.Read, Past: s.Past, Alerts: s.Feed, Laws: s.Store, Zones: contactstest.Zones()}
}

func newTestAPI(tb testing.TB, o httpapi.Options) *testAPI {
	tb.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	o.Region, o.Log = "US", zap.New(core)
	o.Verify = func(_ context.Context, token string) (identity.Identity, error) {
		role, campaign, limited := strings.Cut(token, ":")
		id := identity.Identity{Agent: identity.AgentID(role + "1"), Role: identity.Role(role)}
		if limited {
			id.Campaigns = []string{campaign}
		}
		switch role {
		case "bad":
			return id, errors.New("bad token")
		case "unknown":
			return id, fmt.Errorf("verify: %w", identity.ErrKeys)
		}
		return id, nil
	}
	o.Revoked = func(_ context.Context, subject identity.AgentID, _ time.Time) (bool, error) {
		return subject == "revoked1", nil
	}
	api := httpapi.New(o)
	server := httptest.NewServer(api)
	tb.Cleanup(server.Close)
	return &testAPI{api: api, http: server, log: logs}
}

// call makes one call and checks the answer against the OpenAPI document.
func (a *testAPI) call(t *testing.T, token, method, path, contentType, sent string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, a.http.URL+httpapi.Prefix+path, strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if a.ifMatch != "" {
		req.Header.Set("If-Match", a.ifMatch)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a.checkDocumented(t, req, res, got)
	return res.StatusCode, strings.TrimSpace(string(got)), res.Header
}

// checkDocumented fails if the document does not describe this very answer.
func (a *testAPI) checkDocumented(t *testing.T, req *http.Request, res *http.Response, got []byte) {
	t.Helper()
	_, pattern := a.api.Mux.Handler(req)
	if pattern == "" || pattern == "GET "+httpapi.Prefix+"/openapi.json" {
		return // no call, or the document itself
	}
	if problem := a.undocumented(pattern, res, got); problem != "" {
		t.Fatalf("%s answers %d %s, %s", pattern, res.StatusCode, got, problem)
	}
}

// undocumented says what of an answer the document does not describe, "" if it
// describes all of it.
func (a *testAPI) undocumented(pattern string, res *http.Response, got []byte) string {
	method, path, _ := strings.Cut(pattern, " ")
	item := a.api.OpenAPI().Paths[strings.TrimPrefix(path, httpapi.Prefix)]
	if item == nil {
		return "whose path the document does not know"
	}
	op := map[string]*huma.Operation{"GET": item.Get, "PUT": item.Put, "PATCH": item.Patch, "POST": item.Post, "DELETE": item.Delete}[method]
	if op == nil {
		return "whose method the document does not know"
	}
	documented := op.Responses[fmt.Sprint(res.StatusCode)]
	if documented == nil {
		documented = op.Responses["default"]
	}
	if documented == nil {
		return "whose status the document does not know"
	}
	known := map[string]bool{"Content-Type": true, "Content-Length": true, "Date": true} // of every answer
	for name := range documented.Headers {
		known[http.CanonicalHeaderKey(name)] = true
	}
	for name := range res.Header {
		if !known[name] {
			return "whose header " + name + " the document does not know"
		}
	}
	sent := res.Header.Get("Content-Type")
	if sent == "" && len(got) == 0 {
		if len(documented.Content) > 0 {
			return "without the content of the document"
		}
		return ""
	}
	kind, _, _ := mime.ParseMediaType(sent)
	media := documented.Content[kind]
	if media == nil || media.Schema == nil {
		return "whose type " + sent + " the document does not know"
	}
	return a.unlike(media.Schema, kind, got)
}

// unlike says why a body is not as the schema says.
func (a *testAPI) unlike(schema *huma.Schema, kind string, got []byte) string {
	values := []any{string(got)}
	switch {
	case kind == "application/x-ndjson":
		values = nil
		for line := range strings.Lines(string(got)) {
			var value any
			if err := json.Unmarshal([]byte(line), &value); err != nil {
				return err.Error()
			}
			values = append(values, value)
		}
	case strings.HasSuffix(kind, "json"):
		if err := json.Unmarshal(got, &values[0]); err != nil {
			return err.Error()
		}
	}
	for _, value := range values {
		var result huma.ValidateResult
		huma.Validate(a.api.OpenAPI().Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, &result)
		if len(result.Errors) > 0 {
			return fmt.Sprintf("which the document does not describe: %v", result.Errors)
		}
	}
	return ""
}

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
		{"text/csv", "contactId,campaignId,phoneNumber,tz,state,notes,\nc1,spring,+1 212 867 5309,America/Chicago,IL,,\n", `,"ignored":[{"column":"tz","meant":"timeZone"},{"column":"state","meant":"region"},{"column":"notes"}]`},
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
		`{"line":4,"error":"phoneNumber: is on the do-not-call list"}],"rejectedTotal":3}`
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

func TestRefusals(t *testing.T) {
	spring := func(id contacts.ID) (contacts.Contact, error) {
		if id != "c1" {
			return contacts.Contact{}, contacts.ErrNotFound
		}
		return contacts.Contact{ID: id, Campaign: "spring", State: contacts.Available}, nil
	}
	tests := []struct {
		name, token, method, path, contentType, body string
		err                                          error
		status                                       int
		want                                         string
	}{
		{"no token", "", "GET", "/campaigns", "", "", nil, 401, "needs a bearer token"},
		{"bad token", "bad", "GET", "/campaigns", "", "", nil, 401, "not valid"},
		{"token that cannot be checked", "unknown", "GET", "/campaigns", "", "", nil, 503, "try again"},
		{"agent", "agent", "GET", "/campaigns", "", "", nil, 403, "role"},
		{"agent reads agents", "agent", "GET", "/agents", "", "", nil, 403, "role"},
		{"campaign reads agents", "campaign", "GET", "/agents", "", "", nil, 403, "role"},
		{"supervisor loads", "supervisor", "POST", "/contacts", "text/csv", "", nil, 403, "role"},
		{"unknown path", "campaign", "GET", "/nothing", "", "", nil, 404, "nothing at this path"},
		{"unknown method", "campaign", "PATCH", "/campaigns", "", "", nil, 405, "does not know the method"},
		{"unknown query", "supervisor", "GET", "/skips?phone=1", "", "", nil, 422, "unknown query parameter"},
		{"type of no event", "supervisor", "GET", "/skips?type=phone", "", "", nil, 422, "query.type"},
		{"from after to", "supervisor", "GET", "/skips?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "", "", nil, 422, "query.from"},
		{"from is no time", "supervisor", "GET", "/skips.csv?from=yesterday", "", "", nil, 422, "query.from"},
		{"cursor", "supervisor", "GET", "/skips?cursor=abc", "", "", contacts.ErrCursor, 422, "query.cursor"},
		{"results are gone", "campaign", "GET", "/outcomes?cursor=1-0.1", "", "", contacts.ErrGone, 410, "begin again"},
		{"limit", "supervisor", "GET", "/skips?limit=100000", "", "", nil, 422, "query.limit"},
		{"not CSV, not NDJSON", "campaign", "POST", "/contacts", "application/json", "{}", nil, 415, "text/csv"},
		{"CSV without a header", "campaign", "POST", "/contacts", "text/csv", "c1,spring,12128675309\n", nil, 400, "missing: contactId, campaignId, phoneNumber"},
		{"no such contact", "campaign", "GET", "/contacts/c2", "", "", nil, 404, "contact not found"},
		{"contact of another campaign", "campaign:autumn", "GET", "/contacts/c1", "", "", nil, 404, "contact not found"},
		{"withdraw of another campaign", "campaign:autumn", "DELETE", "/contacts/c1", "", "", nil, 404, "contact not found"},
		{"rules of another campaign", "campaign:autumn", "PUT", "/campaigns/spring", "application/json", "{}", nil, 404, "campaign not found"},
		{"rules by field", "campaign", "PUT", "/campaigns/spring", "application/json", `{"callFrom":"21:00","callUntil":"08:00"}`, nil, 422, "body.callUntil"},
		{"rules with an unknown field", "campaign", "PUT", "/campaigns/spring", "application/json", `{"phone":"2128675309"}`, nil, 422, "body.phone"},
		{"rules of a wrong type", "campaign", "PUT", "/campaigns/spring", "application/json", `{"skipLimit":"2128675309"}`, nil, 422, "body.skipLimit"},
		{"rules that are no JSON", "campaign", "PUT", "/campaigns/spring", "application/json", `{"2128675309`, nil, 400, "body"},
		{"duration", "campaign", "PUT", "/campaigns/spring", "application/json", `{"skipDelay":"2128675309"}`, nil, 422, `a duration like 90s, 15m or 24h","location":"body.skipDelay`},
		{"duration of an outcome", "campaign", "PUT", "/campaigns/spring", "application/json", `{"outcomes":[{"id":1,"label":"x","effect":"retry","delay":"soon"}]}`, nil, 422, "body.outcomes[0].delay"},
		{"both", "campaign", "PUT", "/agents/a/reservation", "application/json", `{"contactId":"c1","campaignId":"spring"}`, nil, 422, "either"},
		{"neither", "campaign", "PUT", "/agents/a/reservation", "application/json", `{}`, nil, 422, "either"},
		{"hold for ever", "campaign", "PUT", "/agents/a/reservation", "application/json", `{"contactId":"c1","holdFor":"9999h"}`, nil, 422, "body.holdFor"},
		{"hold for no time", "campaign", "PUT", "/agents/a/reservation", "application/json", `{"contactId":"c1","holdFor":"5"}`, nil, 422, "body.holdFor"},
		{"note too long", "supervisor", "POST", "/contacts/c1/review", "application/json", `{"decision":"close"}`, contacts.FieldError{Field: "note", Problem: "must have at most 2000 bytes"}, 422, "2000 bytes"},
		{"for an agent with a separator", "campaign", "PUT", "/agents/a%1Fb/reservation", "application/json", `{"contactId":"c1"}`, nil, 422, "path.agent"},
		{"sign out with a line break", "supervisor", "DELETE", "/agents/a%0Ab/session", "", "", nil, 422, "path.agent"},
		{"nothing to reserve", "campaign", "PUT", "/agents/a/reservation", "application/json", `{"campaignId":"spring"}`, contacts.ErrNoContacts, 404, "no contact"},
		{"campaign with a line break", "campaign", "PUT", "/agents/a/reservation", "application/json", `{"campaignId":"spring\nautumn"}`, nil, 422, "body.campaignId"},
		{"unknown campaign", "campaign", "PUT", "/agents/a/reservation", "application/json", `{"campaignId":"spirng"}`, contacts.ErrNoCampaign, 422, `unknown campaign; make it first, by PUT /campaigns/{id}","location":"body.campaignId`},
		{"busy", "campaign", "PUT", "/agents/a/reservation", "application/json", `{"contactId":"c1"}`, contacts.ErrAgentBusy, 409, "another contact"},
		{"taken", "campaign", "PUT", "/agents/a/reservation", "application/json", `{"contactId":"c1"}`, &contacts.TakenError{Why: "outside_hours", Until: time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)}, 409, "cannot be reserved now: outside_hours until 2026-03-02T13:00:00Z"},
		{"blocked", "campaign", "PUT", "/agents/a/reservation", "application/json", `{"contactId":"c1"}`, contacts.ErrBlocked, 409, "do-not-call"},
		{"outside hours", "campaign", "PUT", "/agents/a/reservation", "application/json", `{"contactId":"c1"}`, &contacts.HoursError{Opens: time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)}, 409, "from 2026-03-02T13:00:00Z"},
		{"dialled", "supervisor", "DELETE", "/agents/a/reservation", "", "", contacts.ErrDialled, 409, "dialled"},
		{"holds nothing", "supervisor", "DELETE", "/agents/a/reservation", "", "", contacts.ErrNotHeld, 404, "holds no contact"},
		{"unseen agent", "supervisor:spring", "DELETE", "/agents/a/session", "", "", nil, 404, "agent not found"},
		{"undecided", "supervisor", "POST", "/contacts/c1/review", "application/json", `{"decision":"maybe"}`, nil, 422, "body.decision"},
		{"not in review", "supervisor", "POST", "/contacts/c1/review", "application/json", `{"decision":"close"}`, contacts.ErrState, 409, "state"},
		{"store away", "supervisor", "GET", "/agents", "", "", script.ErrUnavailable, 503, "try again"},
		{"outcome unknown", "supervisor", "DELETE", "/agents/a/session", "", "", script.ErrPending, 503, "may or may not"},
		{"revoked", "revoked", "GET", "/campaigns", "", "", nil, 403, "role"},
		{"list for all by a token for some", "campaign:spring", "PUT", "/dnc", "text/plain", "2128675309", nil, 403, "all campaigns"},
		{"list read by a token for some", "campaign:spring", "GET", "/dnc", "", "", nil, 403, "all campaigns"},
		{"unblock without a reason", "campaign", "DELETE", "/dnc", "text/plain", "2128675309", nil, 422, "reason"},
		{"unblock without a reason, as JSON", "campaign", "DELETE", "/dnc", "application/json", `{"numbers":["2128675309"]}`, nil, 422, "reason"},
		{"unblock with a long reason", "campaign", "DELETE", "/dnc?reason=" + strings.Repeat("x", 201), "text/plain", "2128675309", nil, 422, "reason"},
		{"unblock by a token for some", "campaign:spring", "DELETE", "/dnc?reason=r", "text/plain", "2128675309", nil, 403, "all campaigns"},
		{"unblock with broken JSON", "campaign", "DELETE", "/dnc", "application/json", `{"numbers":"2128675309"}`, nil, 400, "numbers"},
		{"why blocked by a token for some", "campaign:spring", "GET", "/dnc?number=2128675309", "", "", nil, 403, "all campaigns"},
		{"why blocked of no number", "campaign", "GET", "/dnc?number=8675309", "", "", nil, 422, "area code"},
		{"list as JSON", "campaign", "PUT", "/dnc", "application/json", `["2128675309"]`, nil, 415, "text/plain"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &fakeStore{contact: spring, err: tt.err, agents: []contacts.AgentInfo{{Agent: "a", Campaigns: []string{"autumn"}}}}
			api := newTestAPI(t, faked(store))
			status, got, header := api.call(t, tt.token, tt.method, tt.path, tt.contentType, tt.body)
			if status != tt.status || !strings.Contains(got, tt.want) {
				t.Fatalf("%d %s, want %d and %q", status, got, tt.status, tt.want)
			}
			if typ := header.Get("Content-Type"); typ != "application/problem+json" {
				t.Fatalf("the refusal is %s", typ)
			}
			if tt.err == nil && len(store.did) > 0 {
				t.Fatalf("refused, and did %v", store.did)
			}
			if strings.Contains(got, "867") {
				t.Fatalf("the refusal shows a number: %s", got)
			}
			for _, line := range api.log.All() {
				if text := fmt.Sprint(line.Message, line.ContextMap()); strings.Contains(text, "867") {
					t.Fatalf("the log shows a number: %s", text)
				}
			}
			if status == 503 && header.Get("Retry-After") == "" {
				t.Fatal("503 without Retry-After")
			}
		})
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
