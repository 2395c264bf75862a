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
	batchBytes  = 16 << 10 // frames that leave in one system call
)

// ErrEnded is returned to who waits to write to a session that is over.
var ErrEnded = errors.New("session: ended")

// outbox is one FIFO per socket. Who finds it idle writes: the reader inline,
// everybody else has the node's crew do it. Guarded by Session.mu.
type outbox struct {
	queue [][]byte
	bytes int
	busy  bool          // somebody writes
	room  chan struct{} // closed when there is room again, nil if nobody waits
}

// Answer writes the answer of the request in hand. It is for the turn's holder,
// takes effect even if the session is about to end, and does not keep the frame.
func (s *Session) Answer(frame []byte) {
	s.mu.Lock()
	if s.shut {
		s.mu.Unlock()
		return
	}
	if s.busy {
		s.enqueue(bytes.Clone(frame))
		s.mu.Unlock()
		return
	}
	s.busy = true
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
	return s.roomy() && s.push(frame)
}

// roomy reports whether what can wait may be queued. Guarded by mu.
func (s *Session) roomy() bool { return len(s.queue) < queueFrames/2 && s.bytes < queueBytes/2 }

// PushWait is Push for replays: it waits for room in the queue.
func (s *Session) PushWait(ctx context.Context, frame []byte) error {
	for {
		s.mu.Lock()
		if s.ending {
			s.mu.Unlock()
			return ErrEnded
		}
		if s.roomy() {
			s.push(frame)
			s.mu.Unlock()
			return nil
		}
		if s.room == nil {
			s.room = make(chan struct{})
		}
		room := s.room
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
	if !s.busy {
		s.busy = true
		s.writers.Add(1)
		s.node.crew.add(errand{s, frame})
		return true
	}
	return s.enqueue(frame)
}

// enqueue ends the session if the client reads too slowly: a frame that is not
// written must not be a hole nobody knows of. Guarded by mu.
func (s *Session) enqueue(frame []byte) bool {
	if len(s.queue) >= queueFrames || s.bytes+len(frame) > queueBytes {
		if !s.ending {
			s.ending, s.code, s.reason = true, CloseTooSlow, ReasonQueueFull
			s.ended.Store(s.node.clock.Load())
			close(s.done)
		}
		// What is queued could not be read in order any more. The writer is
		// stuck in a frame; it closes when that is through, or Tick does.
		s.queue, s.bytes, s.shut = nil, 0, true
		return false
	}
	s.queue = append(s.queue, frame)
	s.bytes += len(frame)
	return true
}

// write writes a frame, then what is queued until nothing is. The caller has set
// busy.
func (s *Session) write(frame []byte) {
	for ; frame != nil; frame = s.more() {
		s.writing.Store(s.node.clock.Load())
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
	frame, shut := s.first(), s.shut
	if frame == nil && !shut { // else busy stays: nobody writes after a close frame
		s.busy, s.queue = false, nil
	}
	s.mu.Unlock()
	if frame == nil && shut {
		s.handshake()
	}
	return frame
}

// idle reports whether there is nothing more to write, not even a close frame;
// then somebody else may.
func (s *Session) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) > 0 || s.shut {
		return false
	}
	s.busy, s.queue = false, nil
	return true
}

// next takes the first frame of the queue, nil if there is none.
func (s *Session) next() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first()
}

// first is next, guarded by mu.
func (s *Session) first() []byte {
	if len(s.queue) == 0 {
		return nil
	}
	frame := s.queue[0]
	s.queue[0], s.queue = nil, s.queue[1:]
	s.bytes -= len(frame)
	if s.room != nil && s.roomy() {
		close(s.room)
		s.room = nil
	}
	return frame
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
	busy := s.busy
	s.busy = true
	s.mu.Unlock()
	if !busy { // else the writer does it
		s.handshake()
	}
}

// handshake sends the close frame and waits for the peer's; Tick ends the wait.
func (s *Session) handshake() {
	code, reason := s.Why()
	s.closing.Store(s.node.clock.Load())
	s.wire.flood.Store(code == CloseTooSlow)
	if code != CloseLost {
		s.wire.rouse()
		_ = s.ws.Close(websocket.StatusCode(code), reason) // the reason is kept either way
	}
	s.Kill()
}
