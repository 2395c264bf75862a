package packs

import (
	"fmt"
	"testing"
	"time"

	"agenthub/contacts/zones"

	"pgregory.net/rapid"
)

// drawn is a law at random, with all that it may be asked about.
type drawn struct {
	law   *Law
	q     Question
	zones []*time.Location
	at    time.Time
}

var (
	someRegions = []string{"US-*", "US-RI", "US-FL", "US-CA", "CA-*", "CA-BC", "GB-*"}
	someModes   = []string{"Home", "Mobile", "Text"}
	// Zones whose clock changes in 2027 in every way: by an hour and by half of one, in either half of the year, twice
	// around Ramadan, at midnight, and never.
	someZones = []string{
		"America/New_York", "America/Los_Angeles", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "America/Phoenix", "Africa/Cairo", "America/St_Johns",
	}
	spanFirst, _ = ParseDay("2026-12-01")
)

const spanDays = 400

func drawPack(t *rapid.T, name string) Pack {
	p := Pack{Pack: name, Seen: "2026-11-28", Holidays: map[string][]string{}}
	date := rapid.Custom(func(t *rapid.T) string { return (spanFirst + Day(rapid.IntRange(0, spanDays).Draw(t, "day"))).String() })
	modes := rapid.SampledFrom([][]string{nil, {"*"}, {"Home"}, {"Mobile", "Text"}})
	for i := range rapid.IntRange(0, 8).Draw(t, "rules") {
		r := Rule{
			ID: fmt.Sprintf("%s.%d", name, i), Region: rapid.SampledFrom(someRegions).Draw(t, "region"), Source: "s",
			Days:     rapid.SampledFrom([]string{"", "mon-fri", "sat", "sun", "fri-mon", "wed"}).Draw(t, "days"),
			Holidays: rapid.SampledFrom([]string{"", HolidayOpen, HolidayClosed, HolidaySunday}).Draw(t, "holidays"),
			Modes:    modes.Draw(t, "modes"),
		}
		from := rapid.IntRange(0, 23*60+59).Draw(t, "from")
		until := rapid.IntRange(from+1, 24*60).Draw(t, "until")
		if r.Closed = rapid.IntRange(0, 9).Draw(t, "closed") == 0; !r.Closed {
			r.From, r.Until = fmt.Sprintf("%02d:%02d", from/60, from%60), fmt.Sprintf("%02d:%02d", until/60, until%60)
		}
		if rapid.IntRange(0, 3).Draw(t, "dated") == 0 {
			r.Effective = date.Draw(t, "effective")
		} else if rapid.IntRange(0, 3).Draw(t, "ends") == 0 {
			r.Expires = date.Draw(t, "expires")
		}
		p.Rules = append(p.Rules, r)
	}
	for range rapid.IntRange(0, 3).Draw(t, "holidays") {
		where := rapid.SampledFrom(someRegions).Draw(t, "where")
		p.Holidays[where] = append(p.Holidays[where], rapid.SliceOfN(date, 1, 30).Draw(t, "dates")...)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "bans") {
		from := time.Unix(int64(spanFirst)*secondsADay, 0).Add(time.Duration(rapid.IntRange(0, spanDays*minutesADay).Draw(t, "ban")) * time.Minute)
		b := Ban{ID: fmt.Sprintf("%s.ban%d", name, i), Region: rapid.SampledFrom(someRegions).Draw(t, "banned"), Modes: modes.Draw(t, "ban modes"), Source: "s"}
		b.From = from.UTC().Format(time.RFC3339)
		if days := rapid.IntRange(0, 20).Draw(t, "ban days"); days > 0 {
			b.Until = from.AddDate(0, 0, days).UTC().Format(time.RFC3339)
		}
		p.Bans = append(p.Bans, b)
	}
	return p
}

func draw(t *rapid.T) drawn {
	var d drawn
	var err error
	if d.law, err = NewLaw(drawPack(t, "a"), drawPack(t, "b")); err != nil {
		t.Fatal(err)
	}
	people := []Region{"US-RI", "US-FL", "US-CA", "US-TX", "US-*", "US-?", "CA-BC", "CA-ON", "CA-?", "GB-ENG", "DE-BY"}
	d.q = Question{
		Regions: rapid.SliceOfN(rapid.SampledFrom(people), 1, 3).Draw(t, "regions"),
		Mode:    rapid.SampledFrom(append([]string{"", "Fax"}, someModes...)).Draw(t, "mode"),
	}
	if rapid.Bool().Draw(t, "has hours") {
		h := Hours{ShutOnHolidays: rapid.Bool().Draw(t, "shut on holidays")}
		for i := range h.Week {
			h.Week[i] = Span{rapid.IntRange(0, 720).Draw(t, "opens"), rapid.IntRange(600, 1440).Draw(t, "closes")}
		}
		h.Shut = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Day { return spanFirst + Day(rapid.IntRange(0, 120).Draw(t, "shut")) }), 0, 3).Draw(t, "dates")
		d.q.Hours = &h
	}
	for range rapid.IntRange(1, 2).Draw(t, "zones") {
		zone, err := time.LoadLocation(rapid.SampledFrom(someZones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		d.zones = append(d.zones, zone)
	}
	d.at = drawInstant(t, d.zones[0])
	return d
}

// drawInstant is any of the year, or one within two hours of a change of the clock.
func drawInstant(t *rapid.T, zone *time.Location) time.Time {
	begin := time.Date(2026, 12, 3, 0, 0, 0, 0, zone)
	if rapid.Bool().Draw(t, "at a change") {
		changes := changesOf(zone, begin, begin.AddDate(0, 10, 0))
		if len(changes) > 0 {
			return rapid.SampledFrom(changes).Draw(t, "change").Add(time.Duration(rapid.IntRange(-7200, 7200).Draw(t, "seconds")) * time.Second)
		}
	}
	return begin.Add(time.Duration(rapid.Int64Range(0, 300*secondsADay).Draw(t, "second")) * time.Second)
}

func changesOf(zone *time.Location, from, until time.Time) []time.Time {
	var all []time.Time
	for at := from.In(zone); ; {
		end := zones.ClockChange(at)
		if end.IsZero() || end.After(until) {
			return all
		}
		all = append(all, end)
		at = end
	}
}

// Opens is the first minute of all that follow, tried one by one by what the wall
// shows: over both changes of the clock, bans, holidays and several zones.
func TestOpensIsTheFirstAllowedMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		if rapid.IntRange(0, 9).Draw(t, "leap") == 0 { // about the last day of a leap year that Go works out from rules
			d.at = time.Date(2040, 12, 30, 0, rapid.IntRange(0, 3*24*60).Draw(t, "minute"), 0, 0, d.zones[0])
		}
		opens, rule := d.law.Opens(d.q, d.at, d.zones...)
		ok, forbids := d.law.Allowed(d.q, d.at, d.zones...)
		if rule != forbids || ok != opens.Equal(d.at) {
			t.Fatalf("at %v: allowed %v (%q), but opens %v (%q)", d.at, ok, forbids, opens, rule)
		}
		if ok {
			return
		}
		limit := d.at.Add(3 * 24 * time.Hour) // a longer wait is walked over its last hours alone
		if !opens.IsZero() && opens.After(limit) {
			for at := opens.Add(-time.Hour).Truncate(time.Minute); at.Before(opens); at = at.Add(time.Minute) {
				if ok, _ := d.law.Allowed(d.q, at, d.zones...); ok {
					t.Fatalf("%v is allowed, before %v", at, opens)
				}
			}
		}
		for at := d.at.Truncate(time.Minute).Add(time.Minute); at.Before(limit); at = at.Add(time.Minute) {
			if ok, _ := d.law.Allowed(d.q, at, d.zones...); ok {
				if !at.Equal(opens) {
					t.Fatalf("opens %v, but %v is allowed", opens, at)
				}
				return
			}
		}
		if !opens.IsZero() && opens.Before(limit) {
			t.Fatalf("opens %v, which is not allowed", opens)
		}
	})
}

// A rule more never allows sooner, nor does a region or a zone more.
func TestMoreIsStricter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		less := d.q
		less.Regions = d.q.Regions[:1]
		opens, _ := d.law.Opens(d.q, d.at, d.zones...)
		sooner, _ := d.law.Opens(less, d.at, d.zones[:1]...)
		if !opens.IsZero() && (sooner.IsZero() || opens.Before(sooner)) {
			t.Fatalf("%v opens %v, %v opens %v", d.q.Regions, opens, less.Regions, sooner)
		}
	})
}

// An hour that does not exist opens with the minute after it; one that is twice is
// open twice.
func TestChangesOfTheClock(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	law := func(from, until string) *Law {
		l, err := NewLaw(Pack{Pack: "p", Seen: "2026-11-28", Rules: []Rule{{ID: "r", Region: "US", From: from, Until: until, Source: "s"}}})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	q := Question{Regions: []Region{"US-NY"}}
	for _, c := range []struct{ from, until, after, opens string }{
		{"02:30", "04:00", "2027-03-14T05:00:00Z", "2027-03-14T07:00:00Z"}, // 02:00 is 03:00
		{"02:10", "02:50", "2027-03-14T05:00:00Z", "2027-03-15T06:10:00Z"}, // all of it is skipped
		{"01:15", "01:45", "2027-11-07T05:50:00Z", "2027-11-07T06:15:00Z"}, // 01:50, and in 25 minutes it is 01:15 again
		{"01:15", "01:45", "2027-11-07T05:00:00Z", "2027-11-07T05:15:00Z"},
		{"00:00", "01:00", "2027-11-07T05:00:00Z", "2027-11-08T05:00:00Z"}, // 01:00 comes twice, 00:00 not
	} {
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		opens, _ := law(c.from, c.until).Opens(q, after, zone)
		if got := opens.UTC().Format(time.RFC3339); got != c.opens {
			t.Errorf("%s–%s after %s: opens %s, want %s", c.from, c.until, c.after, got, c.opens)
		}
	}
}

// A ban holds from its second to its second, and one without end is never open.
func TestBans(t *testing.T) {
	p, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	q := Question{Regions: []Region{"US-LA"}}
	begin := time.Date(2026, 12, 3, 18, 0, 0, 0, zone)
	try := func(p Pack, at time.Time, want string) {
		t.Helper()
		l, err := NewLaw(p)
		if err != nil {
			t.Fatal(err)
		}
		opens, rule := l.Opens(q, at, zone)
		if got := rule + " " + opens.UTC().Format(time.RFC3339); got != want {
			t.Errorf("at %v: %s, want %s", at, got, want)
		}
	}
	try(p, begin.Add(-time.Second), " 2026-12-03T23:59:59Z")
	try(p, begin, "la-storm 0001-01-01T00:00:00Z")
	p.Bans[0].Until = "2026-12-09T18:00:30-06:00"
	try(p, begin, "la-storm 2026-12-10T00:00:30Z")
}

// A date of effect is the person's: it comes with the midnight of each zone.
func TestEffectIsThePersonsDay(t *testing.T) {
	p, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLaw(p)
	if err != nil {
		t.Fatal(err)
	}
	for name, rule := range map[string]string{"America/New_York": "ri-hours", "America/Los_Angeles": ""} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 12, 2, 5, 30, 0, 0, time.UTC) // 00:30 of the 2nd in the east, 21:30 of the 1st in the west
		if _, got := l.Allowed(Question{Regions: []Region{"US-RI"}}, at, zone); got != rule {
			t.Errorf("%s: forbidden by %q, want %q", name, got, rule)
		}
	}
}

// A holiday closes a rule's days, leaves them, or is read as a Sunday: by the rule
// that says so, and by no other. A campaign rests on those of the person's region.
func TestHolidays(t *testing.T) {
	day, _ := ParseDay("2026-12-25") // a Friday
	sunday := Rule{ID: "sun", Region: "RI", Days: "sun", From: "12:00", Until: "15:00", Source: "s"}
	week := Rule{ID: "week", Region: "RI", Days: "mon-sat", From: "09:00", Until: "18:00", Source: "s"}
	as := func(r Rule, holidays string) Rule { r.Holidays = holidays; return r }
	for _, c := range []struct {
		name  string
		rules []Rule
		want  Window
	}{
		{"open", []Rule{week, sunday}, Window{540, 1080, "week", "week"}},
		{"closed", []Rule{as(week, HolidayClosed), sunday}, shut("week")},
		{"closed on Sundays alone", []Rule{week, as(sunday, HolidayClosed)}, Window{540, 1080, "week", "week"}},
		{"as a Sunday", []Rule{as(week, HolidaySunday), as(sunday, HolidaySunday)}, Window{720, 900, "sun", "sun"}},
		{"as a Sunday by one", []Rule{as(week, HolidayOpen), as(sunday, HolidaySunday)}, Window{720, 900, "sun", "sun"}},
		{"as a Sunday of which nothing is said", []Rule{as(week, HolidaySunday)}, wholeDay},
	} {
		p := Pack{Pack: "p", Seen: "2026-11-28", Rules: c.rules, Holidays: map[string][]string{"RI": {"2026-12-25"}}}
		l, err := NewLaw(p)
		if err != nil {
			t.Fatal(err)
		}
		q := Question{Regions: []Region{"US-RI"}}
		if got := l.On(q, day); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		rests := Always()
		rests.ShutOnHolidays = true
		q.Hours = &rests
		if got := l.On(q, day); !got.Empty() {
			t.Errorf("%s: a campaign that rests on holidays has %v", c.name, got)
		}
	}
}
