//go:build linux

package crowd

import (
	"context"
	"errors"
	"time"

	"agenthub/cmd/hubbench/lab"
)

// Idle is what agents cost that do nothing.
type Idle struct {
	Agents  int
	RSS     float64 // KiB for each agent, in the hub
	Total   int64   // bytes
	SignIns float64 // a second
}

// MeasureIdle signs n agents in at a new hub, serves each once, lets them be quiet and
// looks at the hub's memory.
func MeasureIdle(ctx context.Context, l *lab.Lab, n int, r *Runs) (out Idle, err error) {
	s, err := l.OpenSite(ctx, "idle", 10)
	if err != nil {
		return out, err
	}
	defer s.End()
	if err := s.Pool.Ensure(ctx, n); err != nil {
		return out, err
	}
	before, err := lab.Memory(s.PID(), "VmRSS")
	if err != nil {
		return out, err
	}
	start := time.Now()
	c, err := Gather(ctx, l, s.Process, s.Pool, n, "agent", r)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, c.Leave()) }()
	out.Agents, out.SignIns = n, float64(n)/time.Since(start).Seconds()
	ignore := func(*agent, int64) error { return nil }
	for i, a := range c.agents {
		if err := c.ask(a, time.Now()); err != nil {
			return out, err
		}
		for i%100 == 99 && c.waiting > 0 {
			if err := c.step(time.Second, ignore); err != nil {
				return out, err
			}
		}
	}
	if err := c.settle(); err != nil { // each skips what it was given
		return out, err
	}
	for until := time.Now().Add(4 * time.Second); time.Now().Before(until); {
		if err := c.step(time.Until(until), ignore); err != nil {
			return out, err
		}
	}
	if out.Total, err = lab.Memory(s.PID(), "VmRSS"); err != nil {
		return out, err
	}
	out.RSS = float64(out.Total-before) / 1024 / float64(n)
	return out, c.Audit(ctx, s)
}
