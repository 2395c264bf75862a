package judge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// person is somebody as the law sees them: by which clocks, under which rules.
type person struct {
	somebody
	clocks []clock
	rules  []rule
	bans   []ban
	before *person // the same by the clocks of 2025c, nil where they say the same
}

// campaign is what the judge must know of one.
type campaign struct {
	from, until string            // of every day; "" for any hour
	week        map[string]string // in their place: a day without a line is closed
	rests       bool              // on holidays
	given       bool              // the zone that is given decides, if one is
	home        string            // the zone of a contact without one
}

// hours are a campaign's as rules of the packs' kind, for a person with such holidays.
func (c campaign) hours(tb testing.TB, holidays map[int64]bool) []rule {
	tb.Helper()
	if c.from != "" {
		c.week = map[string]string{"": c.from + "-" + c.until}
	}
	if c.week == nil {
		return nil
	}
	var all []rule
	shut := rule{id: "campaign", closed: true, days: weekdays(tb, "")}
	for days, span := range c.week {
		from, until, _ := strings.Cut(span, "-")
		r := rule{id: "campaign", days: weekdays(tb, days), from: minutes(tb, from), until: minutes(tb, until)}
		if c.rests {
			r.holidays, r.rests = "closed", holidays
		}
		for d, is := range r.days {
			shut.days[d] = shut.days[d] && !is
		}
		all = append(all, r)
	}
	return append(all, shut)
}

// person puts together what holds for somebody.
func (b *book) person(tb testing.TB, p *places, clocks map[string]clock, in campaign, s somebody) *person {
	tb.Helper()
	who := &person{somebody: s}
	zones, placed := p.zones(s)
	given := s.zone
	if given == "" {
		given = in.home
	}
	var country []string
	for _, one := range p.countriesOf(s) {
		country = append(country, p.countries[one]...)
	}
	switch {
	case given != "" && (in.given || !placed && len(country) == 0):
		zones = []string{given}
	case !placed:
		zones = country
	}
	for _, zone := range zones {
		c, known := clocks[zone]
		if !known {
			tb.Fatalf("zdump does not know %s", zone)
		}
		who.clocks = append(who.clocks, c)
	}
	holidays := map[int64]bool{}
	for _, where := range p.where(s) {
		for region, days := range b.holidays {
			if region.covers(where) {
				maps.Copy(holidays, days)
			}
		}
		for _, r := range b.rules {
			if r.where.covers(where) && forMode(r.modes, s.mode) {
				who.rules = append(who.rules, r)
			}
		}
		for _, r := range b.bans {
			if r.where.covers(where) && forMode(r.modes, s.mode) {
				who.bans = append(who.bans, r)
			}
		}
	}
	who.rules = append(who.rules, in.hours(tb, holidays)...)
	return who
}

// forbids names all rules that forbid a call at an instant, Unix seconds.
func (p *person) forbids(at int64) []string {
	var all []string
	if len(p.clocks) == 0 && len(p.rules) > 0 {
		return []string{"no_zone"}
	}
	for _, b := range p.bans {
		if b.from <= at && (b.until == 0 || at < b.until) {
			all = append(all, b.id)
		}
	}
	for _, c := range p.clocks {
		wall := c.wall(at)
		for i := range p.rules {
			if p.rules[i].forbids(wall) {
				all = append(all, p.rules[i].id)
			}
		}
	}
	return all
}

// open reports whether nothing does.
func (p *person) open(at int64) bool {
	if len(p.clocks) == 0 && len(p.rules) > 0 {
		return false
	}
	for _, b := range p.bans {
		if b.from <= at && (b.until == 0 || at < b.until) {
			return false
		}
	}
	for _, c := range p.clocks {
		wall := c.wall(at)
		for i := range p.rules {
			if p.rules[i].forbids(wall) {
				return false
			}
		}
	}
	return true
}

// signature is all that tells the judge's people apart.
func (p *person) signature() string {
	var text []string
	for _, c := range p.clocks {
		text = append(text, fmt.Sprint(c))
	}
	for _, r := range p.rules {
		text = append(text, r.id)
	}
	for _, b := range p.bans {
		text = append(text, b.id)
	}
	slices.Sort(text)
	return strings.Join(slices.Compact(text), " ")
}

// eventful reports whether a stretch of time has a change of a clock or, if asked
// for, another day of law: a holiday, a first or last day of a rule or a ban.
func (p *person) eventful(from, to int64, law bool) bool {
	for _, c := range p.clocks {
		if c.changesWithin(from, to) {
			return true
		}
	}
	if !law {
		return false
	}
	for _, b := range p.bans {
		if from <= b.from && b.from <= to || from <= b.until && b.until <= to {
			return true
		}
	}
	for _, r := range p.rules {
		if from <= r.effective*86400 && r.effective*86400 <= to || from <= r.expires*86400 && r.expires*86400 <= to {
			return true
		}
		for day := range r.rests {
			if r.holidays != "" && from <= (day+1)*86400 && day*86400 <= to {
				return true
			}
		}
	}
	return false
}
