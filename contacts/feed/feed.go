// Package feed is the present: each event as it happens, to the supervisors whose
// filter lets it through and to the agents it is about, and the alerts that follow
// from what was seen. What it promises:
//
//   - A supervisor gets every event of its filter once, in order, or a Gap that
//     says which cannot be had any more. A slow one is fed from history.
//   - One that does not read delays nobody.
//   - While delivery is dead Ready says so within 25 s, whatever Redis answers.
//
// Goroutines, which main starts and waits for: Follow (the only reader of the
// streams on a node), Probe and RunAlerts.
//
//	XADD ev, ctl (scripts) ─▶ XREAD (Follow) ─▶ supervisors; detector ─▶ alert.lua
//	                                         └▶ Signals: agents of this node
package feed

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/history"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/session"
)

// Feed is one node's copy of the live events: one follower reads the streams,
// each event is encoded once and queued for the supervisors whose filter lets it
// through. A supervisor whose queue has no room is fed from history, at the pace
// it reads, until it has caught up; one that does not read at all is closed by
// its session, and resumes by id.
type Feed struct {
	// Set by New, read-only after.
	rdb    redis.UniversalClient
	follow *script.Follower
	keys   keys.Keys
	past   *history.Log
	store  *store.Store
	node   string
	keep   time.Duration // how long a cleared alert is listed
	alerts *detector
	log    *zap.Logger
	met    *metrics

	alive atomic.Pointer[time.Time] // when the newest probe came back, nil before the follower runs

	mu     sync.Mutex // guards the following; nothing under it blocks
	placed bool       // the follower has found its position
	at     position   // newest event handed out
	subs   map[session.Conn]*subscriber
}

// position is a point in the stream: up to it everything has been seen.
type position struct {
	id  history.StreamID
	seq int64
}

// subscriber is one supervisor's subscription. No subscriber is ever ahead of
// the follower: one that saw more on another node waits. Guarded by Feed.mu,
// but for the filter.
type subscriber struct {
	filter  contacts.Filter
	live    bool     // it has everything up to Feed.at, and is handed what comes
	backlog []handed // what was handed out while it catches up
	broken  bool     // the backlog is not all of it: read history once more
}

// wants reports whether an event is for this subscription. What the supervisor
// may see is asked anew each time: a refreshed token may have fewer campaigns.
func (sub *subscriber) wants(conn session.Conn, e *contacts.Event) bool {
	return sub.filter.Match(e) && conn.Claim().Serves(e.Campaign)
}

type handed struct {
	at    position
	frame []byte
}

// backlogMost bounds what is kept for one supervisor that catches up; the rest
// is read again.
const backlogMost = 256

// Options make a Feed.
type Options struct {
	Redis   redis.UniversalClient // required
	Follow  *script.Follower      // required; a client of its own for blocking reads
	Store   *store.Store          // required
	Past    *history.Log          // required; of the same tenant
	Node    string                // required; as the store's
	FeedAge time.Duration         // required; how long an alert that cleared is listed
	Alerts  AlertLimits
	Log     *zap.Logger           // required
	Metrics prometheus.Registerer // nil: none
}

// New makes a feed that follows nothing yet.
func New(o Options) *Feed {
	return &Feed{
		rdb: o.Redis, follow: o.Follow, keys: o.Store.Keys(), past: o.Past, store: o.Store, node: o.Node, keep: o.FeedAge,
		alerts: newDetector(o.Alerts), log: o.Log, met: newMetrics(o.Metrics), subs: map[session.Conn]*subscriber{},
	}
}

// where is the newest event handed out; placed is false before the follower runs.
func (f *Feed) where() (at position, placed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at, f.placed
}

// deliver hands one event to everybody whose filter lets it through. A jump of
// seq is history that was lost: never silence.
func (f *Feed) deliver(ctx context.Context, e history.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.Seq != f.at.seq+1 {
		f.gap(ctx, gapMessage{f.at.id.String(), e.At.Before().String(), causeOf(f.at.seq, e.Seq)})
	}
	was := f.at
	f.at = position{e.At, e.Seq}
	var frame []byte
	for conn, sub := range f.subs {
		if !sub.wants(conn, &e.Event) {
			continue
		}
		if frame == nil {
			frame = feedFrame("Event", e.Event)
		}
		switch {
		case !sub.live && len(sub.backlog) < backlogMost:
			sub.backlog = append(sub.backlog, handed{f.at, frame})
		case !sub.live:
			sub.backlog, sub.broken = nil, true
		case !conn.Offer(frame):
			f.demote(ctx, conn, sub, was)
		}
	}
}

// pass steps over an entry that cannot be read.
func (f *Feed) pass(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at.id, _ = history.ParseStreamID(id)
}

// gapMessage says which events cannot be had any more, and where the feed goes
// on. A supervisor that is slow misses nothing, so slow is never a cause.
type gapMessage struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Cause string `json:"cause"` // trimmed, rolled_back
}

// causeOf says why the event after seq is not the next one.
func causeOf(seq, next int64) string {
	if next <= seq {
		return "rolled_back"
	}
	return "trimmed"
}

// gap tells everybody who is live. Who catches up finds out what of it it
// misses. Called with mu held.
func (f *Feed) gap(ctx context.Context, lost gapMessage) {
	frame := feedFrame("Gap", lost)
	for conn, sub := range f.subs {
		switch {
		case !sub.live:
			sub.backlog, sub.broken = nil, true
		case !conn.Offer(frame):
			f.demote(ctx, conn, sub, f.at)
		}
	}
}

// demote lets a supervisor that has no room read history from a position on. One
// that is gone is forgotten. Called with mu held.
func (f *Feed) demote(ctx context.Context, conn session.Conn, sub *subscriber, from position) {
	if isOver(conn) {
		delete(f.subs, conn)
		return
	}
	sub.live, sub.broken = false, true
	f.met.slow.Inc()
	conn.Do(context.WithoutCancel(ctx), func(ctx context.Context) { f.catchUp(ctx, conn, sub, from) })
}

// enter makes a subscription the connection's only one.
func (f *Feed) enter(conn session.Conn, filter contacts.Filter) *subscriber {
	f.mu.Lock()
	defer f.mu.Unlock()
	sub := &subscriber{filter: filter, broken: true}
	f.subs[conn] = sub
	return sub
}

// leave ends the connection's subscription, so that nothing of it comes after
// the answer to the next one.
func (f *Feed) leave(conn session.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.subs, conn)
}

// sweep forgets connections that are closed: one whose filter lets nothing
// through is never found out by handing it something.
func (f *Feed) sweep() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for conn := range f.subs {
		if isOver(conn) {
			delete(f.subs, conn)
		}
	}
}

func isOver(conn session.Conn) bool {
	select {
	case <-conn.Done():
		return true
	default:
		return false
	}
}

// begin starts a new backlog: what comes after to is in it. ok is false before
// the follower runs.
func (f *Feed) begin(sub *subscriber) (to position, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	sub.backlog, sub.broken = nil, false
	return f.at, f.placed
}

// join takes what there is of the backlog, and makes the supervisor live if
// that is nothing. ok is false if history must be read once more.
func (f *Feed) join(sub *subscriber) (backlog []handed, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if sub.broken {
		return nil, false
	}
	backlog, sub.backlog = sub.backlog, nil
	sub.live = len(backlog) == 0
	return backlog, true
}

// current reports whether the connection still has this subscription, and is open.
func (f *Feed) current(conn session.Conn, sub *subscriber) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.subs[conn] == sub && !isOver(conn)
}
