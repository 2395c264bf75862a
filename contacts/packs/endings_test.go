package packs

import (
	"slices"
	"testing"
)

// Sixty days before a list of holidays ends, and for ever after, it is said which and what to do.
func TestEndings(t *testing.T) {
	name, text := BuiltInText()
	builtIn := map[string]string{name: string(text)}
	const (
		christmas = "holidays of US-LA, US-MS, US-PA end with 2027-12-25 in rule pack us-ca-2026, later ones are days like others: put the pack with later dates, or run a newer hub"
		boxing    = "holidays of CA-*, CA-BC end with 2027-12-26 in rule pack us-ca-2026, later ones are days like others: put the pack with later dates, or run a newer hub"
		newYear   = "holidays of US-*, US-AL, US-RI, US-UT end with 2027-12-31 in rule pack us-ca-2026, later ones are days like others: put the pack with later dates, or run a newer hub"
		ny        = "holidays of US-NY end with 2027-03-01 in rule pack b, later ones are days like others: put the pack with later dates"
	)
	with := func(name, more string) string {
		return `{"pack":"` + name + `","seen":"2026-11-28"` + more + `}`
	}
	for _, tt := range []struct {
		name  string
		packs map[string]string
		today string
		want  []string
		first string
	}{
		{"none", nil, "2030-01-01", nil, "1970-01-01"},
		{"no holidays", map[string]string{"a": with("a", `,"holidays":{"NY":[]}`)}, "2030-01-01", nil, "1970-01-01"},
		{"61 days before", builtIn, "2027-10-25", nil, "2027-12-25"},
		{"60 days before the first", builtIn, "2027-10-26", []string{christmas}, "2027-12-25"},
		{"60 days before the last", builtIn, "2027-11-01", []string{christmas, boxing, newYear}, "2027-12-25"},
		{"long after", builtIn, "2029-05-05", []string{christmas, boxing, newYear}, "2027-12-25"},
		{"another pack goes on", map[string]string{
			"a": with("a", `,"holidays":{"US-NY":["2028-01-01","2026-12-25"]}`), "b": with("b", `,"holidays":{"NY":["2027-03-01"]}`),
		}, "2027-06-01", nil, "2028-01-01"},
		{"another pack ended before", map[string]string{
			"a": with("a", `,"holidays":{"NY":["2026-12-25"]}`), "b": with("b", `,"holidays":{"NY":["2027-03-01"],"TX":["2028-03-01"]}`),
		}, "2027-02-01", []string{ny}, "2027-03-01"},
		{"a newer hub's", map[string]string{
			"a": with("a", `,"moons":[]`), "b": with("b", `,"holidays":{"NY":["2027-03-01"]}`),
		}, "2027-02-01", []string{ny}, "2027-03-01"},
	} {
		today, err := ParseDay(tt.today)
		if err != nil {
			t.Fatal(err)
		}
		if got, first := Endings(tt.packs, today); !slices.Equal(got, tt.want) || first.String() != tt.first {
			t.Errorf("%s: %q and %s, want %q and %s", tt.name, got, first, tt.want, tt.first)
		}
	}
}
