package packs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// endingDays is how long before their last date holidays are said to end: the next
// year's have to be looked up, law by law, and looked over by somebody.
const endingDays = 60

// Endings says, in whole sentences for who keeps packs, which lists of holidays end
// within 60 days or have ended: to a law, later holidays are days like others. A
// region's list is that of all packs together, and the pack with its last date is
// named. first is the last date of the list that ends first, 0 if there are none. A
// text that is no pack, as a newer hub's may be, is left out.
func Endings(texts map[string]string, today Day) (notes []string, first Day) {
	type end struct {
		day  Day
		pack string
	}
	last := map[Region]end{}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		p, err := Parse([]byte(texts[name]))
		if err != nil {
			continue
		}
		for r, days := range p.dates(new(problems)) { // Parse found them all
			for d := range days {
				if d > last[r].day {
					last[r] = end{d, name}
				}
			}
		}
	}
	ending := map[end][]string{}
	for r, e := range last {
		if first == 0 || e.day < first {
			first = e.day
		}
		if today >= e.day-endingDays {
			ending[e] = append(ending[e], string(r))
		}
	}
	byDay := func(a, b end) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.pack, b.pack)) }
	for _, e := range slices.SortedFunc(maps.Keys(ending), byDay) {
		slices.Sort(ending[e])
		todo := "put the pack with later dates"
		if builtIn, _ := BuiltInText(); e.pack == builtIn {
			todo += ", or run a newer hub"
		}
		notes = append(notes, fmt.Sprintf("holidays of %s end with %s in rule pack %s, later ones are days like others: %s",
			strings.Join(ending[e], ", "), e.day, e.pack, todo))
	}
	return notes, first
}
