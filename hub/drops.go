package hub

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"agenthub/session"
)

// drop is a lost socket, of which the store is to know.
type drop struct {
	claim  *session.Claim
	code   int
	reason string
}

// pendingDrops are those the store could not be told of. They are told as soon as
// it takes a beat again: until then an agent that does not come back would seem to
// be here for as long as this node lives, and would keep its contact until its
// lease is over.
type pendingDrops struct {
	mu   sync.Mutex // guards the following
	list []drop
}

// dropWithin is what a beat may spend on pending drops: the next must not be late.
const dropWithin = time.Second

func (p *pendingDrops) add(d drop) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, d)
}

func (p *pendingDrops) next() (drop, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.list) == 0 {
		p.list = nil
		return drop{}, false
	}
	d := p.list[0]
	p.list = p.list[1:]
	return d, true
}

// drop tells the store that a socket is lost.
func (h *Hub) drop(ctx context.Context, d drop) bool {
	err := h.opts.Claims.Drop(ctx, d.claim, d.code, d.reason)
	if err == nil {
		return true
	}
	h.sampled.Warn("drop failed, trying again", zap.String("session", d.claim.Session), zap.Error(err))
	h.pending.add(d)
	return false
}

// dropPending tells the store of the sockets that were lost while it was away, and
// reports whether all are told. Of an agent who has signed in again since then
// the store knows that the news is old.
func (h *Hub) dropPending(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, dropWithin)
	defer cancel()
	for ctx.Err() == nil {
		d, ok := h.pending.next()
		if !ok {
			return true
		}
		if !h.drop(ctx, d) {
			return false
		}
	}
	return false
}
