package zones

import (
	"fmt"
	"regexp"
	"time"
)

// Release is a release of the tz database by its name: "2026f".
type Release string

var releaseName = regexp.MustCompile(`^(?:# version )?(\d{4}[a-z]+)`)

// ReleaseOf reads the release out of the head of tzdata.zi ("# version 2026f")
// or of a +VERSION file ("2026f"). A build between two releases counts as the
// earlier one.
func ReleaseOf(head []byte) (Release, bool) {
	m := releaseName.FindSubmatch(head)
	if m == nil {
		return "", false
	}
	return Release(m[1]), true
}

// Newer reports whether r came out after than. After 2026z comes 2026za; no
// release is older than any.
func (r Release) Newer(than Release) bool {
	year, letters := r.split()
	thanYear, thanLetters := than.split()
	if year != thanYear {
		return year > thanYear
	}
	if len(letters) != len(thanLetters) {
		return len(letters) > len(thanLetters)
	}
	return letters > thanLetters
}

func (r Release) split() (year, letters string) {
	n := min(4, len(r))
	return string(r[:n]), string(r[n:])
}

// warnAge is when data start to need a look: the six laws of 2026 came in five
// releases, with some weeks' notice each.
const warnAge = 120 * 24 * time.Hour

// Age is the time since the release came out. Where it is younger than the list
// of releases that this program knows, the day of its files counts, yet never one
// before the embedded release: rather too old than too young.
func (d *Data) Age(now time.Time) time.Duration { return now.Sub(d.Released) }

// Describe says for a person which data these are: release, source and age.
func (d *Data) Describe(now time.Time) string {
	return fmt.Sprintf("time zones %s from %s, %d days old", d.Release, d.Source, int(d.Age(now).Hours()/24))
}

// Warnings says, in whole sentences, what an operator should see to: data of 120
// days or more, and sources that were looked at and not taken although somebody
// may expect them to be.
func (d *Data) Warnings(now time.Time) []string {
	var out []string
	if d.Age(now) >= warnAge {
		out = append(out, "zone data "+string(d.Release)+" came out on "+d.Released.Format(time.DateOnly)+
			", 120 days ago or more: look for a newer release")
	}
	return append(out, d.passedOver...)
}
