package session_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// deaf takes no notice of what comes.
type deaf struct{}

func (deaf) Receive(context.Context, *session.Session, envelope.Envelope, error) {}
func (deaf) Woken(context.Context, *session.Session)                             {}
func (deaf) Ended(context.Context, *session.Session, int, string)                {}

// TestOneWhoDoesNotReadDelaysNobody pushes more than the kernel holds to many
// sockets, one of which is not read: the others have everything meanwhile, and it
// has everything, whole and in order, once it reads, the answer to a ping of it
// between two frames included.
func TestOneWhoDoesNotReadDelaysNobody(t *testing.T) {
	t.Parallel()
	const sockets, frames = 20, 60
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	node := session.NewNode(session.NodeOptions{Receiver: deaf{}})
	var readers sync.WaitGroup
	opened := make(chan *session.Session, sockets)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := session.Accept(w, r, node, &session.Claim{Identity: identity.Identity{Expires: time.Now().Add(time.Hour)}}, "")
		if err != nil {
			t.Error(err)
			return
		}
		s.Run(context.WithoutCancel(r.Context()), &readers)
		opened <- s
	}))
	defer server.Close()
	var tight *net.TCPConn
	narrow := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		tight = c.(*net.TCPConn)
		return c, tight.SetReadBuffer(4 << 10)
	}}}
	clients, sessions := make([]*websocket.Conn, sockets), make([]*session.Session, sockets)
	for i := range clients {
		through := http.DefaultClient
		if i == 0 {
			through = &narrow
		}
		c, _, err := websocket.Dial(ctx, server.URL, &websocket.DialOptions{HTTPClient: through})
		if err != nil {
			t.Fatal(err)
		}
		clients[i], sessions[i] = c, <-opened
	}
	text := func(n int) string { return fmt.Sprintf("%d %s", n, strings.Repeat(string(rune('a'+n%26)), 4000)) }
	hear := func(c *websocket.Conn, n int) error {
		_, b, err := c.Read(ctx)
		if err == nil && string(b) != text(n) {
			err = fmt.Errorf("frame %d is %.20q of %d bytes", n, b, len(b))
		}
		return err
	}
	pinged := make(chan error, 1)
	for n := range frames {
		for i, s := range sessions {
			if !s.Push([]byte(text(n))) {
				t.Fatalf("socket %d has no room for frame %d", i, n)
			}
		}
		for _, c := range clients[1:] { // one after the other, so that nothing is queued behind a frame
			if err := hear(c, n); err != nil {
				t.Fatal(err)
			}
		}
		if n == frames*2/3 {
			go func() { pinged <- clients[0].Ping(ctx) }()
		}
	}
	if err := tight.SetReadBuffer(1 << 20); err != nil {
		t.Error(err)
	}
	for n := range frames {
		if err := hear(clients[0], n); err != nil {
			t.Fatalf("who did not read: %v", err)
		}
	}
	clients[0].CloseRead(ctx) // reads the pong
	if err := <-pinged; err != nil {
		t.Error(err)
	}
	for i, c := range clients {
		_ = c.CloseNow()
		<-sessions[i].Done()
	}
	readers.Wait()
}
