package session

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"agenthub/session/envelope"
)

// Every wait of a socket has a limit, and the limits are ordered: a script that
// is retried (8 s) must be over before its silent reader counts as a lost peer.
const (
	frameLimit = 5 * time.Second  // for a whole frame once its first byte came
	writeLimit = 5 * time.Second  // for one frame to leave
	floodLimit = 5 * time.Second  // of being held back without a pause
	closeLimit = 2 * time.Second  // for the peer to answer our close
	turnLimit  = 10 * time.Second // for the request in flight when the session ends
	pongLimit  = 10 * time.Second
	pingEvery  = 25 * time.Second

	// HeartbeatEvery is how often a client of agenthub.v1 hears from the hub.
	HeartbeatEvery = 20 * time.Second
)

// Receiver is what a session asks of the hub. All methods are called inside the
// session's turn, but for Ended.
type Receiver interface {
	// Receive handles one frame; err says that it was refused, and e holds what
	// could be read of it. It answers by Session.Answer.
	Receive(ctx context.Context, s *Session, e envelope.Envelope, err error)
	// Woken tells the client what changed behind its back.
	Woken(ctx context.Context, s *Session)
	// Ended is called once, by the reader, when the socket is closed.
	Ended(ctx context.Context, s *Session, code int, reason string)
}

// NodeOptions say how a Node is made.
type NodeOptions struct {
	Receiver Receiver // required
	Rate     int      // messages a second from one socket; default 50, negative: no limit
	Burst    int      // messages at once, default 100
}

// Node is what all sessions of a process share.
type Node struct {
	NodeOptions // read-only

	clock clock
}

// NewNode makes a Node whose clock starts now.
func NewNode(o NodeOptions) *Node {
	o.Rate, o.Burst = cmp.Or(o.Rate, 50), cmp.Or(o.Burst, 100)
	n := &Node{NodeOptions: o, clock: clock{start: time.Now()}}
	n.clock.set(n.clock.start)
	return n
}

// SetClock tells the sessions the time. It comes from time.Now, before each round of Ticks.
func (n *Node) SetClock(now time.Time) { n.clock.set(now) }

// Session is one client's socket. Its exported methods are safe for concurrent
// use unless they say otherwise.
type Session struct {
	// Set by Accept, read-only after.
	node *Node
	ws   *websocket.Conn
	wire wire
	v1   bool

	claim atomic.Pointer[Claim]
	done  chan struct{}

	// Owned by the reader.
	pace   pace
	frames uint64

	turn  turn // taken while something happens to the session; see turn.go
	woken atomic.Bool
	turns atomic.Uint32 // frames handled; a peer that sends is alive
	grown atomic.Bool   // the reader's stack has

	mu     sync.Mutex // guards the following
	outbox outbox
	ending bool // no more pushes; the turn's holder will shut
	shut   bool // the close frame is next
	over   bool // no more goroutines
	code   int
	reason string

	writers sync.WaitGroup
	tasks   sync.WaitGroup // wake-ups, pings, what Do was given

	// Since when, by the node's clock, 0 if not.
	reading atomic.Int64 // a frame after its header
	writing atomic.Int64
	ended   atomic.Int64
	closing atomic.Int64

	// Owned by Tick.
	nextPing, nextBeat int64
}

// Accept upgrades a request to the session of that claim. Sign-in and origin
// must have been checked: after the 101 there is no way to refuse. On error the
// response is written.
func Accept(w http.ResponseWriter, r *http.Request, node *Node, claim *Claim, protocol string) (*Session, error) {
	s := &Session{node: node, done: make(chan struct{}), turn: make(turn, 1)}
	s.wire.clock, s.wire.out = &node.clock, make(turn, 1)
	s.claim.Store(claim)
	s.v1 = protocol == envelope.ProtocolV1
	opts := &websocket.AcceptOptions{
		InsecureSkipVerify: true, // the hub compares scheme, host and port; the library does not
		OnPingReceived:     s.pinged,
		OnPongReceived:     func(ctx context.Context, b []byte) { s.pinged(ctx, b) },
	}
	if protocol != "" {
		opts.Subprotocols = []string{protocol}
	}
	ws, err := websocket.Accept(&hijacker{ResponseWriter: w, wire: &s.wire}, r, opts)
	if err != nil {
		return nil, fmt.Errorf("accept: %w", err)
	}
	ws.SetReadLimit(maxFrame)
	s.ws = ws
	s.nextPing, s.nextBeat = schedule(node.clock.at(time.Now()))
	s.turn.acquire() // until Run: nothing comes before what the hub pushes first
	return s, nil
}

// Run reads the socket until it ends, on one goroutine at a time that readers
// counts, then waits for what it started and tells the receiver. What was pushed
// before Run comes first, whoever wakes the session meanwhile. The context is the
// handlers'; to end a session call End or Kill.
func (s *Session) Run(ctx context.Context, readers *sync.WaitGroup) {
	readers.Go(func() {
		s.leave(ctx)
		s.readOn(ctx, readers)
	})
}

// Claim gives the identity behind the socket. RefreshToken replaces it, so it is
// asked for anew in each turn.
func (s *Session) Claim() *Claim { return s.claim.Load() }

// V1 reports whether the client negotiated agenthub.v1.
func (s *Session) V1() bool { return s.v1 }

// Done is closed when the session ends.
func (s *Session) Done() <-chan struct{} { return s.done }

// Frames counts the frames of this session so far. For the turn's holder.
func (s *Session) Frames() uint64 { return s.frames }

// Renew exchanges the claim for one of the same subject and moves the expiry.
// For the turn's holder.
func (s *Session) Renew(c *Claim) { s.claim.Store(c) }

// finished waits for what the session started and tells the receiver.
func (s *Session) finished(ctx context.Context) {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.writers.Wait() // what is queued, and the close frame, may still be on their way
	s.Kill()
	_ = s.ws.CloseNow() // ends a ping that waits
	s.tasks.Wait()
	code, reason := s.Why()
	s.node.Receiver.Ended(ctx, s, code, reason)
}
