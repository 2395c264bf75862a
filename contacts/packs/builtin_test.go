package packs

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func builtInLaw(tb testing.TB) (Pack, *Law) {
	tb.Helper()
	_, text := BuiltInText()
	p, err := Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	l, err := NewLaw(p)
	if err != nil {
		tb.Fatal(err)
	}
	return p, l
}

// A pack that is changed gets a line of its own in the list of those that hubs brought,
// else stores keep the one before for ever; one that is told as old never comes back, else
// two hubs would replace each other's.
func TestBuiltInPackIsTheLastOfItsList(t *testing.T) {
	_, text := BuiltInText()
	sum := sha256.Sum256(text)
	var last string
	seen := map[string]bool{}
	for line := range strings.Lines(builtInSums) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		day, sum, _ := strings.Cut(strings.TrimSpace(line), " ")
		if _, err := ParseDay(day); err != nil || len(sum) != 64 || seen[sum] {
			t.Errorf("%q: %v: want a day and a sum that stands nowhere else", line, err)
		}
		seen[sum], last = true, sum
	}
	if want := hex.EncodeToString(sum[:]); last != want {
		t.Errorf("data/us-ca-2026.sha256 ends with %s: add a line for this pack, %s", last, want)
	}
}

func TestOutdatedIsWhatAnEarlierHubBrought(t *testing.T) {
	_, text := BuiltInText()
	earlier, err := os.ReadFile("testdata/us-ca-2026-11-28.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"an earlier hub's", string(earlier), true},
		{"an earlier hub's, edited", string(earlier) + "\n", false},
		{"this hub's", string(text), false},
		{"a newer hub's", strings.Replace(string(text), "2026-11-28", "2027-11-28", 1), false},
		{"deleted", "", false},
	} {
		if got := Outdated(tt.text); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// tries are a local time in a state's zone, and the rule that forbids it, "" for
// none: for each rule a minute on either side of each of its ends.
var tries = []struct{ region, zone, at, rule string }{
	{"NE", "America/Chicago", "2027-03-10 07:59", "us-hours"},
	{"NE", "America/Chicago", "2027-03-14 08:00", ""}, // a Sunday, and the clock went forward
	{"NE", "America/Denver", "2027-12-25 20:59", ""},
	{"NE", "America/Denver", "2027-12-25 21:00", "us-hours"},
	{"AL", "America/Chicago", "2026-12-05 08:00", ""},
	{"AL", "America/Chicago", "2026-12-05 19:59", ""},
	{"AL", "America/Chicago", "2026-12-05 20:00", "al-hours"},
	{"AL", "America/Chicago", "2026-12-06 12:00", "al-sunday"},
	{"AL", "America/Chicago", "2027-04-26 12:00", "al-hours"}, // Confederate Memorial Day
	{"CT", "America/New_York", "2027-01-05 08:59", "ct-hours"},
	{"CT", "America/New_York", "2027-01-05 19:59", ""},
	{"CT", "America/New_York", "2027-01-05 20:00", "ct-hours"},
	{"FL", "America/New_York", "2027-01-05 08:00", ""},
	{"FL", "America/Chicago", "2027-01-05 20:00", "fl-hours"},
	{"KY", "America/Kentucky/Louisville", "2027-01-05 09:59", "ky-hours"},
	{"KY", "America/Kentucky/Louisville", "2027-01-05 10:00", ""},
	{"KY", "America/Kentucky/Louisville", "2027-01-05 21:00", "ky-hours"},
	{"LA", "America/Chicago", "2027-02-08 12:00", ""},
	{"LA", "America/Chicago", "2027-02-09 12:00", "la-hours"}, // Mardi Gras
	{"LA", "America/Chicago", "2027-02-14 12:00", "la-sunday"},
	{"LA", "America/Chicago", "2027-02-13 20:00", "la-hours"},
	{"MA", "America/New_York", "2027-01-03 19:59", ""},
	{"MA", "America/New_York", "2027-01-03 20:00", "ma-hours"},
	{"MD", "America/New_York", "2027-01-05 19:59", ""},
	{"MD", "America/New_York", "2027-01-05 20:00", "md-hours"},
	{"MI", "America/Detroit", "2027-01-05 08:59", "mi-hours"},
	{"MI", "America/Detroit", "2027-01-05 20:59", ""},
	{"MN", "America/Chicago", "2027-01-05 08:59", "mn-hours"},
	{"MN", "America/Chicago", "2027-01-05 09:00", ""},
	{"MS", "America/Chicago", "2027-01-02 08:00", ""},
	{"MS", "America/Chicago", "2027-01-04 20:00", "ms-hours"},
	{"MS", "America/Chicago", "2027-01-18 12:00", "ms-hours"}, // Martin Luther King, Jr.
	{"MS", "America/Chicago", "2027-01-17 12:00", "ms-sunday"},
	{"NM", "America/Denver", "2027-01-05 08:59", "nm-hours"},
	{"NM", "America/Denver", "2027-01-05 20:59", ""},
	{"NV", "America/Los_Angeles", "2027-01-05 08:59", "nv-hours"},
	{"NV", "America/Los_Angeles", "2027-01-05 19:59", ""},
	{"NV", "America/Los_Angeles", "2027-01-05 20:00", "nv-hours"},
	{"OK", "America/Chicago", "2027-01-05 19:59", ""},
	{"OK", "America/Chicago", "2027-01-05 20:00", "ok-hours"},
	{"OR", "America/Los_Angeles", "2027-01-05 19:59", ""},
	{"OR", "America/Boise", "2027-01-05 20:00", "or-hours"},
	{"PA", "America/New_York", "2026-12-04 08:59", "pa-hours"},
	{"PA", "America/New_York", "2026-12-04 18:59", ""},
	{"PA", "America/New_York", "2026-12-04 19:00", "pa-hours"},
	{"PA", "America/New_York", "2026-12-05 11:59", ""},
	{"PA", "America/New_York", "2026-12-05 12:00", "pa-saturday"},
	{"PA", "America/New_York", "2026-12-06 12:00", "pa-sunday"},
	{"PA", "America/New_York", "2027-03-26 12:00", "pa-hours"}, // Good Friday
	{"PA", "America/New_York", "2026-10-16 20:59", ""},         // the Friday before the act
	{"PA", "America/New_York", "2026-10-18 12:00", "pa-sunday"},
	{"RI", "America/New_York", "2026-12-24 09:00", ""},
	{"RI", "America/New_York", "2026-12-24 18:00", "ri-hours"},
	{"RI", "America/New_York", "2026-12-25 12:00", "ri-hours"},
	{"RI", "America/New_York", "2026-12-26 09:59", "ri-saturday"},
	{"RI", "America/New_York", "2026-12-26 16:59", ""},
	{"RI", "America/New_York", "2026-12-26 17:00", "ri-saturday"},
	{"RI", "America/New_York", "2026-12-27 12:00", "ri-sunday"},
	{"RI", "America/New_York", "2027-06-19 12:00", "ri-saturday"}, // Juneteenth on a Saturday
	{"RI", "America/New_York", "2027-08-09 12:00", "ri-hours"},    // Victory Day
	{"SD", "America/Chicago", "2027-01-04 08:59", "sd-hours"},
	{"SD", "America/Denver", "2027-01-04 20:59", ""},
	{"SD", "America/Denver", "2027-01-03 12:00", "sd-sunday"},
	{"TX", "America/Chicago", "2027-01-04 08:59", "tx-hours"},
	{"TX", "America/Denver", "2027-01-04 09:00", ""},
	{"TX", "America/Chicago", "2027-01-03 11:59", "tx-sunday"},
	{"TX", "America/Chicago", "2027-01-03 12:00", ""},
	{"UT", "America/Denver", "2027-07-22 08:00", ""},
	{"UT", "America/Denver", "2027-07-23 12:00", "ut-hours"}, // Pioneer Day of a Saturday
	{"UT", "America/Denver", "2027-07-25 12:00", "ut-sunday"},
	{"WA", "America/Los_Angeles", "2027-01-05 19:59", ""},
	{"WA", "America/Los_Angeles", "2027-01-05 20:00", "wa-hours"},
	{"WY", "America/Denver", "2027-01-05 19:59", ""},
	{"WY", "America/Denver", "2027-01-05 20:00", "wy-hours"},
	{"ON", "America/Toronto", "2027-01-05 08:59", "ca-weekday"},
	{"ON", "America/Toronto", "2027-01-05 21:29", ""},
	{"ON", "America/Toronto", "2027-01-05 21:30", "ca-weekday"},
	{"YT", "America/Whitehorse", "2027-01-03 09:59", "ca-weekend"},
	{"YT", "America/Whitehorse", "2027-01-03 17:59", ""},
	{"BC", "America/Vancouver", "2026-12-28 21:29", ""},
	{"BC", "America/Vancouver", "2026-12-28 21:30", "bc-weekday"},
	{"BC", "America/Vancouver", "2026-12-26 12:00", "bc-weekend"}, // Boxing Day
	{"BC", "America/Vancouver", "2027-01-02 17:59", ""},
	{"CA", "America/Los_Angeles", "2027-01-03 08:00", ""}, // California, not Canada
}

// Every rule forbids what its law forbids, and nothing a minute beside it.
func TestBuiltInRules(t *testing.T) {
	p, l := builtInLaw(t)
	law := l.Compile(DayOf(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)), 460)
	forbids := map[string]bool{}
	for _, c := range tries {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.ParseInLocation("2006-01-02 15:04", c.at, zone)
		if err != nil {
			t.Fatal(err)
		}
		region, ok := Subdivision(c.region)
		if !ok {
			t.Fatalf("%s is no region", c.region)
		}
		q := Question{Regions: []Region{region}, Mode: "Home"}
		if ok, rule := l.Allowed(q, at, zone); rule != c.rule || ok != (c.rule == "") {
			t.Errorf("%s %s: allowed %v by %q, want %q", c.region, c.at, ok, rule, c.rule)
		}
		_, offset := at.Zone()
		if ok, rule := Open(textsOf(law, q, nil), at.UnixMilli(), offset/60); rule != c.rule || ok != (c.rule == "") {
			t.Errorf("%s %s: packed: allowed %v by %q, want %q", c.region, c.at, ok, rule, c.rule)
		}
		forbids[c.rule] = true
	}
	for _, r := range p.Rules {
		if !forbids[r.ID] {
			t.Errorf("rule %s is tried by no line", r.ID)
		}
	}
}

// A refusal says when it opens: over a holiday, a Sunday and another holiday.
func TestBuiltInOpenings(t *testing.T) {
	_, l := builtInLaw(t)
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ region, at, opens, rule string }{
		{"RI", "2026-12-24 18:00", "2026-12-26 10:00", "ri-hours"},
		{"RI", "2026-12-31 18:30", "2027-01-02 10:00", "ri-hours"},
		{"PA", "2026-12-24 19:00", "2026-12-26 09:00", "pa-hours"},
		{"FL", "2027-01-05 07:00", "2027-01-05 08:00", "fl-hours"},
		{"FL", "2027-01-05 09:30", "2027-01-05 09:30", ""},
	} {
		region, _ := Subdivision(c.region)
		at, err := time.ParseInLocation("2006-01-02 15:04", c.at, zone)
		if err != nil {
			t.Fatal(err)
		}
		opens, rule := l.Opens(Question{Regions: []Region{region}}, at, zone)
		if got := opens.In(zone).Format("2006-01-02 15:04"); got != c.opens || rule != c.rule {
			t.Errorf("%s %s opens %s (%s), want %s (%s)", c.region, c.at, got, rule, c.opens, c.rule)
		}
	}
}

// A person whose number may be of two states is called when both allow it, and one
// of whom the country alone is known when all do.
func TestSeveralRegionsAreIntersected(t *testing.T) {
	_, l := builtInLaw(t)
	day, _ := ParseDay("2027-01-05") // a Tuesday
	for _, c := range []struct {
		regions []Region
		want    Window
	}{
		{[]Region{"US-TN"}, Window{8 * 60, 21 * 60, "us-hours", "us-hours"}},
		{[]Region{"US-KY", "US-FL"}, Window{10 * 60, 20 * 60, "ky-hours", "fl-hours"}},
		{[]Region{"US-?"}, Window{10 * 60, 18 * 60, "ky-hours", "ri-hours"}},
		{[]Region{"CA-?"}, Window{9 * 60, 21*60 + 30, "bc-weekday", "bc-weekday"}},
		{[]Region{"US-?", "CA-?"}, Window{10 * 60, 18 * 60, "ky-hours", "ri-hours"}},
	} {
		if got := l.On(Question{Regions: c.regions}, day); got != c.want {
			t.Errorf("%v: %v, want %v", c.regions, got, c.want)
		}
	}
	week := l.Week(Question{Regions: []Region{"US-?"}}, day)
	if !week[5].Empty() || week[4].Until != 12*60 {
		t.Errorf("Sunday %v, Saturday %v: want closed, and until noon", week[5], week[4])
	}
}

func TestBuiltInLimits(t *testing.T) {
	_, l := builtInLaw(t)
	for _, c := range []struct {
		region Region
		want   string
	}{{"US-FL", "fl-3"}, {"US-MD", "md-3"}, {"US-OK", "ok-3"}, {"US-OR", "or-3"}, {"CA-BC", "bc-30-days"}, {"US-WA", ""}} {
		var got strings.Builder
		for _, one := range l.Limits([]Region{c.region}, "Home") {
			got.WriteString(one.ID)
		}
		if got.String() != c.want {
			t.Errorf("limits of %s: %q, want %q", c.region, got.String(), c.want)
		}
	}
	if got := len(l.Limits([]Region{"US-?"}, "")); got != 4 {
		t.Errorf("the strictest of the US has %d limits, want 4", got)
	}
}

// The dates of 2027 follow from what the laws say of each holiday, computed here
// once more, and from nothing else.
func TestHolidaysFollowTheirLaws(t *testing.T) {
	p, _ := builtInLaw(t)
	nth := func(month time.Month, weekday time.Weekday, n int) time.Time {
		first := time.Date(2027, month, 1, 0, 0, 0, 0, time.UTC)
		return first.AddDate(0, 0, (int(weekday-first.Weekday())+7)%7+7*(n-1))
	}
	lastMonday := func(month time.Month) time.Time {
		last := time.Date(2027, month+1, 0, 0, 0, 0, 0, time.UTC)
		return last.AddDate(0, 0, -(int(last.Weekday()-time.Monday)+7)%7)
	}
	easter := time.Date(2027, 3, 28, 0, 0, 0, 0, time.UTC)
	floating := map[string]time.Time{
		"king": nth(1, 1, 3), "washington": nth(2, 1, 3), "mardi gras": easter.AddDate(0, 0, -47), "good friday": easter.AddDate(0, 0, -2),
		"memorial": lastMonday(5), "labor": nth(9, 1, 1), "columbus": nth(10, 1, 2), "thanksgiving": nth(11, 4, 4), "confederate AL": nth(4, 1, 4),
		"confederate MS": lastMonday(4), "davis": nth(6, 1, 1), "victory": nth(8, 1, 2), "juneteenth LA": nth(6, 6, 3), "election": nth(11, 1, 1).AddDate(0, 0, 1),
		"victoria": time.Date(2027, 5, 24, 0, 0, 0, 0, time.UTC), "bc day": nth(8, 1, 1), "day after": nth(11, 4, 4).AddDate(0, 0, 1), "easter monday": easter.AddDate(0, 0, 1),
		"easter": easter, "juneteenth UT": time.Date(2027, 6, 21, 0, 0, 0, 0, time.UTC),
	}
	common := "01-01 king washington labor 11-11 thanksgiving 12-25"
	for region, names := range map[string]string{
		"US":   common + " memorial 06-18 06-19 07-04 07-05 columbus 12-24 12-31",
		"AL":   common + " memorial 06-18 06-19 07-04 07-05 columbus 12-24 12-31 davis day#after confederate#AL mardi#gras 12-01",
		"LA":   common + " memorial 01-08 07-04 07-05 08-30 columbus 11-01 mardi#gras good#friday juneteenth#LA",
		"MS":   common + " memorial confederate#MS 07-04 07-05",
		"PA":   common + " memorial good#friday 06-14 07-04 07-05 columbus election",
		"RI":   common + " memorial 05-04 06-18 06-19 06-21 07-04 07-05 victory columbus 12-24 12-27 12-31",
		"UT":   common + " memorial good#friday easter 06-19 juneteenth#UT 07-04 07-05 07-23 07-24 columbus election 12-24 12-31",
		"CA-*": "01-01 good#friday victoria 07-01 labor 09-30 columbus 11-11 12-25 12-26",
		"BC":   "01-01 washington good#friday easter#monday victoria 07-01 bc#day labor 09-30 columbus 11-11 12-25 12-26",
	} {
		want := map[string]bool{}
		for _, name := range fields(names) {
			date := "2027-" + name
			if at, ok := floating[name]; ok {
				date = at.Format(time.DateOnly)
			}
			want[date] = true
		}
		for _, date := range p.Holidays[region] {
			if date > "2027" && !want[date] {
				t.Errorf("%s: %s follows from no law", region, date)
			}
			delete(want, date)
		}
		for date := range want {
			t.Errorf("%s: %s is missing", region, date)
		}
		if !slices.IsSorted(p.Holidays[region]) || !slices.Contains(p.Holidays[region], "2026-12-25") || p.HolidaySources[region] == "" {
			t.Errorf("%s: want sorted dates, Christmas 2026 and a source", region)
		}
	}
}
