package admission

import (
	"sync"
	"time"
)

// maxLimited is how many names a limiter keeps.
const maxLimited = 10_000

// limiter counts what is done by address or name: each has a bucket of burst that
// fills by one in every.
type limiter struct {
	every time.Duration
	burst int

	mu   sync.Mutex           // guards the following
	full map[string]time.Time // when the bucket will be full again
}

// exceeded reports whether the bucket is empty.
func (l *limiter) exceeded(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.full[name]) > l.every*time.Duration(l.burst-1)
}

// count takes one from the bucket.
func (l *limiter) count(name string) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full == nil {
		l.full = map[string]time.Time{}
	}
	if len(l.full) >= maxLimited {
		for n, t := range l.full {
			if t.Before(now) {
				delete(l.full, n)
			}
		}
		if len(l.full) >= maxLimited {
			clear(l.full) // better to forgive than to grow
		}
	}
	full := l.full[name]
	if full.Before(now) {
		full = now
	}
	l.full[name] = full.Add(l.every)
}
