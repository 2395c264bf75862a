package packs

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// textsOf are what a script would read for a question.
func textsOf(law map[string]string, q Question, hours *string) []string {
	var texts []string
	for _, r := range q.Regions {
		for _, key := range Keys(r, q.Mode) {
			if text, there := law[key]; there {
				texts = append(texts, text)
				break
			}
		}
	}
	if hours != nil {
		texts = append(texts, *hours)
	}
	return texts
}

// rowOf is a zone's clock from an instant on, as the scripts know it.
func rowOf(zone *time.Location, at time.Time) string {
	_, offset := at.In(zone).Zone()
	var row strings.Builder
	row.WriteString(strconv.Itoa(offset / 60))
	for _, change := range changesOf(zone, at, at.Add(2*Horizon)) {
		_, offset := change.Zone()
		fmt.Fprintf(&row, ";%d;%d", change.UnixMilli(), offset/60)
	}
	return row.String()
}

func (d drawn) texts() []string {
	var hours *string
	if d.q.Hours != nil {
		text := d.q.Hours.Compile(spanFirst, spanDays)
		hours = &text
	}
	return textsOf(d.law.Compile(spanFirst, spanDays), d.q, hours)
}

// The packed form says what the plain reading says: of every day of the span, and
// of any instant, when it opens and what forbids it.
func TestPackedIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		texts := d.texts()
		for day := spanFirst; day < spanFirst+spanDays; day++ {
			if got, want := windowOf(texts, day), d.law.On(d.q, day); got != want {
				t.Fatalf("%v on %s: packed %v, plain %v", d.q, day, got, want)
			}
		}
		_, offset := d.at.In(d.zones[0]).Zone()
		ok, rule := Open(texts, d.at.UnixMilli(), offset/60)
		if want, by := d.law.Allowed(d.q, d.at, d.zones[0]); ok != want || rule != by {
			t.Fatalf("%v at %v: packed %v (%s), plain %v (%s)", d.q, d.at, ok, rule, want, by)
		}
		var rows []string
		for _, zone := range d.zones {
			rows = append(rows, rowOf(zone, d.at))
		}
		opens, ok := OpensAt(texts, d.at.UnixMilli(), rows...)
		want, _ := d.law.Opens(d.q, d.at, d.zones...)
		if ok == want.IsZero() || ok && opens != want.UnixMilli() {
			t.Fatalf("%v at %v: packed opens %v (%v), plain %v", d.q, d.at, time.UnixMilli(opens).UTC(), ok, want.UTC())
		}
	})
}

// What lies outside the span of a text is closed: nobody knows its law.
func TestStaleTextForbids(t *testing.T) {
	text := Always().Compile(spanFirst, 10)
	at := func(d Day) int64 { return int64(d) * secondsADay * 1000 }
	for day, want := range map[Day]string{spanFirst - 1: staleRule, spanFirst: "", spanFirst + 9: "", spanFirst + 10: staleRule} {
		if _, rule := Open([]string{text}, at(day), 0); rule != want {
			t.Errorf("%s: forbidden by %q, want %q", day, rule, want)
		}
	}
}

// A text may have a window of its own for each of its days, with two rules that no
// other has, and the longest still says each of them.
func TestLongestText(t *testing.T) {
	p := Pack{Pack: "p", Seen: "2026-11-28"}
	for i := range mostDays {
		day := spanFirst + Day(i)
		one := Rule{ID: fmt.Sprintf("from%d", i), Region: "GB-*", From: "08:00", Until: "24:00", Source: "s", Effective: day.String(), Expires: (day + 1).String()}
		two := one
		two.ID, two.From, two.Until = fmt.Sprintf("until%d", i), "00:00", "20:00"
		p.Rules = append(p.Rules, one, two)
	}
	l, err := NewLaw(p)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{l.Compile(spanFirst, mostDays+5)["GB-*"]}
	for i := range mostDays + 1 {
		want := Window{480, 1200, fmt.Sprintf("from%d", i), fmt.Sprintf("until%d", i)}
		if i == mostDays {
			want = shut(staleRule)
		}
		if got := windowOf(texts, spanFirst+Day(i)); got != want {
			t.Fatalf("day %d is %v, want %v", i, got, want)
		}
	}
}

// crowded is a law of n rules of one region, of which the last day of each week
// differs: what a script would have to search.
func crowded(tb testing.TB, n int) []string {
	tb.Helper()
	p := Pack{Pack: "p", Seen: "2026-11-28", Holidays: map[string][]string{"RI": {"2026-12-25"}}}
	for i := range n {
		p.Rules = append(p.Rules, Rule{
			ID: fmt.Sprintf("r%04d", i), Region: []string{"RI", "US", "FL", "BC"}[i%4], Days: []string{"mon-fri", "sat", "sun"}[i%3],
			From: fmt.Sprintf("%02d:00", 8+i%3), Until: "20:00", Holidays: HolidayClosed, Source: "s",
		})
	}
	l, err := NewLaw(p)
	if err != nil {
		tb.Fatal(err)
	}
	hours := Always().Compile(spanFirst, spanDays)
	return textsOf(l.Compile(spanFirst, spanDays), Question{Regions: []Region{"US-RI"}}, &hours)
}

// The size of a text, and so the cost of a look at it, does not grow with the
// rules: 2,000 make as many windows as a week and its holidays have.
func TestTextsAreFlat(t *testing.T) {
	few, many := len(crowded(t, 12)[0]), len(crowded(t, 2000)[0])
	if many > few*11/10 {
		t.Errorf("a text of 2,000 rules has %d bytes, one of 12 has %d", many, few)
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{1, 20, 200, 2000} {
		texts := crowded(b, n)
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			at := int64(spanFirst+7) * secondsADay * 1000
			for i := range int64(b.N) {
				Open(texts, at+i%100*36e5, -300)
			}
		})
	}
}
