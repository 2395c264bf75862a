package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/packs"
	"agenthub/contacts/store"
)

// A campaign manager sees why each contact is not called, by which rule and until
// when, and how many wait for what.
func TestManagersSeeWhyNobodyIsCalled(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(time.Date(2026, 12, 4, 13, 30, 0, 0, time.UTC)) // Friday, 08:30 in New York
		s.ReadClocks()
		name, text := packs.BuiltInText()
		if err := s.Store.PutPack(t.Context(), name, text); err != nil {
			t.Fatal(err)
		}
		a := newTestAPI(t, over(s))
		ask := func(token, method, path, contentType, body, want string) {
			t.Helper()
			status, got, _ := a.call(t, token, method, path, contentType, body)
			if status >= 300 || !strings.Contains(got, want) {
				t.Fatalf("%s %s: %d %s, want %s", method, path, status, got, want)
			}
		}
		get := func(path, want string) { t.Helper(); ask("campaign", http.MethodGet, path, "", "", want) }
		ask("campaign", http.MethodPut, "/campaigns/c", "application/json", `{"callFrom":"08:00","callUntil":"21:00","minGap":"2h"}`, "")
		ask("campaign", http.MethodPost, "/contacts", "text/csv", `contactId,campaignId,phoneNumber
open,c,+1 212 555 0101
law,c,+1 401 555 0101
lost,c,+883 510 000 000 101
`, `"accepted":3`)
		called := func(id, e164 string, ago ...time.Duration) { // past the reader of lists, which knows what is still to come
			row := contacts.Row{ID: contacts.ID(id), Campaign: "c", AccountNumber: id, E164: e164}
			for _, d := range ago {
				row.AttemptsBefore = append(row.AttemptsBefore, s.Now.Add(-d))
			}
			s.Imports(row)
		}
		called("often", "+12125550103", time.Hour, 5*time.Hour, 6*time.Hour)
		called("soon", "+12125550104", 30*time.Minute)
		reasons := map[string]string{
			"open":  `"due":"","why":"","rule":""`,
			"law":   `"due":"2026-12-04T14:00:00Z","why":"outside_hours","rule":"ri-hours"`,
			"lost":  `"due":"","why":"no_zone","rule":"no_zone"`,
			"often": `"due":"2026-12-05T07:30:00Z","why":"too_many_attempts","rule":"maxAttempts24h"`,
			"soon":  `"due":"2026-12-04T15:00:00Z","why":"too_soon","rule":"minGap"`,
		}
		for id, want := range reasons {
			get("/contacts/"+id, want)
		}
		get("/campaigns", `"counts":{"available":5},"why":{}`) // nobody has met with it yet

		// One fetch meets with all of them.
		agent := s.SignIn("testagent")
		if got := s.Next(agent); got != "open" {
			t.Fatalf("next = %s", got)
		}
		if _, err := s.Ask(agent, s.Skip, `{"ContactId":"open"}`); err != nil {
			t.Fatal(err)
		}
		if got := s.Next(agent); got != "no_contacts" {
			t.Fatalf("next = %s", got)
		}
		for id, want := range reasons {
			if id != "open" {
				get("/contacts/"+id, want)
			}
		}
		get("/contacts/open", `"due":"2026-12-04T13:45:00Z","why":"scheduled","rule":""`)
		get("/campaigns", `"why":{"no_zone":1,"outside_hours":1,"too_many_attempts":1,"too_soon":1}`)
		ask("campaign", http.MethodPut, "/campaigns/c/state", "application/json", `{"state":"paused"}`, "")
		get("/campaigns", `"why":{"paused":5}`)
		get("/contacts/open", `"why":"paused"`)
		ask("campaign", http.MethodPut, "/campaigns/c/state", "application/json", `{"state":"running"}`, "")
		s.Check()

		// Each way out.
		ask("campaign", http.MethodPost, "/contacts", "text/csv", "contactId,campaignId,phoneNumber,timeZone\nlost,c,+883 510 000 000 101,Europe/Berlin\n", `"updated":1`)
		get("/contacts/lost", `"due":"","why":"","rule":""`)
		ask("campaign", http.MethodDelete, "/contacts/often", "", "", "")
		get("/contacts/often", `"state":"closed"`)
		get("/contacts/often", `"why":"withdrawn"`)
		ask("campaign", http.MethodPut, "/dnc", "text/plain", "+1 212 555 0104", `"changed":1`)
		get("/contacts/soon", `"due":"","why":"blocked"`)
		get("/campaigns", `"why":{"outside_hours":1}`)
		s.At(time.Date(2026, 12, 4, 14, 0, 0, 0, time.UTC))
		s.Reap()
		get("/campaigns", `"scheduled":0},"why":{}`)

		if status, got, _ := a.call(t, "campaign:other", http.MethodGet, "/contacts/law", "", ""); status != http.StatusNotFound {
			t.Errorf("a contact of another campaign: %d %s", status, got)
		}
		if status, got, _ := a.call(t, "campaign", http.MethodGet, "/contacts/nobody", "", ""); status != http.StatusNotFound {
			t.Errorf("no contact: %d %s", status, got)
		}
	})
}
