package hub

import (
	"sync/atomic"
	"time"
)

// The node's lease is 15 s. A node that cannot renew it stops changing things
// while it still holds, and lets its agents go before another node takes them.
const (
	beatEvery   = 5 * time.Second
	beatRetry   = time.Second
	beatRefuse  = 7 * time.Second
	beatLeave   = 12 * time.Second
	leaveWithin = 2 * time.Second // over how long the sockets are closed then
)

// lease is what this node knows of its own: when the store took its beats.
type lease struct {
	beaten   atomic.Int64 // when it took the last, Unix ms, 0 if none
	unbroken atomic.Int64 // since when it has taken all of them, Unix ms
}

// renew notes a beat that the store took. It counts from before the store could
// have set it.
func (l *lease) renew(began time.Time) {
	if !l.fresh() {
		l.unbroken.Store(began.UnixMilli())
	}
	l.beaten.Store(began.UnixMilli())
}

// fresh reports whether the lease allows to change anything.
func (l *lease) fresh() bool {
	return time.Now().UnixMilli()-l.beaten.Load() < beatRefuse.Milliseconds()
}

// steady reports whether it was renewed without a break for that long.
func (l *lease) steady(that time.Duration) bool {
	return l.fresh() && time.Now().UnixMilli()-l.unbroken.Load() >= that.Milliseconds()
}

// ending tells for how long the store has taken no beat; false before the first,
// and while that is no reason to leave.
func (l *lease) ending(now time.Time) (since time.Duration, ok bool) {
	last := l.beaten.Load()
	since = time.Duration(now.UnixMilli()-last) * time.Millisecond
	return since, last != 0 && since >= beatLeave
}
