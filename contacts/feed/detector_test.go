package feed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/history"
)

// day plays events into a detector and gathers what it would raise.
type day struct {
	*detector
	at  time.Time
	seq int64
}

func newDay(limits AlertLimits) *day {
	d := &day{detector: newDetector(limits), at: time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)}
	d.live = true
	return d
}

// event happens in campaign x, so long after the one before.
func (d *day) event(after time.Duration, kind, agent, reason string) {
	d.at = d.at.Add(after)
	d.seq++
	e := history.Entry{At: history.StreamID{Ms: uint64(d.at.UnixMilli()), N: uint64(d.seq)}, Own: d.at.UnixMilli(), Event: contacts.Event{Seq: d.seq, Type: kind, Agent: agent, Campaign: "x", Reason: reason}}
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
