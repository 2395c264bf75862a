package session

import (
	"sync/atomic"
	"time"
)

// clock is what the waits of all sockets are counted on: milliseconds of the
// process's monotonic clock, which nobody sets. Counted on the wall clock, a
// machine set back by 30 s would hold every client for 30 s, and one set forward
// would find all of them silent. The wall clock is asked for one thing, whether a
// token is over: that is a time of the world.
type clock struct {
	start time.Time    // set by NewNode, read-only after
	tick  atomic.Int64 // no older than one tick: frames are not worth a call of time.Now each
}

// at is how far the clock is at that time. It is never 0, which stands for no time.
func (c *clock) at(now time.Time) int64 { return now.Sub(c.start).Milliseconds() + 1 }

func (c *clock) set(now time.Time) { c.tick.Store(c.at(now)) }

// read is the time of the last tick.
func (c *clock) read() int64 { return c.tick.Load() }

// exact is read in microseconds, without the lag of a tick.
func (c *clock) exact() int64 { return time.Since(c.start).Microseconds() + 1000 }
