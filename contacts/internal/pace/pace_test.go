package pace

import (
	"slices"
	"strings"
	"testing"
	"time"

	"agenthub/contacts/packs"

	"pgregory.net/rapid"
)

var noon = time.Date(2027, 1, 5, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration, rest ...string) Attempt {
	a := Attempt{At: noon.Add(-d), Outcome: "1", Contact: "c1", Account: "a1"}
	for i, to := range []*string{&a.Outcome, &a.Contact, &a.Account}[:len(rest)] {
		*to = rest[i]
	}
	return a
}

func TestRefuses(t *testing.T) {
	three := packs.Limit{ID: "fl-3", Max: 3, Window: "24h"}
	for _, c := range []struct {
		name     string
		pace     Pace
		attempts []Attempt
		want     string
	}{
		{"none before", Pace{Limits: []packs.Limit{three}, MinGap: time.Hour}, nil, ""},
		{"two of three", Pace{Limits: []packs.Limit{three}}, []Attempt{ago(time.Hour), ago(2 * time.Hour)}, ""},
		{"three, in any order", Pace{Limits: []packs.Limit{three}}, []Attempt{ago(time.Hour), ago(3 * time.Hour), ago(2 * time.Hour)}, "too_many_attempts fl-3 21h0m0s"},
		{"four", Pace{Limits: []packs.Limit{three}}, []Attempt{ago(time.Hour), ago(4 * time.Hour), ago(3 * time.Hour), ago(2 * time.Hour)}, "too_many_attempts fl-3 21h0m0s"},
		{"the first is a day old", Pace{Limits: []packs.Limit{three}}, []Attempt{ago(time.Hour), ago(2 * time.Hour), ago(24 * time.Hour)}, ""},
		{"nearly", Pace{Limits: []packs.Limit{three}}, []Attempt{ago(time.Hour), ago(2 * time.Hour), ago(24*time.Hour - time.Millisecond)}, "too_many_attempts fl-3 1ms"},
		{"other contacts of the person", Pace{Limits: []packs.Limit{three}}, []Attempt{ago(time.Hour, "1", "c2"), ago(2*time.Hour, "1", "c3"), ago(3 * time.Hour)}, "too_many_attempts fl-3 21h0m0s"},
		{"per contact", Pace{Limits: []packs.Limit{{ID: "x", Max: 1, Window: "720h", Per: packs.PerContact}}}, []Attempt{ago(time.Hour, "1", "c2")}, ""},
		{"per account", Pace{Limits: []packs.Limit{{ID: "x", Max: 1, Window: "720h", Per: packs.PerAccount}}}, []Attempt{ago(time.Hour, "1", "c2", "a1"), ago(time.Minute, "1", "c1", "a2")}, "too_many_attempts x 719h0m0s"},
		{"by outcome", Pace{Limits: []packs.Limit{{ID: "x", Max: 1, Window: "1h", Outcomes: []string{"7"}}}}, []Attempt{ago(time.Minute), ago(time.Hour/2, "7")}, "too_many_attempts x 30m0s"},
		{"a gap", Pace{MinGap: 4 * time.Hour}, []Attempt{ago(5 * time.Hour), ago(3 * time.Hour)}, "too_soon minGap 1h0m0s"},
		{"a gap that is over", Pace{MinGap: 3 * time.Hour}, []Attempt{ago(3 * time.Hour)}, ""},
		{"a pause", Pace{PauseAfter: []Pause{{[]string{"3", "4"}, 48 * time.Hour}}}, []Attempt{ago(time.Hour), ago(2*time.Hour, "4")}, "too_soon pauseAfter 46h0m0s"},
		{"what holds longest", Pace{Limits: []packs.Limit{three}, MinGap: 23 * time.Hour}, []Attempt{ago(time.Hour), ago(2 * time.Hour), ago(3 * time.Hour)}, "too_soon minGap 22h0m0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if r := c.pace.Refuses(c.attempts, "c1", "a1", noon); r != nil {
				got = strings.Join([]string{r.Code, r.Rule, r.Opens.Sub(noon).String()}, " ")
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Another attempt never allows a call sooner, what is refused is allowed at the
// time it names and not before, and no limit is ever passed by who keeps to it.
func TestPaceIsKept(t *testing.T) {
	attempt := rapid.Custom(func(t *rapid.T) Attempt {
		return ago(time.Duration(rapid.IntRange(0, 800*60).Draw(t, "minutes"))*time.Minute, rapid.SampledFrom([]string{"1", "2"}).Draw(t, "outcome"),
			rapid.SampledFrom([]string{"c1", "c2"}).Draw(t, "contact"), rapid.SampledFrom([]string{"a1", "a2"}).Draw(t, "account"))
	})
	hours := rapid.SampledFrom([]string{"1h", "24h", "90m", "720h"})
	outcomes := rapid.SampledFrom([][]string{nil, {"1"}, {"2"}})
	limits := rapid.Custom(func(t *rapid.T) packs.Limit {
		return packs.Limit{
			ID: "l", Max: rapid.IntRange(1, 4).Draw(t, "max"), Window: hours.Draw(t, "window"),
			Per: rapid.SampledFrom([]string{"", packs.PerContact, packs.PerAccount}).Draw(t, "per"), Outcomes: outcomes.Draw(t, "outcomes"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		pace := Pace{Limits: rapid.SliceOfN(limits, 0, 3).Draw(t, "limits"), MinGap: rapid.SampledFrom([]time.Duration{0, 5 * time.Hour}).Draw(t, "gap")}
		if rapid.Bool().Draw(t, "pause") {
			pace.PauseAfter = []Pause{{[]string{"2"}, rapid.SampledFrom([]time.Duration{time.Hour, 90 * time.Minute, 720 * time.Hour}).Draw(t, "for")}}
		}
		before := rapid.SliceOfN(attempt, 0, 12).Draw(t, "attempts")
		opens := func(all []Attempt) time.Time {
			if r := pace.Refuses(all, "c1", "a1", noon); r != nil {
				return r.Opens
			}
			return noon
		}
		at := opens(before)
		if more := opens(append(slices.Clip(before), attempt.Draw(t, "one more"))); more.Before(at) {
			t.Fatalf("one attempt more opens %v, before %v", more, at)
		}
		if r := pace.Refuses(before, "c1", "a1", at); r != nil {
			t.Fatalf("still refused by %s at %v", r.Rule, at)
		}
		if at.After(noon) && pace.Refuses(before, "c1", "a1", at.Add(-1)) == nil {
			t.Fatalf("allowed before %v", at)
		}
		for _, l := range pace.Limits { // whoever may call now, has a place left in every window
			window, err := time.ParseDuration(l.Window)
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for _, a := range before {
				counts := l.Per == "" || l.Per == packs.PerContact && a.Contact == "c1" || l.Per == packs.PerAccount && a.Account == "a1"
				if counts && (l.Outcomes == nil || l.Outcomes[0] == a.Outcome) && a.At.After(at.Add(-window)) {
					seen++
				}
			}
			if seen >= l.Max {
				t.Fatalf("%d attempts in %s at %v, of %d", seen, l.Window, at, l.Max)
			}
		}
	})
}
