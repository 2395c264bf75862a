package packs

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"agenthub/contacts/zones"
)

// Horizon is how far a search for the next opening looks. Who asks again later
// sees further.
const Horizon = 62 * 24 * time.Hour

// Law is what packs say together: the plain reading, a walk over all rules, by
// which the packed texts are made and judged. It never changes and is safe for
// concurrent use.
type Law struct {
	rules    []rule
	bans     []ban
	limits   []limit
	holidays map[Region]map[Day]bool
}

// NewLaw lays packs over each other. The error names the pack and the field.
func NewLaw(packs ...Pack) (*Law, error) {
	l := &Law{holidays: map[Region]map[Day]bool{}}
	for _, p := range packs {
		if err := p.Validate(); err != nil {
			return nil, fmt.Errorf("pack %s: %w", p.Pack, err)
		}
		var none problems // Validate found them all
		for _, r := range p.Rules {
			l.rules = append(l.rules, r.read("", &none))
		}
		for _, b := range p.Bans {
			l.bans = append(l.bans, b.read("", &none))
		}
		for _, a := range p.Attempts {
			region, _ := ParseRegion(a.Region)
			l.limits = append(l.limits, limit{a, region})
		}
		for r, days := range p.dates(&none) {
			if l.holidays[r] == nil {
				l.holidays[r] = map[Day]bool{}
			}
			for d := range days {
				l.holidays[r][d] = true
			}
		}
	}
	// In the order of their ids the first of two equal rules is the one that is named.
	slices.SortStableFunc(l.rules, func(a, b rule) int { return cmp.Compare(a.id, b.id) })
	slices.SortStableFunc(l.bans, func(a, b ban) int { return cmp.Compare(a.id, b.id) })
	return l, nil
}

// Question is what a law is asked about: where the person may be, all of which
// holds, by which mode the call would go, and the campaign's own hours.
type Question struct {
	Regions []Region
	Mode    string
	Hours   *Hours // default: any hour
}

// On is the window of one of the person's days.
func (l *Law) On(q Question, d Day) Window {
	all, holiday := wholeDay, false
	for _, r := range q.Regions {
		all = all.and(l.window(r, q.Mode, d))
		holiday = holiday || l.holiday(r, d)
	}
	if q.Hours != nil {
		all = all.and(q.Hours.on(d, holiday))
	}
	return all
}

// Week is the table of seven days, of which first is the first.
func (l *Law) Week(q Question, first Day) [7]Window {
	var week [7]Window
	for i := range week {
		week[i] = l.On(q, first+Day(i))
	}
	return week
}

// window is what the rules of one region leave of a day.
func (l *Law) window(where Region, mode string, d Day) Window {
	all := wholeDay
	for _, r := range l.rules {
		if !r.region.covers(where) || !serves(r.modes, mode) || d < r.effective || d >= r.expires {
			continue
		}
		weekday, holiday := d.Weekday(), l.holidays[r.region][d]
		if holiday && r.holidays == HolidaySunday {
			weekday = time.Sunday
		}
		switch {
		case !r.days.has(weekday):
		case holiday && r.holidays == HolidayClosed:
			all = all.and(shut(r.id))
		default:
			all = all.and(r.window)
		}
	}
	return all
}

// holiday reports whether a day is one for a person in a region: its own or its
// country's.
func (l *Law) holiday(where Region, d Day) bool {
	for r, days := range l.holidays {
		if days[d] && r.covers(where) {
			return true
		}
	}
	return false
}

func serves(modes []string, mode string) bool {
	return modes == nil || slices.Contains(modes, Fold(mode))
}

// banned is the ban that lasts longest of those that hold at a time: its rule and
// when it ends, 0 for never. "" if there is none.
func (l *Law) banned(q Question, at int64) (string, int64) {
	rule, end := "", int64(-1)
	for _, where := range q.Regions {
		for _, b := range l.bans {
			if b.region.covers(where) && serves(b.modes, q.Mode) && b.from <= at && (b.until == 0 || at < b.until) && longer(b.until, end) {
				rule, end = b.id, b.until
			}
		}
	}
	return rule, end
}

// longer reports whether a ban until a outlasts one until b, of which -1 is none
// and 0 never ends.
func longer(a, b int64) bool { return b != 0 && (a == 0 || a > b) }

// Allowed reports whether a call is allowed at an instant in every zone that the
// person may be in, else the rule that forbids it.
func (l *Law) Allowed(q Question, at time.Time, zones ...*time.Location) (bool, string) {
	if rule, _ := l.banned(q, at.UnixMilli()); rule != "" {
		return false, rule
	}
	for _, zone := range zones {
		local := at.In(zone)
		if ok, rule := l.On(q, DayOf(local)).Allows(local.Hour()*60 + local.Minute()); !ok {
			return false, rule
		}
	}
	return true, ""
}

// Opens is the first instant from after on at which a call is allowed in every
// zone, zero if there is none within Horizon, and the rule that forbids it at
// after, "" if none does.
func (l *Law) Opens(q Question, after time.Time, zones ...*time.Location) (time.Time, string) {
	ok, rule := l.Allowed(q, after, zones...)
	at, last := after, after.Add(Horizon)
	for ok = ok || len(zones) == 0; !ok; ok, _ = l.Allowed(q, at, zones...) {
		for _, zone := range zones {
			if at = l.opensIn(q, at, last, zone); at.IsZero() {
				return at, rule
			}
		}
	}
	return at, rule
}

// opensIn looks in one zone. Between two changes of its clock local time and
// instants run alike; so it looks on the wall, and goes on behind the change if
// the opening is not before it: then the wall showed another time.
func (l *Law) opensIn(q Question, at, last time.Time, zone *time.Location) time.Time {
	for !at.After(last) {
		if rule, end := l.banned(q, at.UnixMilli()); rule != "" {
			if end == 0 {
				return time.Time{}
			}
			at = time.UnixMilli(end)
			continue
		}
		local := at.In(zone)
		_, offset := local.Zone()
		change := zones.ClockChange(local)
		wall := (at.Unix() + int64(offset)) / 60
		open := l.nextMinute(q, wall)
		if open == wall {
			return at
		}
		next := time.Unix(open*60-int64(offset), 0)
		if !change.IsZero() && (open < 0 || !next.Before(change)) {
			next = change
		} else if open < 0 {
			break
		}
		at = next
	}
	return time.Time{}
}

// nextMinute is the first allowed minute of local time from wall on, in minutes
// since 1970, -1 if there is none within Horizon.
func (l *Law) nextMinute(q Question, wall int64) int64 {
	today := Day(wall / minutesADay)
	for d := today; d <= today+Day(Horizon/(24*time.Hour)); d++ {
		w := l.On(q, d)
		open := max(int64(d)*minutesADay+int64(w.From), wall)
		if open < int64(d)*minutesADay+int64(w.Until) {
			return open
		}
	}
	return -1
}
