//go:build linux

// Package crowd is who uses what is measured: agents, supervisors, and clients of
// Redis without a hub. Every answer is looked at.
package crowd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"agenthub/cmd/hubbench/lab"
	"agenthub/cmd/hubbench/wire"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// Crowd is many agents on one thread.
type Crowd struct {
	poll    *wire.Poller
	agents  []*agent
	buf     []byte
	hellos  int
	waiting int // requests without an answer
}

// Runs numbers the crowds, so that a request id is never used twice.
type Runs struct{ n int }

// Gather signs n agents in, and waits until each is registered.
func Gather(ctx context.Context, l *lab.Lab, at *lab.Process, p *lab.Pool, n int, first string, r *Runs) (*Crowd, error) {
	poll, err := wire.NewPoller()
	if err != nil {
		return nil, err
	}
	r.n++
	c := &Crowd{poll: poll, buf: make([]byte, 64<<10)}
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, errors.Join(err, c.Leave())
		}
		a := newAgent(first+lab.Digits(i, 5), p, r.n)
		path, protocol, token := "/", "", ""
		if p != nil {
			path, protocol = "/ws", envelope.ProtocolV1
			if token, err = l.Token(a.name, at.Tenant, identity.RoleAgent); err != nil {
				return nil, errors.Join(err, c.Leave())
			}
		}
		if a.sock, err = wire.DialPatiently(ctx, at.Port, path, protocol, token); err != nil {
			return nil, errors.Join(fmt.Errorf("agent %d: %w", i, err), c.Leave())
		}
		c.agents = append(c.agents, a)
		if err := poll.Watch(a.sock, i); err != nil {
			return nil, errors.Join(err, c.Leave())
		}
		if p == nil {
			continue
		}
		err = a.sock.Early(func(b []byte) error { _, err := c.note(a, b); return err })
		if err == nil && i%50 == 49 { // those who are in are pinged meanwhile
			err = c.step(0, func(*agent, int64) error { return nil })
		}
		if err != nil {
			return nil, errors.Join(err, c.Leave())
		}
	}
	limit := time.Now().Add(20 * time.Second)
	for p != nil && c.hellos < n {
		if err := c.step(time.Second, func(*agent, int64) error { return nil }); err != nil {
			return nil, errors.Join(err, c.Leave())
		}
		if time.Now().After(limit) {
			return nil, errors.Join(errors.New("agents were not greeted"), c.Leave())
		}
	}
	return c, nil
}

// Leave closes every socket.
func (c *Crowd) Leave() error {
	err := c.poll.Close()
	for _, a := range c.agents {
		err = errors.Join(err, a.sock.Close())
	}
	return err
}

// note takes one frame in; it gives when an answered request was begun, else 0.
func (c *Crowd) note(a *agent, payload []byte) (int64, error) {
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
func (c *Crowd) step(until time.Duration, answered func(a *agent, begun int64) error) error {
	return c.poll.Wait(until, func(i int) error {
		a := c.agents[i]
		return a.sock.Receive(c.buf, func(payload []byte) error {
			begun, err := c.note(a, payload)
			if err != nil || begun == 0 {
				return err
			}
			return answered(a, begun)
		})
	})
}

func (c *Crowd) ask(a *agent, from time.Time) error {
	c.waiting++
	return a.ask(from)
}

// Plan is one measurement.
type Plan struct {
	Warm, Window time.Duration
	Rate         float64 // requests a second; 0: closed loop, one in flight for each agent
	Beside       []int   // processes of what is measured at the same time, with this one as its client, too
	Meet         func()  // waits until that is ready; nil if there is none
}

// PIDs adds the processes beside to those whose time is taken.
func (p Plan) PIDs(own map[string]int) map[string]int {
	for i, pid := range p.Beside {
		own["beside"+strconv.Itoa(i)] = pid
	}
	return own
}

// Result is what a measurement saw.
type Result struct {
	Answered int // in the window
	Asked    int // in the window
	Rate     float64
	P50, P90 float64 // ms, from the intended start
	P99, Max float64
	P999     float64
	Valid    bool // at least 98 % of the asked rate was reached
	Usage    lab.Usage
	hist     *hdrhistogram.Histogram
}

// Run measures. Afterwards nobody waits for an answer and nobody holds a contact.
func (c *Crowd) Run(ctx context.Context, p Plan, pids map[string]int) (Result, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	res := Result{hist: hdrhistogram.New(1, 60_000_000, 3)}
	if p.Meet != nil {
		p.Meet()
	}
	start := time.Now()
	from, until := start.Add(p.Warm), start.Add(p.Warm+p.Window)
	var m *lab.Meter
	closed, stopping := p.Rate == 0, false
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
			if m, err = lab.StartMeter(pids); err != nil {
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
				due = due.Add(time.Duration(rand.ExpFloat64() / p.Rate * float64(time.Second)))
			}
			wait = min(wait, time.Until(due))
		}
		if err := c.step(wait, answered); err != nil {
			return res, err
		}
	}
	var err error
	if m != nil {
		if res.Usage, err = m.Stop(); err != nil {
			return res, err
		}
	}
	stopping = true
	res.finish(p)
	return res, errors.Join(ctx.Err(), c.settle())
}

func (r *Result) finish(p Plan) {
	r.Rate = float64(r.Answered) / r.Usage.Took.Seconds()
	ms := func(q float64) float64 { return float64(r.hist.ValueAtQuantile(q)) / 1000 }
	r.P50, r.P90, r.P99, r.P999, r.Max = ms(50), ms(90), ms(99), ms(99.9), float64(r.hist.Max())/1000
	r.Valid = p.Rate == 0 || float64(r.Answered) >= 0.98*float64(r.Asked)
}

// settle waits for the last answers, and lets whoever holds a contact skip it.
func (c *Crowd) settle() error {
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

// Audit adds what everybody was told to the books of their hub, and balances them.
func (c *Crowd) Audit(ctx context.Context, s *lab.Site) error {
	fetches, skips := c.counts()
	return s.Settle(ctx, fetches, skips)
}

// counts gives the acknowledged fetches and skips of everybody so far.
func (c *Crowd) counts() (fetches, skips uint64) {
	for _, a := range c.agents {
		fetches += (a.got + 1) / 2
		skips += a.got / 2
	}
	return fetches, skips
}
