package contacts

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agenthub/session/identity"
)

// day plays events into a detector and gathers what it would raise.
type day struct {
	*detector
	at  time.Time
	seq int64
}

func newDay(limits AlertLimits) *day {
	d := &day{detector: newDetector(limits), at: morning}
	d.live = true
	return d
}

// event happens in campaign x, so long after the one before.
func (d *day) event(after time.Duration, kind, agent, reason string) {
	d.at = d.at.Add(after)
	d.seq++
	e := entry{at: streamID{uint64(d.at.UnixMilli()), uint64(d.seq)}, Event: Event{Seq: d.seq, Type: kind, Agent: agent, Campaign: "x", Reason: reason}}
	d.see(&e)
}

func (d *day) raised() string {
	found, _ := d.findings()
	var all []string
	for k, m := range found {
		all = append(all, fmt.Sprintf("%s %s %.4g of %d", k.kind, k.subject, m.value, m.n))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestWhatIsAlerted(t *testing.T) {
	const second, minute = time.Second, time.Minute
	tests := []struct {
		name string
		play func(d *day)
		want string
	}{
		{"three in a row", func(d *day) {
			for range 3 {
				d.event(minute, "skip", "a", "")
			}
		}, ""},
		{"four in a row", func(d *day) {
			for range 4 {
				d.event(minute, "skip", "a", "")
			}
		}, "in_a_row a 4 of 4"},
		{"a dial between them", func(d *day) {
			for i := range 6 {
				d.event(minute, []string{"skip", "skip", "skip", "dial", "skip", "skip"}[i], "a", "")
			}
		}, ""},
		{"reservations, and a release by somebody else, do not end the row", func(d *day) {
			for i := range 4 {
				d.event(minute, []string{"skip", "skip_close"}[i%2], "a", "")
				d.event(second, "release", "a", "supervisor")
				d.event(second, "reserve", "a", "")
			}
		}, "in_a_row a 4 of 4"},
		{"a row of two agents is none", func(d *day) {
			for i := range 6 {
				d.event(minute, "skip", []string{"a", "b"}[i%2], "")
			}
		}, ""},
		{"five within a minute", func(d *day) {
			for range 5 {
				d.event(second, "dial", "a", "")
				d.event(14*second, "skip", "a", "")
			}
		}, "burst a 5 of 5, rate_agent a 0.5 of 10, rate_campaign x 0.5 of 10"},
		{"five within more", func(d *day) {
			for range 5 {
				d.event(second, "dial", "a", "")
				d.event(15*second, "skip", "a", "")
			}
		}, "rate_agent a 0.5 of 10, rate_campaign x 0.5 of 10"},
		{"three of nine: no rate without ten", func(d *day) {
			for i := range 9 {
				d.event(minute/2, []string{"dial", "dial", "skip"}[i%3], "a", "")
			}
		}, ""},
		{"a quarter of twelve is not over it", func(d *day) {
			for i := range 12 {
				d.event(minute/2, []string{"dial", "expire", "dial", "skip"}[i%4], "a", "")
			}
		}, ""},
		{"a third of twelve", func(d *day) {
			for i := range 12 {
				d.event(minute/2, []string{"dial", "dial", "skip"}[i%3], "a", "")
			}
		}, "rate_agent a 0.3333 of 12, rate_campaign x 0.3333 of 12"},
		{"twelve in an hour are no twelve in a quarter", func(d *day) {
			for i := range 12 {
				d.event(5*minute, []string{"dial", "dial", "skip"}[i%3], "a", "")
			}
		}, ""},
		{"a campaign that many agents skip", func(d *day) {
			for i := range 12 {
				d.event(second, []string{"skip", "dial", "dial"}[i%3], "agent"+fmt.Sprint(i), "")
			}
		}, "rate_campaign x 0.4 of 10"},
		{"a call that legacy clients never told", func(d *day) {
			for range 3 {
				d.event(minute, "skip", "a", "")
				d.event(minute, "review", "a", "maybe_dialled")
				d.event(minute, "review", "a", "no_outcome") // it was dialled already
			}
		}, ""},
		{"one reason behind most skips", func(d *day) {
			for i := range 40 {
				kind, reason := "dial", ""
				if i%4 == 0 {
					kind, reason = "skip", []string{"wrong_details", "wrong_details", "bad_time"}[i/4%3]
				}
				d.event(second, kind, "agent"+fmt.Sprint(i), reason)
			}
		}, "rate_campaign x 0.2703 of 37, reason x 0.7 of 10"},
		{"no reason is no reason", func(d *day) {
			for i := range 44 {
				d.event(second, []string{"skip", "dial", "dial", "dial"}[i%4], "agent"+fmt.Sprint(i), "")
			}
		}, "rate_campaign x 0.2683 of 41"},
		{"told once while it is open", func(d *day) {
			for range 4 {
				d.event(minute, "skip", "a", "")
			}
			d.findings()
			d.event(minute, "skip", "a", "")
		}, ""},
		{"the same event twice", func(d *day) {
			for range 8 {
				d.event(0, "skip", "a", "")
				d.seq--
			}
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDay(AlertLimits{})
			tt.play(d)
			if got := d.raised(); got != tt.want {
				t.Errorf("raised %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("other limits", func(t *testing.T) {
		d := newDay(AlertLimits{Row: 2, Burst: 3})
		for range 3 {
			d.event(time.Second, "skip", "a", "")
		}
		if got := d.raised(); got != "burst a 3 of 3, in_a_row a 3 of 3" {
			t.Errorf("raised %q", got)
		}
	})
}

// A detector's memory is bounded by who worked lately, whatever they write.
func TestDetectorForgets(t *testing.T) {
	d := newDay(AlertLimits{})
	for i := range 1000 {
		d.event(time.Millisecond, "skip", "agent"+fmt.Sprint(i), "reason "+fmt.Sprint(i))
	}
	if n := len(d.campaigns["x"].reasons); n > reasonsMost {
		t.Errorf("%d reasons counted", n)
	}
	d.settled(map[alertKey]bool{}, d.at.Add(14*time.Minute))
	if n := len(d.agents); n != 1000 {
		t.Errorf("%d agents remembered within the window", n)
	}
	d.settled(map[alertKey]bool{}, d.at.Add(16*time.Minute))
	if n := len(d.agents) + len(d.campaigns); n != 0 {
		t.Errorf("%d remembered after it", n)
	}
}

// runNode runs the follower and the alerts of one node until the test ends.
func (s *testStore) runNode(node *Store) {
	s.t.Helper()
	var works sync.WaitGroup
	ctx := s.t.Context() // ends before cleanups run
	works.Go(func() {
		node.Follow(ctx, Signals{
			Wake: func(identity.AgentID) {}, Kick: func(string, int, string) {}, Revoke: func(identity.AgentID, time.Time) {}, Rejoin: func() {},
		})
	})
	works.Go(func() { node.RunAlerts(ctx) })
	s.t.Cleanup(works.Wait)
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

func (s *testStore) alertLines() []string {
	s.t.Helper()
	return slices.DeleteFunc(s.events(), func(e string) bool { return !strings.HasPrefix(e, "alert ") })
}

// However many nodes see it: raised once, acknowledged once, cleared once.
func TestAlertIsMadeOnceByManyNodes(t *testing.T) {
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		now, err := s.rdb.Time(t.Context()).Result() // events have Redis' own time
		if err != nil {
			t.Fatal(err)
		}
		s.at(now)
		s.load("spring", 8)
		second := s.another("node2").Store
		s.runNode(s.Store)
		s.runNode(second)
		until(t, "both to follow", func() bool {
			s.alerts.mu.Lock()
			defer s.alerts.mu.Unlock()
			second.alerts.mu.Lock()
			defer second.alerts.mu.Unlock()
			return s.alerts.live && second.alerts.live
		})
		a := s.signIn("testagent")
		for range 4 {
			s.next(a)
			if _, err := s.ask(a, s.Skip, `{"Reason":"bad_time"}`); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"alert testagent  in_a_row"}
		until(t, "the alert", func() bool { return len(s.alertLines()) > 0 })
		for _, node := range []*Store{s.Store, second} {
			until(t, "both to have seen it", func() bool {
				node.alerts.mu.Lock()
				defer node.alerts.mu.Unlock()
				return len(node.alerts.open) == 1 && len(node.alerts.raise) == 0
			})
		}
		all, err := s.Alerts(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("alerts %v, %v", all, err)
		}
		got := all[0]
		if got.Kind != "in_a_row" || got.Subject != "testagent" || got.Agent != "testagent" || got.Campaign != "spring" || got.Value != 4 || got.Limit != 4 ||
			got.N != 4 || got.Since != stamp(s.now) || got.ClearedAt != "" || got.AckedBy != "" || got.ID != fmt.Sprint(got.Seq) {
			t.Fatalf("alert %+v", got)
		}

		for _, supervisor := range []string{"supervisor", "supervisor2"} {
			if got, err = s.Ack(t.Context(), got.ID, supervisor, "will call 555 010 1234"); err != nil || got.AckedBy != "supervisor" || got.AckedAt != stamp(s.now) {
				t.Fatalf("acknowledged by %s: %+v, %v", supervisor, got, err)
			}
		}
		if _, err := s.Ack(t.Context(), "999", "supervisor", ""); err == nil {
			t.Fatal("an alert that is not there was acknowledged")
		}
		want = append(want, "alert testagent  in_a_row")

		// Low enough for five minutes on every node: one of them clears it.
		below := []map[string]time.Time{{}, {}}
		for _, minutes := range []int{14, 16, 20, 22, 23} {
			for i, node := range []*Store{s.Store, second} {
				if err := node.settleAlerts(t.Context(), now.Add(time.Duration(minutes)*time.Minute), below[i]); err != nil {
					t.Fatal(err)
				}
			}
			all, _ := s.Alerts(t.Context())
			if cleared := all[0].ClearedAt != ""; cleared != (minutes >= 21) {
				t.Fatalf("after %d minutes cleared: %v", minutes, cleared)
			}
		}
		want = append(want, "alert testagent  in_a_row")

		// A node that lags behind cannot raise it once more for what was seen before.
		again := func(seq int64) string {
			t.Helper()
			word, err := s.tellAlert(t.Context(), all[0].field, "raise", seq, "hub", "4 skips in a row", alertRow, "testagent", "spring", "4", "4", "4")
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
		if got := s.alertLines(); !slices.Equal(got, want) {
			t.Fatalf("events %q, want %q", got, want)
		}
		err = s.Walk(t.Context(), Filter{Type: "alert"}, time.Time{}, time.Time{}, func(e Event) error {
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
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		s.load("spring", 8)
		a := s.signIn("testagent")
		skip := func() {
			s.next(a)
			if _, err := s.ask(a, s.Skip, ""); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			skip()
		}
		s.runNode(s.Store)
		until(t, "the warm-up", func() bool {
			s.alerts.mu.Lock()
			defer s.alerts.mu.Unlock()
			return s.alerts.live
		})
		if got := s.alertLines(); len(got) != 0 {
			t.Fatalf("raised %q", got)
		}
		skip()
		until(t, "the fourth skip", func() bool { return len(s.alertLines()) == 1 })
	})
}

func TestAlertsOverHTTP(t *testing.T) {
	store := &fakeStore{alerts: []Alert{
		{ID: "7", Kind: "in_a_row", Subject: "agent1", Campaign: "spring", Agent: "agent1", Value: 4, Limit: 4, N: 4, Since: "2026-03-02T15:00:00Z", Seq: 7},
		{ID: "5", Kind: "rate_campaign", Subject: "autumn", Campaign: "autumn", Value: 0.3, Limit: 0.25, N: 20, Since: "2026-03-02T14:00:00Z", Seq: 5},
	}}
	api := newTestAPI(t, store)
	const first = `{"id":"7","kind":"in_a_row","subject":"agent1","campaign":"spring","agent":"agent1","value":4,"limit":4,"n":4,` +
		`"since":"2026-03-02T15:00:00Z","clearedAt":"","ackedBy":"","ackedAt":"","seq":7}`
	for _, tt := range []struct {
		name, token, method, path, body string
		status                          int
		want, did                       string
	}{
		{"all", "supervisor", http.MethodGet, "/alerts", "", 200, `{"alerts":[` + first + `,{"id":"5",`, ""},
		{"own campaigns", "supervisor:spring", http.MethodGet, "/alerts", "", 200, `{"alerts":[` + first + `]}`, ""},
		{"none", "supervisor:winter", http.MethodGet, "/alerts", "", 200, `{"alerts":[]}`, ""},
		{"an agent", "agent", http.MethodGet, "/alerts", "", 403, "role", ""},
		{"acknowledge", "supervisor", http.MethodPost, "/alerts/7/ack", `{}`, 200, first, "ack 7 supervisor1 "},
		{"acknowledge with a note", "supervisor", http.MethodPost, "/alerts/7/ack", `{"note":"seen"}`, 200, first, "ack 7 supervisor1 seen"},
		{"another campaign's", "supervisor:spring", http.MethodPost, "/alerts/5/ack", `{}`, 404, "alert not found", ""},
		{"none such", "supervisor", http.MethodPost, "/alerts/6/ack", `{}`, 404, "alert not found", ""},
		{"unknown field", "supervisor", http.MethodPost, "/alerts/7/ack", `{"by":"me"}`, 422, "body.by", ""},
		{"campaign manager", "campaign", http.MethodPost, "/alerts/7/ack", `{}`, 403, "role", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store.did = nil
			contentType := ""
			if tt.body != "" {
				contentType = "application/json"
			}
			status, got, _ := api.call(t, tt.token, tt.method, tt.path, contentType, tt.body)
			if status != tt.status || !strings.Contains(got, tt.want) || strings.Join(store.did, ";") != tt.did {
				t.Fatalf("%d %s, did %q; want %d %s", status, got, store.did, tt.status, tt.want)
			}
		})
	}
}
