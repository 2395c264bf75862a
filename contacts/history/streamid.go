package history

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// StreamID is the id of a stream entry, comparable.
type StreamID struct{ Ms, N uint64 }

// Compare orders ids as the stream does.
func (a StreamID) Compare(b StreamID) int {
	return cmp.Or(cmp.Compare(a.Ms, b.Ms), cmp.Compare(a.N, b.N))
}

func (a StreamID) String() string { return fmt.Sprintf("%d-%d", a.Ms, a.N) }

// Before is the id right before a, so that reading after it begins with a.
func (a StreamID) Before() StreamID {
	if a.N > 0 {
		return StreamID{a.Ms, a.N - 1}
	}
	return StreamID{a.Ms - 1, ^uint64(0)}
}

// LastID is the last id there can be. No event has it.
var LastID = StreamID{^uint64(0), ^uint64(0)}

// After is how a range names what comes after a. Redis refuses a range that
// begins beyond the last id.
func (a StreamID) After() string {
	if a == LastID {
		return a.String()
	}
	return "(" + a.String()
}

// ParseStreamID reads an id; one without its second part is the first of its millisecond.
func ParseStreamID(s string) (StreamID, bool) {
	left, right, found := strings.Cut(s, "-")
	if !found {
		right = "0"
	}
	ms, err := strconv.ParseUint(left, 10, 64)
	n, err2 := strconv.ParseUint(right, 10, 64)
	return StreamID{ms, n}, err == nil && err2 == nil && len(s) <= 41
}
