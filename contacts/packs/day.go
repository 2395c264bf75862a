package packs

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Day is a date of the person's own calendar, as days since 1970-01-01.
type Day int

// Days and minutes of a day.
const (
	minutesADay = 24 * 60
	secondsADay = 24 * 60 * 60
)

// DayOf is the date that t shows in its own location.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsADay)
}

// ParseDay reads a date, "2026-12-25".
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1970 {
		return 0, fmt.Errorf("%q is no date: want it like %q", s, "2026-12-25")
	}
	return DayOf(t), nil
}

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return time.Weekday((int(d) + 4) % 7) }

// Unix is when the day begins in UTC.
func (d Day) Unix() int64 { return int64(d) * secondsADay }

// String is the date as it is read.
func (d Day) String() string { return time.Unix(d.Unix(), 0).UTC().Format(time.DateOnly) }

// weekdays is a set of days of the week, bit 0 for Sunday.
type weekdays uint8

const everyDay weekdays = 1<<7 - 1

func (w weekdays) has(d time.Weekday) bool { return w&(1<<d) != 0 }

var dayNames = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// parseWeekdays reads "mon-fri", "sat", "fri-mon,wed"; "" and "*" are all days.
func parseWeekdays(s string) (weekdays, error) {
	if s == "" || s == "*" {
		return everyDay, nil
	}
	var set weekdays
	for part := range strings.SplitSeq(s, ",") {
		first, last, span := strings.Cut(part, "-")
		if !span {
			last = first
		}
		from, to := slices.Index(dayNames[:], first), slices.Index(dayNames[:], last)
		if from < 0 || to < 0 {
			return 0, fmt.Errorf("%q is no day of the week: want them like %q or %q", part, "mon-fri", "sat")
		}
		for d := from; ; d = (d + 1) % 7 {
			set |= 1 << d
			if d == to {
				break
			}
		}
	}
	return set, nil
}

// parseSpan reads a window of the day, "09:00" until "24:00" at the latest.
func parseSpan(from, until string) (Span, error) {
	var s Span
	var err error
	if s.From, err = parseClock(from); err != nil {
		return s, err
	}
	if s.Until, err = parseClock(until); err != nil {
		return s, err
	}
	if s.From >= s.Until {
		return s, fmt.Errorf("%s is not before %s; a window does not go over midnight", from, until)
	}
	return s, nil
}

func parseClock(s string) (int, error) {
	if s == "24:00" {
		return minutesADay, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, fmt.Errorf("%q is no time of day: want it like %q", s, "09:00")
	}
	return t.Hour()*60 + t.Minute(), nil
}
