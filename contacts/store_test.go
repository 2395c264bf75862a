package contacts

import (
	"testing"
	"time"
)

func TestSkipReleasesOnceAndTellsIt(t *testing.T) {
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		s.load("spring", 2)
		a := s.signIn("testagent")
		if got := s.next(a); got != "spring-1" {
			t.Fatalf("first contact = %s, want spring-1", got)
		}
		if got := s.next(a); got != "spring-1" {
			t.Fatalf("asking again = %s, want the held spring-1", got)
		}
		if _, err := s.ask(a, s.Skip, `{"ContactId":"spring-1","Reason":"bad_time","Note":"call 555 010 1234"}`); err != nil {
			t.Fatalf("Skip: %v", err)
		}
		if _, err := s.ask(a, s.Skip, `{"ContactId":"spring-1"}`); code(err) != "contact_not_found" {
			t.Fatalf("second skip = %v, want contact_not_found", err)
		}
		if got := s.state("spring-1"); got != Scheduled {
			t.Fatalf("after the skip spring-1 is %s, want scheduled", got)
		}
		if got := s.next(a); got != "spring-2" {
			t.Fatalf("next = %s, want spring-2", got)
		}
		s.after(15 * time.Minute)
		s.reap()
		if got := s.state("spring-1"); got != Available {
			t.Fatalf("after the delay spring-1 is %s, want available", got)
		}
		s.check()
		want := []string{"reserve testagent spring-1 ", "skip testagent spring-1 bad_time", "reserve testagent spring-2 ", "expire testagent spring-2 "}
		got := s.events()
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
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		s.load("spring", 1)
		mine := Row{
			ID: "spring-1", Campaign: "autumn", Phone: "+1 555 0199", E164: "+15550199", AccountNumber: "spring-1",
			serves: serving([]string{"autumn"}),
		}
		if got := s.imports(mine)[0]; got != ImportForeign {
			t.Fatalf("taking spring-1 to autumn = %s, want foreign", got)
		}
		if c, err := s.Contact(t.Context(), "spring-1"); err != nil || c.Campaign != "spring" || c.LastFour == "0199" {
			t.Fatalf("spring-1 is %+v, %v, want it as it was", c, err)
		}
		mine.serves = serving([]string{"autumn", "spring"})
		if got := s.imports(mine)[0]; got != ImportUpdated {
			t.Fatalf("with both campaigns = %s, want updated", got)
		}
	})
}
