package hub

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

var secret = []byte("0123456789abcdef0123456789abcdef")

// fakeClaims is a store that knows epochs and nothing else.
type fakeClaims struct {
	opened session.Opened
	open   func(c *session.Claim) error
	wake   func(c *session.Claim) ([]session.Push, error)
	narrow func(c *session.Claim) error
	beat   func() error

	mu    sync.Mutex // guards the following
	epoch int
	drops []string
	ended []string
}

func (f *fakeClaims) Open(_ context.Context, c *session.Claim) (session.Opened, error) {
	if f.open != nil {
		if err := f.open(c); err != nil {
			return session.Opened{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.epoch++
	c.Epoch = strconv.Itoa(f.epoch)
	return f.opened, nil
}

func (f *fakeClaims) Drop(_ context.Context, c *session.Claim, code int, reason string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drops = append(f.drops, string(c.Agent)+" "+strconv.Itoa(code)+" "+reason)
	return nil
}

func (f *fakeClaims) dropped() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.drops...)
}

func (f *fakeClaims) Close(_ context.Context, c *session.Claim) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = append(f.ended, string(c.Agent))
	return nil
}

func (f *fakeClaims) Wake(_ context.Context, c *session.Claim) ([]session.Push, error) {
	if f.wake == nil {
		return nil, nil
	}
	return f.wake(c)
}

func (f *fakeClaims) Narrow(_ context.Context, c *session.Claim) error {
	if f.narrow == nil {
		return nil
	}
	return f.narrow(c)
}

func (f *fakeClaims) Rejoin(context.Context, *session.Claim) error { return nil }

func (f *fakeClaims) Beat(context.Context) error {
	if f.beat == nil {
		return nil
	}
	return f.beat()
}

// fakeTickets keeps tickets in a map.
type fakeTickets struct {
	mu      sync.Mutex // guards the following
	n       int
	tickets map[string]identity.Ticket
	revoked map[identity.AgentID]time.Time
}

func (f *fakeTickets) Issue(_ context.Context, t identity.Ticket) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	ticket := ("ticket" + strconv.Itoa(f.n) + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")[:42] + "A"
	if f.tickets == nil {
		f.tickets = map[string]identity.Ticket{}
	}
	t.IssuedAt = time.Now()
	f.tickets[ticket] = t
	return ticket, nil
}

func (f *fakeTickets) Redeem(_ context.Context, ticket string) (identity.Ticket, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, ok := f.tickets[ticket]
	delete(f.tickets, ticket)
	if !ok || time.Since(t.IssuedAt) > identity.TicketLife {
		return identity.Ticket{}, identity.ErrTicket
	}
	return t, nil
}

func (f *fakeTickets) Revoked(_ context.Context, id *identity.Identity) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return id.IssuedAt.Before(f.revoked[id.Agent]), nil
}

// testNode is a hub with a server on connections in memory.
type testNode struct {
	*Hub
	claims  *fakeClaims
	tickets *fakeTickets
	logs    *observer.ObservedLogs
	ln      *memListener
	srv     *http.Server
}

func startNode(t *testing.T, change func(*Options)) *testNode {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	verifier, err := identity.NewVerifier(identity.VerifierOptions{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	n := &testNode{claims: &fakeClaims{}, tickets: &fakeTickets{}, logs: logs, ln: newMemListener()}
	o := Options{
		Claims: n.claims, Tickets: n.tickets, Verifier: verifier, Node: "n1", Log: zap.New(core),
		Routes: []Route{
			{
				Channel: "LCM", Topic: "WebService", Subtopic: "SkipNonPEWCContact", Reply: "SkipNonPEWCContactResult",
				Roles: []identity.Role{identity.RoleAgent}, AgentKey: true,
				Handle: func(context.Context, *session.Request) (any, error) { return envelope.OK{}, nil },
			},
		},
	}
	if change != nil {
		change(&o)
	}
	if n.Hub, err = New(o); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/ws", n.Hub)
	mux.HandleFunc("/api/v1/tickets", n.ServeTickets)
	n.srv = &http.Server{Handler: mux}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { n.Run(ctx) })
	wg.Go(func() { _ = n.srv.Serve(n.ln) })
	t.Cleanup(func() {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		n.Drain(over)
		_ = n.srv.Close()
		stop()
		wg.Wait()
	})
	synctest.Wait()
	return n
}

// client is one connected client of the hub.
type client struct {
	t  *testing.T
	ws *websocket.Conn
}

func token(t *testing.T, agent string, change func(*identity.Identity)) string {
	t.Helper()
	id := identity.Identity{Agent: identity.AgentID(agent), Role: identity.RoleAgent}
	if change != nil {
		change(&id)
	}
	tok, err := identity.Sign(secret, id, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func asSupervisor(id *identity.Identity) { id.Role = identity.RoleSupervisor }

func (n *testNode) try(t *testing.T, header http.Header, protocols ...string) (*client, *http.Response) {
	t.Helper()
	ws, res, err := websocket.Dial(t.Context(), "ws://127.0.0.1/ws", &websocket.DialOptions{
		HTTPClient: n.ln.client(), HTTPHeader: header, Subprotocols: protocols,
	})
	if err != nil {
		return nil, res
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &client{t, ws}, res
}

func (n *testNode) dial(t *testing.T, token string, protocols ...string) *client {
	t.Helper()
	c, res := n.try(t, http.Header{"Authorization": {"Bearer " + token}}, protocols...)
	if c == nil {
		t.Fatalf("dial: %v", res)
	}
	return c
}

// v1 dials as a client of agenthub.v1 and reads Hello.
func (n *testNode) v1(t *testing.T, agent string) *client {
	t.Helper()
	c := n.dial(t, token(t, agent, nil), envelope.ProtocolV1)
	c.read()
	return c
}

func (c *client) send(frame string) {
	c.t.Helper()
	if err := c.ws.Write(c.t.Context(), websocket.MessageText, []byte(frame)); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// read gives the next frame that is no heartbeat.
func (c *client) read() string {
	c.t.Helper()
	for {
		ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
		_, b, err := c.ws.Read(ctx)
		cancel()
		if err != nil {
			c.t.Fatalf("read: %v", err)
		}
		if frame := string(b); !isHeartbeat(frame) {
			return frame
		}
	}
}

func (c *client) ask(frame string) string {
	c.t.Helper()
	c.send(frame)
	return c.read()
}

// closed reads until the hub closes and gives its code; -1 if it only broke.
func (c *client) closed() int {
	c.t.Helper()
	for {
		ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Minute)
		_, _, err := c.ws.Read(ctx)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			c.t.Fatal("not closed")
		}
		if err != nil {
			return int(websocket.CloseStatus(err))
		}
	}
}

// v1WithTicket signs in as a browser does.
func (n *testNode) v1WithTicket(t *testing.T, agent, instance string) *client {
	t.Helper()
	ticket, err := n.tickets.Issue(t.Context(), identity.Ticket{
		Identity: identity.Identity{Agent: identity.AgentID(agent), Role: identity.RoleAgent, Expires: time.Now().Add(time.Hour)},
		Instance: instance,
	})
	if err != nil {
		t.Fatal(err)
	}
	c, res := n.try(t, nil, envelope.ProtocolV1, envelope.ProtocolTicket+ticket)
	if c == nil {
		t.Fatalf("dial: %v", res)
	}
	c.read()
	return c
}
