package api_test

import (
	"strings"
	"testing"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

// A campaign manager's morning: the registry's file, its change list, a state's list
// for one campaign, and why a person is not called.
func TestLayersOverHTTP(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		api := newTestAPI(t, over(s))
		s.Imports(
			contacts.Row{ID: "a", Campaign: "spring", Phone: "+1 212 555 0101", E164: "+12125550101", AccountNumber: "a"},
			contacts.Row{ID: "b", Campaign: "autumn", Phone: "+1 212 555 0102", E164: "+12125550102", AccountNumber: "b"},
		)
		for _, step := range []struct {
			token, method, path, sent string
			status                    int
			want                      string
		}{
			{"campaign", "GET", "/dnc/federal", "", 404, "no such do-not-call layer"},
			{"campaign", "GET", "/layers", "", 200, `{"layers":[]}`},
			{"campaign", "PUT", "/dnc/federal?version=2026-48&date=2026-11-27", "212,5550101\n+1 212 555 0109\nnobody\n", 200, `"layer":"federal","version":"2026-48","date":"2026-11-27","count":2,`},
			{"campaign", "PUT", "/dnc/federal", "\n", 422, "the layer is as it was"},
			{"campaign", "PUT", "/dnc/federal", "212555010\n", 422, "the layer is as it was"},
			{"campaign", "GET", "/dnc/federal", "", 200, `"count":2,`},
			{"campaign", "GET", "/contacts/a", "", 200, `"due":"","why":"blocked","rule":"federal"`},
			{"campaign", "GET", "/dnc?number=%2B12125550101", "", 200, `"blocked":true,"layers":[{"layer":"federal","since":"`},
			{"campaign", "GET", "/dnc?number=%2B12125550102", "", 200, `"blocked":false,"layers":[]`},
			{"campaign", "PATCH", "/dnc/federal?version=2026-48-1", "212,5550101,2026-11-28,D\n212,5550103,2026-11-28,A\n212,5550104\n+12125550102,a\n", 200, `"rejected":[{"line":3,"error":"is no change: a number, then A`},
			{"campaign", "GET", "/dnc/federal", "", 200, `"version":"2026-48-1","date":"","count":3,`},
			{"campaign", "GET", "/contacts/a", "", 200, `"why":"","rule":""`},
			{"campaign", "GET", "/contacts/b", "", 200, `"why":"blocked","rule":"federal"`},
			{"campaign", "PATCH", "/dnc/state", "212,5550101,A\n", 404, "no such do-not-call layer"},
			{"campaign", "PUT", "/dnc/state?until=2030-01-01T00:00:00Z&campaigns=spring,summer&modes=Voice", "212,5550101\n", 200, `"from":"","until":"2030-01-01T00:00:00Z","campaigns":["spring","summer"],"groups":[],"modes":["Voice"]`},
			{"campaign", "GET", "/contacts/a", "", 200, `"due":"2030-01-01T00:00:00Z","why":"blocked","rule":"state"`},
			{"campaign", "GET", "/dnc?number=%2B12125550101", "", 200, `"blocked":false,"layers":[{"layer":"state"`},
			{"campaign", "GET", "/layers", "", 200, `{"layers":[{"layer":"federal"`},
			{"campaign", "PUT", "/agents/agent1/reservation", `{"contactId":"a"}`, 409, "cannot be reserved now: blocked until 2030-01-01T00:00:00Z, by the do-not-call layer state"},
			{"campaign", "GET", "/campaigns", "", 200, `"why":{"blocked":1}`},
			{"campaign", "DELETE", "/dnc/federal", "", 204, ""},
			{"campaign", "DELETE", "/dnc/federal", "", 404, "no such"},
			{"campaign", "PUT", "/dnc/blanks?campaigns=nosuch,%20spring&modes=%20Voice%20", "212,5550101\n", 200, `"campaigns":["nosuch","spring"],"groups":[],"modes":["Voice"]`},
			{"campaign", "PUT", "/dnc/blanks?campaigns=spring,", "212,5550101\n", 422, "query.campaigns"},
			{"campaign", "PUT", "/dnc/blanks?groups=ea%1Fst,spring", "212,5550101\n", 422, "query.groups"},
			{"campaign", "DELETE", "/dnc/blanks", "", 204, ""},
			{"campaign", "PUT", "/dnc/own", "212,5550101\n", 422, "number by number"},
			{"campaign", "PUT", "/dnc/Federal", "212,5550101\n", 422, "path.layer"},
			{"campaign", "PUT", "/dnc/federal?date=yesterday", "212,5550101\n", 422, "query.date"},
			{"campaign", "PUT", "/dnc/federal?from=2030-01-01T00:00:00Z&until=2029-01-01T00:00:00Z", "212,5550101\n", 422, "query.until"},
			{"campaign:spring", "PUT", "/dnc/federal", "212,5550101\n", 403, "all campaigns"},
			{"campaign:spring", "GET", "/layers", "", 403, "all campaigns"},
			{"supervisor", "GET", "/layers", "", 403, "role"},
		} {
			contentType := "text/plain"
			if strings.HasPrefix(step.sent, "{") {
				contentType = "application/json"
			}
			status, got, _ := api.call(t, step.token, step.method, step.path, contentType, step.sent)
			if status != step.status || !strings.Contains(got, step.want) {
				t.Fatalf("%s %s: %d %s\nwant %d %s", step.method, step.path, status, got, step.status, step.want)
			}
		}
	})
}
