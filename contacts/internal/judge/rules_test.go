package judge

import (
	"encoding/json"
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
