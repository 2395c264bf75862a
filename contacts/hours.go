package contacts

import (
	"encoding/json"
	"errors"
	"time"

	"agenthub/contacts/packs"
)

// Hours are when a campaign calls, on the clock of the person: at any hour that the
// law leaves, which JSON writes as "always", or by a table of the week,
// {"mon-fri":"09:00-18:00","sat":"10:00-14:00"}, in which a day that is not named is
// closed.
type Hours struct {
	Always bool
	Week   map[string]string
}

// What a campaign's holidays are: the legal ones of where the person may be.
const (
	HolidaysOpen   = "open"
	HolidaysClosed = "closed"
)

const always = "always"

// MarshalJSON writes the form that UnmarshalJSON reads.
func (h Hours) MarshalJSON() ([]byte, error) {
	if h.Always {
		return json.Marshal(always)
	}
	return json.Marshal(h.Week)
}

// UnmarshalJSON reads "always" or a table of the week.
func (h *Hours) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &h.Week) == nil {
		return nil
	}
	var word string
	if err := json.Unmarshal(text, &word); err != nil || word != always {
		return errors.New(`hours are "always" or a table like {"mon-fri":"09:00-18:00"}`)
	}
	h.Always = true
	return nil
}

// Week is when the campaign calls, and whether that is less than always.
func (r Rules) Week() (week packs.Hours, limited bool) {
	week = packs.Always()
	switch {
	case r.Hours != nil && !r.Hours.Always:
		week, _ = packs.ParseWeek(r.Hours.Week)
	case r.CallFrom != "":
		from, _ := minuteOfDay(r.CallFrom)
		until, _ := minuteOfDay(r.CallUntil)
		for day := range week.Week {
			week.Week[day] = packs.Span{From: from, Until: until}
		}
	}
	limited = week.Week != packs.Always().Week || r.Holidays == HolidaysClosed
	week.ShutOnHolidays = r.Holidays == HolidaysClosed
	return week, limited
}

// validateHours is the part of Validate about when the campaign calls.
func (r Rules) validateHours() []FieldError {
	var bad []FieldError
	refuse := func(field, problem string) { bad = append(bad, FieldError{field, problem}) }
	from, fromOK := minuteOfDay(r.CallFrom)
	until, untilOK := minuteOfDay(r.CallUntil)
	switch {
	case r.Hours != nil && r.CallFrom+r.CallUntil != "":
		refuse("hours", "goes without callFrom and callUntil")
	case (r.CallFrom == "") != (r.CallUntil == ""):
		refuse("callUntil", "callFrom and callUntil go together")
	case r.CallFrom == "":
	case !fromOK:
		refuse("callFrom", "is no time of day like 08:00")
	case !untilOK:
		refuse("callUntil", "is no time of day like 21:00")
	case until <= from:
		refuse("callUntil", "is not after callFrom")
	}
	if r.Hours != nil && !r.Hours.Always {
		_, err := packs.ParseWeek(r.Hours.Week)
		for _, each := range packs.Problems(err, "week") {
			refuse("hours."+each.Field, each.Problem)
		}
	}
	switch r.Holidays {
	case "", HolidaysOpen, HolidaysClosed:
	default:
		refuse("holidays", "is neither open nor closed")
	}
	return bad
}

// minuteOfDay reads "08:00" and, as an end, "24:00".
func minuteOfDay(s string) (int, bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil && len(s) == 5
}
