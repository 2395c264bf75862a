package judge

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/store"
)

var year = flag.Bool("year", false, "judge everybody on every day of the year, not each on a choice of days")

// The year that is judged: December to the next one's end.
var (
	yearBegins = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	yearEnds   = time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
)

// What the judge reads: the hub's own pack and one of cases that it does not have, and
// the clocks of two releases.
var (
	packFiles = []string{"../../packs/data/us-ca-2026.json", "testdata/more.json"}
	clocks    = []string{"testdata/clocks.txt"}
	clocks25c = []string{"testdata/clocks.txt", "testdata/clocks-2025c.txt"}
)

// figures are what came of a judgement.
type figures struct {
	instants, early, late int
	others                int // a rule that does not forbid it, or another time of opening or closing
	faults                []string
	at                    map[string]int // instants by person
}

func (f *figures) fault(count *int, who *person, format string, args ...any) {
	*count++
	if f.at == nil {
		f.at = map[string]int{}
	}
	if f.at[who.id]++; f.at[who.id] == 1 && len(f.faults) < 100 {
		f.faults = append(f.faults, who.id+": "+fmt.Sprintf(format, args...))
	}
}

// ahead is how far the judge looks for an opening.
const ahead = 10 * 24 * time.Hour / time.Second / step

// compare holds what the hub said of a stretch of time against the judge.
func (f *figures) compare(who *person, got []said, first, last int64) {
	n := int((last-first)/step) + 1
	var open []bool
	for i := 0; i < n || i < n+int(ahead) && open[i-1] == open[n-1]; i++ {
		open = append(open, who.open(first+int64(i)*step))
	}
	next := len(open) - 1 // where it turns; if it does not within ahead, nobody knows
	for i := n - 1; i >= 0; i-- {
		if open[i] != open[i+1] {
			next = i + 1
		}
		at, turns := first+int64(i)*step, first+int64(next)*step
		k, fresh := slices.BinarySearchFunc(got, at, func(s said, at int64) int { return int(s.at - at) })
		if !fresh {
			k--
		}
		says := got[k]
		f.instants++
		switch {
		case !says.closed && !open[i]:
			f.fault(&f.early, who, "open at %s, forbidden by %v", stamp(at), who.forbids(at))
		case says.closed && open[i]:
			f.fault(&f.late, who, "closed at %s by %q, nothing forbids it", stamp(at), says.rule)
		case open[next] != open[i] && says.other != turns:
			f.fault(&f.others, who, "at %s (open: %v) until %s, want %s", stamp(at), open[i], stamp(says.other), stamp(turns))
		case fresh && says.closed && !slices.Contains(who.forbids(at), says.rule):
			f.fault(&f.others, who, "at %s closed by %q, which is none of %v", stamp(at), says.rule, who.forbids(at))
		}
	}
}

func stamp(at int64) string { return time.Unix(at, 0).UTC().Format("Mon 2006-01-02T15:04Z") }

func (f *figures) String() string {
	return fmt.Sprintf("%d instants: %d early, %d late, %d others", f.instants, f.early, f.late, f.others)
}

// trial is a hub with people in it, and those that are asked about.
type trial struct {
	*hub
	people []*person
}

// newTrial loads people. Who is to the hub, and to the judge, like somebody before is asked
// about once.
func newTrial(t *testing.T, kind string, policy store.Policy, loaded func(i int, s somebody) bool) *trial {
	t.Helper()
	tr := &trial{hub: newHub(t, kind, policy)}
	tr.beat(t, yearBegins)
	tr.rules(t)
	for name, c := range campaigns {
		if name != "law" {
			tr.Put(contacts.CampaignID(name), c.put())
		}
	}
	p, now, before := readPlaces(t), readClocks(t, clocks...), readClocks(t, clocks25c...)
	b := readBook(t, p, packFiles...)
	all := cast(p, now)
	i := -1
	all = slices.DeleteFunc(all, func(s somebody) bool { i++; return !loaded(i, s) })
	tr.load(t, all)
	known := map[string]bool{}
	for _, s := range all {
		who := b.person(t, p, now, campaigns[s.campaign], s)
		like := fmt.Sprint(s.campaign, tr.Command(t, "HMGET", "c:"+s.id, "wh", "tz"), who.signature())
		if known[like] {
			continue
		}
		known[like] = true
		old := b.person(t, p, before, campaigns[s.campaign], s)
		if old.signature() != who.signature() {
			who.before = old
		}
		tr.people = append(tr.people, who)
	}
	t.Logf("%d contacts, of which %d differ", len(all), len(tr.people))
	return tr
}

// judge asks about a choice of people and days, and holds the answers against both judges.
func (tr *trial) judge(t *testing.T, every time.Duration, chosen func(i int, who *person, day time.Time) bool) (f, red *figures) {
	t.Helper()
	f, red = &figures{}, &figures{}
	beat := time.Time{}
	for day := yearBegins; day.Before(yearEnds); day = day.AddDate(0, 0, 1) {
		var ids []string
		var who []*person
		for i, p := range tr.people {
			if chosen(i, p, day) {
				ids, who = append(ids, p.id), append(who, p)
			}
		}
		if len(ids) == 0 {
			continue
		}
		if day.Sub(beat) >= every {
			tr.beat(t, day)
			beat = day
		}
		first, last := day.Unix(), day.AddDate(0, 0, 1).Unix()-step
		for k, got := range tr.ask(t, ids, first, last) {
			f.compare(who[k], got, first, last)
			if who[k].before != nil {
				red.compare(who[k].before, got, first, last)
			}
		}
	}
	return f, red
}

// everybody is for the whole year: of zones that have the clock of another, a day a month and
// the changes.
func everybody(i int, who *person, day time.Time) bool {
	return !who.twin || (dayOfYear(day)+i)%30 == 0 || who.eventful(day.Unix(), day.Unix()+86400, false)
}

// someDays are for the normal run: of each state, province and country the days around a
// holiday or a change of the clock, and two weeks, others for each; of all others a day or two,
// and the changes; a day a month of those for whom the control has another clock.
func someDays(i int, who *person, day time.Time) bool {
	if who.before != nil && (dayOfYear(day)+i)%30 == 0 {
		return true
	}
	if who.campaign == "law" && len(who.id) == len("law-RI") {
		return (dayOfYear(day)/7+i)%26 == 0 || who.eventful(day.Unix()-86400/2, day.Unix()+86400*3/2, true)
	}
	return (dayOfYear(day)+i)%400 == 0 || who.eventful(day.Unix(), day.Unix()+86400, false)
}

// fewDays are for a sample: two of each person's.
func fewDays(i int, _ *person, day time.Time) bool { return (dayOfYear(day)+i*7)%200 == 0 }

func dayOfYear(day time.Time) int { return int(day.Sub(yearBegins).Hours() / 24) }

// The hub says what the plain reading of the rules says, by the clocks that Debian's zdump
// tells: nobody is called early, nobody late, and each is told the right time and rule. By the
// clocks of 2025c it would not be so.
func TestNobodyIsCalledEarlyOrLate(t *testing.T) {
	tr := newTrial(t, "redis", store.DefaultPolicy(), func(int, somebody) bool { return true })
	chosen, every := someDays, 7*24*time.Hour
	if *year {
		chosen, every = everybody, 24*time.Hour
	}
	began := time.Now()
	f, red := tr.judge(t, every, chosen)
	t.Logf("%v, in %s; by 2025c, of those whose clocks differ: %v", f, time.Since(began).Round(time.Second), red)
	for _, fault := range f.faults {
		t.Error(fault)
	}
	wrong := slices.Sorted(maps.Keys(red.at))
	for _, id := range []string{"law-BC", "law-AB", "law-MB", "zones-America/Vancouver", "zones-America/Edmonton", "zones-America/Winnipeg"} {
		if !slices.Contains(wrong, id) {
			t.Errorf("by the clocks of 2025c, nothing is wrong with %s", id)
		}
	}
	if red.early == 0 || red.late == 0 {
		t.Errorf("by the clocks of 2025c: %v, want both", red)
	}
}

// The embedded store says the same, by a sample: it is thirty times as slow.
func TestEmbeddedStoreIsJudgedToo(t *testing.T) {
	tr := newTrial(t, "embedded", store.DefaultPolicy(), func(i int, _ somebody) bool { return i%8 == 0 })
	f, _ := tr.judge(t, 28*24*time.Hour, fewDays)
	t.Log(f)
	for _, fault := range f.faults {
		t.Error(fault)
	}
}
