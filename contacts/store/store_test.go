package store_test

import (
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

func TestSkipReleasesOnceAndTellsIt(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Stock("spring", 2)
		a := s.SignIn("testagent")
		if got := s.Next(a); got != "spring-1" {
			t.Fatalf("first contact = %s, want spring-1", got)
		}
		if got := s.Next(a); got != "spring-1" {
			t.Fatalf("asking again = %s, want the held spring-1", got)
		}
		if _, err := s.Ask(a, s.Skip, `{"ContactId":"spring-1","Reason":"bad_time","Note":"call 555 010 1234"}`); err != nil {
			t.Fatalf("Skip: %v", err)
		}
		if _, err := s.Ask(a, s.Skip, `{"ContactId":"spring-1"}`); contactstest.Code(err) != "contact_not_found" {
			t.Fatalf("second skip = %v, want contact_not_found", err)
		}
		if got := s.State("spring-1"); got != contacts.Scheduled {
			t.Fatalf("after the skip spring-1 is %s, want scheduled", got)
		}
		if got := s.Next(a); got != "spring-2" {
			t.Fatalf("next = %s, want spring-2", got)
		}
		s.After(15 * time.Minute)
		s.Reap()
		if got := s.State("spring-1"); got != contacts.Available {
			t.Fatalf("after the delay spring-1 is %s, want available", got)
		}
		s.Check()
		want := []string{"reserve testagent spring-1 ", "skip testagent spring-1 bad_time", "reserve testagent spring-2 ", "expire testagent spring-2 "}
		got := s.Events()
		if len(got) != len(want) {
			t.Fatalf("events = %q, want %q", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("event %d = %q, want %q", i, got[i], want[i])
			}
		}
	})
}

func TestLoaderTouchesNoCampaignButItsOwn(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Stock("spring", 1)
		mine := contacts.Row{
			ID: "spring-1", Campaign: "autumn", Phone: "+1 555 0199", E164: "+15550199", AccountNumber: "spring-1",
		}
		load := func(serves ...string) contacts.ImportResult {
			t.Helper()
			got, err := s.Store.Import(t.Context(), []contacts.Row{mine}, serves)
			if err != nil {
				t.Fatal(err)
			}
			return got[0]
		}
		if got := load("autumn"); got != contacts.ImportForeign {
			t.Fatalf("taking spring-1 to autumn = %s, want foreign", got)
		}
		if c, err := s.Read.Contact(t.Context(), "spring-1"); err != nil || c.Campaign != "spring" || c.LastFour == "0199" {
			t.Fatalf("spring-1 is %+v, %v, want it as it was", c, err)
		}
		if got := load("autumn", "spring"); got != contacts.ImportUpdated {
			t.Fatalf("with both campaigns = %s, want updated", got)
		}
	})
}
