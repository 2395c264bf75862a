package zones

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// NameError says why a name is not taken as a zone. Its text is made to follow
// the field's name ("timeZone: is …") and never quotes what was given: that may
// be a number in the wrong column.
type NameError struct {
	Reason string
	Meant  []string // zones that were probably meant, the likeliest first
}

// Error returns the reason and what was probably meant.
func (e *NameError) Error() string {
	if len(e.Meant) == 0 {
		return e.Reason
	}
	return e.Reason + "; " + strings.Join(e.Meant, " or ") + " is meant?"
}

var errUnknown = errors.New("has no such zone")

var (
	// As diallers and spreadsheets write offsets: -05:00, -5.00, UTC-5, GMT+0530, Etc/GMT+5, (UTC-05:00) Eastern Time.
	offset = regexp.MustCompile(`^\(?(etc/|utc|gmt|z)* ?[+\-−]? ?\d{1,2}([:.,]?\d{1,2})?(:\d\d)?\)?( |$)`)
	// As POSIX writes a clock: EST5EDT is one too, but has the name of a zone.
	posix = regexp.MustCompile(`^(<[a-z+\-\d]{3,}>|[a-z]{3,})[+\-]?\d{1,2}([:,a-z<].*)?$`)
)

// MachineDependent reports whether a file or folder of a zoneinfo tree is no zone
// of the tz database, but a copy with other clocks (right), a second copy (posix),
// or whatever the machine was set to.
func MachineDependent(name string) bool {
	folder, _, _ := strings.Cut(strings.ToLower(name), "/")
	switch folder {
	case "right", "posix", "localtime", "posixrules", "factory", "local":
		return true
	}
	return false
}

// Resolve gives the name by which a zone is kept: a name or link of the tz
// database in any letter case, as the database writes it, or the zone of a
// Windows name. Anything else is a *NameError: abbreviations and offsets have no
// summer, and what depends on the machine means something else on the next one.
func (d *Data) Resolve(name string) (string, error) {
	name = strings.TrimSpace(name)
	low := strings.ToLower(name)
	if a, ok := d.meant[low]; ok {
		reason := "is no zone"
		if a.fixed {
			reason = "is a fixed offset"
		}
		return "", &NameError{Reason: reason, Meant: a.meant}
	}
	switch {
	case low == "factory":
		return "", &NameError{Reason: "says that no zone was set; give one like America/New_York"}
	case MachineDependent(low):
		return "", &NameError{Reason: "depends on the machine; give a zone like America/New_York"}
	case offset.MatchString(low):
		return "", errOffset()
	}
	if known, ok := d.folded[low]; ok {
		return known, nil
	}
	if windows := d.windows[low]; windows != nil {
		return d.fromWindows(windows[anyCountry][0])
	}
	if posix.MatchString(low) {
		return "", errOffset()
	}
	if near := d.nearest(low); near != "" {
		return "", &NameError{Reason: "is no zone", Meant: []string{near}}
	}
	return "", &NameError{Reason: "is no time zone like America/New_York"}
}

func errOffset() error {
	return &NameError{Reason: "must be a zone, not an offset; give region or postal code"}
}

// fromWindows takes a zone of CLDR's table, which keeps old names, under its name
// of today. Some Windows names are offsets.
func (d *Data) fromWindows(zone string) (string, error) {
	if strings.HasPrefix(zone, "Etc/GMT") {
		return "", errOffset()
	}
	if target := d.links[zone]; target != "" {
		zone = target
	}
	if d.folded[strings.ToLower(zone)] == "" {
		return "", &NameError{Reason: "is a Windows name whose zone this release does not have"}
	}
	return zone, nil
}

// nearest finds the zone somebody mistyped: the same letters, its city alone, or
// at most two letters away from one that begins alike.
func (d *Data) nearest(low string) string {
	given := letters(low)
	best, distance := "", 3
	for _, folded := range slices.Sorted(maps.Keys(d.folded)) {
		zone := d.folded[folded]
		whole, city := letters(folded), letters(folded[strings.LastIndexByte(folded, '/')+1:])
		switch {
		case len(given) < 4 || d.meant[folded].fixed || MachineDependent(folded):
		case whole == given || (city == given && strings.Contains(folded, "/")):
			return zone
		case whole[0] == given[0] && max(len(whole), len(given))-min(len(whole), len(given)) < distance:
			if n := edits(whole, given); n < distance {
				best, distance = zone, n
			}
		}
	}
	return best
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return r
	}, s)
}

// edits counts the letters to insert, delete or replace.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
