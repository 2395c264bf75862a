package feed

import (
	"context"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/history"
	"agenthub/session"
)

// What tests look into.

// Subscribed is the answer to a subscription.
type Subscribed = subscribed

// Placed reports whether the follower has found its place, and where that is.
func (f *Feed) Placed() (history.StreamID, bool) {
	at, placed := f.where()
	return at.id, placed
}

// PlaceAtStart lets the follower stand at the beginning without going on.
func (f *Feed) PlaceAtStart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.placed = true
}

// DeliverNext hands out an event that stands in no stream.
func (f *Feed) DeliverNext(ctx context.Context) {
	at, _ := f.where()
	f.deliver(ctx, history.Entry{Event: contacts.Event{Seq: at.seq + 1}, At: at.id})
}

// Sweep forgets connections that are closed.
func (f *Feed) Sweep() { f.sweep() }

// Subscribers counts subscriptions, and reports whether the connection has one.
func (f *Feed) Subscribers(conn session.Conn) (n int, has bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.subs), f.subs[conn] != nil
}

// Watching reports whether alerts are found in what happens.
func (f *Feed) Watching() bool {
	f.alerts.mu.Lock()
	defer f.alerts.mu.Unlock()
	return f.alerts.live
}

// Settled reports whether one alert is open and none is to be raised.
func (f *Feed) Settled() bool {
	f.alerts.mu.Lock()
	defer f.alerts.mu.Unlock()
	return len(f.alerts.open) == 1 && len(f.alerts.raise) == 0
}

// ClearAlerts is one look at what clears.
func (f *Feed) ClearAlerts(ctx context.Context, now time.Time, below map[string]time.Time) error {
	return f.clearAlerts(ctx, now, now, below)
}

// Field names an alert in the store.
func (a *Alert) Field() string { return a.field }
