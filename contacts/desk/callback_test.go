package desk_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/desk"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/envelope"
)

// The dates of a callback are those on the clock of the person who is called.
func TestCallbackTimesAreThePersons(t *testing.T) {
	tests := []struct {
		name, campaign, zone, day, clock, want string
		number, region                         string
	}{
		{"own zone", "plain", "Europe/Berlin", "03/03/2026", "10:30", "2026-03-03T09:30:00Z", "", ""},
		{"own zone before the campaign's", "eastern", "Asia/Kolkata", "03/03/2026", "10:30", "2026-03-03T05:00:00Z", "", ""},
		{"the campaign's", "eastern", "", "03/03/2026", "10:30", "2026-03-03T15:30:00Z", "", ""},
		{"the campaign's, in summer", "eastern", "", "10/03/2026", "10:30", "2026-03-10T14:30:00Z", "", ""},
		{"none", "plain", "", "03/03/2026", "10:30", "2026-03-03T10:30:00Z", "", ""},
		{"a time the clock skips", "eastern", "", "08/03/2026", "02:30", "2026-03-08T07:30:00Z", "", ""},
		{"a day without a midnight", "plain", "America/Santiago", "05/09/2027", "10:00", "2027-09-05T13:00:00Z", "", ""},
		{"the hour of that midnight", "plain", "America/Santiago", "05/09/2027", "00:30", "2027-09-05T04:30:00Z", "", ""},
		{"another, in Cairo", "plain", "Africa/Cairo", "30/04/2027", "10:00", "2027-04-30T07:00:00Z", "", ""},
		{"a leap day", "plain", "America/New_York", "29/02/2028", "10:00", "2028-02-29T15:00:00Z", "", ""},
		{"a zone of quarters of an hour", "plain", "Asia/Kathmandu", "01/01/2027", "09:00", "2027-01-01T03:15:00Z", "", ""},
		{"a law of this year", "plain", "America/Vancouver", "15/12/2026", "15:00", "2026-12-15T22:00:00Z", "", ""},
		{"the area code's", "plain", "", "03/03/2026", "10:30", "2026-03-03T15:30:00Z", "+12125550101", ""},
		{"a region of two clocks: the one behind", "plain", "", "03/03/2026", "10:30", "2026-03-03T16:30:00Z", "+16155550102", "TN"},
		{"the campaign's among them", "strict", "", "03/03/2026", "10:30", "2026-03-03T15:30:00Z", "+16155550103", "TN"},
		{"the campaign's, which it cannot be", "strict", "", "03/03/2026", "10:30", "2026-03-03T18:30:00Z", "+14155550104", "CA"},
		{"the campaign's, by which it calls", "eastern", "", "03/03/2026", "10:30", "2026-03-03T15:30:00Z", "+14155550105", "CA"},
	}
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Put("eastern", contacts.Rules{DefaultTimeZone: "America/New_York"})
		s.Put("strict", contacts.Rules{DefaultTimeZone: "America/New_York", ZoneFrom: contacts.ZoneStrictest})
		a := s.SignIn("testagent", contactstest.Legacy)
		for i, tt := range tests {
			id := fmt.Sprintf("c%d", i)
			s.Imports(contacts.Row{
				ID: contacts.ID(id), Campaign: contacts.CampaignID(tt.campaign), AccountNumber: id, E164: cmp.Or(tt.number, "+999555010"+id[1:]), TimeZone: tt.zone, Region: tt.region,
			})
			dialled(s, a)
			data := fmt.Sprintf(`{"callid":7,"LCMKey":%q,"StartDate":%q,"StartTime":%q,"EndDate":%q,"EndTime":%q,"CallbackModeId":"1"}`,
				id, tt.day, tt.clock, tt.day, tt.clock)
			if _, err := s.Ask(a, s.SetCallback, data); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if got := contacts.Stamp(due(s, id)); got != tt.want {
				t.Errorf("%s: due %s, want %s", tt.name, got, tt.want)
			}
		}
	})
}

// Nobody is promised a call that the contact does not live to see.
func TestCallbackAfterTheExpiryIsRefusedWithIt(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Imports(contacts.Row{ID: "c1", Campaign: "spring", AccountNumber: "c1", E164: "+9995550100", ExpiryTime: contactstest.Morning.Add(24 * time.Hour)})
		a := s.SignIn("testagent", contactstest.Legacy)
		dialled(s, a)
		for _, tt := range []struct{ clock, says string }{
			{"15:00", "Contact expires at 2026-03-03T15:00:00Z, before StartDate and StartTime"},
			{"14:59", ""},
		} {
			_, err := s.Ask(a, s.SetCallback, `{"callid":7,"AccountNumber":"c1","StartDate":"03/03/2026","StartTime":"`+tt.clock+`"}`)
			got := ""
			if err != nil {
				got = envelope.AsError(err).Message
			}
			if got != tt.says {
				t.Errorf("%s: %q, want %q", tt.clock, got, tt.says)
			}
		}
		if got := contacts.Stamp(due(s, "c1")); got != "2026-03-03T14:59:00Z" {
			t.Errorf("due %s", got)
		}
	})
}

func TestPersonalCallbackComesBackToItsAgentAlone(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Imports(contacts.Row{
			ID: "c1", Campaign: "spring", AccountNumber: "5|3|1|0|0|44|1", Phone: "+1 212 555 0123", E164: "+12125550123", TimeZone: "America/New_York", Mode: "Home",
		})
		s.Stock("autumn", 3)
		a, b := s.SignIn("testagent"), s.SignIn("agent1")
		if got := s.Next(a); got != "c1" {
			t.Fatalf("first = %s, want c1", got)
		}
		if _, err := s.Ask(a, s.Dial, `{"ContactId":"c1"}`); err != nil {
			t.Fatal(err)
		}
		const data = `{"callid":"1","AccountNumber":"5|3|1|0|0|44|1","StartDate":"02/03/2026","EndDate":"02/03/2026","StartTime":"11:00","EndTime":"11:15","CallbackModeID":1}`
		if _, err := s.AskID(a, s.SetPersonalCallback, data, "r1"); err != nil {
			t.Fatal(err)
		}
		list := func(data string) string {
			t.Helper()
			got, err := s.Ask(a, s.PersonalCallbacks, data)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := json.Marshal(got)
			return string(text)
		}
		const row = `{"RowNumber":"1","CampaignID":"spring","ContactID":"c1","ModeID":"Home","ModeDescription":"Home","CValue":"***0123",` +
			`"CallStartDate":"02/03/2026","CallEndDate":"02/03/2026","CallStartTime":"11:00","CallEndTime":"11:15"}`
		if got := list(`{"UserID":"testagent","FromDate":"02/03/2026","ToDate":"02/03/2026","StartingNoOfRecord":"1","NoofRecords":"10"}`); got != "["+row+"]" {
			t.Fatalf("list = %s", got)
		}
		for _, outside := range []string{`{"FromDate":"03/03/2026"}`, `{"ToDate":"01/03/2026"}`, `{"StartingNoOfRecord":2}`} {
			if got := list(outside); got != "[]" {
				t.Fatalf("list of %s = %s, want none", outside, got)
			}
		}
		counts := func(c *session.Claim) string {
			t.Helper()
			got, err := s.Ask(c, s.CallCount, "")
			if err != nil {
				t.Fatal(err)
			}
			text, _ := json.Marshal(got)
			return string(text)
		}
		if got := counts(a); got != `{"PCBCount":"0","RegularCount":"3","IsAgentReserved":"1"}` {
			t.Fatalf("before its time: %s", got)
		}
		// A list of the campaign that says nothing about the callback leaves it as it was agreed.
		s.Imports(contacts.Row{ID: "c1", Campaign: "spring", AccountNumber: "5|3|1|0|0|44|1", Phone: "+1 212 555 0123", E164: "+12125550123", TimeZone: "America/New_York", Mode: "Home"})
		if got := list(""); got != "["+row+"]" {
			t.Fatalf("after another import: %s", got)
		}

		s.At(time.Date(2026, 3, 2, 16, 0, 0, 0, time.UTC))
		s.Reap()
		if got := counts(a); got != `{"PCBCount":"1","RegularCount":"3","IsAgentReserved":"1"}` {
			t.Fatalf("at its time: %s", got)
		}
		if got := counts(b); got != `{"PCBCount":"0","RegularCount":"3","IsAgentReserved":"1"}` {
			t.Fatalf("for another agent: %s", got)
		}
		if got := s.Next(b); got != "autumn-1" {
			t.Fatalf("another agent gets %s, want autumn-1", got)
		}
		if got := s.Next(a); got != "c1" {
			t.Fatalf("at its time its agent gets %s, want c1 ahead of the pool", got)
		}
		if got := list(""); got != "[]" {
			t.Fatalf("while it is held: %s", got)
		}
		// A skipped one stays its agent's, and comes back after the delay.
		if _, err := s.Ask(a, s.Skip, `{"ContactId":"c1","Reason":"bad_time"}`); err != nil {
			t.Fatal(err)
		}
		want := strings.NewReplacer(`"CallStartTime":"11:00"`, `"CallStartTime":"11:15"`).Replace(row)
		if got := list(""); got != "["+want+"]" {
			t.Fatalf("after the skip: %s", got)
		}
		s.After(15 * time.Minute)
		s.Reap()
		if got := s.Next(a); got != "c1" {
			t.Fatalf("after the delay its agent gets %s, want c1", got)
		}
		// The first request, sent again with its id, changes nothing any more.
		if _, err := s.AskID(a, s.SetPersonalCallback, data, "r1"); err != nil {
			t.Fatalf("the first request again: %v", err)
		}
		if got := s.State("c1"); got != contacts.Reserved {
			t.Fatalf("c1 is %s, want reserved", got)
		}
	})
}

func TestMissedPersonalCallbackGoesToReview(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Imports(contacts.Row{
			ID: "c1", Campaign: "spring", AccountNumber: "c1", E164: "+12125550123", CallType: contacts.CallPersonalCallback,
			PersonalAgent: "testagent", CallbackTime: s.Now.Add(time.Hour),
		})
		a, b := s.SignIn("testagent"), s.SignIn("agent1")
		if err := s.Close(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		s.After(time.Hour)
		s.Reap()
		s.After(29 * time.Minute)
		s.Reap()
		if got := s.State("c1"); got != contacts.Available {
			t.Fatalf("29 minutes past its time c1 is %s, want available", got)
		}
		if got := s.Next(b); got != "no_contacts" {
			t.Fatalf("another agent gets %s", got)
		}
		s.After(time.Minute)
		s.Reap()
		if got := lines(s, "c1"); s.State("c1") != contacts.Review || got != "review callback_missed" {
			t.Fatalf("30 minutes past its time c1 is %s after %q, want review", s.State("c1"), got)
		}
		if err := s.Store.Decide(t.Context(), "c1", "reopen", "", "supervisor"); err != nil {
			t.Fatal(err)
		}
		if got := s.Next(b); got != "c1" {
			t.Fatalf("reopened, another agent gets %s, want c1", got)
		}
		a = s.SignIn("testagent")
		if got, _ := s.Ask(a, s.PersonalCallbacks, ""); len(got.([]desk.CallbackRow)) != 0 {
			t.Fatalf("reopened for all, and still listed: %v", got)
		}
	})
}

func TestPresentOwnerKeepsItsCallback(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Imports(contacts.Row{
			ID: "c1", Campaign: "spring", AccountNumber: "c1", E164: "+12125550123", CallType: contacts.CallPersonalCallback,
			PersonalAgent: "testagent", CallbackTime: s.Now.Add(time.Minute),
		})
		a := s.SignIn("testagent")
		s.After(time.Minute)
		s.Reap()
		s.After(45 * time.Minute)
		s.Reap()
		if got := s.Next(a); got != "c1" {
			t.Fatalf("45 minutes late and signed in, its owner gets %s, want c1", got)
		}
	})
}

// A token for some campaigns is offered no callback of another one.
func TestCallbackOfAnUnservedCampaignIsNotOffered(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Imports(contacts.Row{ID: "c1", Campaign: "spring", AccountNumber: "c1", E164: "+12125550123", CallType: contacts.CallPersonalCallback, PersonalAgent: "testagent"})
		s.Stock("autumn", 1)
		a := s.SignIn("testagent", func(c *session.Claim) { c.Campaigns = []string{"autumn"} })
		got, err := s.Ask(a, s.CallCount, "")
		if text, _ := json.Marshal(got); err != nil || string(text) != `{"PCBCount":"0","RegularCount":"1","IsAgentReserved":"1"}` {
			t.Fatalf("counts %s, %v", text, err)
		}
		if rows, _ := s.Ask(a, s.PersonalCallbacks, ""); len(rows.([]desk.CallbackRow)) != 0 {
			t.Fatalf("listed %v", rows)
		}
		if got := s.Next(a); got != "autumn-1" {
			t.Fatalf("offered %s, want autumn-1", got)
		}
	})
}

func TestRegularCallbackComesToAnybody(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Stock("spring", 1)
		a, b := s.SignIn("testagent"), s.SignIn("agent1")
		dialled(s, a)
		if _, err := s.Ask(a, s.SetCallback, `{"callid":"1","AccountNumber":"spring-1","StartDate":"02/03/2026","StartTime":"15:20"}`); err != nil {
			t.Fatal(err)
		}
		s.After(19 * time.Minute)
		s.Reap()
		if got := s.Next(b); got != "no_contacts" {
			t.Fatalf("a minute early %s", got)
		}
		s.After(time.Minute)
		s.Reap()
		got, err := s.Ask(b, s.GetContact, "")
		if err != nil {
			t.Fatal(err)
		}
		if c := got.(*desk.ContactOD); c.ContactID != "spring-1" || c.CallType != "1" || c.CallbackTime != "2026-03-02T15:20:00Z" {
			t.Fatalf("at its minute: %s, call type %s, callback %s", c.ContactID, c.CallType, c.CallbackTime)
		}
	})
}
