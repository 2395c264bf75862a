package zones

import "time"

// Window is a part of each day by the wall clock, in minutes from midnight:
// From inclusive, Until exclusive, 0 ≤ From < Until ≤ 1440. Any other is never
// open.
type Window struct{ From, Until int }

// windowAhead bounds the look for an opening: by then every zone has had its
// summer and its winter.
const windowAhead = 400 * 24 * time.Hour

// Strictest reports whether a moment lies inside the window by the clock of every
// zone, and the first moment from there on that does: the given one if it does,
// the zero time if none ever will. No zone at all is never inside.
func (w Window) Strictest(zones []*time.Location, at time.Time) (inside bool, opens time.Time) {
	if len(zones) == 0 || w.From < 0 || w.From >= w.Until || w.Until > 24*60 {
		return false, time.Time{}
	}
	// Between two changes of any clock all days are alike, so that one of them tells for the rest.
	for start, end := at, at.Add(windowAhead); start.Before(end); {
		change := end
		for _, zone := range zones {
			if next := ClockChange(start.In(zone)); !next.IsZero() && next.Before(change) {
				change = next
			}
		}
		if opens, ok := w.firstCommon(zones, start, change); ok {
			return opens.Equal(at), opens
		}
		start = change
	}
	return false, time.Time{}
}

// firstCommon finds the first moment from start, before end, at which the window
// is open in all zones, none of which changes its clock in between: all are open
// either at start, or when the last of them opens.
func (w Window) firstCommon(zones []*time.Location, start, end time.Time) (time.Time, bool) {
	var first time.Time
	for i := -1; i < len(zones); i++ {
		t := start
		if i >= 0 {
			t = w.nextOpening(zones[i], start)
		}
		if t.Before(end) && (first.IsZero() || t.Before(first)) && w.openIn(zones, t) {
			first = t
		}
	}
	return first, !first.IsZero()
}

func (w Window) openIn(zones []*time.Location, t time.Time) bool {
	for _, zone := range zones {
		if s := secondOfDay(zone, t); s < w.From*60 || s >= w.Until*60 {
			return false
		}
	}
	return true
}

// nextOpening is when the window opens next, by the offset of now.
func (w Window) nextOpening(zone *time.Location, t time.Time) time.Time {
	const day = 24 * 60 * 60
	wait := (w.From*60 - secondOfDay(zone, t) + day) % day
	return t.Truncate(time.Second).Add(time.Duration(wait) * time.Second)
}

func secondOfDay(zone *time.Location, t time.Time) int {
	hour, minute, second := t.In(zone).Clock()
	return hour*3600 + minute*60 + second
}
