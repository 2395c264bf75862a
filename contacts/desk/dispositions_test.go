package desk_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/envelope"
)

// dialled brings a contact into the agent's hands and into wrap-up, as a
// desktop does that knows no more than the published messages.
func dialled(s *contactstest.Node, c *session.Claim) string {
	s.T.Helper()
	id := s.Next(c)
	if _, err := s.Ask(c, s.SetOutcome, `{"AccountNumber":"`+id+`","PhoneNumber":"9873635"}`); err != nil {
		s.T.Fatalf("SetNonPEWCContactOutcome(%s): %v", id, err)
	}
	return id
}

func due(s *contactstest.Node, id string) time.Time {
	s.T.Helper()
	c, err := s.Read.Contact(s.T.Context(), contacts.ID(id))
	if err != nil {
		s.T.Fatal(err)
	}
	return c.Due
}

// lines returns the type and reason of a contact's events.
func lines(s *contactstest.Node, id string) string {
	var got []string
	for _, e := range s.Events() {
		if f := strings.SplitN(e, " ", 4); f[2] == id {
			got = append(got, strings.TrimSpace(f[0]+" "+f[3]))
		}
	}
	return strings.Join(got, ", ")
}

func TestDispositionDecidesWhatWrapupLeftOpen(t *testing.T) {
	rules := contacts.Rules{Outcomes: []contacts.OutcomeRule{
		{ID: "101", Label: "Payment done", Effect: contacts.EffectClose},
		{ID: "102", Label: "Call in a week", Effect: contacts.EffectRetry, Delay: contacts.Duration(7 * 24 * time.Hour)},
		{ID: "3", Label: "Engaged", Effect: contacts.EffectRetry, Delay: contacts.Duration(time.Minute)},
	}}
	tests := []struct {
		name, id string // id as JSON
		state    contacts.State
		due      time.Duration
	}{
		{"telephony id as a number", `3`, contacts.Scheduled, time.Minute},
		{"telephony id as a string", `"8"`, contacts.Scheduled, time.Hour},
		{"business id", `101`, contacts.Closed, 0},
		{"business id that tries again", `"102"`, contacts.Scheduled, 7 * 24 * time.Hour},
		{"do not call", `5`, contacts.Closed, 0},
		{"callback without a time", `4`, contacts.Scheduled, 4 * time.Hour},
		{"an id nobody knows", `"9x9"`, contacts.Closed, 0},
	}
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Put("spring", rules)
		s.Stock("spring", len(tests))
		a := s.SignIn("testagent", contactstest.Legacy)
		for _, tt := range tests {
			id := dialled(s, a)
			if got := s.State(id); got != contacts.Wrapup {
				t.Fatalf("%s: after SetNonPEWCContactOutcome it is %s, want wrapup", tt.name, got)
			}
			data := `{"callid":"12345","AccountNumber":"` + id + `","OutcomeId":` + tt.id +
				`,"LeadScore":0,"UserID":"testagent","AgentComments":"ask 555 010 1234 =1+1\nnext","TargetAmount":0}`
			answer, err := s.Ask(a, s.SetDisposition, data)
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if got, _ := json.Marshal(answer); string(got) != `{"success":true}` {
				t.Fatalf("%s: answer %s", tt.name, got)
			}
			if got := s.State(id); got != tt.state {
				t.Fatalf("%s: the contact is %s, want %s", tt.name, got, tt.state)
			}
			if want := s.Now.Add(tt.due); tt.state == contacts.Scheduled && !due(s, id).Equal(want) {
				t.Fatalf("%s: due %s, want %s", tt.name, due(s, id), want)
			}
			again := "contact_not_found"
			if tt.name == "do not call" { // blocking is never too late, and done once
				again = "ok"
			}
			if _, err := s.Ask(a, s.SetDisposition, data); contactstest.Code(err) != again {
				t.Fatalf("%s: the same disposition once more = %v, want %s", tt.name, err, again)
			}
			want := "reserve, dial, outcome, outcome " + strings.Trim(tt.id, `"`)
			if got := lines(s, id); got != want {
				t.Fatalf("%s: events %q, want %q", tt.name, got, want)
			}
		}
		err := s.Past.Walk(t.Context(), contacts.Filter{Type: "outcome"}, time.Time{}, time.Time{}, func(e contacts.Event) error {
			if strings.Contains(e.Note, "1234") || e.Reason != "" && e.Note != "ask *** *** **** =1+1 next" {
				t.Errorf("note %q", e.Note)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestDispositionsRefuseByField(t *testing.T) {
	call := func(change string) string {
		data := map[string]any{
			"callid": "1", "AccountNumber": "spring-1", "StartDate": "03/03/2026", "StartTime": "10:30", "EndDate": "03/03/2026",
			"EndTime": "11:00", "CallbackModeID": 1, "UserID": "testagent", "AgentComments": "ok", "LeadScore": 0, "TargetAmount": 0,
		}
		var with map[string]any
		if err := json.Unmarshal([]byte(change), &with); err != nil {
			t.Fatal(err)
		}
		for k, v := range with {
			if data[k] = v; v == nil {
				delete(data, k)
			}
		}
		text, _ := json.Marshal(data)
		return string(text)
	}
	tests := []struct{ name, data, says string }{
		{"no call id", call(`{"callid":null}`), "Invalid Call ID."},
		{"empty call id", call(`{"callid":""}`), "Invalid Call ID."},
		{"call id is a list", call(`{"callid":[1]}`), "Invalid Call ID."},
		{"no account", call(`{"AccountNumber":null}`), "AccountNumber is missing"},
		{"another's contact", call(`{"AccountNumber":"spring-2"}`), "Contact not found"},
		{"no start", call(`{"StartDate":null,"StartTime":null}`), "StartDate is missing"},
		{"no start date", call(`{"StartDate":""}`), "StartDate must be a day as DD/MM/YYYY"},
		{"no start time", call(`{"StartTime":null}`), "StartTime must be a time as HH:mm"},
		{"31 February", call(`{"StartDate":"31/02/2026"}`), "StartDate must be a day as DD/MM/YYYY"},
		{"29 February of no leap year", call(`{"StartDate":"29/02/2027"}`), "StartDate must be a day as DD/MM/YYYY"},
		{"31 April", call(`{"StartDate":"31/04/2026"}`), "StartDate must be a day as DD/MM/YYYY"},
		{"another decade", call(`{"StartDate":"01/01/2062","EndDate":null,"EndTime":null}`), "StartDate is more than two years ahead"},
		{"American date", call(`{"StartDate":"03/31/2026"}`), "StartDate must be a day as DD/MM/YYYY"},
		{"two-digit year", call(`{"StartDate":"03/03/26"}`), "StartDate must be a day as DD/MM/YYYY"},
		{"hour 24", call(`{"StartTime":"24:00"}`), "StartTime must be a time as HH:mm"},
		{"one-digit hour", call(`{"StartTime":"9:30"}`), "StartTime must be a time as HH:mm"},
		{"with seconds", call(`{"EndTime":"11:00:00"}`), "EndTime must be a time as HH:mm"},
		{"end without a day", call(`{"EndDate":null}`), "EndDate must be a day as DD/MM/YYYY"},
		{"ends before it begins", call(`{"EndTime":"10:29"}`), "EndDate and EndTime are before StartDate and StartTime"},
		{"a minute ago", call(`{"StartDate":"02/03/2026","StartTime":"14:59"}`), "StartDate and StartTime are in the past"},
		{"long ago", call(`{"StartDate":"03/03/1926"}`), "StartDate and StartTime are in the past"},
		{"comments of a novel", call(`{"AgentComments":"` + strings.Repeat("x", 2001) + `"}`), "AgentComments must have at most 2000 bytes"},
		{"comments are a list", call(`{"AgentComments":["x"]}`), "AgentComments must be a string or a number"},
		{"date is an object", call(`{"StartDate":{}}`), "StartDate must be a string or a number"},
	}
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Stock("spring", 2)
		a := s.SignIn("testagent", contactstest.Legacy)
		s.Next(a)
		before := s.Events()
		for _, tt := range tests {
			for name, h := range map[string]session.Handler{"regular": s.SetCallback, "personal": s.SetPersonalCallback} {
				_, err := s.Ask(a, h, tt.data)
				if err == nil || envelope.AsError(err).Message != tt.says {
					t.Errorf("%s, %s: %v, want %q", tt.name, name, err, tt.says)
				}
			}
		}
		for data, says := range map[string]string{
			`{"callid":"1","AccountNumber":"spring-1"}`:                                  "OutcomeId is missing",
			`{"callid":"1","AccountNumber":"spring-1","OutcomeId":""}`:                   "OutcomeId must have 1 to 64 printable characters",
			`{"callid":"1","AccountNumber":"spring-1","OutcomeId":{"id":1}}`:             "OutcomeId must be a string or a number",
			`{"AccountNumber":"spring-1","OutcomeId":1}`:                                 "Invalid Call ID.",
			`{"callid":"1","OutcomeId":1}`:                                               "AccountNumber is missing",
			`{"callid":"1","AccountNumber":"spring-1","OutcomeId":1,"AgentComments":{}}`: "AgentComments must be a string or a number",
		} {
			if _, err := s.Ask(a, s.SetDisposition, data); err == nil || envelope.AsError(err).Message != says {
				t.Errorf("%s: %v, want %q", data, err, says)
			}
		}
		if got := s.State("spring-1"); got != contacts.Reserved || !slices.Equal(s.Events(), before) {
			t.Fatalf("refused, and yet spring-1 is %s and events %q", got, s.Events())
		}
	})
}

func TestCallOutcomesAreTheCampaigns(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Put("spring", contacts.Rules{Outcomes: []contacts.OutcomeRule{{ID: "101", Label: "Payment <done>", Effect: contacts.EffectClose}}})
		s.Stock("spring", 1)
		ask := func(c *session.Claim, data string) string {
			t.Helper()
			got, err := s.Ask(c, s.CallOutcomes, data)
			if err != nil {
				t.Fatal(err)
			}
			text, err := envelope.NewReply("LCM", "WebService", "CallOutCome").WithCallID("12345").Append(nil, "", got)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		const ten = `{"channel":"LCM","topic":"WebService","subtopic":"CallOutCome","message":{"callid":"12345","response":[{"OutComeID":"0","Description":"Success"},` +
			`{"OutComeID":"1","Description":"Abandoned"},{"OutComeID":"2","Description":"Invalid"},{"OutComeID":"3","Description":"Busy"},{"OutComeID":"4","Description":"CallBack"},` +
			`{"OutComeID":"5","Description":"DNC"},{"OutComeID":"6","Description":"Fax"},{"OutComeID":"7","Description":"Answering Machine"},` +
			`{"OutComeID":"8","Description":"No Answer"},{"OutComeID":"9","Description":"Reject"}`
		const own = `,{"OutComeID":"101","Description":"Payment <done>"}]}}`
		a := s.SignIn("testagent")
		if got := ask(a, `{"callid":"12345"}`); got != ten+"]}}" {
			t.Errorf("nothing held: %s", got)
		}
		id := s.Next(a)
		if got := ask(a, `{"callid":12345}`); got != ten+own {
			t.Errorf("holding %s: %s", id, got)
		}
		b := s.SignIn("agent1")
		if got := ask(b, `{"callid":"12345","AccountNumber":"`+id+`"}`); got != ten+"]}}" {
			t.Errorf("another's contact: %s", got)
		}
		one := s.SignIn("agent2", func(c *session.Claim) { c.Campaigns = []string{"spring"} })
		if got := ask(one, `{"callid":"12345"}`); got != ten+own {
			t.Errorf("one campaign served: %s", got)
		}
		if _, err := s.Ask(a, s.CallOutcomes, `{}`); contactstest.Code(err) != "invalid_message" {
			t.Errorf("without a call id: %v", err)
		}
	})
}
