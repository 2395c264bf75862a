//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"agenthub/session"
)

// spread is one message on its way to many, again and again.
type spread struct {
	Receivers int
	Median    float64 // ms from the request that caused it to the last receiver
	P90       float64
	CPU       float64 // µs of the server for each delivery
}

// audience is sockets that only listen.
type audience struct {
	poll  *poller
	socks []*socket
	buf   []byte
	heard int
}

func (a *audience) close() error {
	err := a.poll.close()
	for _, s := range a.socks {
		err = errors.Join(err, s.close())
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
		err := a.poll.wait(time.Second, func(i int) error {
			return a.socks[i].receive(a.buf, func(payload []byte) error {
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
		rest, err := s.frames(s.rest, func(payload []byte) error {
			if bytes.Contains(payload, []byte(word)) {
				a.heard++
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("receiver %d: %w", i, err)
		}
		s.rest = append(s.rest[:0], rest...)
	}
	return a.listen([]byte(word), len(a.socks))
}

func newAudience(n int, open func(i int) (*socket, error)) (*audience, error) {
	poll, err := newPoller()
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
		if err := poll.watch(s.fd, i); err != nil {
			return nil, errors.Join(err, a.close())
		}
	}
	return a, nil
}

// supervisors signs n supervisors in and subscribes them to the live feed.
func (l *lab) supervisors(at *process, n int) (*audience, error) {
	subscribe := maskedFrame(opText, []byte(`{"channel":"HUB","topic":"Skips","subtopic":"Subscribe","data":{}}`))
	a, err := newAudience(n, func(i int) (*socket, error) {
		token, err := l.token("supervisor"+digits(i, 5), at.tenant, session.RoleSupervisor)
		if err != nil {
			return nil, err
		}
		s, err := dial(at.port, "/ws", session.ProtocolV1, token)
		if err != nil {
			return nil, err
		}
		return s, s.send(subscribe)
	})
	if err != nil {
		return nil, err
	}
	if err := a.enrol(`"subtopic":"Subscribed"`); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// measure causes a message so many times and waits each time until all have it.
func (a *audience) measure(ctx context.Context, times int, key string, pid int, cause func() error) (spread, error) {
	r := spread{Receivers: len(a.socks)}
	var took []float64
	var m *meter
	for i := range times + times/10 {
		if i == times/10 { // the first ones only warm up
			var err error
			if m, err = startMeter(map[string]int{"server": pid}); err != nil {
				return r, err
			}
		}
		start := time.Now()
		a.heard = 0
		if err := errors.Join(ctx.Err(), cause(), a.listen([]byte(key), len(a.socks))); err != nil {
			return r, err
		}
		if m != nil {
			took = append(took, time.Since(start).Seconds()*1000)
		}
	}
	u, err := m.stop()
	slices.Sort(took)
	r.Median, r.P90 = took[len(took)/2], took[len(took)*9/10]
	r.CPU = float64(u.CPU["server"].Microseconds()) / float64(times*len(a.socks))
	return r, err
}

// fanoutHub measures one event of the hub to n supervisors.
func (l *lab) fanoutHub(ctx context.Context, s *site, n, times int, r *runs) (spread, error) {
	a, err := l.supervisors(s.process, n)
	if err != nil {
		return spread{}, err
	}
	defer func() { _ = a.close() }()
	const agents = 20 // by turns: one alone would be held back to 50 messages a second
	c, err := l.gather(ctx, s.process, s.pool, agents, "fanout", r)
	if err != nil {
		return spread{}, err
	}
	defer func() { _ = c.leave() }()
	turn := 0
	out, err := a.measure(ctx, times, `"actor":"fanout`, s.pid(), func() error {
		turn++
		return c.ask(c.agents[turn%agents], time.Now())
	})
	if err != nil {
		return out, err
	}
	if err := c.settle(); err != nil {
		return out, err
	}
	return out, s.settle(ctx, c)
}

// fanoutFloor measures the same frame written in a plain loop.
func (l *lab) fanoutFloor(ctx context.Context, n, times int) (spread, error) {
	floor, err := l.self(ctx, "floor")
	if err != nil {
		return spread{}, err
	}
	defer floor.end()
	trigger, err := dial(floor.port, "/send", "", "")
	if err != nil {
		return spread{}, err
	}
	defer func() { _ = trigger.close() }()
	a, err := newAudience(n, func(int) (*socket, error) { return dial(floor.port, "/", "", "") })
	if err != nil {
		return spread{}, err
	}
	defer func() { _ = a.close() }()
	if err := a.enrol(enrolled); err != nil {
		return spread{}, err
	}
	frame := maskedFrame(opText, []byte(eventLike))
	return a.measure(ctx, times, `"actor":"fanout`, floor.pid(), func() error { return trigger.send(frame) })
}

// eventLike has the size of an event.
const eventLike = `{"channel":"HUB","topic":"Skips","subtopic":"Event","message":{"id":"1800000000000-0","seq":1000001,"type":"skip",` +
	`"at":"2027-01-15T08:00:00.000Z","agent":"fanout00000","actor":"fanout00000","campaign":"campaign0","contactId":"c00001234","phone":"1234",` +
	`"reason":"","note":"","heldMs":1,"skips":1,"node":"hub-12345678"}}`
