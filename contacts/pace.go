package contacts

import (
	"fmt"
	"time"
)

// AttemptLimit is how often somebody may be called in a time that goes with the
// clock. It counts what was dialled, whichever campaign that was for.
type AttemptLimit struct {
	Max      int      `json:"max"`                // 1 to 100
	Window   Duration `json:"window"`             // 1h to 720h
	Per      string   `json:"per,omitempty"`      // who is counted: PerPerson, the default, PerContact or PerAccount
	Outcomes []RuleID `json:"outcomes,omitempty"` // that count; default: every call
}

// Who an AttemptLimit counts. A person is all contacts with the same number, in
// all campaigns of the tenant; a contact and an account are part of a person.
const (
	PerPerson  = "person"
	PerContact = "contact"
	PerAccount = "account"
)

// Pause is a rest of a person after a call that had one of some outcomes.
type Pause struct {
	Outcomes []RuleID `json:"outcomes"`
	For      Duration `json:"for"` // to 720h
}

// Calls to a person are kept for as long as a rule may look back, and the newest
// so many of them. Nobody is called who has more than that, whatever the rules say:
// so nothing that a rule counts is ever forgotten.
const (
	AttemptsKept    = 100
	AttemptsKeptFor = 720 * time.Hour
)

// Codes of a PaceError.
const (
	TooManyAttempts = "too_many_attempts"
	TooSoon         = "too_soon"
)

// PaceError says that a person was called too often, or too lately, by which rule,
// and from when on a call is allowed.
type PaceError struct {
	Code  string // TooManyAttempts or TooSoon
	Rule  string // the field of Rules, "attempts[0]"
	Opens time.Time
}

func (e *PaceError) Error() string { return "contacts: the person was called too often or too lately" }

// PaceRule lets so many calls be made within a window.
type PaceRule struct {
	Code, Name string
	Max        int
	Window     time.Duration
	Per        string
	Outcomes   []RuleID // nil: every call
}

// Pace is all that says how often a person may be called: the limits, then the
// gap and the pauses, which are limits of one.
func (r Rules) Pace() []PaceRule {
	var all []PaceRule
	for i, l := range r.Limits {
		per := l.Per
		if per == "" {
			per = PerPerson
		}
		all = append(all, PaceRule{TooManyAttempts, fmt.Sprintf("attempts[%d]", i), l.Max, time.Duration(l.Window), per, l.Outcomes})
	}
	if r.Limits == nil || r.MaxAttempts24h > 0 {
		all = append(all, PaceRule{TooManyAttempts, "maxAttempts24h", r.Attempts(), 24 * time.Hour, PerPerson, nil})
	}
	if r.MinGap > 0 {
		all = append(all, PaceRule{TooSoon, "minGap", 1, time.Duration(r.MinGap), PerPerson, nil})
	}
	for i, p := range r.PauseAfter {
		all = append(all, PaceRule{TooSoon, fmt.Sprintf("pauseAfter[%d]", i), 1, time.Duration(p.For), PerPerson, p.Outcomes})
	}
	return all
}

// validatePace is the part of Validate about how often a person may be called.
func (r Rules) validatePace() []FieldError {
	var bad []FieldError
	refuse := func(field, problem string) { bad = append(bad, FieldError{field, problem}) }
	outcomes := func(at string, ids []RuleID) {
		for i, id := range ids {
			if id == "" || !Plain(string(id), 64) {
				refuse(fmt.Sprintf("%s.outcomes[%d]", at, i), "is empty, over 64 bytes or has control characters")
			}
		}
		if len(ids) > 500 {
			refuse(at+".outcomes", "has more than 500 entries")
		}
	}
	if len(r.Limits) > 20 {
		refuse("attempts", "has more than 20 entries")
	}
	for i, l := range r.Limits {
		at := fmt.Sprintf("attempts[%d]", i)
		if l.Max < 1 || l.Max > AttemptsKept {
			refuse(at+".max", "is not between 1 and 100")
		}
		if l.Window < Duration(time.Hour) || l.Window > Duration(AttemptsKeptFor) {
			refuse(at+".window", "is not between 1h and 720h")
		}
		switch l.Per {
		case "", PerPerson, PerContact, PerAccount:
		default:
			refuse(at+".per", "is none of person, contact, account")
		}
		outcomes(at, l.Outcomes)
	}
	if !delayOK(r.MinGap) {
		refuse("minGap", "is negative or over 30 days")
	}
	if len(r.PauseAfter) > 20 {
		refuse("pauseAfter", "has more than 20 entries")
	}
	for i, p := range r.PauseAfter {
		at := fmt.Sprintf("pauseAfter[%d]", i)
		if len(p.Outcomes) == 0 {
			refuse(at+".outcomes", "is empty")
		}
		outcomes(at, p.Outcomes)
		if p.For <= 0 || !delayOK(p.For) {
			refuse(at+".for", "is not positive or over 30 days")
		}
	}
	return bad
}
