package zones_test

import (
	"errors"
	"strings"
	"testing"

	"agenthub/contacts/zones"
)

func TestNames(t *testing.T) {
	d := open(t)
	for _, row := range table(t, "names.tsv") {
		name, want := row[0], row[1]
		got, err := d.Resolve(name)
		as, taken := strings.CutPrefix(want, "taken")
		if words, refused := strings.CutPrefix(want, "refused: "); refused {
			if err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("Resolve(%q) = %q, %v, want a refusal with %q", name, got, err, words)
			}
			continue
		}
		if as = strings.TrimPrefix(as, " as "); as == "" {
			as = name
		}
		if !taken || err != nil || got != as {
			t.Errorf("Resolve(%q) = %q, %v, want %q", name, got, err, as)
		}
	}
}

// A refusal never quotes what was given: a number may stand in the wrong column.
func TestRefusalQuotesNothing(t *testing.T) {
	d := open(t)
	for _, given := range []string{"2125550123", "+12125550123", "Jane Secret", "secret@example.com", "-0512"} {
		_, err := d.Resolve(given)
		if _, ok := errors.AsType[*zones.NameError](err); !ok || strings.Contains(err.Error(), given) {
			t.Errorf("Resolve(%q): %v, want a NameError without it", given, err)
		}
	}
}

// Every name of the tz database is taken in any letter case, but those whose clock is a mere offset.
func TestEveryNameInAnyCase(t *testing.T) {
	d := open(t)
	for _, name := range everyName(t, d) {
		offset := strings.HasPrefix(name, "Etc/GMT") || strings.HasPrefix(name, "GMT") ||
			strings.HasSuffix(name, "Greenwich") || name == "EST" || name == "MST" || name == "HST"
		for _, spelt := range []string{name, strings.ToUpper(name), strings.ToLower(name), " " + name + " "} {
			got, err := d.Resolve(spelt)
			if offset && err == nil {
				t.Errorf("Resolve(%q) = %q, want a refusal", spelt, got)
			}
			if !offset && (err != nil || got != name) {
				t.Errorf("Resolve(%q) = %q, %v, want %q", spelt, got, err, name)
			}
		}
		location(t, d, name) // refused or not, a contact may have it from before
	}
}

func TestEveryWindowsName(t *testing.T) {
	d := open(t)
	taken := 0
	for _, row := range table(t, "../data/windows.tsv") {
		name, country, zone := row[0], row[1], row[2]
		if country != "001" {
			continue
		}
		got, err := d.Resolve(name)
		if strings.HasPrefix(zone, "Etc/GMT") {
			if err == nil {
				t.Errorf("Resolve(%q) = %q, want a refusal: it is an offset", name, got)
			}
			continue
		}
		if err != nil {
			t.Errorf("Resolve(%q): %v", name, err)
			continue
		}
		taken++
		if a, b := rowOf(t, d, got), rowOf(t, d, zone); a != b {
			t.Errorf("%s is taken as %s (%s), want the clock of %s (%s)", name, got, a, zone, b)
		}
	}
	if taken < 125 {
		t.Errorf("%d Windows names are taken, want at least 125", taken)
	}
}

func rowOf(t *testing.T, d *zones.Data, zone string) string {
	t.Helper()
	row, err := d.Row(zone, winter)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func FuzzResolve(f *testing.F) {
	for _, seed := range []string{"America/New_York", "EST", "-05:00", "(UTC-05:00) Eastern", "<-05>5", "Nëw Yörk", ""} {
		f.Add(seed)
	}
	d := open(f)
	f.Fuzz(func(t *testing.T, name string) {
		got, err := d.Resolve(name)
		if err != nil {
			return
		}
		if again, err := d.Resolve(got); err != nil || again != got {
			t.Errorf("Resolve(%q) = %q, and that is %q, %v", name, got, again, err)
		}
		location(t, d, got)
	})
}
