package feed_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/feed"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session/identity"
)

// runNode runs the follower and the alerts of one node until the test ends.
func runNode(s *contactstest.Node, node *feed.Feed) {
	s.T.Helper()
	var works sync.WaitGroup
	ctx := s.T.Context() // ends before cleanups run
	works.Go(func() {
		node.Follow(ctx, feed.Signals{
			Wake: func(identity.AgentID) {}, Kick: func(string, int, string) {}, Revoke: func(identity.AgentID, time.Time) {},
		})
	})
	works.Go(func() { node.RunAlerts(ctx) })
	s.T.Cleanup(works.Wait)
}

// until waits for what another goroutine brings about.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

func alertLines(s *contactstest.Node) []string {
	s.T.Helper()
	return slices.DeleteFunc(s.Events(), func(e string) bool { return !strings.HasPrefix(e, "alert ") })
}

// However many nodes see it: raised once, acknowledged once, cleared once.
func TestAlertIsMadeOnceByManyNodes(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		now, err := s.RDB.Time(t.Context()).Result() // events have Redis' own time
		if err != nil {
			t.Fatal(err)
		}
		s.At(now)
		s.Stock("spring", 8)
		second := s.Another("node2").Feed
		runNode(s, s.Feed)
		runNode(s, second)
		until(t, "both to follow", func() bool { return s.Feed.Watching() && second.Watching() })
		a := s.SignIn("testagent")
		for range 4 {
			s.Next(a)
			if _, err := s.Ask(a, s.Skip, `{"Reason":"bad_time"}`); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"alert testagent  in_a_row"}
		until(t, "the alert", func() bool { return len(alertLines(s)) > 0 })
		for _, node := range []*feed.Feed{s.Feed, second} {
			until(t, "both to have seen it", node.Settled)
		}
		all, err := s.Feed.Alerts(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("alerts %v, %v", all, err)
		}
		got := all[0]
		if got.Kind != "in_a_row" || got.Subject != "testagent" || got.Agent != "testagent" || got.Campaign != "spring" || got.Value != 4 || got.Limit != 4 ||
			got.N != 4 || got.Since != contacts.Stamp(s.Now) || got.ClearedAt != "" || got.AckedBy != "" || got.ID != fmt.Sprint(got.Seq) {
			t.Fatalf("alert %+v", got)
		}

		for _, supervisor := range []string{"supervisor", "supervisor2"} {
			if got, err = s.Feed.Ack(t.Context(), got.ID, supervisor, "will call 555 010 1234"); err != nil || got.AckedBy != "supervisor" || got.AckedAt != contacts.Stamp(s.Now) {
				t.Fatalf("acknowledged by %s: %+v, %v", supervisor, got, err)
			}
		}
		if _, err := s.Feed.Ack(t.Context(), "999", "supervisor", ""); err == nil {
			t.Fatal("an alert that is not there was acknowledged")
		}
		want = append(want, "alert testagent  in_a_row")

		// Low enough for five minutes on every node: one of them clears it.
		below := []map[string]time.Time{{}, {}}
		for _, minutes := range []int{14, 16, 20, 22, 23} {
			for i, node := range []*feed.Feed{s.Feed, second} {
				if err := node.ClearAlerts(t.Context(), now.Add(time.Duration(minutes)*time.Minute), below[i]); err != nil {
					t.Fatal(err)
				}
			}
			all, _ := s.Feed.Alerts(t.Context())
			if cleared := all[0].ClearedAt != ""; cleared != (minutes >= 21) {
				t.Fatalf("after %d minutes cleared: %v", minutes, cleared)
			}
		}
		want = append(want, "alert testagent  in_a_row")

		// A node that lags behind cannot raise it once more for what was seen before.
		again := func(seq int64) string {
			t.Helper()
			word, err := s.Store.Alert(t.Context(), all[0].Field(), "raise", seq, "hub", "4 skips in a row", "in_a_row", "testagent", "spring", "4", "4", "4")
			if err != nil {
				t.Fatal(err)
			}
			return word
		}
		if got := again(got.Seq + 1); got != "known" {
			t.Fatalf("raised again for an event before it cleared: %s", got)
		}
		if got := again(1000); got != "ok" {
			t.Fatalf("raised again for a later event: %s", got)
		}
		want = append(want, "alert testagent  in_a_row")
		if got := alertLines(s); !slices.Equal(got, want) {
			t.Fatalf("events %q, want %q", got, want)
		}
		err = s.Past.Walk(t.Context(), contacts.Filter{Type: "alert"}, time.Time{}, time.Time{}, func(e contacts.Event) error {
			if strings.Contains(e.Note, "1234") {
				t.Errorf("note %q", e.Note)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A node that starts counts the last quarter of an hour, and raises nothing of it.
func TestDetectorWarmsUp(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Stock("spring", 8)
		a := s.SignIn("testagent")
		skip := func() {
			s.Next(a)
			if _, err := s.Ask(a, s.Skip, ""); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			skip()
		}
		runNode(s, s.Feed)
		until(t, "the warm-up", s.Feed.Watching)
		if got := alertLines(s); len(got) != 0 {
			t.Fatalf("raised %q", got)
		}
		skip()
		until(t, "the fourth skip", func() bool { return len(alertLines(s)) == 1 })
	})
}
