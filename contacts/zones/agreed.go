package zones

import (
	"cmp"
	"sync"
	"time"
)

// Agreed is what a node knows of the release by which all nodes of a store call:
// its own, or the newer one of another. Safe for concurrent use.
type Agreed struct {
	*Current // required; this node's own

	mu      sync.Mutex // guards the following
	written time.Time  // zero: not yet
	newer   string     // the release of another node that is newer than ours, "" for none
}

// Release is that of the store's rows as far as this node knows, and when it saw
// to them last: zero if it never did.
func (a *Agreed) Release() (string, time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return cmp.Or(a.newer, string(a.Data().Release)), a.written
}

// Saw notes which newer release of another node decides, "" for none, and reports
// whether that is news.
func (a *Agreed) Saw(newer string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	news := newer != a.newer
	a.written, a.newer = time.Now(), newer
	return news
}

// Notes are what an operator should know of the zone data.
func (a *Agreed) Notes() []string {
	notes := a.Data().Warnings(time.Now())
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.newer != "" {
		notes = append(notes, "another node has newer zone data: "+a.newer+", not "+string(a.Data().Release))
	}
	return notes
}
