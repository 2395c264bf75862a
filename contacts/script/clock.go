package script

import (
	"strconv"
	"time"

	"go.uber.org/zap"
)

// mostDrift is how far apart the clocks of Redis and of this machine may be: what people
// compare by eye, and tokens, bear no more.
const mostDrift = 2 * time.Second

// reading is what the clock of Redis said, and when that was asked.
type reading struct{ asked, says time.Time }

// Now is the time by the clock of Redis, as of the last look; this machine's before the
// first. Deadlines are by that clock, so who counts down to one must count from it.
func (p *Primary) Now() time.Time {
	p.mu.Lock()
	at := p.clock
	p.mu.Unlock()
	if at.asked.IsZero() {
		return time.Now()
	}
	return at.says.Add(time.Since(at.asked))
}

// compare notes what the clock of Redis said, in µs, in answer to what was asked then. mu is held.
func (p *Primary) compare(us string, asked time.Time) {
	n, err := strconv.ParseInt(us, 10, 64)
	if err != nil {
		return
	}
	took := time.Since(asked)
	p.clock = reading{asked.Add(took / 2), time.UnixMicro(n)}
	drift := p.clock.says.Sub(p.clock.asked)
	if p.metrics != nil {
		p.metrics.drift.Set(drift.Seconds())
	}
	was := p.drift
	if p.drift = 0; drift.Abs()-took/2 > mostDrift {
		p.drift = drift.Round(time.Second)
	}
	switch {
	case was == 0 && p.drift != 0:
		p.log.Warn("the clocks of redis and of this machine are apart", zap.Duration("took", p.drift))
	case was != 0 && p.drift == 0:
		p.log.Info("the clocks of redis and of this machine are one again")
	}
}

// apart tells an operator of the clocks, "" for nothing. mu is held.
func (p *Primary) apart() string {
	where := "ahead of"
	if p.drift < 0 {
		where = "behind"
	}
	if p.drift == 0 {
		return ""
	}
	return "the clock of redis is " + p.drift.Abs().String() + " " + where + " this machine's: set both by NTP"
}
