package api_test

import (
	"net/http"
	"strings"
	"testing"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

// Who cannot be placed is counted with the reason, where a list is loaded and as long
// as the contact is open.
func TestWhoCannotBePlacedIsCounted(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		a := newTestAPI(t, over(s))
		ask := func(method, path, contentType, body, want string) {
			t.Helper()
			status, got, _ := a.call(t, "campaign", method, path, contentType, body)
			if status >= 300 || !strings.Contains(got, want) {
				t.Fatalf("%s %s: %d %s, want %s", method, path, status, got, want)
			}
		}
		load := func(rows, want string) {
			t.Helper()
			ask(http.MethodPost, "/contacts", "text/csv", "contactId,campaignId,phoneNumber,timeZone,region,postalCode\n"+rows, want)
		}
		counted := func(want string) {
			t.Helper()
			ask(http.MethodGet, "/campaigns", "", "", want)
			s.Check()
		}
		ask(http.MethodPut, "/campaigns/c", "application/json", `{}`, "")
		ask(http.MethodPut, "/campaigns/d", "application/json", `{}`, "")
		load("placed,c,+1 212 555 0101,,,\nberlin,c,+49 30 123456,,,\nlondon,c,+44 20 7183 8750,,,10001\n"+
			"given,c,+1 800 555 0102,America/New_York,,\nfree,c,+1 800 555 0103,,,\nsydney,c,+61 491 570 006,,,\n"+
			"nobody,c,+883 510 000 000 101,,,\npost,c,+1 212 555 0104,,,09012\nbad,c,12,,,\n",
			`"accepted":8,"updated":0,"rejected":[{"line":10,"error":"phoneNumber: has too few digits for a number"}],"rejectedTotal":1,"reasons":{"phoneNumber: has too few digits for a number":1},`+
				`"unplaced":{"country":2,"nowhere":2},"unread":{"postalCode":1}}`)
		counted(`"why":{},"unplaced":{"country":2,"nowhere":2}},{"campaignId":"d","state":"running","counts":{},"why":{}}`)

		// Each way in and out.
		load("free,c,+1 800 555 0103,,RI,\n", `"updated":1,"rejected":[],"rejectedTotal":0}`)
		load("post,c,+1 212 555 0104,America/Chicago,,09012\n", `"rejectedTotal":0}`)
		counted(`"unplaced":{"country":1,"nowhere":1}},{"campaignId":"d","state":"running","counts":{},"why":{}}`)
		load("sydney,d,+61 491 570 006,,,\n", `"rejectedTotal":0,"unplaced":{"country":1}}`)
		counted(`"unplaced":{"nowhere":1}},{"campaignId":"d","state":"running","counts":{"available":1},"why":{},"unplaced":{"country":1}}`)
		load("free,c,+1 800 555 0103,,,\n", `"unplaced":{"country":1}}`)
		counted(`"unplaced":{"country":1,"nowhere":1}},{"campaignId":"d"`)
		ask(http.MethodDelete, "/contacts/free", "", "", "")
		ask(http.MethodPut, "/dnc", "text/plain", "+883 510 000 000 101", `"changed":1`)
		ask(http.MethodDelete, "/contacts/placed", "", "", "")
		counted(`"why":{}},{"campaignId":"d","state":"running","counts":{"available":1},"why":{},"unplaced":{"country":1}}`)
	})
}
