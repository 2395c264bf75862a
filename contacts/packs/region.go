package packs

import (
	"fmt"
	"slices"
	"strings"
)

// Region is where a rule holds or a person is: a state or province ("US-RI",
// "CA-BC"), a whole country ("US-*"), or the strictest of a country ("US-?"),
// which is for a person of whom no more than the country is known.
type Region string

// The two letters of states, territories and provinces that may stand alone.
const (
	states = "AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP MS MT NC ND NE NH NJ NM NV NY " +
		"OH OK OR PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY"
	provinces = "AB BC MB NB NL NS NT NU ON PE QC SK YT"
)

// ParseRegion reads the region of a rule: two letters are a US state or a
// Canadian province, "US" and "US-*" all of the country, "US-RI" the long form of
// a state. "CA" alone is refused: it is California to one and Canada to another.
func ParseRegion(s string) (Region, error) {
	switch {
	case s == "US":
		return "US-*", nil
	case s == "CA":
		return "", fmt.Errorf("%q is Canada or California: write %q or %q", s, "CA-*", "US-CA")
	case len(s) == 2:
		if r, ok := Subdivision(s); ok {
			return r, nil
		}
		return "", fmt.Errorf("%q is no US state or Canadian province; a whole country is written like %q", s, "GB-*")
	}
	country, part, found := strings.Cut(s, "-")
	if !found || len(country) != 2 || !upper(country) {
		return "", fmt.Errorf("%q is no region: want two letters of a state or province, %q or %q", s, "US-RI", "US-*")
	}
	if part == "*" {
		return Region(s), nil
	}
	known := map[string]string{"US": states, "CA": provinces}[country]
	if part == "" || len(part) > 3 || !upper(part) || known != "" && !slices.Contains(strings.Fields(known), part) {
		return "", fmt.Errorf("%q is no region: %q is no part of %s", s, part, country)
	}
	return Region(s), nil
}

// Subdivision reads the two letters of a state or province as they stand with a
// contact; there "CA" is California. False if there is no such place.
func Subdivision(s string) (Region, bool) {
	switch {
	case slices.Contains(strings.Fields(states), s):
		return Region("US-" + s), true
	case slices.Contains(strings.Fields(provinces), s):
		return Region("CA-" + s), true
	}
	return "", false
}

// Country is the whole country of a region.
func (r Region) Country() Region { return r[:min(3, len(r))] + "*" }

// Strictest is the region of a person of whom only the country is known: every
// rule of every part of it holds.
func (r Region) Strictest() Region { return r[:min(3, len(r))] + "?" }

// covers reports whether a rule of region r holds for a person in p.
func (r Region) covers(p Region) bool {
	return r == p || len(p) > 3 && r[:3] == p[:3] && (r[3:] == "*" || p[3:] == "?")
}

func upper(s string) bool {
	for _, c := range s {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
