package zones_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"agenthub/contacts/zones"
)

func TestStrictest(t *testing.T) {
	d := open(t)
	for _, tt := range []struct {
		name   string
		zones  []string
		rule   string
		at     string
		inside bool
		opens  string // "" never
	}{
		{"one zone, open", []string{"America/New_York"}, "08:00-21:00", "2026-12-15T13:00:00Z", true, "2026-12-15T13:00:00Z"},
		{"one zone, a second early", []string{"America/New_York"}, "08:00-21:00", "2026-12-15T12:59:59Z", false, "2026-12-15T13:00:00Z"},
		{"one zone, at the end", []string{"America/New_York"}, "08:00-21:00", "2026-12-16T02:00:00Z", false, "2026-12-16T13:00:00Z"},
		{"two zones open with the later", []string{"America/New_York", "America/Chicago"}, "08:00-21:00", "2026-12-15T13:30:00Z", false, "2026-12-15T14:00:00Z"},
		{"two zones close with the earlier", []string{"America/New_York", "America/Chicago"}, "08:00-21:00", "2026-12-16T02:30:00Z", false, "2026-12-16T14:00:00Z"},
		{"clocks go forward before it opens", []string{"America/New_York"}, "08:00-21:00", "2027-03-14T04:00:00Z", false, "2027-03-14T12:00:00Z"},
		{"the opening falls into the gap", []string{"America/New_York"}, "02:30-04:00", "2027-03-14T05:00:00Z", false, "2027-03-14T07:00:00Z"},
		{"clocks go back: open twice", []string{"America/New_York"}, "01:00-01:30", "2026-11-01T05:40:00Z", false, "2026-11-01T06:00:00Z"},
		{"a half hour of Newfoundland", []string{"America/St_Johns", "America/Toronto"}, "08:00-21:00", "2026-12-16T00:30:00Z", false, "2026-12-16T13:00:00Z"},
		{"opposite sides of the earth, never", []string{"Pacific/Auckland", "America/New_York"}, "12:00-14:00", "2026-12-15T00:00:00Z", false, ""},
		{"only when the clocks differ less", []string{"America/New_York", "America/Phoenix"}, "10:00-12:30", "2026-12-15T00:00:00Z", false, "2026-12-15T17:00:00Z"},
		{"only from winter to summer", []string{"America/Denver", "America/Phoenix"}, "08:00-09:00", "2027-06-01T00:00:00Z", false, "2027-11-07T15:00:00Z"},
		{"the whole day", []string{"America/New_York"}, "00:00-24:00", "2026-12-15T05:00:00Z", true, "2026-12-15T05:00:00Z"},
		{"no zone", nil, "08:00-21:00", "2026-12-15T13:00:00Z", false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			w := zones.Window{From: 0, Until: 1440}
			if tt.rule != "00:00-24:00" {
				w = hours(t, tt.rule)
			}
			inside, opens := w.Strictest(locations(t, d, tt.zones...), at)
			got := ""
			if !opens.IsZero() {
				got = opens.UTC().Format(time.RFC3339)
			}
			if inside != tt.inside || got != tt.opens {
				t.Errorf("%v, %q, want %v, %q", inside, got, tt.inside, tt.opens)
			}
		})
	}
}

func TestWindowThatIsNone(t *testing.T) {
	zone := []*time.Location{time.UTC}
	for _, w := range []zones.Window{{}, {From: 600, Until: 600}, {From: 1200, Until: 600}, {From: -1, Until: 5}, {From: 0, Until: 1441}} {
		if inside, opens := w.Strictest(zone, winter); inside || !opens.IsZero() {
			t.Errorf("%+v: %v, %s, want never", w, inside, opens)
		}
	}
}

// Against the slow way: minute by minute, each zone asked for its clock.
func TestStrictestIsTheSlowWay(t *testing.T) {
	d := open(t)
	names := everyName(t, d)
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var chosen []string
		for range 1 + r.IntN(4) {
			chosen = append(chosen, names[r.IntN(len(names))])
		}
		locs := locations(t, d, chosen...)
		from := 15 * r.IntN(80)
		w := zones.Window{From: from, Until: min(from+60+15*r.IntN(60), 1440)}
		at := winter.Add(time.Duration(r.IntN(500*24*60)) * time.Minute)
		if r.IntN(10) == 0 { // about the last day of a leap year, which Go works out from rules
			at = time.Date(2040, 12, 30, 0, r.IntN(3*24*60), 0, 0, time.UTC)
		}
		inside, opens := w.Strictest(locs, at)
		slow := at
		for slow.Before(at.Add(48*time.Hour)) && !insideAll(w, locs, slow) {
			slow = slow.Add(time.Minute)
		}
		switch {
		case inside != insideAll(w, locs, at):
			t.Errorf("%v %+v at %s: inside %v", chosen, w, at, inside)
		case slow.Before(at.Add(48*time.Hour)) && !opens.Equal(slow):
			t.Errorf("%v %+v at %s: opens %s, want %s", chosen, w, at, opens, slow)
		case !opens.IsZero() && !insideAll(w, locs, opens):
			t.Errorf("%v %+v at %s: opens %s, where it is closed", chosen, w, at, opens)
		}
	}
}

func insideAll(w zones.Window, locs []*time.Location, at time.Time) bool {
	for _, loc := range locs {
		local := at.In(loc)
		if m := local.Hour()*60 + local.Minute(); m < w.From || m >= w.Until {
			return false
		}
	}
	return true
}

func locations(t *testing.T, d *zones.Data, names ...string) []*time.Location {
	t.Helper()
	var out []*time.Location
	for _, name := range names {
		out = append(out, location(t, d, name))
	}
	return out
}
