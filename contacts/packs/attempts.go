package packs

import (
	"cmp"
	"errors"
	"fmt"
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

// Pause is a rest after an attempt that had one of some outcomes.
type Pause struct {
	Outcomes []string `json:"outcomes"`
	For      string   `json:"for"`
}

// Pace is all that says how often a person may be called.
type Pace struct {
	Limits     []Limit
	MinGap     string // between any two attempts; "" for none
	PauseAfter []Pause
}

// Attempt is a call that was dialled.
type Attempt struct {
	At                        time.Time
	Outcome, Contact, Account string
}

// Refusal says why a call must wait, and until when.
type Refusal struct {
	Code  string // TooManyAttempts or TooSoon
	Rule  string
	Opens time.Time
}

// Codes of a Refusal, and the rules that have no id of their own.
const (
	TooManyAttempts = "too_many_attempts"
	TooSoon         = "too_soon"
	RuleMinGap      = "minGap"
	RulePauseAfter  = "pauseAfter"
)

// The bounds of a window, a gap and a pause.
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
	return readDuration(at+".window", l.Window, shortest, bad)
}

func readDuration(at, text string, least time.Duration, bad *problems) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > longest {
		bad.add(at, "%q is not a time of %v to %v, like %q", text, least, longest, "24h")
	}
	return d
}

// Validate reports every field that is wrong, each as a *FieldError.
func (p Pace) Validate() error {
	var bad problems
	for i, l := range p.Limits {
		l.read(fmt.Sprintf("attempts[%d]", i), &bad)
	}
	if p.MinGap != "" {
		readDuration("minGap", p.MinGap, 0, &bad)
	}
	for i, pause := range p.PauseAfter {
		at := fmt.Sprintf("pauseAfter[%d]", i)
		if len(pause.Outcomes) == 0 {
			bad.add(at+".outcomes", "must not be empty")
		}
		readDuration(at+".for", pause.For, 0, &bad)
	}
	return errors.Join(bad.list...)
}

// Refuses tells whether a call to a contact of an account must wait, after a
// person's attempts in any order; nil if it may be made now. Of several reasons it
// is the one that holds longest. The pace must have passed Validate.
func (p Pace) Refuses(attempts []Attempt, contact, account string, now time.Time) *Refusal {
	var none problems
	var worst *Refusal
	wait := func(code, rule string, opens time.Time) {
		if opens.After(now) && (worst == nil || opens.After(worst.Opens)) {
			worst = &Refusal{code, rule, opens}
		}
	}
	for _, l := range p.Limits {
		wait(TooManyAttempts, l.ID, l.opens(attempts, contact, account))
	}
	for _, a := range attempts {
		if p.MinGap != "" {
			wait(TooSoon, RuleMinGap, a.At.Add(readDuration("", p.MinGap, 0, &none)))
		}
		for _, pause := range p.PauseAfter {
			if slices.Contains(pause.Outcomes, a.Outcome) {
				wait(TooSoon, RulePauseAfter, a.At.Add(readDuration("", pause.For, 0, &none)))
			}
		}
	}
	return worst
}

// opens is when the attempt that is one too many leaves the window: the Max-th
// from the end. Zero if there are fewer.
func (l Limit) opens(attempts []Attempt, contact, account string) time.Time {
	var counted []time.Time
	for _, a := range attempts {
		switch {
		case l.Per == PerContact && a.Contact != contact, l.Per == PerAccount && a.Account != account:
		case len(l.Outcomes) > 0 && !slices.Contains(l.Outcomes, a.Outcome):
		default:
			counted = append(counted, a.At)
		}
	}
	if len(counted) < l.Max {
		return time.Time{}
	}
	slices.SortFunc(counted, func(a, b time.Time) int { return cmp.Compare(a.UnixNano(), b.UnixNano()) })
	return counted[len(counted)-l.Max].Add(l.For())
}
