package hub

import (
	"context"

	"agenthub/session"
)

// Claims is what the hub needs of a store to give each agent one live session.
type Claims interface {
	// Open makes c the agent's only session, sets c.Epoch and c.Shown and
	// returns what Hello tells. Refusals: identity.ErrTakeoverLimit, ErrStaleTicket, ErrRevoked.
	// After any other error c may be the agent's session all the same: it is to be dropped.
	Open(ctx context.Context, c *session.Claim) (session.Opened, error)
	// Drop records a lost socket: the grace period begins. A stale epoch is no error;
	// a claim without one is known by its session.
	Drop(ctx context.Context, c *session.Claim, code int, reason string) error
	// Close ends the session now (sign-out): a reserved contact goes back, a dialled one to review.
	Close(ctx context.Context, c *session.Claim) error
	// Wake compares what c was shown with what the store says and returns the
	// difference as pushes (agenthub.v1 only). It runs inside the session's turn.
	Wake(ctx context.Context, c *session.Claim) ([]session.Push, error)
	// Narrow says that c serves fewer campaigns than before: its token was refreshed.
	// What was only reserved of another one goes back, and Wake tells.
	Narrow(ctx context.Context, c *session.Claim) error
	// Rejoin tells a store that may have forgotten the session (a failover, or this
	// node was taken for dead) that it lives.
	Rejoin(ctx context.Context, c *session.Claim) error
	// Beat keeps this node's sessions alive for one node lease.
	Beat(ctx context.Context) error
}
