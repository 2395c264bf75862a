package session

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Rest. Nearly all sockets are quiet nearly all the time, so what a quiet one
// costs is what ten thousand agents cost. A reader waits for the next frame
// outside the library, where the stack is shallow; only after a ping or pong, which
// the library keeps to itself, it waits inside for the next message. A request
// leaves it with 8 KiB of stack all the same: the next Tick relieves the reader, and
// a goroutine whose stack is small reads on. That is once a second, however busy
// the client.

// bed is where the reader of a wire rests.
type bed struct {
	mu      sync.Mutex // held while the reader rests; nobody waits for it but rouse, which wakes the reader
	resting atomic.Bool
	up      atomic.Bool // nobody rests any more
}

// rest waits until something has come, or the connection has failed, of which
// the library will find out by itself. It is false if the reader is relieved. A
// whole frame of text is taken at once; nil leaves what has come to the library.
func (s *Session) rest() (frame *[]byte, ok bool) {
	w := &s.wire
	w.bed.mu.Lock()
	defer w.bed.mu.Unlock()
	if w.bed.up.Load() {
		return nil, true
	}
	w.bed.resting.Store(true)
	_, err := s.in.Peek(1)
	w.bed.resting.Store(false)
	if err == nil {
		frame := s.take()
		if frame == nil && w.head.Load() == 0 { // its beginning came with the one before
			w.head.Store(w.clock.Load())
		}
		return frame, true
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, true
	}
	_ = w.SetReadDeadline(time.Time{}) // fails with the connection only
	return nil, w.bed.up.Load()
}

// take reads the text frame that lies in the buffer, nil if there is none, or not
// all of it, or more than a short one. The library takes a lock and looks at its
// state three times for each frame, which was a twentieth of a request. It reads
// only when the reader asks it to, or after rouse, which waits for the bed.
func (s *Session) take() *[]byte {
	in, _ := s.in.Peek(s.in.Buffered())
	if len(in) < 2 || in[0] != opText || in[1] < masked {
		return nil
	}
	size, at := int(in[1]-masked), 2
	if size == 126 && len(in) >= 4 {
		size, at = int(binary.BigEndian.Uint16(in[2:])), 4
	}
	if size > 126 && at == 2 || len(in) < at+4+size {
		return nil
	}
	key, payload := in[at:at+4], in[at+4:at+4+size]
	b := buffers.Get().(*[]byte)
	text := append((*b)[:0], payload...)
	for i := range text {
		text[i] ^= key[i&3]
	}
	*b = text
	_, _ = s.in.Discard(at + 4 + size) // it is there
	return b
}

// nudge ends a rest. A reader that does not rest takes no notice.
func (w *wire) nudge() { _ = w.SetReadDeadline(time.Unix(1, 0)) }

// rouse leaves the connection to the library: who waits for the peer's close
// frame reads too, and must not find the reader before it.
func (w *wire) rouse() {
	w.bed.up.Store(true)
	w.nudge()
	w.bed.mu.Lock() // until the reader is up
	defer w.bed.mu.Unlock()
}

// relieve ends the rest of a reader whose stack has grown.
func (s *Session) relieve() {
	if s.wire.bed.resting.Load() && s.grown.CompareAndSwap(true, false) {
		s.wire.nudge()
	}
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

// readOn reads until the session ends or the next goroutine reads on.
func (s *Session) readOn(ctx context.Context, readers *sync.WaitGroup) {
	err := s.read(ctx)
	if err == errRelieved { //nolint:errorlint // read returns it bare
		readers.Go(func() { s.readOn(ctx, readers) })
		return
	}
	if err != nil {
		s.blame(ctx, err)
	}
	s.finished(ctx)
}
