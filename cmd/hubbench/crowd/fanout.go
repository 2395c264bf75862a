//go:build linux

package crowd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"agenthub/cmd/hubbench/lab"
	"agenthub/cmd/hubbench/wire"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// Spread is one message on its way to many, again and again.
type Spread struct {
	Receivers int
	Median    float64 // ms from the request that caused it to the last receiver
	P90       float64
	CPU       float64 // µs of the server for each delivery
}

// audience is sockets that only listen.
type audience struct {
	poll  *wire.Poller
	socks []*wire.Socket
	buf   []byte
	heard int
}

func (a *audience) close() error {
	err := a.poll.Close()
	for _, s := range a.socks {
		err = errors.Join(err, s.Close())
	}
	return err
}

// listen takes frames until so many were heard that have the key in them.
func (a *audience) listen(key []byte, want int) error {
	limit := time.Now().Add(10 * time.Second)
	for a.heard < want {
		if time.Now().After(limit) {
			return fmt.Errorf("%w: %d of %d receivers heard it", errLost, a.heard, want)
		}
		err := a.poll.Wait(time.Second, func(i int) error {
			return a.socks[i].Receive(a.buf, func(payload []byte) error {
				if bytes.Contains(payload, key) {
					a.heard++
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// enrol waits until everybody was told that it is in.
func (a *audience) enrol(word string) error {
	for i, s := range a.socks { // what came with the upgrade
		err := s.Early(func(payload []byte) error {
			if bytes.Contains(payload, []byte(word)) {
				a.heard++
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("receiver %d: %w", i, err)
		}
	}
	return a.listen([]byte(word), len(a.socks))
}

func newAudience(n int, open func(i int) (*wire.Socket, error)) (*audience, error) {
	poll, err := wire.NewPoller()
	if err != nil {
		return nil, err
	}
	a := &audience{poll: poll, buf: make([]byte, 64<<10)}
	for i := range n {
		s, err := open(i)
		if err != nil {
			return nil, errors.Join(err, a.close())
		}
		a.socks = append(a.socks, s)
		if err := poll.Watch(s, i); err != nil {
			return nil, errors.Join(err, a.close())
		}
	}
	return a, nil
}

// supervisors signs n supervisors in and subscribes them to the live feed.
func supervisors(l *lab.Lab, at *lab.Process, n int) (*audience, error) {
	subscribe := wire.TextFrame([]byte(`{"channel":"HUB","topic":"Skips","subtopic":"Subscribe","data":{}}`))
	a, err := newAudience(n, func(i int) (*wire.Socket, error) {
		token, err := l.Token("supervisor"+lab.Digits(i, 5), at.Tenant, identity.RoleSupervisor)
		if err != nil {
			return nil, err
		}
		s, err := wire.Dial(at.Port, "/ws", envelope.ProtocolV1, token)
		if err != nil {
			return nil, err
		}
		return s, s.Send(subscribe)
	})
	if err != nil {
		return nil, err
	}
	if err := a.enrol(`"subtopic":"Subscribed"`); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// Source spreads one message to its audience when it is asked to.
type Source struct {
	*audience
	key   string // is in what it spreads
	pid   int
	cause func() error
	End   func() error
}

// once causes a message and waits until all have it; it gives the time that took in ms.
func (s *Source) once() (float64, error) {
	start := time.Now()
	s.heard = 0
	if err := errors.Join(s.cause(), s.listen([]byte(s.key), len(s.socks))); err != nil {
		return 0, err
	}
	return time.Since(start).Seconds() * 1000, nil
}

// MeasureSpreads measures so many messages of each source. They take turns with each
// message: a machine's speed changes within a second.
func MeasureSpreads(ctx context.Context, times int, from ...*Source) (out []Spread, err error) {
	out = make([]Spread, len(from))
	took := make([][]float64, len(from))
	pids := map[string]int{}
	for i, s := range from {
		pids[strconv.Itoa(i)] = s.pid
	}
	var m *lab.Meter
	for turn := range times + times/10 {
		if turn == times/10 { // the first ones only warm up
			if m, err = lab.StartMeter(pids); err != nil {
				return nil, err
			}
		}
		for i, s := range from {
			ms, err := s.once()
			if err := errors.Join(ctx.Err(), err); err != nil {
				return nil, err
			}
			if m != nil {
				took[i] = append(took[i], ms)
			}
		}
	}
	u, err := m.Stop()
	for i, s := range from {
		slices.Sort(took[i])
		out[i] = Spread{
			Receivers: len(s.socks), Median: took[i][times/2], P90: took[i][times*9/10],
			CPU: float64(u.CPU[strconv.Itoa(i)].Microseconds()) / float64(times*len(s.socks)),
		}
	}
	return out, err
}

// Feed spreads events of the hub to n supervisors.
func Feed(ctx context.Context, l *lab.Lab, s *lab.Site, n int, r *Runs) (*Source, error) {
	a, err := supervisors(l, s.Process, n)
	if err != nil {
		return nil, err
	}
	const agents = 20 // by turns: one alone would be held back to 50 messages a second
	c, err := Gather(ctx, l, s.Process, s.Pool, agents, "fanout", r)
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	turn := 0
	return &Source{
		audience: a, key: `"actor":"fanout`, pid: s.PID(),
		cause: func() error {
			turn++
			return c.ask(c.agents[turn%agents], time.Now())
		},
		End: func() error {
			err := c.settle()
			if err == nil {
				err = c.Audit(ctx, s)
			}
			return errors.Join(err, c.Leave(), a.close())
		},
	}, nil
}

// Floor spreads the same frame in a plain loop.
func Floor(ctx context.Context, l *lab.Lab, n int) (*Source, error) {
	floor, err := l.StartSelf(ctx, "floor")
	if err != nil {
		return nil, err
	}
	trigger, err := wire.Dial(floor.Port, "/send", "", "")
	if err != nil {
		floor.End()
		return nil, err
	}
	a, err := newAudience(n, func(int) (*wire.Socket, error) { return wire.Dial(floor.Port, "/", "", "") })
	if err == nil {
		if err = a.enrol(lab.Enrolled); err != nil {
			err = errors.Join(err, a.close())
		}
	}
	if err != nil {
		floor.End()
		return nil, errors.Join(err, trigger.Close())
	}
	frame := wire.TextFrame([]byte(eventLike))
	return &Source{
		audience: a, key: `"actor":"fanout`, pid: floor.PID(),
		cause: func() error { return trigger.Send(frame) },
		End: func() error {
			floor.End()
			return errors.Join(trigger.Close(), a.close())
		},
	}, nil
}

// eventLike has the size of an event.
const eventLike = `{"channel":"HUB","topic":"Skips","subtopic":"Event","message":{"id":"1800000000000-0","seq":1000001,"type":"skip",` +
	`"at":"2027-01-15T08:00:00.000Z","agent":"fanout00000","actor":"fanout00000","campaign":"campaign0","contactId":"c00001234","phone":"1234",` +
	`"reason":"","note":"","heldMs":1,"skips":1,"node":"hub-12345678"}}`
