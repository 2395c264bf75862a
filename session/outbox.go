package session

import (
	"bytes"
	"context"
	"errors"

	"github.com/coder/websocket"
)

const (
	queueFrames = 256
	queueBytes  = 256 << 10
)

// ErrEnded is returned to who waits to write to a session that is over.
var ErrEnded = errors.New("session: ended")

// outbox is one FIFO per socket. Who finds it idle writes: the reader inline,
// everybody else starts a writer, so that no peer is waited for. Guarded by Session.mu.
type outbox struct {
	queue [][]byte
	bytes int
	busy  bool          // somebody writes
	room  chan struct{} // closed when there is room again, nil if nobody waits
}

// roomy reports whether what can wait may be queued.
func (o *outbox) roomy() bool { return len(o.queue) < queueFrames/2 && o.bytes < queueBytes/2 }

// add queues a frame, if there is room.
func (o *outbox) add(frame []byte) bool {
	if len(o.queue) >= queueFrames || o.bytes+len(frame) > queueBytes {
		return false
	}
	o.queue = append(o.queue, frame)
	o.bytes += len(frame)
	return true
}

// first takes the first frame of the queue, nil if there is none.
func (o *outbox) first() []byte {
	if len(o.queue) == 0 {
		return nil
	}
	frame := o.queue[0]
	o.queue[0], o.queue = nil, o.queue[1:]
	o.bytes -= len(frame)
	if o.room != nil && o.roomy() {
		close(o.room)
		o.room = nil
	}
	return frame
}

// Answer writes the answer of the request in hand. It is for the turn's holder,
// takes effect even if the session is about to end, and does not keep the frame.
func (s *Session) Answer(frame []byte) {
	s.mu.Lock()
	if s.shut {
		s.mu.Unlock()
		return
	}
	if s.outbox.busy {
		s.enqueue(bytes.Clone(frame))
		s.mu.Unlock()
		return
	}
	s.outbox.busy = true
	s.mu.Unlock()
	s.write(frame)
}

// Push queues one text frame without blocking, and keeps it. It reports false
// when the socket is gone or its queue is full; a full queue ends the session.
func (s *Session) Push(frame []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.push(frame)
}

// Offer is Push for what can be had elsewhere: when the queue is half full it
// reports false, and the session goes on.
func (s *Session) Offer(frame []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outbox.roomy() && s.push(frame)
}

// PushWait is Push for replays: it waits for room in the queue.
func (s *Session) PushWait(ctx context.Context, frame []byte) error {
	for {
		s.mu.Lock()
		if s.ending {
			s.mu.Unlock()
			return ErrEnded
		}
		if s.outbox.roomy() {
			s.push(frame)
			s.mu.Unlock()
			return nil
		}
		if s.outbox.room == nil {
			s.outbox.room = make(chan struct{})
		}
		room := s.outbox.room
		s.mu.Unlock()
		select {
		case <-room:
		case <-s.done:
			return ErrEnded
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // the caller's own
		}
	}
}

// push queues and sees to it that somebody writes. Guarded by mu.
func (s *Session) push(frame []byte) bool {
	if s.ending || s.over {
		return false
	}
	if !s.outbox.busy {
		s.outbox.busy = true
		s.writers.Go(func() { s.write(frame) })
		return true
	}
	return s.enqueue(frame)
}

// enqueue ends the session if the client reads too slowly: a frame that is not
// written must not be a hole nobody knows of. Guarded by mu.
func (s *Session) enqueue(frame []byte) bool {
	if s.outbox.add(frame) {
		return true
	}
	if !s.ending {
		s.ending, s.code, s.reason = true, CloseTooSlow, ReasonQueueFull
		s.ended.Store(s.node.clock.read())
		close(s.done)
	}
	// What is queued could not be read in order any more. The writer is
	// stuck in a frame; it closes when that is through, or Tick does.
	s.outbox.queue, s.outbox.bytes, s.shut = nil, 0, true
	return false
}

// write writes a frame, then what is queued until nothing is. The caller has made
// the outbox busy.
func (s *Session) write(frame []byte) {
	for ; frame != nil; frame = s.more() {
		s.writing.Store(s.node.clock.read())
		if s.wire.send(frame, s.next) != nil {
			s.Kill()
		}
		s.writing.Store(0)
	}
}

// more takes the first frame of the queue for who writes. Without one, somebody
// else may write, or the session is shut.
func (s *Session) more() []byte {
	s.mu.Lock()
	frame, shut := s.outbox.first(), s.shut
	if frame == nil && !shut { // else it stays busy: nobody writes after a close frame
		s.outbox.busy, s.outbox.queue = false, nil
	}
	s.mu.Unlock()
	if frame == nil && shut {
		s.closeHandshake()
	}
	return frame
}

// next takes the first frame of the queue, nil if there is none.
func (s *Session) next() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outbox.first()
}

// close sends the close frame behind everything that is queued. For the turn's
// holder, once the session is ending.
func (s *Session) close() {
	s.mu.Lock()
	if s.shut {
		s.mu.Unlock()
		return
	}
	s.shut = true
	busy := s.outbox.busy
	s.outbox.busy = true
	s.mu.Unlock()
	if !busy { // else the writer does it
		s.closeHandshake()
	}
}

// closeHandshake sends the close frame and waits for the peer's; Tick ends the wait.
func (s *Session) closeHandshake() {
	code, reason := s.Why()
	s.closing.Store(s.node.clock.read())
	s.wire.flood.Store(code == CloseTooSlow)
	if code != CloseLost {
		s.wire.handOver()
		_ = s.ws.Close(websocket.StatusCode(code), reason) // the reason is kept either way
	}
	s.Kill()
}
