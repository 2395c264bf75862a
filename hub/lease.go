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

// lease is what this node knows of its own: when the store took its beats. The
// times come from time.Now and are not stored in another form: so their
// differences are those of the monotonic clock, whatever the wall clock does.
type lease struct {
	beaten   atomic.Pointer[time.Time] // when it took the last, nil if none
	unbroken atomic.Pointer[time.Time] // since when it has taken all of them
}

// renew notes a beat that the store took. It counts from before the store could
// have set it.
func (l *lease) renew(began time.Time) {
	if !l.fresh() {
		l.unbroken.Store(&began)
	}
	l.beaten.Store(&began)
}

// fresh reports whether the lease allows to change anything.
func (l *lease) fresh() bool {
	last := l.beaten.Load()
	return last != nil && time.Since(*last) < beatRefuse
}

// steady reports whether it was renewed without a break for that long.
func (l *lease) steady(that time.Duration) bool {
	return l.fresh() && time.Since(*l.unbroken.Load()) >= that
}

// ending tells for how long the store has taken no beat; false before the first,
// and while that is no reason to leave.
func (l *lease) ending(now time.Time) (since time.Duration, ok bool) {
	last := l.beaten.Load()
	if last == nil {
		return 0, false
	}
	since = now.Sub(*last)
	return since, since >= beatLeave
}
