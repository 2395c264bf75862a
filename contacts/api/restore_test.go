package api_test

import (
	"net/http"
	"strings"
	"testing"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

// Who put a pack of the hub's own name, or deleted it, gets the hub's copy back.
func TestTheHubsOwnRulesComeBack(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		a := newTestAPI(t, over(s))
		for _, tt := range []struct {
			token, method, path, body string
			status                    int
			want                      string
		}{
			{"campaign", "PUT", "/rules/us-ca-2026", `{"pack":"us-ca-2026","seen":"2026-11-28"}`, 204, ""},
			{"campaign", "GET", "/rules", "", 200, `{"packs":[{"pack":"us-ca-2026","seen":"2026-11-28"}]}`},
			{"campaign", "POST", "/rules/us-ca-2026/restore", "", 204, ""},
			{"campaign", "GET", "/rules", "", 200, `"ri-hours"`},
			{"campaign", "DELETE", "/rules/us-ca-2026", "", 204, ""},
			{"campaign", "POST", "/rules/us-ca-2026/restore", "", 204, ""},
			{"campaign", "GET", "/rules", "", 200, `"ri-hours"`},
			{"campaign", "POST", "/rules/own/restore", "", 404, "comes with no rule pack of that name"},
			{"campaign:x", "POST", "/rules/us-ca-2026/restore", "", 403, "hold for all campaigns"},
			{"supervisor", "POST", "/rules/us-ca-2026/restore", "", 403, ""},
		} {
			status, said, _ := a.call(t, tt.token, tt.method, tt.path, "application/json", tt.body)
			if status != tt.status || !strings.Contains(said, tt.want) {
				t.Errorf("%s %s: %d %.200s, want %d %s", tt.method, tt.path, status, said, tt.status, tt.want)
			}
		}
		if status, _, _ := a.call(t, "campaign", http.MethodGet, "/rules/us-ca-2026/restore", "", ""); status == http.StatusOK {
			t.Error("a look restores")
		}
	})
}
