package packs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A packed text is the law of one region and mode, or a campaign's hours, over a
// span of days, for scripts that must not search. Its numbers are digits of base
// 64, '0' to 'o', high ones first: a script reads them as bytes, and makes no string.
//
//	head     first day since 1970 (3), days (2), windows (2), where the bans begin, from 1, or 0 (4)
//	days     for each its window's number (2)
//	windows  for each from and until in minutes (2, 2), a flag, and the numbers of the rules that set them (2, 2)
//	rules    |, number (2) and name, of each; | at the end
//	bans     !, first Unix ms, comma, last or nothing, comma, name, of each; ! at the end
//
// The flag is h on a holiday, c in a campaign's text if the campaign rests on
// holidays, else 0.
const (
	headLength   = 11
	windowLength = 9
	digits       = 64
	// mostDays of a text: each may have a window of its own, set by two rules of
	// its own, and two digits number 4,096 of them.
	mostDays = 2000
)

// Key names the text of a region and mode in the map that Compile makes.
func Key(r Region, mode string) string {
	if mode == "" {
		return string(r)
	}
	return string(r) + "/" + Fold(mode)
}

// Keys are where the law of a region and mode may stand: the first of them that
// is there holds, and if none is, no pack speaks of the region's country.
func Keys(r Region, mode string) [4]string {
	return [4]string{Key(r, mode), Key(r, ""), Key(r.Country(), mode), Key(r.Country(), "")}
}

// Compile packs the law for a number of days from first on. The map has a text for
// every region that a pack speaks of, and one for each mode of it that some rule
// names; what the country says is in each of its regions' texts. No text has more
// than 2,000 days.
func (l *Law) Compile(first Day, days int) map[string]string {
	modes := l.named()
	law := map[string]string{}
	for where := range modes {
		for r, names := range modes {
			if !r.covers(where) {
				continue
			}
			for mode := range names {
				if key := Key(where, mode); law[key] == "" {
					law[key] = l.text(where, mode, first, days)
				}
			}
		}
	}
	return law
}

// CompileLimits gives the limits that hold where Compile's text of a key does.
func (l *Law) CompileLimits() map[string][]Limit {
	limits := map[string][]Limit{}
	modes := l.named()
	for where := range modes {
		for r, names := range modes {
			for mode := range names {
				if r.covers(where) {
					limits[Key(where, mode)] = l.Limits([]Region{where}, mode)
				}
			}
		}
	}
	return limits
}

// named are the modes by the regions that name them, "" for those that none names.
func (l *Law) named() map[Region]map[string]bool {
	modes := map[Region]map[string]bool{}
	note := func(r Region, names []string) {
		if modes[r] == nil {
			modes[r] = map[string]bool{"": true}
		}
		for _, m := range names {
			modes[r][m] = true
		}
	}
	for _, r := range l.rules {
		note(r.region, r.modes)
	}
	for _, b := range l.bans {
		note(b.region, b.modes)
	}
	for _, one := range l.limits {
		note(one.region, readModes("", one.Modes, new(problems)))
	}
	for r := range l.holidays {
		note(r, nil)
	}
	for _, r := range slices.Collect(maps.Keys(modes)) {
		note(r.Country(), nil)
		note(r.Strictest(), nil)
	}
	return modes
}

func (l *Law) text(where Region, mode string, first Day, days int) string {
	p := packer{first: first, days: min(days, mostDays)}
	here := l.within(where, mode)
	p.pack(func(d Day) (Window, string) {
		if here.holiday(where, d) {
			return here.window(where, mode, d), "h"
		}
		return here.window(where, mode, d), "0"
	})
	begin := time.Unix(int64(first)*secondsADay, 0).Add(-24 * time.Hour).UnixMilli() // wherever that day begins first
	for _, b := range here.bans {
		if b.until == 0 || b.until > begin {
			p.ban(b)
		}
	}
	return p.String()
}

// Compile packs a campaign's hours into a text of their own.
func (h Hours) Compile(first Day, days int) string {
	p := packer{first: first, days: min(days, mostDays)}
	flag := "0"
	if h.ShutOnHolidays {
		flag = "c"
	}
	p.pack(func(d Day) (Window, string) { return h.on(d, false), flag })
	return p.String()
}

// Windows packs the seven days of the week, Sunday first, as the windows of a text
// whose only rule is the campaign's: what a script needs to make one for any day.
func (h Hours) Windows() string {
	p, flag := packer{}, "0"
	if h.ShutOnHolidays {
		flag = "c"
	}
	var windows strings.Builder
	for _, span := range h.Week {
		windows.WriteString(p.window(span.hours(), flag))
	}
	return windows.String()
}

// within is what of a law holds for a region and mode.
func (l *Law) within(where Region, mode string) *Law {
	here := &Law{holidays: map[Region]map[Day]bool{}}
	for _, r := range l.rules {
		if r.region.covers(where) && serves(r.modes, mode) {
			here.rules = append(here.rules, r)
		}
	}
	for _, b := range l.bans {
		if b.region.covers(where) && serves(b.modes, mode) {
			here.bans = append(here.bans, b)
		}
	}
	for r, days := range l.holidays {
		if r.covers(where) {
			here.holidays[r] = days
		}
	}
	return here
}

// packer writes a packed text.
type packer struct {
	first                         Day
	days                          int
	numbers, windows, rules, bans strings.Builder
	windowNumbers, ruleNumbers    map[string]int
}

func (p *packer) pack(on func(Day) (Window, string)) {
	p.windowNumbers = map[string]int{}
	for d := p.first; d < p.first+Day(p.days); d++ {
		w, flag := on(d)
		said := p.window(w, flag)
		n, known := p.windowNumbers[said]
		if !known {
			n = len(p.windowNumbers)
			p.windowNumbers[said] = n
			p.windows.WriteString(said)
		}
		p.numbers.WriteString(digit(n, 2))
	}
}

func (p *packer) window(w Window, flag string) string {
	return digit(w.From, 2) + digit(w.Until, 2) + flag + p.rule(w.FromRule) + p.rule(w.UntilRule)
}

// rule is the number of a rule's name.
func (p *packer) rule(name string) string {
	if p.ruleNumbers == nil {
		p.ruleNumbers = map[string]int{}
	}
	n, known := p.ruleNumbers[name]
	if !known {
		n = len(p.ruleNumbers)
		p.ruleNumbers[name] = n
		p.rules.WriteString("|" + digit(n, 2) + name)
	}
	return digit(n, 2)
}

func (p *packer) ban(b ban) {
	until := ""
	if b.until != 0 {
		until = strconv.FormatInt(b.until, 10)
	}
	fmt.Fprintf(&p.bans, "!%d,%s,%s", b.from, until, b.id)
}

// String is the text.
func (p *packer) String() string {
	body, begin := p.numbers.String()+p.windows.String()+p.rules.String()+"|", 0
	if p.bans.Len() > 0 {
		begin = headLength + len(body) + 1
		p.bans.WriteByte('!')
	}
	return digit(int(p.first), 3) + digit(p.days, 2) + digit(len(p.windowNumbers), 2) + digit(begin, 4) + body + p.bans.String()
}

// digit writes a number with so many digits.
func digit(n, places int) string {
	text := make([]byte, places)
	for i := places - 1; i >= 0; i, n = i-1, n/digits {
		text[i] = byte('0' + n%digits) //nolint:gosec // below 'p'
	}
	return string(text)
}
