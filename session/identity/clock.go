package identity

import (
	"sync"
	"time"
)

// aheadFor is how long an issuer's clock is taken for as wrong as it was seen last.
const aheadFor = time.Hour

// issuerClock is what is known of the clock that tokens are issued by. Who was signed
// out has a token from before; one that says it is of later, because its issuer's clock
// is ahead, must not outlive that.
type issuerClock struct {
	mu    sync.Mutex // guards the following
	ahead time.Duration
	seen  time.Time // when it was that much ahead
}

// issued is when a token was issued by our own clock, or earlier: a token cannot be of
// the future, and what one gives away of its issuer's clock counts for the others. A
// clock that is behind cannot be told from a token that is old.
func (c *issuerClock) issued(iat, now time.Time) time.Time {
	if iat.IsZero() {
		return iat
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ahead := max(iat.Sub(now), 0); ahead >= c.ahead || now.Sub(c.seen) > aheadFor {
		c.ahead, c.seen = ahead, now
	}
	return iat.Add(-c.ahead)
}
