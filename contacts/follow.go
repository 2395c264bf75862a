package contacts

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/session/identity"
)

// Signals is what the follower tells the hub.
type Signals struct {
	Wake   func(agent identity.AgentID)                   // what it holds may differ from what it was shown
	Kick   func(session string, code int, reason string)  // a newer session of the same agent exists
	Revoke func(agent identity.AgentID, before time.Time) // signed out by a supervisor
	Rejoin func()                                         // the store may have forgotten this node's sessions
}

const (
	followBlock = time.Second // shorter than any drain: a blocked XREAD cannot be cancelled
	probeEvery  = 10 * time.Second
	probeLimit  = 22 * time.Second // two probes and some: red within 25 s
	ctlMost     = 10_000

	// What comes at once fits into the part of a supervisor's queue that Offer
	// fills: a burst alone makes nobody slow.
	followMost = 100

	// Events that follow each other faster are read together: each read alone costs this node and Redis as much as half a
	// request. One that comes after a rest is not delayed.
	followPace = 5 * time.Millisecond
)

// Follow reads both streams until ctx ends. It is the only reader of this node.
func (s *Store) Follow(ctx context.Context, sig Signals) {
	s.lost.Store(&sig.Rejoin)
	var ctl streamID
	sure := false // what was handed out is history, and nothing before it is left out
	for try := 0; ctx.Err() == nil; {
		var err error
		if !sure {
			ctl, err = s.feed.settle(ctx, ctl)
			sure = err == nil
		}
		var n int
		if sure {
			ctl, n, err = s.feed.read(ctx, ctl, sig)
		}
		if err == nil {
			try = 0
			if n > 0 && n < followMost {
				sleep(ctx, followPace)
			}
			continue
		}
		if ctx.Err() != nil {
			return
		}
		sure = false
		if try == 0 { // said once, not at each attempt
			s.log.Warn("the event follower lost its connection, trying again", zap.String("reason", classOf(err)))
		}
		pause(ctx, nil, try)
		try++
	}
}

// pause waits a random time, longer after more tries, or until either ends.
func pause(ctx context.Context, done <-chan struct{}, try int) {
	most := min(20*time.Millisecond<<min(try, 6), time.Second)
	timer := time.NewTimer(rand.N(most) + time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-done:
	}
}

// settle finds where the follower goes on: at the end the first time, and
// after a lost connection where it was, unless a new primary has lost that.
func (f *Feed) settle(ctx context.Context, ctl streamID) (streamID, error) {
	newest, err := f.store.follow.XRevRangeN(ctx, f.store.keys.one("ctl"), "+", "-", 1).Result()
	if err != nil {
		return ctl, fmt.Errorf("read the end of the controls: %w", err)
	}
	var end streamID
	if len(newest) > 0 {
		end, _ = parseStreamID(newest[0].ID)
	}
	was, placed := f.where()
	if !placed {
		at, err := f.store.tail(ctx)
		if err != nil {
			return ctl, err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.at, f.placed = at, true
		return end, nil
	}
	if end.compare(ctl) < 0 {
		ctl = end // a store that was rolled back counts from there
	}
	next, lost, err := f.store.resume(ctx, f.store.follow, was, true)
	if err != nil || lost == nil {
		return ctl, err
	}
	f.store.log.Warn("events are lost: the store was rolled back, or this node was away for too long", zap.String("reason", lost.Cause))
	f.mu.Lock()
	f.gap(ctx, *lost)
	f.at = next
	f.mu.Unlock()
	f.store.forgotten() // a store that lost events has lost sessions too
	return ctl, nil
}

// tail is where the stream ends.
func (s *Store) tail(ctx context.Context) (place, error) {
	count, err := s.newestSeq(ctx, s.follow)
	if err != nil {
		return place{}, err
	}
	newest, err := s.follow.XRevRangeN(ctx, s.keys.one("ev"), "+", "-", 1).Result()
	if err != nil {
		return place{}, fmt.Errorf("read the end of the events: %w", err)
	}
	at := place{seq: count}
	if e, ok := firstOf(newest); ok {
		at.id = e.at
		if e.Seq > 0 {
			at.seq = e.Seq
		}
	}
	return at, nil
}

// newestSeq counts the events there ever were.
func (s *Store) newestSeq(ctx context.Context, rdb redis.UniversalClient) (int64, error) {
	n, err := rdb.Get(ctx, s.keys.one("seq")).Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		return 0, fmt.Errorf("read the newest seq: %w", err)
	}
	return n, nil
}

// read waits for what is new and hands it out; n is the longer of the two streams' news.
func (f *Feed) read(ctx context.Context, ctl streamID, sig Signals) (next streamID, n int, err error) {
	from, _ := f.where()
	k := f.store.keys
	streams, err := f.store.follow.XRead(ctx, &redis.XReadArgs{
		// In this order: a session that is to end must not be woken first.
		Streams: []string{k.one("ctl"), k.one("ev"), ctl.String(), from.id.String()}, Count: followMost, Block: followBlock,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return ctl, 0, nil
	}
	if err != nil {
		return ctl, 0, fmt.Errorf("follow events: %w", err)
	}
	for _, st := range streams {
		n = max(n, len(st.Messages))
		for _, m := range st.Messages {
			if st.Stream == k.one("ctl") {
				f.control(m, sig)
				ctl, _ = parseStreamID(m.ID)
				continue
			}
			e, err := parseEntry(m)
			if err != nil {
				// The next event shows the hole by its seq. To stop here would be the end of the feed.
				f.store.log.Error("an event cannot be read", zap.String("event", m.ID), zap.Error(err))
				f.pass(m.ID)
				continue
			}
			f.deliver(ctx, e)
			f.store.alerts.see(&e)
			if e.Agent != "" && e.Actor != e.Agent && e.Type != "alert" {
				sig.Wake(identity.AgentID(e.Agent))
			}
		}
	}
	return ctl, n, nil
}

// control carries out what other nodes say.
func (f *Feed) control(m redis.XMessage, sig Signals) {
	text := func(key string) string { v, _ := m.Values[key].(string); return v }
	switch text("k") {
	case "probe":
		if text("n") == f.store.node {
			f.alive.Store(time.Now().UnixMilli())
		}
	case "kick":
		sig.Kick(text("s"), atoi(text("c")), text("r"))
	case "revoke":
		sig.Revoke(identity.AgentID(unesc(text("a"))), parseMs(text("r")))
	}
}

// Probe writes this node's probe every 10 s; the follower must see it come back.
// It returns when ctx ends.
func (s *Store) Probe(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	s.feed.alive.Store(time.Now().UnixMilli())
	for {
		err := s.rdb.XAdd(ctx, &redis.XAddArgs{
			Stream: s.keys.one("ctl"), MaxLen: ctlMost, Approx: true, Values: []string{"k", "probe", "n", s.node},
		}).Err()
		if err != nil && ctx.Err() == nil {
			s.log.Debug("the probe could not be written") // /readyz tells when none came back
		}
		s.met.probeAge.Set(s.feed.age().Seconds())
		s.feed.sweep()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// age is how long ago the last probe came back, 0 before the follower runs.
func (f *Feed) age() time.Duration {
	at := f.alive.Load()
	if at == 0 {
		return 0
	}
	return time.Since(time.UnixMilli(at))
}

// ready is an error while delivery is dead, whatever Redis answers.
func (f *Feed) ready() error {
	if age := f.age(); age > probeLimit {
		return fmt.Errorf("the live feed is dead: no probe came back for %s", age.Truncate(time.Second))
	}
	return nil
}
