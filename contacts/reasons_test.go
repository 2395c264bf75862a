package contacts

import (
	"testing"
	"time"

	"agenthub/session"

	"agenthub/session/envelope"
)

// What a skip reason does beyond its word: blocks the number, or needs a note.
func TestSkipReasons(t *testing.T) {
	own := &Rules{SkipReasons: []SkipReason{
		{ID: "angry", Label: "Angry", Suppresses: true},
		{ID: "why", Label: "Say why", NeedsNote: true},
		{ID: "both", Label: "Both", NeedsNote: true, Suppresses: true},
		{ID: "plain", Label: "Plain"},
	}}
	tests := []struct {
		name    string
		rules   *Rules // nil: nobody configured the campaign
		reason  string
		note    string
		says    string
		state   State
		blocked bool
	}{
		{"unconfigured, default that suppresses", nil, "do_not_call", "", "ok", Closed, true},
		{"unconfigured, default that needs a note", nil, "other", "", "Note is missing, this Reason needs one", Reserved, false},
		{"unconfigured, with its note", nil, "other", "in a meeting", "ok", Scheduled, false},
		{"unconfigured, a note of spaces", nil, "other", ` \t`, "Note is missing, this Reason needs one", Reserved, false},
		{"unconfigured, free text", nil, "dog barks", "", "ok", Scheduled, false},
		{"no reason", nil, "", "", "ok", Scheduled, false},
		{"configured without reasons has the defaults", &Rules{}, "do_not_call", "", "ok", Closed, true},
		{"own reason that suppresses", own, "angry", "", "ok", Closed, true},
		{"own reason that needs a note", own, "why", "", "Note is missing, this Reason needs one", Reserved, false},
		{"own reason, both", own, "both", "he said so", "ok", Closed, true},
		{"own plain reason", own, "plain", "", "ok", Scheduled, false},
		{"a default that the campaign does not have", own, "do_not_call", "", "ok", Scheduled, false},
	}
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		for i, tt := range tests {
			campaign := CampaignID("camp" + itoa(i))
			if tt.rules != nil {
				if err := s.PutCampaign(t.Context(), campaign, *tt.rules); err != nil {
					t.Fatal(err)
				}
			}
			s.load(string(campaign), 1)
			id := string(campaign) + "-1"
			a := s.signIn("agent"+itoa(i), func(c *session.Claim) { c.Campaigns = []string{string(campaign)} })
			if got := s.next(a); got != id {
				t.Fatalf("%s: got %s", tt.name, got)
			}
			before := len(s.events())
			_, err := s.ask(a, s.Skip, `{"ContactId":"`+id+`","Reason":"`+tt.reason+`","Note":"`+tt.note+`"}`)
			says := "ok"
			if err != nil {
				says = envelope.AsError(err).Message
			}
			if says != tt.says || s.state(id) != tt.state {
				t.Errorf("%s: %q and %s, want %q and %s", tt.name, says, s.state(id), tt.says, tt.state)
			}
			if tt.says != "ok" && len(s.events()) != before {
				t.Errorf("%s: refused, and told in the feed", tt.name)
			}
			again := s.imports(Row{ID: ID(id + "b"), Campaign: campaign, E164: "+1555" + string(campaign) + "100"})[0]
			if (again == ImportBlocked) != tt.blocked {
				t.Errorf("%s: the number in another contact is %s", tt.name, again)
			}
		}
	})
}

// One number on the do-not-call list closes its contacts wherever they are. A
// holder is told; who has dialled finishes the call, and the contact closes then.
func TestSuppressingSkipClosesTheNumberEverywhere(t *testing.T) {
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		for _, row := range []Row{
			{ID: "c1", Campaign: "spring", AccountNumber: "c1", E164: "+12125550123"},
			{ID: "c2", Campaign: "autumn", AccountNumber: "c2", E164: "+12125550123"},
			{ID: "c3", Campaign: "winter", AccountNumber: "c3", E164: "+12125550123", NotBefore: s.now.Add(time.Hour)},
		} {
			s.imports(row)
		}
		a := s.signIn("testagent")
		if got := s.next(a); got != "c1" {
			t.Fatalf("first = %s", got)
		}
		if _, err := s.ask(a, s.Skip, `{"ContactId":"c1","Reason":"do_not_call"}`); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"c1", "c2", "c3"} {
			if got := s.state(id); got != Closed {
				t.Errorf("%s is %s, want closed", id, got)
			}
		}
		if got := s.next(a); got != "no_contacts" {
			t.Errorf("then %s", got)
		}
		results, _, _, err := s.Outcomes(t.Context(), "", 10)
		if err != nil || len(results) != 3 {
			t.Fatalf("%d results, %v, want one of each contact", len(results), err)
		}
	})
}

func TestBlockedWhileHeldOrDialled(t *testing.T) {
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		s.imports(Row{ID: "c1", Campaign: "spring", AccountNumber: "c1", E164: "+12125550123"})
		s.imports(Row{ID: "c2", Campaign: "spring", AccountNumber: "c2", E164: "+12125550124"})
		a, b := s.signIn("testagent"), s.signIn("agent1")
		if s.next(a) != "c1" || s.next(b) != "c2" {
			t.Fatal("not in order")
		}
		if _, err := s.ask(b, s.Dial, `{"ContactId":"c2"}`); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Block(t.Context(), []string{"+12125550123", "+12125550124"}, "campaign"); n != 2 || err != nil {
			t.Fatalf("Block = %d, %v", n, err)
		}
		pushes, err := s.Wake(t.Context(), a)
		if err != nil || len(pushes) != 1 || pushes[0].Subtopic != "Released" {
			t.Fatalf("the holder is told %v, %v", pushes, err)
		}
		if got := s.state("c1"); got != Closed {
			t.Fatalf("the reserved one is %s", got)
		}
		if got := s.state("c2"); got != Dialled {
			t.Fatalf("the dialled one is %s, want dialled: its call goes on", got)
		}
		if _, err := s.ask(b, s.SetOutcome, `{"AccountNumber":"c2","OutcomeId":3}`); err != nil {
			t.Fatal(err)
		}
		if got := s.state("c2"); got != Closed {
			t.Fatalf("after its call c2 is %s, want closed whatever the outcome", got)
		}
	})
}

// The kill switch: nothing of a paused campaign is reserved or dialled, and
// nobody else's contact is touched.
func TestPausedCampaign(t *testing.T) {
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		s.load("spring", 2)
		s.load("autumn", 1)
		s.imports(Row{ID: "p1", Campaign: "spring", AccountNumber: "p1", E164: "+12125550129", CallType: CallPersonalCallback, PersonalAgent: "agent1"})
		a, b := s.signIn("testagent"), s.signIn("agent1", func(c *session.Claim) { c.Campaigns = []string{"spring"} })
		if got := s.next(a); got != "spring-1" {
			t.Fatalf("first = %s", got)
		}
		before := len(s.events())
		if err := s.PutCampaign(t.Context(), "spring", Rules{State: CampaignPaused}); err != nil {
			t.Fatal(err)
		}
		if got := len(s.events()); got != before {
			t.Fatalf("pausing told %d events", got-before)
		}
		if _, err := s.ask(a, s.Dial, `{"ContactId":"spring-1"}`); code(err) != "not_allowed" {
			t.Fatalf("Dial in a paused campaign: %v", err)
		}
		if got := s.next(b); got != "no_contacts" {
			t.Fatalf("reserved %s of a paused campaign, its callback included", got)
		}
		if _, err := s.Assign(t.Context(), "agent1", "spring-2", "", time.Hour, "campaign"); err == nil {
			t.Fatal("reserved a contact of a paused campaign from outside")
		}
		if _, err := s.ask(a, s.Skip, `{"ContactId":"spring-1"}`); err != nil {
			t.Fatalf("a skip in a paused campaign: %v", err)
		}
		if got := s.next(a); got != "autumn-1" {
			t.Fatalf("next = %s, want autumn-1", got)
		}
		if err := s.PutCampaign(t.Context(), "spring", Rules{}); err != nil {
			t.Fatal(err)
		}
		if got := s.next(b); got != "p1" {
			t.Fatalf("running again: %s, want p1", got)
		}
	})
}

func TestAttemptsOfADay(t *testing.T) {
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		if err := s.PutCampaign(t.Context(), "spring", Rules{
			MaxAttempts24h: 2, Outcomes: []OutcomeRule{{ID: "3", Label: "Busy", Effect: EffectRetry, Delay: Duration(time.Minute)}},
		}); err != nil {
			t.Fatal(err)
		}
		s.load("spring", 1)
		a := s.signIn("testagent")
		start := s.now
		for range 2 {
			if got := s.next(a); got != "spring-1" {
				t.Fatalf("got %s at %s", got, s.now)
			}
			if _, err := s.ask(a, s.Dial, ""); err != nil {
				t.Fatal(err)
			}
			if _, err := s.ask(a, s.SetOutcome, `{"AccountNumber":"spring-1","OutcomeId":"3"}`); err != nil {
				t.Fatal(err)
			}
			s.after(time.Minute)
			s.reap()
		}
		if got, want := s.due("spring-1"), start.Add(24*time.Hour); s.state("spring-1") != Scheduled || !got.Equal(want) {
			t.Fatalf("after two attempts it is %s until %s, want until %s", s.state("spring-1"), got, want)
		}
		s.at(start.Add(24 * time.Hour))
		s.reap()
		if got := s.next(a); got != "spring-1" {
			t.Fatalf("a day later: %s", got)
		}
	})
}
