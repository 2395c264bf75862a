// Package pace says how often a person may be called as plainly as can be: what tests
// hold the scripts against. It knows no store.
package pace

import (
	"cmp"
	"slices"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/packs"
)

// Pace is all that says how often a person may be called.
type Pace struct {
	Limits     []packs.Limit
	MinGap     time.Duration // between any two attempts
	PauseAfter []Pause
}

// Pause is a rest after an attempt that had one of some outcomes.
type Pause struct {
	Outcomes []string
	For      time.Duration
}

// Attempt is a call that was dialled.
type Attempt struct {
	At                        time.Time
	Outcome, Contact, Account string
}

// Refusal says why a call must wait, and until when.
type Refusal struct {
	Code  string // contacts.TooManyAttempts or TooSoon
	Rule  string
	Opens time.Time
}

// Refuses tells whether a call to a contact of an account must wait, after a
// person's attempts in any order; nil if it may be made now. Of several reasons it
// is the one that holds longest.
func (p Pace) Refuses(attempts []Attempt, contact, account string, now time.Time) *Refusal {
	var worst *Refusal
	wait := func(code, rule string, opens time.Time) {
		if opens.After(now) && (worst == nil || opens.After(worst.Opens)) {
			worst = &Refusal{code, rule, opens}
		}
	}
	for _, l := range p.Limits {
		wait(contacts.TooManyAttempts, l.ID, opens(l, attempts, contact, account))
	}
	for _, a := range attempts {
		wait(contacts.TooSoon, "minGap", a.At.Add(p.MinGap))
		for _, pause := range p.PauseAfter {
			if slices.Contains(pause.Outcomes, a.Outcome) {
				wait(contacts.TooSoon, "pauseAfter", a.At.Add(pause.For))
			}
		}
	}
	return worst
}

// opens is when the attempt that is one too many leaves the window: the Max-th
// from the end. Zero if there are fewer.
func opens(l packs.Limit, attempts []Attempt, contact, account string) time.Time {
	var counted []time.Time
	for _, a := range attempts {
		switch {
		case l.Per == packs.PerContact && a.Contact != contact, l.Per == packs.PerAccount && a.Account != account:
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
