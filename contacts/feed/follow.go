package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/history"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/session/identity"
)

// Signals is what the follower tells the hub.
type Signals struct {
	Wake   func(agent identity.AgentID)                   // what it holds may differ from what it was shown
	Kick   func(session string, code int, reason string)  // a newer session of the same agent exists
	Revoke func(agent identity.AgentID, before time.Time) // signed out by a supervisor
	Rules  func(campaign contacts.CampaignID)             // somebody has put other rules
	Rejoin func()                                         // the store may have forgotten this node's sessions
}

const (
	probeEvery = 10 * time.Second
	probeLimit = 22 * time.Second // two probes and some: red within 25 s
	deafLimit  = 12 * time.Second // one probe and some: the connection may be to a Redis that is none any more
	ctlMost    = 10_000

	// What comes at once fits into the part of a supervisor's queue that Offer
	// fills: a burst alone makes nobody slow.
	followMost = 100

	// Events that follow each other faster are read together: each read alone costs this node and Redis as much as half a
	// request. One that comes after a rest is not delayed.
	followPace = 5 * time.Millisecond
)

// Follow reads both streams until ctx ends. It is the only reader of this node.
func (f *Feed) Follow(ctx context.Context, sig Signals) {
	var ctl history.StreamID
	sure := false // what was handed out is history, and nothing before it is left out
	dialled := time.Now()
	for try := 0; ctx.Err() == nil; {
		var err error
		if min(f.age(), time.Since(dialled)) > deafLimit {
			f.log.Warn("the event follower hears no probe, dialling anew")
			f.follow.Redial()
			sure, dialled = false, time.Now()
		}
		if !sure {
			ctl, err = f.start(ctx, ctl)
			sure = err == nil
		}
		var n int
		if sure {
			ctl, n, err = f.read(ctx, ctl, sig)
		}
		if err == nil {
			try = 0
			if n > 0 && n < followMost {
				script.Sleep(ctx, nil, followPace)
			}
			continue
		}
		if ctx.Err() != nil {
			return
		}
		sure = false
		if try == 0 { // said once, not at each attempt
			f.log.Warn("the event follower lost its connection, trying again", zap.String("reason", script.Class(err)))
		}
		script.Sleep(ctx, nil, script.Jitter(try))
		try++
	}
}

// start finds where the follower goes on: at the end the first time, and
// after a lost connection where it was, unless a new primary has lost that.
func (f *Feed) start(ctx context.Context, ctl history.StreamID) (history.StreamID, error) {
	newest, err := f.follow.XRevRangeN(ctx, f.keys.One("ctl"), "+", "-", 1).Result()
	if err != nil {
		return ctl, fmt.Errorf("read the end of the controls: %w", err)
	}
	var end history.StreamID
	if len(newest) > 0 {
		end, _ = history.ParseStreamID(newest[0].ID)
	}
	was, placed := f.where()
	if !placed {
		at, err := f.tail(ctx)
		if err != nil {
			return ctl, err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.at, f.placed = at, true
		return end, nil
	}
	if end.Compare(ctl) < 0 {
		ctl = end // a store that was rolled back counts from there
	}
	next, lost, err := f.resume(ctx, f.follow, was, true)
	if err != nil || lost == nil {
		return ctl, err
	}
	f.log.Warn("events are lost: the store was rolled back, or this node was away for too long", zap.String("reason", lost.Cause))
	f.mu.Lock()
	f.gap(ctx, *lost)
	f.at = next
	f.mu.Unlock()
	f.store.Forget() // a store that lost events has lost sessions too
	return ctl, nil
}

// tail is where the stream ends.
func (f *Feed) tail(ctx context.Context) (position, error) {
	count, err := f.newestSeq(ctx, f.follow)
	if err != nil {
		return position{}, err
	}
	newest, err := f.follow.XRevRangeN(ctx, f.keys.One("ev"), "+", "-", 1).Result()
	if err != nil {
		return position{}, fmt.Errorf("read the end of the events: %w", err)
	}
	at := position{seq: count}
	if e, ok := firstOf(newest); ok {
		at.id = e.At
		if e.Seq > 0 {
			at.seq = e.Seq
		}
	}
	return at, nil
}

// newestSeq counts the events there ever were.
func (f *Feed) newestSeq(ctx context.Context, rdb redis.UniversalClient) (int64, error) {
	n, err := rdb.Get(ctx, f.keys.One("seq")).Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		return 0, fmt.Errorf("read the newest seq: %w", err)
	}
	return n, nil
}

// read waits for what is new and hands it out; n is the longer of the two streams' news.
func (f *Feed) read(ctx context.Context, ctl history.StreamID, sig Signals) (next history.StreamID, n int, err error) {
	from, _ := f.where()
	k := f.keys
	streams, err := f.follow.XRead(ctx, &redis.XReadArgs{
		// In this order: a session that is to end must not be woken first.
		Streams: []string{k.One("ctl"), k.One("ev"), ctl.String(), from.id.String()}, Count: followMost, Block: script.BlockFor,
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
			if st.Stream == k.One("ctl") {
				f.control(m, sig)
				ctl, _ = history.ParseStreamID(m.ID)
				continue
			}
			e, err := history.ParseEntry(m)
			if err != nil {
				// The next event shows the hole by its seq. To stop here would be the end of the feed.
				f.log.Error("an event cannot be read", zap.String("event", m.ID), zap.Error(err))
				f.pass(m.ID)
				continue
			}
			f.deliver(ctx, e)
			f.alerts.see(&e)
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
		if text("n") == f.node {
			f.heard()
		}
	case "kick":
		sig.Kick(text("s"), keys.Int(text("c")), text("r"))
	case "rules":
		if sig.Rules != nil {
			sig.Rules(contacts.CampaignID(keys.Unescape(text("c"))))
		}
	case "revoke":
		sig.Revoke(identity.AgentID(keys.Unescape(text("a"))), keys.Time(text("r")))
	}
}

// Probe writes this node's probe every 10 s; the follower must see it come back.
// It returns when ctx ends.
func (f *Feed) Probe(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	f.heard()
	for {
		err := f.rdb.XAdd(ctx, &redis.XAddArgs{
			Stream: f.keys.One("ctl"), MaxLen: ctlMost, Approx: true, Values: []string{"k", "probe", "n", f.node},
		}).Err()
		if err != nil && ctx.Err() == nil {
			f.log.Debug("the probe could not be written") // /readyz tells when none came back
		}
		f.met.probeAge.Set(f.age().Seconds())
		f.sweep()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// heard notes that a probe came back, with the monotonic clock: one that is set
// must not make the feed dead, or alive.
func (f *Feed) heard() {
	now := time.Now()
	f.alive.Store(&now)
}

// age is how long ago the last probe came back, 0 before the follower runs.
func (f *Feed) age() time.Duration {
	at := f.alive.Load()
	if at == nil {
		return 0
	}
	return time.Since(*at)
}

// Ready is an error while delivery is dead, whatever Redis answers.
func (f *Feed) Ready() error {
	if age := f.age(); age > probeLimit {
		return fmt.Errorf("the live feed is dead: no probe came back for %s", age.Truncate(time.Second))
	}
	return nil
}
