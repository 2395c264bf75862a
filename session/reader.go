package session

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"agenthub/session/envelope"
)

var errReplaced = errors.New("session: another goroutine reads on")

// readOn reads until the session ends or the next goroutine reads on.
func (s *Session) readOn(ctx context.Context, readers *sync.WaitGroup) {
	err := s.read(ctx)
	if err == errReplaced { //nolint:errorlint // read returns it bare
		readers.Go(func() { s.readOn(ctx, readers) })
		return
	}
	if err != nil {
		s.readFailed(ctx, err)
	}
	s.finished(ctx)
}

// read handles frames until the session ends (nil), the socket fails, or another
// goroutine is to read on. Its frame stays on the stack while the reader waits, so
// it holds nothing.
func (s *Session) read(ctx context.Context) error {
	patient := context.WithoutCancel(ctx) // without Done: no timer per frame, Tick watches
	for {
		if !s.wire.await() {
			return errReplaced
		}
		frame, err := s.frame(ctx, patient)
		if err != nil || frame == nil {
			return err
		}
		s.wire.head.Store(0)
		if s.handle(ctx, frame); s.isEnding() {
			return nil
		}
		s.grown.Store(true)
	}
}

// replaceReader ends the wait of a reader whose stack has grown.
func (s *Session) replaceReader() {
	if s.wire.idle.waiting.Load() && s.grown.CompareAndSwap(true, false) {
		s.wire.interrupt()
	}
}

// frame lets the library read a frame; nil without an error ends the session.
func (s *Session) frame(ctx, patient context.Context) (*[]byte, error) {
	kind, r, err := s.ws.Reader(patient)
	if err != nil {
		return nil, err //nolint:wrapcheck // readFailed looks at it
	}
	s.reading.Store(s.node.clock.read())
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
	if !s.pace.hold(s.node, s.done) {
		s.finish(ctx, CloseTooSlow, "too many messages")
		return
	}
	s.turn.acquire()
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
			return b, err //nolint:wrapcheck // readFailed looks at it
		}
	}
}

// readFailed finds out why reading failed. A peer that broke the protocol is given
// time to read our close frame; a socket that is gone is gone.
func (s *Session) readFailed(ctx context.Context, err error) {
	var op net.Error
	code := int(websocket.CloseStatus(err))
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		s.finish(ctx, CloseTooBig, "frame too big")
	case code >= 0:
		if peer, _ := errors.AsType[websocket.CloseError](err); !utf8.ValidString(peer.Reason) {
			code = CloseUTF8
		}
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

// pinged lets a peer's ping be answered, inside the reader, at the rate of
// messages. A pong is held to the same: nobody asked for more than a few.
func (s *Session) pinged(context.Context, []byte) bool {
	s.wire.head.Store(0)
	if s.isEnding() { // read by who waits for the peer's close frame; the pace is the reader's
		return false
	}
	if !s.pace.hold(s.node, s.done) {
		s.End(CloseTooSlow, "too many pings or pongs")
		return false
	}
	return true
}

// pace is how fast a client sends.
type pace struct {
	due  int64 // when the last message would have come at exactly the rate, µs of the node's clock
	held int64 // since when every message is held back, 0 if the last was not
}

// hold keeps the reader back to the rate: what TCP then does to the client is
// the whole limit. It is false if the client goes on for too long, or the
// session ends.
func (p *pace) hold(node *Node, done <-chan struct{}) bool {
	if node.Rate < 0 {
		return true
	}
	step := int64(time.Second/time.Microsecond) / int64(node.Rate)
	burst := step * int64(node.Burst)
	now := node.clock.read() * 1000
	p.due = max(p.due, now) + step
	if p.due-now <= burst {
		p.held = 0
		return true
	}
	now = node.clock.exact()
	wait := p.due - now - burst
	if wait <= 0 {
		p.held = 0
		return true
	}
	if p.held == 0 {
		p.held = now
	}
	if now-p.held > floodLimit.Microseconds() {
		return false
	}
	t := time.NewTimer(time.Duration(wait) * time.Microsecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
	}
	return true
}
