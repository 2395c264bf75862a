package session

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// The bytes of a socket are the library's: it makes the handshake, reads all
// frames and writes control frames. What we do beside it stands in this file, and
// is here because the bench, side by side with a build without it, showed at least
// a twentieth of processor time, memory or latency: small buffers, the wait for the
// next frame outside the library, data frames of our own making, system calls that the
// scheduler is not told of (direct_linux.go). What showed less went: reading short
// frames past the library (2 % of a request), a pool of goroutines for what is pushed
// (3 % of an event's processor time).

const (
	maxFrame   = 16 << 10
	batchBytes = 16 << 10 // frames that leave in one system call
	maxKept    = 32 << 10 // a larger buffer is not kept for the next
	// The library keeps two buffers for the life of a socket. With the 4 KiB each
	// that are usual, an idle agent costs 18 KiB instead of 13. A control frame fits
	// into the second: so it comes to the wire in one piece, and never into the
	// middle of a text frame.
	readBuffer  = 256
	writeBuffer = 128
	// What the kernel takes for a peer that does not read hides its slowness
	// from us: left alone it grows to megabytes.
	kernelBuffer = 64 << 10
	// The library reads on while it waits for the peer's close frame, which a
	// flooder must not turn into work.
	floodPause = 20 * time.Millisecond
)

//nolint:gochecknoglobals // a pool
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

// wire is the connection below the WebSocket. Closing it ends whatever waits
// in the library at once, which cancelling a context does too, but at the price
// of a timer per frame.
type wire struct {
	net.Conn
	clock *clock
	in    *bufio.Reader // what the library reads from; set by Hijack, the reader's then

	flood atomic.Bool  // the peer sends more than it may: take it slowly
	head  atomic.Int64 // when the first byte of a frame not yet complete came, 0 if none did
	idle  idle

	out    turn // guards the following, and the order of bytes: taken while they leave
	closed bool // the library has sent a close frame, which is the last
}

// Read gives the library what the peer sent. Where the peer's bytes end no message
// does: the library (v1.8.15) takes a plain io.EOF between two of its reads for the end
// of the message, and gives out the beginning as if it were whole.
func (w *wire) Read(p []byte) (int, error) {
	if w.flood.Load() {
		<-time.After(floodPause)
	}
	n, err := w.Conn.Read(p)
	for !w.idle.waiting.Load() && errors.Is(err, os.ErrDeadlineExceeded) && w.SetReadDeadline(time.Time{}) == nil {
		n, err = w.Conn.Read(p) // interrupted in vain
	}
	if n > 0 && w.head.Load() == 0 {
		w.head.Store(w.clock.read())
	}
	if err == io.EOF { //nolint:errorlint // as a Reader gives it
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// idle is the wait for the next frame. Nearly all sockets are quiet nearly all
// the time. A reader waits outside the library, where the stack is shallow; only
// after a ping or pong, which the library keeps to itself, it waits inside for the
// next message. A request leaves it with 8 KiB of stack all the same: the next Tick
// has a goroutine whose stack is small read on. That is once a second, however busy
// the client. Without all this an idle agent costs 16 KiB instead of 13.
type idle struct {
	mu      sync.Mutex  // held while the reader waits; nobody waits for it but handOver, which interrupts the reader
	waiting atomic.Bool // the reader does
	over    atomic.Bool // nobody waits here any more
}

// await waits until something has come, or the connection has failed, of which
// the library will find out by itself. It is false if the reader was interrupted.
func (w *wire) await() bool {
	w.idle.mu.Lock()
	defer w.idle.mu.Unlock()
	if w.idle.over.Load() {
		return true
	}
	w.idle.waiting.Store(true)
	_, err := w.in.Peek(1)
	w.idle.waiting.Store(false)
	switch {
	case err == nil:
		if w.head.Load() == 0 { // its beginning came with the one before
			w.head.Store(w.clock.read())
		}
		return true
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return true
	}
	_ = w.SetReadDeadline(time.Time{}) // fails with the connection only
	return w.idle.over.Load()
}

// interrupt ends a wait. A reader that does not wait takes no notice.
func (w *wire) interrupt() { _ = w.SetReadDeadline(time.Unix(1, 0)) }

// handOver leaves the connection to the library: who waits for the peer's close
// frame reads too, and must not find the reader before it.
func (w *wire) handOver() {
	w.idle.over.Store(true)
	w.interrupt()
	w.idle.mu.Lock() // until the reader waits no more
	defer w.idle.mu.Unlock()
}

// Opcodes of RFC 6455, section 5.2.
const (
	opcode  = 0x0f
	opClose = 0x08
	opText  = 0x81 // with the mark of a last piece: each frame is a message
)

// badReason is the close frame for a peer that closes with a reason that is no UTF-8.
const badReason = "\x88\x0f\x03\xefinvalid UTF-8"

// Write takes a control frame of the library, which says a peer's reason for closing
// as it came (v1.8.15).
func (w *wire) Write(p []byte) (int, error) {
	w.out.acquire()
	defer w.out.release()
	if len(p) > 0 && p[0]&opcode == opClose {
		w.closed = true
		if said := p[min(4, len(p)):]; !utf8.Valid(said) { // behind the frame's head and the code
			_, err := io.WriteString(w.Conn, badReason)
			return len(p), err //nolint:wrapcheck // the library looks at it
		}
	}
	return w.Conn.Write(p)
}

// send writes messages in one system call. By the library's own Write an event to a
// thousand supervisors costs 1.33 times the processor time, and takes 1.16 times as
// long until all have it.
func (w *wire) send(first []byte, next func() []byte) error {
	w.out.acquire()
	defer w.out.release()
	if w.closed {
		return ErrEnded
	}
	b := gather(first, next)
	defer keep(b)
	_, err := w.Conn.Write(*b)
	return err //nolint:wrapcheck // only asked whether
}

// gather puts messages into frames, for one system call: the first, and what next
// gives until it is nil or batchBytes are together. A replay costs 0.9 µs a message
// by it, and 7.4 one by one.
func gather(first []byte, next func() []byte) *[]byte {
	b := buffers.Get().(*[]byte)
	frames, size := (*b)[:0], 0
	for message := first; message != nil; message = next() {
		frames = appendFrame(frames, message)
		if size += len(message); size >= batchBytes {
			break
		}
	}
	*b = frames
	return b
}

// keep gives a buffer back.
func keep(b *[]byte) {
	if cap(*b) <= maxKept {
		buffers.Put(b)
	}
}

// appendFrame puts a message into a text frame, which a server does not mask.
func appendFrame(b, message []byte) []byte {
	b = append(b, opText)
	switch n := len(message); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, message...)
}

// hijacker gives the library small buffers instead of the HTTP server's.
type hijacker struct {
	http.ResponseWriter
	wire *wire
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("hijack: %w", err)
	}
	h.wire.Conn = newDirect(conn)
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(kernelBuffer) // only a matter of how early slowness shows
	}
	if err := h.wire.takeOver(rw.Reader); err != nil {
		_ = conn.Close() // it is ours now, and nobody else would
		return nil, nil, fmt.Errorf("hijack: %w", err)
	}
	return h.wire, bufio.NewReadWriter(h.wire.in, bufio.NewWriterSize(h.wire, writeBuffer)), nil
}

// takeOver frees the connection of the HTTP server's limits, and keeps what the
// server has read of a client that did not wait for the 101.
func (w *wire) takeOver(server *bufio.Reader) error {
	if err := w.SetDeadline(time.Time{}); err != nil {
		return fmt.Errorf("clear deadlines: %w", err)
	}
	early, _ := server.Peek(server.Buffered())
	if len(early) > 0 {
		w.head.Store(w.clock.read())
	}
	w.in = bufio.NewReaderSize(bytes.NewReader(early), max(readBuffer, len(early)))
	if _, err := w.in.Peek(len(early)); err != nil {
		return fmt.Errorf("keep early bytes: %w", err)
	}
	return nil // the library has it read from the wire, behind what it holds
}
