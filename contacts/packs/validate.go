package packs

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ids are short and without the signs that part a packed text.
var ids = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// problems collects what is wrong, so that somebody who edits a pack sees all of
// it at once.
type problems struct{ list []error }

func (p *problems) add(field, format string, args ...any) {
	p.list = append(p.list, &FieldError{field, fmt.Sprintf(format, args...)})
}

// must adds an error under a field and reports whether there was none.
func (p *problems) must(field string, err error) bool {
	if err != nil {
		p.add(field, "%s", err)
	}
	return err == nil
}

func (p *problems) filled(field, text string) {
	if text == "" {
		p.add(field, "must not be empty")
	}
}

// Validate reports every field that is wrong, each as a *FieldError.
func (p Pack) Validate() error {
	var bad problems
	if !ids.MatchString(p.Pack) {
		bad.add("pack", "%q is no name: want small letters, digits and . _ -", p.Pack)
	}
	_, err := ParseDay(p.Seen)
	bad.must("seen", err)
	named := map[string]bool{"": true, campaignRule: true, staleRule: true}
	id := func(at, id string) {
		if !ids.MatchString(id) {
			bad.add(at+".id", "%q is no name: want small letters, digits and . _ -", id)
		} else if named[id] {
			bad.add(at+".id", "%q is taken", id)
		}
		named[id] = true
	}
	for i, r := range p.Rules {
		at := fmt.Sprintf("rules[%d]", i)
		id(at, r.ID)
		r.read(at, &bad)
	}
	for i, l := range p.Attempts {
		at := fmt.Sprintf("attempts[%d]", i)
		id(at, l.ID)
		_, err := ParseRegion(l.Region)
		bad.must(at+".region", err)
		bad.filled(at+".source", l.Source)
		l.read(at, &bad)
	}
	for i, b := range p.Bans {
		at := fmt.Sprintf("bans[%d]", i)
		id(at, b.ID)
		b.read(at, &bad)
	}
	p.dates(&bad)
	return errors.Join(bad.list...)
}

// dates are the holidays by region.
func (p Pack) dates(bad *problems) map[Region]map[Day]bool {
	all := map[Region]map[Day]bool{}
	for _, name := range slices.Sorted(maps.Keys(p.Holidays)) {
		at := "holidays." + name
		r, err := ParseRegion(name)
		bad.must(at, err)
		if all[r] == nil {
			all[r] = map[Day]bool{}
		}
		for i, text := range p.Holidays[name] {
			day, err := ParseDay(text)
			if bad.must(fmt.Sprintf("%s[%d]", at, i), err) {
				all[r][day] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.HolidaySources)) {
		if _, there := p.Holidays[name]; !there {
			bad.add("holidaySources."+name, "there are no holidays of that name")
		}
	}
	return all
}

// rule is a Rule that was read.
type rule struct {
	id                 string
	region             Region
	days               weekdays
	window             Window
	holidays           string
	modes              []string
	effective, expires Day
}

const neverExpires = Day(1 << 30)

func (r Rule) read(at string, bad *problems) rule {
	out := rule{id: r.ID, holidays: r.Holidays, modes: readModes(at, r.Modes, bad), expires: neverExpires}
	var err error
	out.region, err = ParseRegion(r.Region)
	bad.must(at+".region", err)
	out.days, err = parseWeekdays(r.Days)
	bad.must(at+".days", err)
	switch {
	case r.Closed && r.From+r.Until != "":
		bad.add(at+".closed", "a closed day has no from and until")
	case r.Closed:
		out.window = shut(r.ID)
	case r.From == "":
		bad.add(at+".from", "want a time of day, or closed")
	case r.Until == "":
		bad.add(at+".until", "want a time of day, or closed")
	default:
		span, err := parseSpan(r.From, r.Until)
		bad.must(at+".from", err)
		out.window = span.window(r.ID)
	}
	switch r.Holidays {
	case "", HolidayOpen, HolidayClosed, HolidaySunday:
	default:
		bad.add(at+".holidays", "%q is none of %s, %s, %s", r.Holidays, HolidayOpen, HolidayClosed, HolidaySunday)
	}
	bad.filled(at+".source", r.Source)
	for _, date := range []struct {
		field, text string
		to          *Day
	}{{".seen", r.Seen, new(Day)}, {".effective", r.Effective, &out.effective}, {".expires", r.Expires, &out.expires}} {
		if date.text != "" {
			*date.to, err = ParseDay(date.text)
			bad.must(at+date.field, err)
		}
	}
	if out.effective >= out.expires {
		bad.add(at+".expires", "%s is not after %s", r.Expires, r.Effective)
	}
	return out
}

// readModes gives nil for every mode, else the modes as Fold writes them.
func readModes(at string, modes []string, bad *problems) []string {
	var folded []string
	for i, m := range modes {
		folded = append(folded, Fold(m))
		if folded[i] == "" || len(m) > 64 {
			bad.add(fmt.Sprintf("%s.modes[%d]", at, i), "want a mode's name of 64 letters at most, or %q", "*")
		}
	}
	if slices.Contains(folded, "*") {
		return nil
	}
	return folded
}

// Fold is how modes are compared: HOME and Home are one.
func Fold(mode string) string { return strings.ToLower(strings.TrimSpace(mode)) }

// ban is a Ban that was read: from one Unix ms until another, 0 for no end.
type ban struct {
	id          string
	region      Region
	modes       []string
	from, until int64
}

func (b Ban) read(at string, bad *problems) ban {
	out := ban{id: b.ID, modes: readModes(at, b.Modes, bad)}
	var err error
	out.region, err = ParseRegion(b.Region)
	bad.must(at+".region", err)
	bad.filled(at+".source", b.Source)
	for _, instant := range []struct {
		field, text string
		to          *int64
	}{{".from", b.From, &out.from}, {".until", b.Until, &out.until}} {
		if instant.text == "" && instant.field == ".until" {
			continue
		}
		t, err := time.Parse(time.RFC3339, instant.text)
		if err != nil || t.Unix() <= 0 {
			bad.add(at+instant.field, "%q is no instant: want it like %q", instant.text, "2026-09-04T18:00:00-05:00")
			continue
		}
		*instant.to = t.UnixMilli()
	}
	if out.until != 0 && out.until <= out.from {
		bad.add(at+".until", "%s is not after %s", b.Until, b.From)
	}
	return out
}
