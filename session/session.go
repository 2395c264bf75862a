package session

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

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

// Node is what all sessions of a process share.
type Node struct {
	Receiver Receiver // required
	Rate     int      // messages a second from one socket; default 50, negative: no limit
	Burst    int      // messages at once, default 100

	clock atomic.Int64 // Unix ms, no older than one tick
	crew  crew
}

// SetClock tells the sessions the time; frames are not worth a call of time.Now each.
func (n *Node) SetClock(now time.Time) { n.clock.Store(now.UnixMilli()) }

// Session is one client's socket. Its exported methods are safe for concurrent
// use unless they say otherwise.
type Session struct {
	// Set by Accept, read-only after.
	node *Node
	ws   *websocket.Conn
	wire wire
	v1   bool

	claim   atomic.Pointer[Claim]
	expires atomic.Int64 // Unix ms
	done    chan struct{}

	// Owned by the reader.
	in     *bufio.Reader // what the library reads from
	due    int64         // when the last message would have come at exactly the rate, Unix µs
	held   int64         // since when every message is held back, Unix µs, 0 if the last was not
	frames uint64

	turn  turn // taken while something happens to the session; see turn.go
	woken atomic.Bool
	turns atomic.Uint32 // frames handled; a peer that sends is alive
	grown atomic.Bool   // the reader's stack has

	mu sync.Mutex // guards the following
	outbox
	ending bool // no more pushes; the turn's holder will shut
	shut   bool // the close frame is next
	over   bool // no more goroutines
	code   int
	reason string

	writers sync.WaitGroup
	jobs    sync.WaitGroup // wake-ups, pings

	// Since when, in Unix ms of the node's clock, 0 if not.
	reading atomic.Int64 // a frame after its header
	writing atomic.Int64
	ended   atomic.Int64
	closing atomic.Int64

	// Owned by Tick.
	nextPing, nextBeat int64
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
func (s *Session) Renew(c *Claim) {
	s.claim.Store(c)
	s.expires.Store(c.Expires.UnixMilli())
}

// finished waits for what the session started and tells the receiver.
func (s *Session) finished(ctx context.Context) {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.writers.Wait() // what is queued, and the close frame, may still be on their way
	s.Kill()
	_ = s.ws.CloseNow() // ends a ping that waits
	s.jobs.Wait()
	code, reason := s.Why()
	s.node.Receiver.Ended(ctx, s, code, reason)
}

//nolint:gochecknoglobals // a pool
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

var errRelieved = errors.New("session: reader relieved")

// read handles frames until the session ends (nil), the socket fails, or this
// goroutine is relieved. Its frame stays on the stack while the reader rests, so
// it holds nothing.
func (s *Session) read(ctx context.Context) error {
	patient := context.WithoutCancel(ctx) // without Done: no timer per frame, Tick watches
	for {
		frame, ok := s.rest()
		if !ok {
			return errRelieved
		}
		if frame == nil {
			var err error
			if frame, err = s.frame(ctx, patient); err != nil || frame == nil {
				return err
			}
		}
		s.wire.head.Store(0)
		if s.handle(ctx, frame); s.isEnding() {
			return nil
		}
		s.grown.Store(true)
	}
}

// frame lets the library read a frame; nil without an error ends the session.
func (s *Session) frame(ctx, patient context.Context) (*[]byte, error) {
	kind, r, err := s.ws.Reader(patient)
	if err != nil {
		return nil, err //nolint:wrapcheck // blame looks at it
	}
	s.reading.Store(s.node.clock.Load())
	if kind != websocket.MessageText {
		s.finish(ctx, CloseBinary, "binary frame")
		return nil, nil
	}
	b := buffers.Get().(*[]byte)
	*b, err = readAll((*b)[:0], r)
	s.reading.Store(0)
	if err != nil {
		buffers.Put(b)
		return nil, err
	}
	return b, nil
}

// handle does what a frame asks for, and gives its buffer back.
func (s *Session) handle(ctx context.Context, frame *[]byte) {
	if !utf8.Valid(*frame) {
		buffers.Put(frame)
		s.finish(ctx, CloseUTF8, "invalid UTF-8")
		return
	}
	e, bad := envelope.Decode(*frame)
	buffers.Put(frame) // e has nothing of it
	if !s.pace() {
		s.finish(ctx, CloseTooSlow, "too many messages")
		return
	}
	s.turn.take()
	if !s.isEnding() {
		s.frames++
		s.turns.Add(1)
		s.node.Receiver.Receive(ctx, s, e, bad)
	}
	s.leave(ctx)
}

// readAll is io.ReadAll into a buffer that is used again.
func readAll(b []byte, r io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err //nolint:wrapcheck // blame looks at it
		}
	}
}

// blame finds out why reading failed. A peer that broke the protocol is given
// time to read our close frame; a socket that is gone is gone.
func (s *Session) blame(ctx context.Context, err error) {
	var op net.Error
	code := int(websocket.CloseStatus(err))
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		s.finish(ctx, CloseTooBig, "frame too big")
	case code >= 0:
		s.end(code, "client closed", 0)
		s.Kill()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe),
		errors.Is(err, net.ErrClosed), errors.As(err, &op):
		s.end(CloseLost, ReasonLost, 0)
		s.Kill()
	default:
		s.finish(ctx, CloseProtocol, "protocol error")
	}
}

// pace holds the reader back to the rate: what TCP then does to the client is
// the whole limit. It is false if the client goes on for too long, or the
// session ends.
func (s *Session) pace() bool {
	rate, burst := s.node.Rate, s.node.Burst
	if rate < 0 {
		return true
	}
	if rate == 0 {
		rate = 50
	}
	if burst == 0 {
		burst = 100
	}
	step := int64(time.Second/time.Microsecond) / int64(rate)
	now := s.node.clock.Load() * 1000
	s.due = max(s.due, now) + step
	if s.due-now <= step*int64(burst) {
		s.held = 0
		return true
	}
	now = time.Now().UnixMicro() // the clock may lag by a tick
	wait := s.due - now - step*int64(burst)
	if wait <= 0 {
		s.held = 0
		return true
	}
	if s.held == 0 {
		s.held = now
	}
	if now-s.held > floodLimit.Microseconds() {
		return false
	}
	t := time.NewTimer(time.Duration(wait) * time.Microsecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.done:
	}
	return true
}

// pinged lets a peer's ping be answered, inside the reader, at the rate of
// messages. A pong is held to the same: nobody asked for more than a few.
func (s *Session) pinged(context.Context, []byte) bool {
	s.wire.head.Store(0)
	if s.isEnding() { // read by who waits for the peer's close frame; the pace is the reader's
		return false
	}
	if !s.pace() {
		s.End(CloseTooSlow, "too many pings or pongs")
		return false
	}
	return true
}
