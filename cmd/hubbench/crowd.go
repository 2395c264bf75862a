//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// crowd is many agents on one thread.
type crowd struct {
	poll    *poller
	agents  []*agent
	buf     []byte
	hellos  int
	waiting int // requests without an answer
}

// runs numbers the crowds, so that a request id is never used twice.
type runs struct{ n int }

// gather signs n agents in, and waits until each is registered.
func gather(ctx context.Context, l *lab, at *process, p *pool, n int, first string, r *runs) (*crowd, error) {
	poll, err := newPoller()
	if err != nil {
		return nil, err
	}
	r.n++
	c := &crowd{poll: poll, buf: make([]byte, 64<<10)}
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, errors.Join(err, c.leave())
		}
		a := newAgent(first+digits(i, 5), p, r.n)
		path, protocol, token := "/", "", ""
		if p != nil {
			path, protocol = "/ws", envelope.ProtocolV1
			if token, err = l.token(a.name, at.tenant, identity.RoleAgent); err != nil {
				return nil, errors.Join(err, c.leave())
			}
		}
		if a.sock, err = dialPatiently(ctx, at.port, path, protocol, token); err != nil {
			return nil, errors.Join(fmt.Errorf("agent %d: %w", i, err), c.leave())
		}
		c.agents = append(c.agents, a)
		if err := poll.watch(a.sock, i); err != nil {
			return nil, errors.Join(err, c.leave())
		}
		if p == nil {
			continue
		}
		err = a.sock.early(func(b []byte) error { _, err := c.note(a, b); return err })
		if err == nil && i%50 == 49 { // those who are in are pinged meanwhile
			err = c.step(0, func(*agent, int64) error { return nil })
		}
		if err != nil {
			return nil, errors.Join(err, c.leave())
		}
	}
	limit := time.Now().Add(20 * time.Second)
	for p != nil && c.hellos < n {
		if err := c.step(time.Second, func(*agent, int64) error { return nil }); err != nil {
			return nil, errors.Join(err, c.leave())
		}
		if time.Now().After(limit) {
			return nil, errors.Join(errors.New("agents were not greeted"), c.leave())
		}
	}
	return c, nil
}

func (c *crowd) leave() error {
	err := c.poll.close()
	for _, a := range c.agents {
		err = errors.Join(err, a.sock.close())
	}
	return err
}

// note takes one frame in; it gives when an answered request was begun, else 0.
func (c *crowd) note(a *agent, payload []byte) (int64, error) {
	greeted := a.hello
	begun, answered, err := a.heard(payload)
	if a.hello != greeted {
		c.hellos++
	}
	if answered {
		c.waiting--
		return begun, err
	}
	return 0, err
}

// step handles what has come until then at the latest.
func (c *crowd) step(until time.Duration, answered func(a *agent, begun int64) error) error {
	return c.poll.wait(until, func(i int) error {
		a := c.agents[i]
		return a.sock.receive(c.buf, func(payload []byte) error {
			begun, err := c.note(a, payload)
			if err != nil || begun == 0 {
				return err
			}
			return answered(a, begun)
		})
	})
}

func (c *crowd) ask(a *agent, from time.Time) error {
	c.waiting++
	return a.ask(from)
}

// plan is one measurement.
type plan struct {
	warm, window time.Duration
	rate         float64 // requests a second; 0: closed loop, one in flight for each agent
	beside       []int   // processes of what is measured at the same time, with this one as its client, too
	meet         func()  // waits until that is ready; nil if there is none
}

// pids adds the processes beside to those whose time is taken.
func (p plan) pids(own map[string]int) map[string]int {
	for i, pid := range p.beside {
		own["beside"+strconv.Itoa(i)] = pid
	}
	return own
}

// result is what a measurement saw.
type result struct {
	Answered int // in the window
	Asked    int // in the window
	Rate     float64
	P50, P90 float64 // ms, from the intended start
	P99, Max float64
	P999     float64
	Valid    bool // at least 98 % of the asked rate was reached
	usage    usage
	hist     *hdrhistogram.Histogram
}

// run measures. Afterwards nobody waits for an answer and nobody holds a contact.
func (c *crowd) run(ctx context.Context, p plan, pids map[string]int) (result, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	res := result{hist: hdrhistogram.New(1, 60_000_000, 3)}
	if p.meet != nil {
		p.meet()
	}
	start := time.Now()
	from, until := start.Add(p.warm), start.Add(p.warm+p.window)
	var m *meter
	closed, stopping := p.rate == 0, false
	answered := func(a *agent, begun int64) error {
		now := time.Now()
		if m != nil && !stopping {
			if closed || begun >= from.UnixNano() {
				_ = res.hist.RecordValue(max(1, (now.UnixNano()-begun)/1000)) // within its bounds
			}
			res.Answered++
		}
		if closed && !stopping {
			if m != nil {
				res.Asked++
			}
			return c.ask(a, now)
		}
		return nil
	}
	if closed {
		for _, a := range c.agents {
			if err := c.ask(a, start); err != nil {
				return res, err
			}
		}
	}
	due, next, order := start, 0, rand.Perm(len(c.agents))
	for {
		now := time.Now()
		if m == nil && !now.Before(from) {
			var err error
			if m, err = startMeter(pids); err != nil {
				return res, err
			}
		}
		if !now.Before(until) || ctx.Err() != nil {
			break
		}
		wait := until.Sub(now)
		if m == nil {
			wait = from.Sub(now)
		}
		if !closed {
			for !due.After(now) {
				if m != nil {
					res.Asked++
				}
				if err := c.ask(c.agents[order[next]], due); err != nil {
					return res, err
				}
				next = (next + 1) % len(order)
				due = due.Add(time.Duration(rand.ExpFloat64() / p.rate * float64(time.Second)))
			}
			wait = min(wait, time.Until(due))
		}
		if err := c.step(wait, answered); err != nil {
			return res, err
		}
	}
	var err error
	if m != nil {
		if res.usage, err = m.stop(); err != nil {
			return res, err
		}
	}
	stopping = true
	res.finish(p)
	return res, errors.Join(ctx.Err(), c.settle())
}

func (r *result) finish(p plan) {
	r.Rate = float64(r.Answered) / r.usage.Took.Seconds()
	ms := func(q float64) float64 { return float64(r.hist.ValueAtQuantile(q)) / 1000 }
	r.P50, r.P90, r.P99, r.P999, r.Max = ms(50), ms(90), ms(99), ms(99.9), float64(r.hist.Max())/1000
	r.Valid = p.rate == 0 || float64(r.Answered) >= 0.98*float64(r.Asked)
}

// settle waits for the last answers, and lets whoever holds a contact skip it.
func (c *crowd) settle() error {
	ignore := func(*agent, int64) error { return nil }
	limit := time.Now().Add(10 * time.Second)
	for range 2 {
		for c.waiting > 0 {
			if time.Now().After(limit) {
				return fmt.Errorf("%w: %d", errLost, c.waiting)
			}
			if err := c.step(time.Second, ignore); err != nil {
				return err
			}
		}
		for _, a := range c.agents {
			if a.sent&1 == skip {
				if err := c.ask(a, time.Now()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// audit adds what everybody was told to the books of their hub, and balances them.
func (c *crowd) audit(ctx context.Context, s *site) error {
	fetches, skips := c.counts()
	return s.settle(ctx, fetches, skips)
}

// counts gives the acknowledged fetches and skips of everybody so far.
func (c *crowd) counts() (fetches, skips uint64) {
	for _, a := range c.agents {
		fetches += (a.got + 1) / 2
		skips += a.got / 2
	}
	return fetches, skips
}
