package zones_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"agenthub/contacts/zones"
)

// winter is the day that the tests call today: after the clocks went back in the north.
var winter = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// open gives the embedded data, whatever the machine has.
func open(tb testing.TB) *zones.Data {
	tb.Helper()
	d, err := zones.Open(zones.Options{System: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func location(tb testing.TB, d *zones.Data, name string) *time.Location {
	tb.Helper()
	loc, err := d.Location(name)
	if err != nil {
		tb.Fatalf("Location(%q): %v", name, err)
	}
	return loc
}

// table reads the rows of a file in testdata.
func table(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range bytes.Lines(text) {
		if row := strings.TrimRight(string(line), "\n"); row != "" && row[0] != '#' {
			rows = append(rows, strings.Split(row, "\t"))
		}
	}
	return rows
}

// everyName lists all names and links of the embedded data.
func everyName(t *testing.T, d *zones.Data) []string {
	t.Helper()
	names := d.Names()
	if len(names) < 590 {
		t.Fatalf("%d names, want some 600", len(names))
	}
	return names
}

// TestLawsOf2026 holds the data to six laws that Go 1.26's own copy of the tz database does not know.
func TestLawsOf2026(t *testing.T) {
	d := open(t)
	for _, row := range table(t, "legal.tsv") {
		zone, rule, utc, want := row[0], row[1], row[2], row[3]
		at, err := time.Parse(time.RFC3339, utc)
		if err != nil {
			t.Fatal(err)
		}
		inside, _ := hours(t, rule).Strictest([]*time.Location{location(t, d, zone)}, at)
		if inside != strings.HasPrefix(want, "open") {
			t.Errorf("%s %s at %s: inside %v, want %s", zone, rule, utc, inside, want)
		}
		if clock := at.In(location(t, d, zone)).Format("15:04"); !strings.Contains(want, clock) {
			t.Errorf("%s at %s: %s on the clock, want %s", zone, utc, clock, want)
		}
	}
}

// hours reads "08:00-21:00".
func hours(t *testing.T, rule string) zones.Window {
	t.Helper()
	from, until, _ := strings.Cut(rule, "-")
	return zones.Window{From: minute(t, from), Until: minute(t, until)}
}

func minute(t *testing.T, clock string) int {
	t.Helper()
	at, err := time.Parse("15:04", clock)
	if err != nil {
		t.Fatal(err)
	}
	return at.Hour()*60 + at.Minute()
}
