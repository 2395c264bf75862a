package lists

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"agenthub/contacts"
)

// What is wrong with a time, and what a spreadsheet has done to it.
var (
	errTime       = errors.New("is no time like 2026-01-31T18:00:00Z")
	errTimeZone   = errors.New("does not say on whose clock: write it with an offset, like 2026-01-31T18:00:00-05:00, or give the row a timeZone")
	errTimeTwice  = errors.New("is an hour that the clock there leaves out or shows twice: write it with an offset, like 2026-01-31T18:00:00-05:00")
	errTimeDay    = errors.New("is a day without a time of day: write it like 2026-01-31T18:00:00Z")
	errTimeSerial = errors.New("is a day number, as a spreadsheet keeps dates: format the column as yyyy-mm-dd hh:mm:ss")
	errTimeOrder  = errors.New("is a date in an order that differs by country: format the column as yyyy-mm-dd hh:mm:ss")
)

// Forms of times that can mean one moment alone, with an offset and without.
var (
	exactForms = []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00", "2006-01-02 15:04:05 UTC"} //nolint:gochecknoglobals // a constant
	localForms = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"}                                                                   //nolint:gochecknoglobals // a constant

	onlyDay   = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	dayNumber = regexp.MustCompile(`^\d{5}([.,]\d+)?$`)
	slashed   = regexp.MustCompile(`^\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b`)
)

// instant reads a time. One without an offset is on the clock of the row's own zone; what
// could be two moments is none.
func (rr *RowReader) instant(s, zone string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := rr.moment(s, zone)
	return inRange(t, err)
}

func inRange(t time.Time, err error) (time.Time, error) {
	if err == nil && (t.Year() < 1970 || t.Year() > 9999) {
		err = errTime
	}
	if err != nil {
		return time.Time{}, err
	}
	return t.UTC().Truncate(time.Second), nil
}

// exactly reads a time in the one form that has no space.
func exactly(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		err = errTime
	}
	return inRange(t, err)
}

func (rr *RowReader) moment(s, zone string) (time.Time, error) {
	for _, form := range exactForms {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	for _, form := range localForms {
		if _, err := time.Parse(form, s); err != nil {
			continue
		}
		if zone == "" {
			return time.Time{}, errTimeZone
		}
		at, err := rr.Zones.Location(zone)
		if err != nil {
			return time.Time{}, errTimeZone
		}
		t, err := time.ParseInLocation(form, s, at)
		shown := func(t time.Time) bool { return t.Format(form) == s }
		if err != nil || !shown(t) || shown(t.Add(time.Hour)) || shown(t.Add(-time.Hour)) {
			return time.Time{}, errTimeTwice
		}
		return t, nil
	}
	switch {
	case onlyDay.MatchString(s):
		return time.Time{}, errTimeDay
	case dayNumber.MatchString(s):
		return time.Time{}, errTimeSerial
	case slashed.MatchString(s):
		return time.Time{}, errTimeOrder
	}
	return time.Time{}, errTime
}

// instants reads times with spaces or | between them. They are past: one that is
// not would keep everybody from calling until then.
func instants(s string) ([]time.Time, error) {
	var all []time.Time
	for text := range strings.FieldsFuncSeq(s, func(c rune) bool { return c == ' ' || c == '|' }) {
		t, err := exactly(text)
		if err != nil {
			return nil, err
		}
		if t.After(time.Now()) {
			return nil, errors.New("has a time that is still to come")
		}
		if all = append(all, t); len(all) > contacts.AttemptsKept {
			return nil, fmt.Errorf("has more than %d times", contacts.AttemptsKept)
		}
	}
	return all, nil
}
