package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/script"
)

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
		{"CSV without a header", "campaign", "POST", "/contacts", "text/csv", "c1,spring,12128675309\n", nil, 400, "the first line is a row"},
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
