package contacts

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// streamID is the id of a stream entry, comparable.
type streamID struct{ ms, n uint64 }

func (a streamID) compare(b streamID) int {
	return cmp.Or(cmp.Compare(a.ms, b.ms), cmp.Compare(a.n, b.n))
}

func (a streamID) String() string { return fmt.Sprintf("%d-%d", a.ms, a.n) }

// before is the id right before a, so that reading after it begins with a.
func (a streamID) before() streamID {
	if a.n > 0 {
		return streamID{a.ms, a.n - 1}
	}
	return streamID{a.ms - 1, ^uint64(0)}
}

// lastID is the last id there can be. No event has it.
var lastID = streamID{^uint64(0), ^uint64(0)}

// after is how a range names what comes after a. Redis refuses a range that
// begins beyond the last id.
func (a streamID) after() string {
	if a == lastID {
		return a.String()
	}
	return "(" + a.String()
}

func parseStreamID(s string) (streamID, bool) {
	left, right, found := strings.Cut(s, "-")
	if !found {
		right = "0"
	}
	ms, err := strconv.ParseUint(left, 10, 64)
	n, err2 := strconv.ParseUint(right, 10, 64)
	return streamID{ms, n}, err == nil && err2 == nil && len(s) <= 41
}
