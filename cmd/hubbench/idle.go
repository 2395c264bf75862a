//go:build linux

package main

import (
	"context"
	"errors"
	"time"
)

// rest is what agents cost that do nothing.
type rest struct {
	Agents  int
	RSS     float64 // KiB for each agent, in the hub
	Total   int64   // bytes
	SignIns float64 // a second
}

// idle signs n agents in at a new hub, serves each once, lets them be quiet and
// looks at the hub's memory.
func idle(ctx context.Context, l *lab, n int, r *runs) (out rest, err error) {
	s, err := l.site(ctx, "idle", 10)
	if err != nil {
		return out, err
	}
	defer s.end()
	if err := s.pool.ensure(ctx, n); err != nil {
		return out, err
	}
	before, err := memory(s.pid(), "VmRSS")
	if err != nil {
		return out, err
	}
	start := time.Now()
	c, err := gather(ctx, l, s.process, s.pool, n, "agent", r)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, c.leave()) }()
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
	if out.Total, err = memory(s.pid(), "VmRSS"); err != nil {
		return out, err
	}
	out.RSS = float64(out.Total-before) / 1024 / float64(n)
	return out, c.audit(ctx, s)
}
