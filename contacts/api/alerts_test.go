package api_test

import (
	"net/http"
	"strings"
	"testing"

	"agenthub/contacts/feed"
)

func TestAlertsOverHTTP(t *testing.T) {
	store := &fakeStore{alerts: []feed.Alert{
		{ID: "7", Kind: "in_a_row", Subject: "agent1", Campaign: "spring", Agent: "agent1", Value: 4, Limit: 4, N: 4, Since: "2026-03-02T15:00:00Z", Seq: 7},
		{ID: "5", Kind: "rate_campaign", Subject: "autumn", Campaign: "autumn", Value: 0.3, Limit: 0.25, N: 20, Since: "2026-03-02T14:00:00Z", Seq: 5},
	}}
	api := newTestAPI(t, faked(store))
	const first = `{"id":"7","kind":"in_a_row","subject":"agent1","campaign":"spring","agent":"agent1","value":4,"limit":4,"n":4,` +
		`"since":"2026-03-02T15:00:00Z","clearedAt":"","ackedBy":"","ackedAt":"","seq":7}`
	for _, tt := range []struct {
		name, token, method, path, body string
		status                          int
		want, did                       string
	}{
		{"all", "supervisor", http.MethodGet, "/alerts", "", 200, `{"alerts":[` + first + `,{"id":"5",`, ""},
		{"own campaigns", "supervisor:spring", http.MethodGet, "/alerts", "", 200, `{"alerts":[` + first + `]}`, ""},
		{"none", "supervisor:winter", http.MethodGet, "/alerts", "", 200, `{"alerts":[]}`, ""},
		{"an agent", "agent", http.MethodGet, "/alerts", "", 403, "role", ""},
		{"acknowledge", "supervisor", http.MethodPost, "/alerts/7/ack", `{}`, 200, first, "ack 7 supervisor1 "},
		{"acknowledge with a note", "supervisor", http.MethodPost, "/alerts/7/ack", `{"note":"seen"}`, 200, first, "ack 7 supervisor1 seen"},
		{"another campaign's", "supervisor:spring", http.MethodPost, "/alerts/5/ack", `{}`, 404, "alert not found", ""},
		{"none such", "supervisor", http.MethodPost, "/alerts/6/ack", `{}`, 404, "alert not found", ""},
		{"unknown field", "supervisor", http.MethodPost, "/alerts/7/ack", `{"by":"me"}`, 422, "body.by", ""},
		{"campaign manager", "campaign", http.MethodPost, "/alerts/7/ack", `{}`, 403, "role", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store.did = nil
			contentType := ""
			if tt.body != "" {
				contentType = "application/json"
			}
			status, got, _ := api.call(t, tt.token, tt.method, tt.path, contentType, tt.body)
			if status != tt.status || !strings.Contains(got, tt.want) || strings.Join(store.did, ";") != tt.did {
				t.Fatalf("%d %s, did %q; want %d %s", status, got, store.did, tt.status, tt.want)
			}
		})
	}
}
