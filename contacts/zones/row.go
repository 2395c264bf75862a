package zones

import (
	"strconv"
	"strings"
	"time"
)

const (
	// rowBehind is how far a row reaches back: the store's clock may be behind the hub's that wrote it.
	rowBehind = 24 * time.Hour
	// rowAhead bounds the search for changes; no zone that ever changes again waits that long for it.
	rowAhead = 30 * 366 * 24 * time.Hour
	// rowChanges is how many changes a row knows ahead of its day: a hub may be off for half a year.
	rowChanges = 2
)

// Row is what a script needs to know of a zone's clock: its UTC offset in
// minutes, then for each change the instant in Unix ms and the offset from there
// on, between semicolons: "-300;1772953200000;-240;1793512800000;-300". It
// reaches from a day before now to its last change, two changes ahead of now, and
// holds from there until the third; a zone that changes less often has a shorter
// row. In Lua:
//
//	local off, at
//	for n in string.gmatch(row, '-?%d+') do
//	  if not off then off = tonumber(n)
//	  elseif not at then at = tonumber(n)
//	  elseif NOW < at then break
//	  else off, at = tonumber(n), nil end
//	end
func Row(zone *time.Location, now time.Time) string {
	t := now.Add(-rowBehind)
	var b strings.Builder
	b.WriteString(strconv.Itoa(offsetAt(zone, t) / 60))
	for ahead := 0; ahead < rowChanges; {
		change, ok := nextChange(zone, t, now.Add(rowAhead))
		if !ok {
			break
		}
		b.WriteString(";" + strconv.FormatInt(change.UnixMilli(), 10) + ";" + strconv.Itoa(offsetAt(zone, change)/60))
		if change.After(now) {
			ahead++
		}
		t = change
	}
	return b.String()
}

// Row is the row of a zone by its name.
func (d *Data) Row(zone string, now time.Time) (string, error) {
	loc, err := d.Location(zone)
	if err != nil {
		return "", err
	}
	return Row(loc, now), nil
}

// Offset reads a row as the scripts do: the UTC offset in minutes at an instant.
func Offset(row string, ms int64) (int, bool) {
	first, rest, _ := strings.Cut(row, ";")
	off, err := strconv.Atoi(first)
	for err == nil && rest != "" {
		var at, after string
		at, rest, _ = strings.Cut(rest, ";")
		after, rest, _ = strings.Cut(rest, ";")
		change, bad := strconv.ParseInt(at, 10, 64)
		if bad != nil {
			return 0, false
		}
		if ms < change {
			return off, true
		}
		off, err = strconv.Atoi(after)
	}
	return off, err == nil
}

// LastChange is the last change that a row knows. The row is right until the one
// after that, so a hub has at least that long to write it anew. A row without a
// change is right for as long as its release is.
func LastChange(row string) (time.Time, bool) {
	fields := strings.Split(row, ";")
	if len(fields) < 3 {
		return time.Time{}, false
	}
	ms, err := strconv.ParseInt(fields[len(fields)-2], 10, 64)
	return time.UnixMilli(ms).UTC(), err == nil
}

// nextChange finds when the offset changes; a new name or a mark for summer time
// alone is no change.
func nextChange(zone *time.Location, t, until time.Time) (time.Time, bool) {
	before := offsetAt(zone, t)
	for {
		end := ClockChange(t.In(zone))
		if end.IsZero() || end.After(until) {
			return time.Time{}, false
		}
		if offsetAt(zone, end) != before {
			return end, true
		}
		t = end
	}
}

// ClockChange is when the clock of a time's zone may change next, after that time; the
// zero time if never. Of a leap year that Go works out by a zone's rule, not from its
// list of changes, Time.ZoneBounds ends 365 days after it began: on its last day, by
// UTC, before the time itself (go.dev/issue/81583, Go 1.26.8), and who goes on from
// there stands still. No clock changes on that day.
func ClockChange(t time.Time) time.Time {
	_, end := t.ZoneBounds()
	if !end.IsZero() && !end.After(t) {
		return end.Add(24 * time.Hour)
	}
	return end
}

// offsetAt is the UTC offset in seconds.
func offsetAt(zone *time.Location, t time.Time) int {
	_, off := t.In(zone).Zone()
	return off
}
