package contacts

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"agenthub/contacts/zones"
)

// Effect is what an outcome does to its contact.
type Effect string

// The four effects of protocol.md section 7.
const (
	EffectClose    Effect = "close"
	EffectRetry    Effect = "retry"    // back to the pool after a delay
	EffectCallback Effect = "callback" // at the time the disposition names, else after a delay
	EffectBlock    Effect = "block"    // the number goes on the do-not-call list
)

// States of a campaign.
const (
	CampaignRunning = "running"
	CampaignPaused  = "paused" // nothing is reserved or dialled
	CampaignDraft   = "draft"  // likewise: a list named it, and nobody has put it yet
)

// Rules are the terms of one campaign. The zero value has the defaults of
// protocol.md section 7 without calling hours.
type Rules struct {
	State           string        `json:"state,omitempty"`           // default running
	Group           string        `json:"group,omitempty"`           // the group of campaigns that it belongs to; default none
	CallFrom        string        `json:"callFrom,omitempty"`        // "HH:MM" in the person's zone; both or neither
	CallUntil       string        `json:"callUntil,omitempty"`       // "HH:MM", "24:00" for the whole evening
	Hours           *Hours        `json:"hours,omitempty"`           // in their place
	Holidays        string        `json:"holidays,omitempty"`        // open, the default, or closed
	DefaultTimeZone string        `json:"defaultTimeZone,omitempty"` // default none
	ZoneFrom        string        `json:"zoneFrom,omitempty"`        // given, number or strictest; "" is given, for campaigns older than the field
	MaxAttempts24h  int           `json:"maxAttempts24h,omitempty"`  // of a person; default 3, where attempts says nothing
	Skip            string        `json:"skip,omitempty"`            // on, the default, or off: only for a reason that suppresses
	SkipReasons     []SkipReason  `json:"skipReasons,omitempty"`     // default DefaultSkipReasons
	Outcomes        []OutcomeRule `json:"outcomes,omitempty"`        // laid over DefaultOutcomes by id
	SkipDelay       *Duration     `json:"skipDelay,omitempty"`       // default --skip-delay
	SkipAvoid       *Duration     `json:"skipAvoid,omitempty"`       // default --skip-avoid
	SkipLimit       int           `json:"skipLimit,omitempty"`       // default --skip-limit

	Limits     []AttemptLimit `json:"attempts,omitzero"` // each holds; an empty list: none, nil: MaxAttempts24h
	MinGap     Duration       `json:"minGap,omitempty"`  // between any two calls to a person
	PauseAfter []Pause        `json:"pauseAfter,omitempty"`
}

// Whether agents may skip.
const (
	SkipOn  = "on"
	SkipOff = "off" // a contact is called, or its number blocked: nobody is kept from saying that
)

// Which zones of a person decide.
const (
	ZoneGiven     = "given"     // the contact's, else the campaign's, else all that the person may be in
	ZoneNumber    = "number"    // all that the number may mean, whatever else is known
	ZoneStrictest = "strictest" // a moment must be right in all that the person may be in
)

// SkipReason is one reason an agent may give for a skip.
type SkipReason struct {
	ID         RuleID `json:"id"`
	Label      string `json:"label"`
	NeedsNote  bool   `json:"needsNote,omitempty"`
	Suppresses bool   `json:"suppresses,omitempty"` // such a skip blocks the number
}

// OutcomeRule says what becomes of a contact with this outcome.
type OutcomeRule struct {
	ID     RuleID   `json:"id"`
	Label  string   `json:"label"`
	Effect Effect   `json:"effect"`
	Delay  Duration `json:"delay,omitempty"`
}

// RuleID names a skip reason or an outcome. The original writes outcome ids as
// numbers and as strings, so both are read.
type RuleID string

// UnmarshalJSON reads "3" and 3.
func (id *RuleID) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '"' {
		var n json.Number
		if err := json.Unmarshal(b, &n); err != nil || n == "" {
			return errors.New("an id is a string or a number")
		}
		*id = RuleID(n)
		return nil
	}
	return json.Unmarshal(b, (*string)(id))
}

// Duration is a time.Duration that JSON writes as "15m0s".
type Duration time.Duration

// MarshalText writes the form of time.Duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads the form of time.ParseDuration.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return errors.New(`a duration is written as "90s", "15m" or "24h"`)
	}
	*d = Duration(v)
	return nil
}

// DefaultOutcomes are the telephony outcomes of the original with their
// effects. An id that stands in no table closes the contact.
func DefaultOutcomes() []OutcomeRule {
	const minute, hour = Duration(time.Minute), Duration(time.Hour)
	return []OutcomeRule{
		{"0", "Success", EffectClose, 0},
		{"1", "Abandoned", EffectRetry, 30 * minute},
		{"2", "Invalid", EffectClose, 0},
		{"3", "Busy", EffectRetry, 15 * minute},
		{"4", "CallBack", EffectCallback, 4 * hour},
		{"5", "DNC", EffectBlock, 0},
		{"6", "Fax", EffectClose, 0},
		{"7", "Answering Machine", EffectRetry, 2 * hour},
		{"8", "No Answer", EffectRetry, hour},
		{"9", "Reject", EffectClose, 0},
	}
}

// DefaultSkipReasons are offered where a campaign names none.
func DefaultSkipReasons() []SkipReason {
	return []SkipReason{
		{ID: "bad_time", Label: "Not a good time to call"},
		{ID: "wrong_details", Label: "Details look wrong"},
		{ID: "duplicate", Label: "Called already elsewhere"},
		{ID: "known_person", Label: "I know this person"},
		{ID: "other", Label: "Other", NeedsNote: true},
		{ID: "do_not_call", Label: "Asked not to be called", Suppresses: true},
	}
}

// Running reports whether contacts may be reserved and dialled.
func (r Rules) Running() bool { return r.State != CampaignPaused && r.State != CampaignDraft }

// Attempts is the number of dial attempts a person may see in 24 hours, if no limit says otherwise.
func (r Rules) Attempts() int {
	if r.MaxAttempts24h == 0 {
		return 3
	}
	return r.MaxAttempts24h
}

// Reasons are the skip reasons in force.
func (r Rules) Reasons() []SkipReason {
	if len(r.SkipReasons) == 0 { // none at all would leave agents without a way to say why
		return DefaultSkipReasons()
	}
	return r.SkipReasons
}

// OutcomeTable is the whole table in force: the defaults, the campaign's own
// rules over them.
func (r Rules) OutcomeTable() []OutcomeRule {
	table := DefaultOutcomes()
	for _, own := range r.Outcomes {
		i := slices.IndexFunc(table, func(o OutcomeRule) bool { return o.ID == own.ID })
		if i < 0 {
			table = append(table, own)
		} else {
			table[i] = own
		}
	}
	return table
}

// Outcome finds one rule of the table. An unknown id closes the contact.
func (r Rules) Outcome(id string) OutcomeRule {
	for _, o := range r.OutcomeTable() {
		if string(o.ID) == id {
			return o
		}
	}
	return OutcomeRule{ID: RuleID(id), Effect: EffectClose}
}

// Validate returns every field that cannot be taken; nothing of such rules may
// be stored. The zone gets the name by which it is kept.
func (r *Rules) Validate(data *zones.Data) []FieldError {
	var bad []FieldError
	refuse := func(field, problem string) { bad = append(bad, FieldError{field, problem}) }

	switch r.State {
	case "", CampaignRunning, CampaignPaused, CampaignDraft:
	default:
		refuse("state", "is neither running nor paused")
	}
	if !Plain(r.Group, 128) {
		refuse("group", "is over 128 bytes or has characters that cannot be printed")
	}
	bad = append(bad, r.validateHours()...)
	if r.DefaultTimeZone != "" {
		zone, err := data.Resolve(r.DefaultTimeZone)
		if err != nil {
			refuse("defaultTimeZone", err.Error())
		}
		r.DefaultTimeZone = zone
	}
	switch r.ZoneFrom {
	case "", ZoneGiven, ZoneNumber, ZoneStrictest:
	default:
		refuse("zoneFrom", "is none of given, number, strictest")
	}
	if r.MaxAttempts24h < 0 || r.MaxAttempts24h > 100 {
		refuse("maxAttempts24h", "is not between 1 and 100")
	}
	if r.Skip != "" && r.Skip != SkipOn && r.Skip != SkipOff {
		refuse("skip", "is neither on nor off")
	}
	if r.SkipLimit < 0 || r.SkipLimit > 1000 {
		refuse("skipLimit", "is not between 1 and 1000")
	}
	if r.SkipDelay != nil && !delayOK(*r.SkipDelay) {
		refuse("skipDelay", "is negative or over 30 days")
	}
	if r.SkipAvoid != nil && !delayOK(*r.SkipAvoid) {
		refuse("skipAvoid", "is negative or over 30 days")
	}
	bad = append(bad, r.validatePace()...)
	return append(bad, r.validateLists()...)
}

func (r *Rules) validateLists() []FieldError {
	var bad []FieldError
	if len(r.SkipReasons) > 100 {
		bad = append(bad, FieldError{"skipReasons", "has more than 100 entries"})
	}
	if len(r.Outcomes) > 500 {
		bad = append(bad, FieldError{"outcomes", "has more than 500 entries"})
	}
	seen := map[RuleID]bool{}
	for i, s := range r.SkipReasons {
		bad = append(bad, named(fmt.Sprintf("skipReasons[%d]", i), s.ID, s.Label, seen)...)
	}
	clear(seen)
	for i, o := range r.Outcomes {
		at := fmt.Sprintf("outcomes[%d]", i)
		bad = append(bad, named(at, o.ID, o.Label, seen)...)
		switch o.Effect {
		case EffectClose, EffectRetry, EffectCallback, EffectBlock:
		default:
			bad = append(bad, FieldError{at + ".effect", "is none of close, retry, callback, block"})
		}
		if !delayOK(o.Delay) {
			bad = append(bad, FieldError{at + ".delay", "is negative or over 30 days"})
		}
	}
	return bad
}

// named checks what reasons and outcomes have in common.
func named(at string, id RuleID, label string, seen map[RuleID]bool) []FieldError {
	var bad []FieldError
	if id == "" || !Plain(string(id), 64) {
		bad = append(bad, FieldError{at + ".id", "is empty, over 64 bytes or has control characters"})
	} else if MaskDigits(string(id)) != string(id) {
		bad = append(bad, FieldError{at + ".id", "has seven digits or more, which are masked as a phone number is"})
	} else if seen[id] {
		bad = append(bad, FieldError{at + ".id", "stands twice"})
	}
	seen[id] = true
	if label == "" || !Plain(label, 200) {
		bad = append(bad, FieldError{at + ".label", "is empty, over 200 bytes or has control characters"})
	}
	return bad
}

func delayOK(d Duration) bool { return d >= 0 && d <= Duration(30*24*time.Hour) }
