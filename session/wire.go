package session

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"agenthub/session/envelope"
)

const (
	maxFrame = 16 << 10
	maxKept  = 32 << 10 // a larger buffer is not kept for the next
	// The library keeps two buffers for the life of a socket, by default 4 KiB
	// each. A request fits into the one, a control frame into the other: so it
	// comes to the wire in one piece, and never into the middle of a text frame.
	readBuffer  = 256
	writeBuffer = 128
	// What the kernel takes for a peer that does not read hides its slowness
	// from us: left alone it grows to megabytes.
	kernelBuffer = 64 << 10
	// The library reads on while it waits for the peer's close frame, which a
	// flooder must not turn into work.
	floodPause = 20 * time.Millisecond
)

// wire is the connection below the WebSocket. Closing it ends whatever waits
// in the library at once, which cancelling a context does too, but at the price
// of a timer per frame.
type wire struct {
	net.Conn
	clock *atomic.Int64

	flood atomic.Bool  // the peer sends more than it may: take it slowly
	head  atomic.Int64 // when the first byte of a frame not yet complete came, 0 if none did

	bed bed

	out    turn // guards the following, and the order of bytes: taken while they leave
	closed bool // the library has sent a close frame, which is the last
}

// Opcodes of RFC 6455, section 5.2.
const (
	opcode  = 0x0f
	opClose = 0x08
	opText  = 0x81 // with the mark of a last piece: each frame is a message
	masked  = 0x80 // in the next byte, with the size: what a client sends is
)

func (w *wire) Read(p []byte) (int, error) {
	if w.flood.Load() {
		<-time.After(floodPause)
	}
	n, err := w.Conn.Read(p)
	for !w.bed.resting.Load() && errors.Is(err, os.ErrDeadlineExceeded) && w.SetReadDeadline(time.Time{}) == nil {
		n, err = w.Conn.Read(p) // nudged in vain
	}
	if n > 0 && w.head.Load() == 0 {
		w.head.Store(w.clock.Load())
	}
	return n, err
}

// Write takes a control frame of the library.
func (w *wire) Write(p []byte) (int, error) {
	w.out.take()
	defer w.out.giveBack()
	w.closed = w.closed || len(p) > 0 && p[0]&opcode == opClose
	return w.Conn.Write(p)
}

// send writes messages in one system call. The library's own Write takes two locks
// for each, which was a quarter of the cost of an event to a supervisor.
func (w *wire) send(first []byte, next func() []byte) error {
	w.out.take()
	defer w.out.giveBack()
	if w.closed {
		return ErrEnded
	}
	b := gather(first, next)
	defer keep(b)
	_, err := w.Conn.Write(*b)
	return err //nolint:wrapcheck // only asked whether
}

// gather puts messages into frames, for one system call: the first, and what next
// gives until it is nil or batchBytes are together.
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
	wire  *wire
	in    *bufio.Reader // set by Hijack
	early bool          // the client sent before it had the 101
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("hijack: %w", err)
	}
	h.wire.Conn = conn
	r, err := h.wire.takeOver(rw.Reader)
	if err != nil {
		_ = conn.Close() // it is ours now, and nobody else would
		return nil, nil, fmt.Errorf("hijack: %w", err)
	}
	h.in, h.early = r, r.Buffered() > 0
	return h.wire, bufio.NewReadWriter(r, bufio.NewWriterSize(h.wire, writeBuffer)), nil
}

// takeOver frees the connection of the HTTP server's limits, and keeps what the
// server has read of a client that did not wait for the 101.
func (w *wire) takeOver(server *bufio.Reader) (*bufio.Reader, error) {
	if err := w.SetDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("clear deadlines: %w", err)
	}
	if tcp, ok := w.Conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(kernelBuffer) // only a matter of how early slowness shows
	}
	early, _ := server.Peek(server.Buffered())
	if len(early) > 0 {
		w.head.Store(w.clock.Load())
	}
	r := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(early)), w), max(readBuffer, len(early)))
	if _, err := r.Peek(len(early)); err != nil {
		return nil, fmt.Errorf("keep early bytes: %w", err)
	}
	return r, nil
}

// Accept upgrades a request to the session of that claim. Sign-in and origin
// must have been checked: after the 101 there is no way to refuse. On error the
// response is written.
func Accept(w http.ResponseWriter, r *http.Request, node *Node, claim *Claim, protocol string) (*Session, error) {
	s := &Session{node: node, done: make(chan struct{}), turn: make(turn, 1)}
	s.wire.clock, s.wire.out = &node.clock, make(turn, 1)
	s.claim.Store(claim)
	s.v1 = protocol == envelope.ProtocolV1
	s.expires.Store(claim.Expires.UnixMilli())
	opts := &websocket.AcceptOptions{
		InsecureSkipVerify: true, // the hub compares scheme, host and port; the library does not
		OnPingReceived:     s.pinged,
		OnPongReceived:     func(ctx context.Context, b []byte) { s.pinged(ctx, b) },
	}
	if protocol != "" {
		opts.Subprotocols = []string{protocol}
	}
	hj := &hijacker{ResponseWriter: w, wire: &s.wire}
	ws, err := websocket.Accept(hj, r, opts)
	if err != nil {
		return nil, fmt.Errorf("accept: %w", err)
	}
	ws.SetReadLimit(maxFrame)
	s.ws, s.in = ws, hj.in
	if !hj.early { // the library has put a reader of two before the wire
		s.in.Reset(&s.wire)
	}
	s.schedule(time.Now())
	s.turn.take() // until Run: nothing comes before what the hub pushes first
	return s, nil
}
