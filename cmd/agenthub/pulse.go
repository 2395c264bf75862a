package main

import (
	"context"
	"sync/atomic"
	"time"

	"agenthub/contacts/desk"
)

// pulse is the store with a memory of this node's beats: whoever has not beaten
// steadily for a while must not take others for dead.
type pulse struct {
	*desk.Desk
	first atomic.Int64 // Unix ms of the first beat of the present row
	last  atomic.Int64 // and of its newest
}

// longestPause between two beats of one row; the hub beats every 5 s.
const longestPause = 7 * time.Second

// Beat keeps the node's lease (hub.Claims).
func (p *pulse) Beat(ctx context.Context) error {
	if err := p.Desk.Beat(ctx); err != nil {
		return err
	}
	now := time.Now().UnixMilli()
	if now-p.last.Load() > longestPause.Milliseconds() {
		p.first.Store(now)
	}
	p.last.Store(now)
	return nil
}

// steady reports whether the node has beaten without a pause for so long.
func (p *pulse) steady(long time.Duration) bool {
	now, first, last := time.Now().UnixMilli(), p.first.Load(), p.last.Load()
	return now-last <= longestPause.Milliseconds() && now-first >= long.Milliseconds()
}
