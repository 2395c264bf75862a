package desk_test

import (
	"encoding/json"
	"strings"
	"testing"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session"
)

// shownChoices are the ids of the reasons and outcomes in an answer or a push, "" if it has none.
func shownChoices(t *testing.T, message any) string {
	t.Helper()
	text, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	var shown struct {
		SkipReasons, Outcomes []struct{ ID string }
	}
	if err := json.Unmarshal(text, &shown); err != nil {
		t.Fatal(err)
	}
	var ids strings.Builder
	for _, one := range append(shown.SkipReasons, shown.Outcomes...) {
		ids.WriteString(one.ID + " ")
	}
	return ids.String()
}

const (
	defaultChoices = "bad_time wrong_details duplicate known_person other do_not_call 0 1 2 3 4 5 6 7 8 9 "
	ownChoices     = "angry 0 1 2 3 4 5 6 7 8 9 77 "
)

// What an agent may answer comes with the contact it is about, where it is not what the client knows already.
func TestChoicesTravelWithTheContact(t *testing.T) {
	own := contacts.Rules{
		SkipReasons: []contacts.SkipReason{{ID: "angry", Label: "Do not call again", Suppresses: true}},
		Outcomes:    []contacts.OutcomeRule{{ID: "77", Label: "Sold", Effect: contacts.EffectClose}},
	}
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		ctx := t.Context()
		s.Put("own", own)
		s.Stock("plain", 2)
		s.Stock("own", 2)
		c := s.SignIn("testagent", func(c *session.Claim) { c.Campaigns = []string{"plain"} })
		next := func(campaign, want string) {
			t.Helper()
			c.Campaigns = []string{campaign}
			got, err := s.Ask(c, s.GetContact, "")
			if err != nil {
				t.Fatal(err)
			}
			if ids := shownChoices(t, got); ids != want {
				t.Fatalf("with a contact of %s come %q, want %q", campaign, ids, want)
			}
		}
		skip := func(reason, want string) {
			t.Helper()
			if _, err := s.Ask(c, s.Skip, `{"Reason":"`+reason+`"}`); contactstest.Code(err) != want {
				t.Fatalf("skip %s: %v, want %s", reason, err, want)
			}
		}
		next("plain", "") // Hello told them
		skip("bad_time", "ok")
		next("own", ownChoices)
		skip("do_not_call", "invalid_message") // the toolbar's default, which is none of this campaign's
		if got := s.State("own-1"); got != contacts.Reserved {
			t.Fatalf("after a refused skip it is %s", got)
		}
		next("own", "") // the same contact again
		if again, err := s.Ask(c, s.GetReserved, ""); err != nil || shownChoices(t, again) != "" {
			t.Fatalf("GetReservedContactOD: %v, %v", again, err)
		}
		skip("angry", "ok")
		if got := s.State("own-1"); got != contacts.Closed {
			t.Fatalf("after a skip that blocks it is %s", got)
		}
		next("plain", defaultChoices)

		// Other rules while it is held: told once, and held to.
		s.Put("plain", own)
		if all := s.RulesChanged("plain"); len(all) != 1 || all[0] != "testagent" {
			t.Fatalf("told are %v", all)
		}
		pushes, err := s.Wake(ctx, c)
		if err != nil || len(pushes) != 1 || pushes[0].Subtopic != "Rules" || shownChoices(t, pushes[0].Message) != ownChoices {
			t.Fatalf("a holder is told %+v, %v", pushes, err)
		}
		if pushes, err = s.Wake(ctx, c); err != nil || len(pushes) != 0 {
			t.Fatalf("and then %+v, %v", pushes, err)
		}
		skip("bad_time", "invalid_message")
		skip("angry", "ok")
	})
}

// A node that did not put the rules shows the new ones as soon as it has heard of them.
func TestChoicesOfAnotherNode(t *testing.T) {
	s := contactstest.New(t, "redis", store.DefaultPolicy())
	other := s.Another("node2")
	s.Stock("x", 1)
	c := s.SignIn("testagent")
	if got := s.Next(c); got != "x-1" {
		t.Fatal(got)
	}
	other.Put("x", contacts.Rules{SkipReasons: []contacts.SkipReason{{ID: "angry", Label: "Angry"}}})
	if all := s.RulesChanged("x"); len(all) != 1 {
		t.Fatalf("told are %v", all)
	}
	pushes, err := s.Wake(t.Context(), c)
	if err != nil || len(pushes) != 1 || shownChoices(t, pushes[0].Message) != "angry 0 1 2 3 4 5 6 7 8 9 " {
		t.Fatalf("told is %+v, %v", pushes, err)
	}
	// A client that knows the vendor's messages alone is told nothing of all this.
	legacy := s.SignIn("agent1", contactstest.Legacy)
	s.Stock("y", 1)
	got, err := s.Ask(legacy, s.GetContact, "")
	if err != nil || shownChoices(t, got) != "" {
		t.Fatalf("%v, %v", got, err)
	}
}
