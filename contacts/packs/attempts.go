package packs

import (
	"slices"
	"time"
)

// Limit is how often somebody may be called in a time that goes with the clock.
type Limit struct {
	ID string `json:"id"`
	// Region is what ParseRegion reads; a campaign's limit has none.
	Region string `json:"region,omitzero"`
	Max    int    `json:"max"`
	// Window is 1h to 720h.
	Window string `json:"window"`
	// Per is who is counted: "person", the default: all their numbers in all
	// campaigns; "contact"; or "account".
	Per string `json:"per,omitzero"`
	// Outcomes that count; none is every attempt.
	Outcomes []string `json:"outcomes,omitzero"`
	Modes    []string `json:"modes,omitzero"`
	Source   string   `json:"source,omitzero"`
	Seen     string   `json:"seen,omitzero"`
	Note     string   `json:"note,omitzero"`
}

// Who a Limit counts.
const (
	PerPerson  = "person"
	PerContact = "contact"
	PerAccount = "account"
)

// The bounds of a window.
const (
	shortest = time.Hour
	longest  = 720 * time.Hour
)

// limit is a Limit with its region read.
type limit struct {
	Limit
	region Region
}

// For is the window of a limit that has passed Validate.
func (l Limit) For() time.Duration { return l.read("", new(problems)) }

// Limits are those of the packs that hold for a person, by mode.
func (l *Law) Limits(regions []Region, mode string) []Limit {
	var all []Limit
	for _, one := range l.limits {
		applies := func(where Region) bool { return one.region.covers(where) }
		if slices.ContainsFunc(regions, applies) && serves(readModes("", one.Modes, new(problems)), mode) {
			all = append(all, one.Limit)
		}
	}
	return all
}

// read validates what a campaign's limit has as well, and gives the window.
func (l Limit) read(at string, bad *problems) time.Duration {
	if l.Max < 1 {
		bad.add(at+".max", "want 1 or more")
	}
	switch l.Per {
	case "", PerPerson, PerContact, PerAccount:
	default:
		bad.add(at+".per", "%q is none of %s, %s, %s", l.Per, PerPerson, PerContact, PerAccount)
	}
	if l.Seen != "" {
		_, err := ParseDay(l.Seen)
		bad.must(at+".seen", err)
	}
	readModes(at, l.Modes, bad)
	d, err := time.ParseDuration(l.Window)
	if err != nil || d < shortest || d > longest {
		bad.add(at+".window", "%q is not a time of %v to %v, like %q", l.Window, shortest, longest, "24h")
	}
	return d
}
