package desk_test

import (
	"strconv"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/envelope"
)

// What a skip reason does beyond its word: blocks the number, or needs a note.
func TestSkipReasons(t *testing.T) {
	own := &contacts.Rules{SkipReasons: []contacts.SkipReason{
		{ID: "angry", Label: "Angry", Suppresses: true},
		{ID: "why", Label: "Say why", NeedsNote: true},
		{ID: "both", Label: "Both", NeedsNote: true, Suppresses: true},
		{ID: "plain", Label: "Plain"},
	}}
	called := &contacts.Rules{Skip: contacts.SkipOff, SkipReasons: own.SkipReasons}
	const disabled = "Contacts of this campaign cannot be skipped"
	tests := []struct {
		name    string
		rules   *contacts.Rules // nil: nobody configured the campaign
		reason  string
		note    string
		says    string
		state   contacts.State
		blocked bool
	}{
		{"unconfigured, default that suppresses", nil, "do_not_call", "", "ok", contacts.Closed, true},
		{"unconfigured, default that needs a note", nil, "other", "", "Note is missing, this Reason needs one", contacts.Reserved, false},
		{"unconfigured, with its note", nil, "other", "in a meeting", "ok", contacts.Scheduled, false},
		{"unconfigured, a note of spaces", nil, "other", ` \t`, "Note is missing, this Reason needs one", contacts.Reserved, false},
		{"unconfigured, free text", nil, "dog barks", "", "Reason is none of the campaign's", contacts.Reserved, false},
		{"no reason", nil, "", "", "ok", contacts.Scheduled, false},
		{"configured without reasons has the defaults", &contacts.Rules{}, "do_not_call", "", "ok", contacts.Closed, true},
		{"own reason that suppresses", own, "angry", "", "ok", contacts.Closed, true},
		{"own reason that needs a note", own, "why", "", "Note is missing, this Reason needs one", contacts.Reserved, false},
		{"own reason, both", own, "both", "he said so", "ok", contacts.Closed, true},
		{"own plain reason", own, "plain", "", "ok", contacts.Scheduled, false},
		{"a default that the campaign does not have", own, "do_not_call", "", "Reason is none of the campaign's", contacts.Reserved, false},
		{"an own reason, another campaign's default by label", own, "Angry", "", "Reason is none of the campaign's", contacts.Reserved, false},
		{"an empty list is the defaults", &contacts.Rules{SkipReasons: []contacts.SkipReason{}}, "do_not_call", "", "ok", contacts.Closed, true},
		{"not skipped, a plain reason", called, "plain", "", disabled, contacts.Reserved, false},
		{"not skipped, one that needs a note", called, "why", "", disabled, contacts.Reserved, false},
		{"not skipped, no reason", called, "", "", disabled, contacts.Reserved, false},
		{"not skipped, none of the campaign's", called, "bad_time", "", "Reason is none of the campaign's", contacts.Reserved, false},
		{"not skipped, but who does not want calls is heard", called, "angry", "", "ok", contacts.Closed, true},
		{"not skipped, default that suppresses", &contacts.Rules{Skip: contacts.SkipOff}, "do_not_call", "", "ok", contacts.Closed, true},
		{"skipped, said so", &contacts.Rules{Skip: contacts.SkipOn, SkipLimit: 3}, "bad_time", "", "ok", contacts.Scheduled, false},
	}
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		for i, tt := range tests {
			campaign := contacts.CampaignID("camp" + strconv.Itoa(i))
			if tt.rules != nil {
				s.Put(campaign, *tt.rules)
			}
			s.Stock(string(campaign), 1)
			id := string(campaign) + "-1"
			a := s.SignIn("agent"+strconv.Itoa(i), func(c *session.Claim) { c.Campaigns = []string{string(campaign)} })
			if got := s.Next(a); got != id {
				t.Fatalf("%s: got %s", tt.name, got)
			}
			before := len(s.Events())
			_, err := s.Ask(a, s.Skip, `{"ContactId":"`+id+`","Reason":"`+tt.reason+`","Note":"`+tt.note+`"}`)
			says := "ok"
			if err != nil {
				says = envelope.AsError(err).Message
			}
			if says != tt.says || s.State(id) != tt.state {
				t.Errorf("%s: %q and %s, want %q and %s", tt.name, says, s.State(id), tt.says, tt.state)
			}
			if tt.says != "ok" && len(s.Events()) != before {
				t.Errorf("%s: refused, and told in the feed", tt.name)
			}
			again := s.Imports(contacts.Row{ID: contacts.ID(id + "b"), Campaign: campaign, E164: "+999" + string(campaign) + "100"})[0]
			if (again == contacts.ImportBlocked) != tt.blocked {
				t.Errorf("%s: the number in another contact is %s", tt.name, again)
			}
		}
	})
}

// One number on the do-not-call list closes its contacts wherever they are. A
// holder is told; who has dialled finishes the call, and the contact closes then.
func TestSuppressingSkipClosesTheNumberEverywhere(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		for _, row := range []contacts.Row{
			{ID: "c1", Campaign: "spring", AccountNumber: "c1", E164: "+12125550123"},
			{ID: "c2", Campaign: "autumn", AccountNumber: "c2", E164: "+12125550123"},
			{ID: "c3", Campaign: "winter", AccountNumber: "c3", E164: "+12125550123", NotBefore: s.Now.Add(time.Hour)},
		} {
			s.Imports(row)
		}
		a := s.SignIn("testagent")
		if got := s.Next(a); got != "c1" {
			t.Fatalf("first = %s", got)
		}
		if _, err := s.Ask(a, s.Skip, `{"ContactId":"c1","Reason":"do_not_call"}`); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"c1", "c2", "c3"} {
			if got := s.State(id); got != contacts.Closed {
				t.Errorf("%s is %s, want closed", id, got)
			}
		}
		if got := s.Next(a); got != "no_contacts" {
			t.Errorf("then %s", got)
		}
		results, _, _, err := s.Past.Outcomes(t.Context(), "", 10)
		if err != nil || len(results) != 3 {
			t.Fatalf("%d results, %v, want one of each contact", len(results), err)
		}
	})
}

func TestBlockedWhileHeldOrDialled(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Imports(contacts.Row{ID: "c1", Campaign: "spring", AccountNumber: "c1", E164: "+12125550123"})
		s.Imports(contacts.Row{ID: "c2", Campaign: "spring", AccountNumber: "c2", E164: "+12125550124"})
		a, b := s.SignIn("testagent"), s.SignIn("agent1")
		if s.Next(a) != "c1" || s.Next(b) != "c2" {
			t.Fatal("not in order")
		}
		if _, err := s.Ask(b, s.Dial, `{"ContactId":"c2"}`); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Store.Block(t.Context(), []string{"+12125550123", "+12125550124"}, "campaign", ""); n != 2 || err != nil {
			t.Fatalf("Block = %d, %v", n, err)
		}
		pushes, err := s.Wake(t.Context(), a)
		if err != nil || len(pushes) != 1 || pushes[0].Subtopic != "Released" {
			t.Fatalf("the holder is told %v, %v", pushes, err)
		}
		if got := s.State("c1"); got != contacts.Closed {
			t.Fatalf("the reserved one is %s", got)
		}
		if got := s.State("c2"); got != contacts.Dialled {
			t.Fatalf("the dialled one is %s, want dialled: its call goes on", got)
		}
		if _, err := s.Ask(b, s.SetOutcome, `{"AccountNumber":"c2","OutcomeId":3}`); err != nil {
			t.Fatal(err)
		}
		if got := s.State("c2"); got != contacts.Closed {
			t.Fatalf("after its call c2 is %s, want closed whatever the outcome", got)
		}
	})
}

// The kill switch: nothing of a paused campaign is reserved or dialled, and
// nobody else's contact is touched.
func TestPausedCampaign(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Stock("spring", 2)
		s.Stock("autumn", 1)
		s.Imports(contacts.Row{ID: "p1", Campaign: "spring", AccountNumber: "p1", E164: "+12125550129", CallType: contacts.CallPersonalCallback, PersonalAgent: "agent1"})
		a, b := s.SignIn("testagent"), s.SignIn("agent1", func(c *session.Claim) { c.Campaigns = []string{"spring"} })
		if got := s.Next(a); got != "spring-1" {
			t.Fatalf("first = %s", got)
		}
		before := len(s.Events())
		s.Put("spring", contacts.Rules{State: contacts.CampaignPaused})
		if got := len(s.Events()); got != before {
			t.Fatalf("pausing told %d events", got-before)
		}
		if _, err := s.Ask(a, s.Dial, `{"ContactId":"spring-1"}`); contactstest.Code(err) != "not_allowed" {
			t.Fatalf("Dial in a paused campaign: %v", err)
		}
		if got := s.Next(b); got != "no_contacts" {
			t.Fatalf("reserved %s of a paused campaign, its callback included", got)
		}
		if _, err := s.Store.Assign(t.Context(), "agent1", "spring-2", "", time.Hour, "campaign"); err == nil {
			t.Fatal("reserved a contact of a paused campaign from outside")
		}
		if _, err := s.Ask(a, s.Skip, `{"ContactId":"spring-1"}`); err != nil {
			t.Fatalf("a skip in a paused campaign: %v", err)
		}
		if got := s.Next(a); got != "autumn-1" {
			t.Fatalf("next = %s, want autumn-1", got)
		}
		s.Put("spring", contacts.Rules{})
		if got := s.Next(b); got != "p1" {
			t.Fatalf("running again: %s, want p1", got)
		}
	})
}

func TestAttemptsOfADay(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Put("spring", contacts.Rules{
			MaxAttempts24h: 2, Outcomes: []contacts.OutcomeRule{{ID: "3", Label: "Busy", Effect: contacts.EffectRetry, Delay: contacts.Duration(time.Minute)}},
		})
		s.Stock("spring", 1)
		a := s.SignIn("testagent")
		start := s.Now
		for range 2 {
			if got := s.Next(a); got != "spring-1" {
				t.Fatalf("got %s at %s", got, s.Now)
			}
			if _, err := s.Ask(a, s.Dial, ""); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Ask(a, s.SetOutcome, `{"AccountNumber":"spring-1","OutcomeId":"3"}`); err != nil {
				t.Fatal(err)
			}
			s.After(time.Minute)
			s.Reap()
		}
		if got, want := due(s, "spring-1"), start.Add(24*time.Hour); s.State("spring-1") != contacts.Scheduled || !got.Equal(want) {
			t.Fatalf("after two attempts it is %s until %s, want until %s", s.State("spring-1"), got, want)
		}
		s.At(start.Add(24 * time.Hour))
		s.Reap()
		if got := s.Next(a); got != "spring-1" {
			t.Fatalf("a day later: %s", got)
		}
	})
}
