package zones_test

import (
	"encoding/binary"
	"testing"
	"time"

	"agenthub/contacts/zones"
)

// Each quarter hour that a row speaks of, it agrees with the zone: for every name, on a day in winter and at a change.
func TestRowIsItsZone(t *testing.T) {
	d := open(t)
	for _, now := range []time.Time{
		winter, time.Date(2027, 3, 14, 10, 30, 0, 0, time.UTC),
		time.Date(2040, 12, 31, 12, 0, 0, 0, time.UTC), // a leap year's last day, worked out from rules
	} {
		t.Run(now.Format(time.DateOnly), func(t *testing.T) {
			t.Parallel()
			seen := map[string]bool{}
			for _, name := range everyName(t, d) {
				row, err := d.Row(name, now)
				if err != nil {
					t.Fatal(err)
				}
				loc := location(t, d, name)
				if key := row + clocks(loc, now); !seen[key] { // a third are links
					seen[key] = true
					agree(t, name, row, loc, now)
				}
			}
			if len(seen) < 60 {
				t.Errorf("%d different clocks, want at least 60", len(seen))
			}
		})
	}
}

// clocks are the offsets of a zone, every six hours of the year that a row may reach.
func clocks(loc *time.Location, now time.Time) string {
	var b []byte
	for t := now.AddDate(0, 0, -1); t.Before(now.AddDate(1, 1, 0)); t = t.Add(6 * time.Hour) {
		_, off := t.In(loc).Zone()
		b = binary.AppendVarint(b, int64(off))
	}
	return string(b)
}

func agree(t *testing.T, name, row string, loc *time.Location, now time.Time) {
	t.Helper()
	until, changes := zones.LastChange(row)
	if !changes {
		until = now.AddDate(1, 0, 0)
	}
	for at := now.Add(-24 * time.Hour); !at.After(until.Add(time.Hour)); at = at.Add(15 * time.Minute) {
		_, want := at.In(loc).Zone()
		if got, ok := zones.Offset(row, at.UnixMilli()); !ok || got*60 != want {
			t.Fatalf("%s at %s: row %q says %d min, the zone %d s", name, at, row, got, want)
		}
	}
}

// A row is right until the third change from now: written in November it lasts over the next one, and wrong is it only after.
func TestRowLooksTwoChangesAhead(t *testing.T) {
	d := open(t)
	for _, tt := range []struct {
		zone, now, row string
	}{
		{"America/New_York", "2026-11-28T12:00:00Z", "-300;1805007600000;-240;1825567200000;-300"},
		{"America/Phoenix", "2026-11-28T12:00:00Z", "-420"},
		{"Asia/Kathmandu", "2026-11-28T12:00:00Z", "345"},
		{"America/St_Johns", "2026-11-28T12:00:00Z", "-210;1805002200000;-150;1825561800000;-210"},
		// An hour after a change, the one behind is still there for a store whose clock is slow.
		{"America/New_York", "2026-11-01T07:00:00Z", "-240;1793512800000;-300;1805007600000;-240;1825567200000;-300"},
	} {
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		row, err := d.Row(tt.zone, now)
		if err != nil || row != tt.row {
			t.Errorf("Row(%s, %s) = %q, %v, want %q", tt.zone, tt.now, row, err, tt.row)
		}
	}

	eastern, row := location(t, d, "America/New_York"), rowOf(t, d, "America/New_York")
	last, ok := zones.LastChange(row)
	third := time.Date(2028, 3, 12, 7, 0, 0, 0, time.UTC)
	if !ok || !last.Equal(time.Date(2027, 11, 7, 6, 0, 0, 0, time.UTC)) {
		t.Errorf("LastChange(%q) = %s, %v, want the end of summer 2027", row, last, ok)
	}
	for at, right := range map[time.Time]bool{third.Add(-time.Millisecond): true, third: false} {
		_, want := at.In(eastern).Zone()
		if got, _ := zones.Offset(row, at.UnixMilli()); (got*60 == want) != right {
			t.Errorf("at %s the row says %d min, the zone %d s: right %v, want %v", at, got, want, got*60 == want, right)
		}
	}
}

// At each change itself, and a millisecond before it, to the exact instant.
func TestRowAtTheChange(t *testing.T) {
	row := "-300;1000;-240;2000;-300"
	for ms, want := range map[int64]int{-5: -300, 999: -300, 1000: -240, 1999: -240, 2000: -300, 1 << 50: -300} {
		if got, ok := zones.Offset(row, ms); !ok || got != want {
			t.Errorf("Offset(%q, %d) = %d, %v, want %d", row, ms, got, ok, want)
		}
	}
	for _, bad := range []string{"", "x", "-300;x;1", "-300;5;", "-300;5"} {
		if got, ok := zones.Offset(bad, 9); ok {
			t.Errorf("Offset(%q) = %d, want not ok", bad, got)
		}
	}
}

// No zone has an offset today that minutes cannot hold.
func TestOffsetsAreWholeMinutes(t *testing.T) {
	d := open(t)
	for _, name := range everyName(t, d) {
		for _, at := range []time.Time{winter, winter.AddDate(0, 6, 0), winter.AddDate(20, 0, 0)} {
			if _, off := at.In(location(t, d, name)).Zone(); off%60 != 0 {
				t.Errorf("%s at %s: %d s", name, at, off)
			}
		}
	}
}

// Whoever walks from change to change gets on, and passes none by, also where Go works them out from a zone's rule.
func TestClockChangesGoOn(t *testing.T) {
	d := open(t)
	for _, name := range everyName(t, d) {
		loc := location(t, d, name)
		at := time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)
		for at.Year() < 2046 {
			next := zones.ClockChange(at.In(loc))
			if next.IsZero() {
				break
			}
			if !next.After(at) {
				t.Fatalf("%s: after %s comes %s", name, at, next)
			}
			_, want := at.In(loc).Zone()
			for ; at.Before(next); at = at.Add(6 * time.Hour) {
				if _, got := at.In(loc).Zone(); got != want {
					t.Fatalf("%s: a change before %s is passed by, the next is said to be %s", name, at, next)
				}
			}
			at = next.UTC()
		}
	}
}
