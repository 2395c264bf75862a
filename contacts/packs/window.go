package packs

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// Rules that no pack may call its own.
const (
	campaignRule = "campaign" // the campaign's own hours
	staleRule    = "stale"    // a day outside the span of a packed text
)

// Span is a part of a day in minutes since midnight, Until not included; empty if
// From is not before Until.
type Span struct{ From, Until int }

func (s Span) window(rule string) Window { return Window{s.From, s.Until, rule, rule} }

// Window is a Span that knows which rule set each end.
type Window struct {
	From, Until         int
	FromRule, UntilRule string
}

var wholeDay = Window{Until: minutesADay}

// shut is a day on which a rule allows no call: every minute is before it opens
// and after it closed, so that no other rule can be named in its place.
func shut(rule string) Window { return Window{minutesADay, 0, rule, rule} }

// and is the stricter of two at both ends; where they agree, w's rule stands.
func (w Window) and(v Window) Window {
	if v.From > w.From {
		w.From, w.FromRule = v.From, v.FromRule
	}
	if v.Until < w.Until {
		w.Until, w.UntilRule = v.Until, v.UntilRule
	}
	return w
}

// Empty reports whether no call is allowed in all the day.
func (w Window) Empty() bool { return w.From >= w.Until }

// Allows reports whether a call is allowed in a minute of the day, else which rule
// forbids it.
func (w Window) Allows(minute int) (bool, string) {
	switch {
	case minute < w.From:
		return false, w.FromRule
	case minute >= w.Until:
		return false, w.UntilRule
	}
	return true, ""
}

// Hours are a campaign's own.
type Hours struct {
	// Week has a window for each day of the week, Sunday first; an empty one is
	// closed.
	Week [7]Span
	// ShutOnHolidays closes the holidays of the person's region and country.
	ShutOnHolidays bool
	// Shut are other dates on which the campaign rests.
	Shut []Day
}

// Always are the hours of a campaign that leaves them to the law.
func Always() Hours {
	var h Hours
	for i := range h.Week {
		h.Week[i] = Span{0, minutesADay}
	}
	return h
}

// ParseWeek reads a weekday table, {"mon-fri": "09:00-18:00", "sat": "10:00-14:00"}.
// A day that is not in it is closed; one that stands twice is refused.
func ParseWeek(table map[string]string) (Hours, error) {
	var h Hours
	var bad problems
	var seen weekdays
	for _, days := range slices.Sorted(maps.Keys(table)) {
		set, err := parseWeekdays(days)
		if !bad.must(days, err) {
			continue
		}
		if seen&set != 0 {
			bad.add(days, "a day stands in another line too")
		}
		seen |= set
		from, until, _ := strings.Cut(table[days], "-")
		span, err := parseSpan(from, until)
		bad.must(days, err)
		for d := range h.Week {
			if set&(1<<d) != 0 {
				h.Week[d] = span
			}
		}
	}
	if len(table) == 0 {
		bad.list = append(bad.list, errors.New("a week without a day is closed for ever"))
	}
	return h, errors.Join(bad.list...)
}

// on is the campaign's window of a day.
func (h Hours) on(d Day, holiday bool) Window {
	if holiday && h.ShutOnHolidays || slices.Contains(h.Shut, d) {
		return shut(campaignRule)
	}
	return h.Week[d.Weekday()].hours()
}

// hours are a day of the campaign's week, which may be closed.
func (s Span) hours() Window {
	if s.From >= s.Until {
		return shut(campaignRule)
	}
	return s.window(campaignRule)
}
