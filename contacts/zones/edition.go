package zones

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Edition tells by which tables and clocks persons are placed: the day the tables were
// seen, the release of the zones, a sum of the tables, and one of which clocks of a
// country differ. "" is none.
type Edition string

// seenOn is how a table says when its sources were looked at.
var seenOn = regexp.MustCompile(`\bSeen (\d{4}-\d\d-\d\d)`)

// lastSeen is the last day that a table names, "" for none.
func lastSeen(text []byte) (day string) {
	for _, m := range seenOn.FindAllSubmatch(text, -1) {
		day = max(day, string(m[1]))
	}
	return day
}

// Edition is that of these data at a time: with the rows, which look so far ahead,
// zones part that went by one clock.
func (d *Data) Edition(now time.Time) (Edition, error) {
	sum := sha256.New()
	for _, country := range slices.Sorted(maps.Keys(d.countries)) {
		clocks, err := d.distinctThisHour(d.countries[country], now)
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintln(sum, country, clocks)
	}
	short := func(sum []byte) string { return hex.EncodeToString(sum[:8]) }
	return Edition(strings.Join([]string{d.seen, string(d.Release), short(d.sum[:]), short(sum.Sum(nil))}, " ")), nil
}

// Replaces reports whether persons who were placed by another edition are to be placed
// by this one: its tables are newer, or else its release, or it is of the same tables
// and another day. Of two tables of one day one is taken, always the same: hubs that
// have them do not undo each other's work.
func (e Edition) Replaces(other Edition) bool {
	mine, theirs := strings.Fields(string(e)), strings.Fields(string(other))
	switch {
	case len(mine) != 4 || e == other:
		return false
	case len(theirs) != 4:
		return true
	case mine[0] != theirs[0]:
		return mine[0] > theirs[0]
	case mine[1] != theirs[1]:
		return Release(mine[1]).Newer(Release(theirs[1]))
	case mine[2] != theirs[2]:
		return mine[2] > theirs[2]
	}
	return true
}
