package session

import (
	"context"

	"agenthub/session/envelope"
)

// Request is one decoded envelope on its way to a handler.
type Request struct {
	Claim    *Claim
	Subtopic string // as spelled in the route table
	ID       string // the client's requestId, "" if it sent none
	Frame    string // the hub's own id for a frame without one, unique within the session
	Data     envelope.Fields
	Conn     Conn
}

// Conn is the socket a request came from, as much of it as a handler may use.
type Conn interface {
	// Claim is who is behind the socket now: RefreshToken may narrow it.
	Claim() *Claim
	// Push queues one text frame without blocking. It reports false when the
	// socket is gone or its queue is full; a full queue closes the socket (4008).
	Push(frame []byte) bool
	// Offer is Push for what can be had elsewhere: without room, or without a
	// socket, it reports false, and a session that is there goes on.
	Offer(frame []byte) bool
	// PushWait is Push for replays: it waits for room in the queue.
	PushWait(ctx context.Context, frame []byte) error
	// Do runs a task inside the session's turn, when it is free; see Session.Do.
	Do(ctx context.Context, task func(context.Context))
	// Done is closed when the session ends.
	Done() <-chan struct{}
}

// Handler answers one request. The answer is encoded as the message of the
// reply envelope: under "response" for channel LCM, directly for channel HUB.
// A nil answer with a nil error sends nothing. Requests of one session are
// handled one at a time, in order of arrival. An *Error reaches the client;
// any other error is logged and answered as unavailable.
type Handler func(ctx context.Context, r *Request) (any, error)

// Then is an answer with work to do after it was written, still inside the
// session's turn: a feed replays history after it said Subscribed.
type Then struct {
	Answer any
	Do     func(ctx context.Context)
}
