package session

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// script is a connection whose peer sends what is written down, and hears nothing.
type script struct {
	net.Conn
	in     []byte
	pieces []byte // how many bytes come at once; 0: the reader is interrupted instead
	end    error  // what comes behind them; nil: io.EOF
	out    bytes.Buffer
	closed bool
}

func (c *script) Read(p []byte) (int, error) {
	switch {
	case c.closed:
		return 0, net.ErrClosed
	case len(c.in) == 0:
		return 0, cmp.Or(c.end, io.EOF)
	}
	n := len(c.in)
	if len(c.pieces) > 0 {
		n, c.pieces = min(n, int(c.pieces[0])), c.pieces[1:]
		if n == 0 {
			return 0, os.ErrDeadlineExceeded
		}
	}
	n = copy(p, c.in[:n])
	c.in = c.in[n:]
	return n, nil
}

func (c *script) Write(p []byte) (int, error) {
	if c.closed {
		return 0, net.ErrClosed
	}
	return c.out.Write(p)
}

func (c *script) Close() error {
	c.closed = true
	return nil
}

func (c *script) SetDeadline(time.Time) error     { return nil }
func (c *script) SetReadDeadline(time.Time) error { return nil }

// upgrade is a request for a socket on the connection, of which the HTTP server
// has read some bytes already.
func upgrade(c *script, early int) (http.ResponseWriter, *http.Request) {
	server := bufio.NewReader(bytes.NewReader(c.in[:early]))
	_, _ = server.Peek(early)
	c.in = c.in[early:]
	r := httptest.NewRequest(http.MethodGet, "/ws", nil)
	r.Header = http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="},
	}
	return upgraded{httptest.NewRecorder(), c, server}, r
}

type upgraded struct {
	*httptest.ResponseRecorder
	conn   net.Conn
	server *bufio.Reader
}

func (u upgraded) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return u.conn, bufio.NewReadWriter(u.server, bufio.NewWriter(u.conn)), nil
}

type nobody struct{}

func (nobody) Receive(context.Context, *Session, envelope.Envelope, error) {}
func (nobody) Woken(context.Context, *Session)                             {}
func (nobody) Ended(context.Context, *Session, int, string)                {}

func accept(t *testing.T, c *script, early int) *Session {
	t.Helper()
	w, r := upgrade(c, early)
	claim := &Claim{Identity: identity.Identity{Expires: time.Now().Add(time.Hour)}}
	s, err := Accept(w, r, NewNode(NodeOptions{Receiver: nobody{}, Rate: -1}), claim, "")
	if err != nil {
		t.Fatal(err)
	}
	s.turn.release() // as Run does
	return s
}

// heard is what came of a client's bytes.
type heard struct {
	messages []string
	pongs    []string
	code     int
}

// ours reads as Session.read does, but for what is done with a message.
func ours(t *testing.T, stream, pieces []byte, early int) (h heard) {
	t.Helper()
	c := &script{in: stream, pieces: pieces}
	s := accept(t, c, early)
	for !s.isEnding() {
		if !s.wire.await() {
			continue // the next goroutine reads on
		}
		frame, err := s.frame(t.Context(), context.WithoutCancel(t.Context()))
		switch {
		case err != nil:
			s.readFailed(t.Context(), err)
		case frame != nil && !utf8.Valid(*frame):
			s.finish(t.Context(), CloseUTF8, "invalid UTF-8")
		case frame != nil:
			h.messages = append(h.messages, string(*frame))
			s.wire.head.Store(0)
		}
	}
	h.code, _ = s.Why()
	h.pongs, _ = controls(t, c.out.Bytes())
	return h
}

// theirs reads by the library alone, from a connection whose end is no message's.
func theirs(t *testing.T, stream []byte) (h heard) {
	t.Helper()
	c := &script{in: stream, end: io.ErrUnexpectedEOF}
	w, r := upgrade(c, 0)
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	ws.SetReadLimit(maxFrame)
	for h.code == 0 {
		kind, r, err := ws.Reader(context.WithoutCancel(t.Context()))
		var text []byte
		if err == nil && kind == websocket.MessageText { // a binary one is refused by its first frame
			text, err = io.ReadAll(r)
		}
		switch {
		case err != nil:
			var code int
			if h.pongs, code = controls(t, c.out.Bytes()); code != 0 {
				h.code = code
			} else if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				h.code = CloseLost
			} else {
				h.code = CloseProtocol // the library has nothing to say to such a peer
			}
			return h
		case kind == websocket.MessageBinary:
			h.code = CloseBinary
		case !utf8.Valid(text):
			h.code = CloseUTF8
		default:
			h.messages = append(h.messages, string(text))
		}
	}
	h.pongs, _ = controls(t, c.out.Bytes())
	return h
}

// controls reads the control frames a server wrote: its pongs, and the code of its close frame, 0 if none.
func controls(t *testing.T, out []byte) (pongs []string, code int) {
	t.Helper()
	for len(out) > 0 {
		n := int(out[1])
		if n > 125 {
			t.Fatalf("% x is no control frame", out)
		}
		switch payload := out[2 : 2+n]; {
		case out[0] == 0x8a:
			pongs = append(pongs, string(payload))
		case out[0] == 0x88 && n == 0:
			code = int(websocket.StatusNoStatusRcvd)
		case out[0] == 0x88 && !utf8.Valid(payload[2:]): // the library says the peer's reason again
			code = CloseUTF8
		case out[0] == 0x88:
			code = int(binary.BigEndian.Uint16(payload))
		default:
			t.Fatalf("% x is no control frame", out)
		}
		out = out[2+n:]
	}
	return pongs, code
}

// clientFrame makes a frame as a client does.
func clientFrame(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	key := []byte{0x01, 0x82, 0x43, 0xc4}
	b = append(b, key...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i%4])
	}
	return b
}

// The same bytes give the same messages and the same refusal as the library alone,
// however they come, and however often the reader is called away.
func FuzzReadingFrames(f *testing.F) {
	const fin = 0x80
	skip := `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"userID":"testagent"}}`
	text, closed := clientFrame(fin|1, skip), clientFrame(fin|8, "\x03\xe8bye")
	for _, stream := range [][]byte{
		text,
		slices.Concat(text, clientFrame(fin|9, "x"), text, closed, text),
		slices.Concat(clientFrame(1, skip[:10]), clientFrame(fin|9, ""), clientFrame(0, skip[10:20]), clientFrame(fin, skip[20:])),
		slices.Concat(clientFrame(fin|1, strings.Repeat(" ", 200)), clientFrame(fin|1, strings.Repeat("y", 300)), text[:9]),
		clientFrame(fin|1, strings.Repeat(" ", maxFrame)),
		clientFrame(fin|1, strings.Repeat(" ", maxFrame+1)),
		clientFrame(fin|1, "\xff"), clientFrame(fin|2, "{}"), clientFrame(fin|0x40|1, "{}"), clientFrame(fin|3, ""),
		clientFrame(2, ""), clientFrame(fin, "{}"), clientFrame(9, ""), clientFrame(fin|9, strings.Repeat("x", 126)),
		append(clientFrame(1, "{"), text...),
		{fin | 1, 2, '{', '}'},
		{fin | 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},
		clientFrame(fin|8, ""), clientFrame(fin|8, "\x03"), clientFrame(fin|8, "\x03\xed"), clientFrame(fin|8, "\x13\x88"),
		clientFrame(fin|8, "\x03\xe8\xff"), clientFrame(fin|8, "\x03\xe8€"),
	} {
		f.Add(stream, []byte{}, 0)
		f.Add(stream, []byte{1, 0, 2, 0, 0, 5, 9, 64, 0, 255}, 3)
		f.Add(stream, []byte{0, 7}, 4<<10)
	}
	f.Fuzz(func(t *testing.T, stream, pieces []byte, early int) {
		early = max(0, min(early, len(stream), 4<<10))
		want := theirs(t, stream)
		if got := ours(t, stream, pieces, early); !reflect.DeepEqual(got, want) {
			t.Errorf("% x in pieces of %d, %d early: %+v, the library alone: %+v", stream, pieces, early, got, want)
		}
	})
}

// A message that breaks off is none, wherever it does.
func TestHalfAMessageIsNone(t *testing.T) {
	whole := clientFrame(0x81, strings.Repeat(" ", 5000))
	for n := 1; n < len(whole); n++ {
		if got := ours(t, whole[:n], nil, 0); got.messages != nil || got.code != CloseLost {
			t.Errorf("%d of %d bytes: %d messages, %d", n, len(whole), len(got.messages), got.code)
		}
	}
}

// roundTripper answers an upgrade with a connection on which a server has written.
type roundTripper struct{ *script }

func (c roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	header := http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Accept": {base64.StdEncoding.EncodeToString(sum[:])},
	}
	return &http.Response{StatusCode: http.StatusSwitchingProtocols, Header: header, Body: c.script, Request: r}, nil
}

// What we write, the library reads: each message whole and in order, alone or
// behind others in one write, and nothing behind a close frame.
func FuzzWritingFrames(f *testing.F) {
	f.Add([]byte("{}"), []byte{0}, 0)
	f.Add([]byte("one"), []byte{0, 1, 125, 126, 127}, 0)
	f.Add([]byte(strings.Repeat("x", 255)), []byte{200, 255, 3, 4, 5}, 1<<16)
	f.Add([]byte("y"), bytes.Repeat([]byte{255}, 100), 1)
	f.Fuzz(func(t *testing.T, text, sizes []byte, more int) {
		sizes = sizes[:min(len(sizes), 200)]
		var queue [][]byte
		for i, size := range sizes {
			n := int(size)
			if i == 0 { // one may need the longest header
				n += max(0, min(more, 1<<17))
			}
			queue = append(queue, bytes.Repeat(append(text, 'a'), n/(len(text)+1)+1)[:n])
		}
		c := &script{}
		s := accept(t, c, 0)
		sent := 0
		next := func() []byte {
			if sent == len(queue) {
				return nil
			}
			sent++
			return queue[sent-1]
		}
		for message := next(); message != nil; message = next() {
			if err := s.wire.send(message, next); err != nil {
				t.Fatal(err)
			}
		}
		_ = s.ws.Close(websocket.StatusNormalClosure, "")
		if err := s.wire.send([]byte("late"), func() []byte { return nil }); !errors.Is(err, ErrEnded) {
			t.Errorf("behind the close frame: %v", err)
		}
		client, _, err := websocket.Dial(t.Context(), "ws://hub/ws", &websocket.DialOptions{
			HTTPClient: &http.Client{Transport: roundTripper{&script{in: c.out.Bytes()}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer client.CloseNow()
		client.SetReadLimit(-1)
		for i, want := range queue {
			kind, got, err := client.Read(t.Context())
			if err != nil || kind != websocket.MessageText || !bytes.Equal(got, want) {
				t.Fatalf("message %d: %v of %d bytes, %v, want text of %d", i, kind, len(got), err, len(want))
			}
		}
		if _, _, err := client.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
			t.Errorf("at the end: %v", err)
		}
	})
}
