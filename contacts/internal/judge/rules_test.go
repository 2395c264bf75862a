package judge

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// What the judge reads of a pack.
type pack struct {
	Rules []struct {
		ID, Region, Days, From, Until, Holidays, Effective, Expires string
		Closed                                                      bool
		Modes                                                       []string
	}
	Holidays map[string][]string
	Bans     []struct {
		ID, Region, From, Until string
		Modes                   []string
	}
}

// rule is one of a pack: closed on some days, or open in a part of them.
type rule struct {
	id, holidays       string
	where              part
	days               [7]bool // Sunday first
	from, until        int64   // minutes
	closed             bool
	modes              []string
	effective, expires int64 // days since 1970, 0 for none
	rests              map[int64]bool
}

type ban struct {
	id          string
	where       part
	modes       []string
	from, until int64 // Unix seconds, 0 for ever
}

// book is all that packs say.
type book struct {
	rules    []rule
	bans     []ban
	holidays map[part]map[int64]bool // days since 1970
}

func readBook(tb testing.TB, p *places, files ...string) *book {
	tb.Helper()
	b := &book{holidays: map[part]map[int64]bool{}}
	var all []pack
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		var one pack
		if err := json.Unmarshal(text, &one); err != nil {
			tb.Fatalf("%s: %v", file, err)
		}
		all = append(all, one)
		for region, dates := range one.Holidays {
			where := ruleRegion(p, region)
			if b.holidays[where] == nil {
				b.holidays[where] = map[int64]bool{}
			}
			for _, date := range dates {
				b.holidays[where][day(tb, date)] = true
			}
		}
	}
	for _, one := range all {
		for _, r := range one.Rules {
			where := ruleRegion(p, r.Region)
			b.rules = append(b.rules, rule{
				id: r.ID, holidays: r.Holidays, where: where, days: weekdays(tb, r.Days), from: minutes(tb, r.From), until: minutes(tb, r.Until),
				closed: r.Closed, modes: r.Modes, effective: day(tb, r.Effective), expires: day(tb, r.Expires), rests: b.holidays[where],
			})
		}
		for _, r := range one.Bans {
			b.bans = append(b.bans, ban{r.ID, ruleRegion(p, r.Region), r.Modes, instant(tb, r.From), instant(tb, r.Until)})
		}
	}
	return b
}

// ruleRegion reads "RI", "US" and "CA-*".
func ruleRegion(p *places, text string) part {
	if text == "US" {
		return part{"US", "*"}
	}
	if country, name, long := strings.Cut(text, "-"); long {
		return part{country, name}
	}
	return p.partOf(text)
}

func day(tb testing.TB, date string) int64 {
	tb.Helper()
	if date == "" {
		return 0
	}
	return instant(tb, date+"T00:00:00Z") / 86400
}

func instant(tb testing.TB, text string) int64 {
	tb.Helper()
	if text == "" {
		return 0
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		tb.Fatal(err)
	}
	return t.Unix()
}

func minutes(tb testing.TB, text string) int64 {
	tb.Helper()
	switch text {
	case "":
		return 0
	case "24:00":
		return 1440
	}
	return seconds(tb, text, ":") / 60
}

func weekdays(tb testing.TB, text string) [7]bool {
	tb.Helper()
	names := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	var set [7]bool
	if text == "" {
		text = "sun-sat"
	}
	for part := range strings.SplitSeq(text, ",") {
		from, to, span := strings.Cut(part, "-")
		if !span {
			to = from
		}
		first, last := slices.Index(names, from), slices.Index(names, to)
		if first < 0 || last < 0 {
			tb.Fatalf("%q are no days", text)
		}
		for d := first; ; d = (d + 1) % 7 {
			set[d] = true
			if d == last {
				break
			}
		}
	}
	return set
}

func forMode(modes []string, mode string) bool {
	return len(modes) == 0 || slices.Contains(modes, "*") || slices.Contains(modes, mode)
}

// forbids reports whether a rule forbids a call at what the wall shows.
func (r *rule) forbids(wall int64) bool {
	today, minute := floor(wall, 86400), floor(wall, 60)-floor(wall, 86400)*1440
	if r.effective != 0 && today < r.effective || r.expires != 0 && today >= r.expires {
		return false
	}
	weekday, holiday := (today+4)%7, r.rests[today]
	if holiday && r.holidays == "sunday" {
		weekday = 0
	}
	switch {
	case !r.days[weekday]:
		return false
	case r.closed || holiday && r.holidays == "closed":
		return true
	}
	return minute < r.from || minute >= r.until
}

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
