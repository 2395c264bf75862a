package hub

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"agenthub/session"
)

// debt is a lost socket the store could not be told of.
type debt struct {
	claim  *session.Claim
	code   int
	reason string
}

// debts are told as soon as the store takes a beat again: until then an agent
// that does not come back would seem to be here for as long as this node lives,
// and would keep its contact until its lease is over.
type debts struct {
	mu   sync.Mutex // guards the following
	owed []debt
}

// settleWithin is what a beat may spend on debts: the next must not be late.
const settleWithin = time.Second

func (d *debts) owe(one debt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.owed = append(d.owed, one)
}

func (d *debts) next() (debt, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.owed) == 0 {
		d.owed = nil
		return debt{}, false
	}
	one := d.owed[0]
	d.owed = d.owed[1:]
	return one, true
}

// drop tells the store that a socket is lost.
func (h *Hub) drop(ctx context.Context, d debt) bool {
	err := h.opts.Claims.Drop(ctx, d.claim, d.code, d.reason)
	if err == nil {
		return true
	}
	h.sampled.Warn("drop failed, trying again", zap.String("session", d.claim.Session), zap.Error(err))
	h.debts.owe(d)
	return false
}

// settle tells the store of the sockets that were lost while it was away, and
// reports whether all are told. Of an agent who has signed in again since then
// the store knows that the news is old.
func (h *Hub) settle(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	for ctx.Err() == nil {
		d, ok := h.debts.next()
		if !ok {
			return true
		}
		if !h.drop(ctx, d) {
			return false
		}
	}
	return false
}
