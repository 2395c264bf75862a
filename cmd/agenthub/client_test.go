package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// as makes an identity to sign in with.
func as(role identity.Role, subject string, campaigns ...string) identity.Identity {
	return identity.Identity{Agent: identity.AgentID(subject), Role: role, Campaigns: campaigns, Tenant: "default"}
}

func token(t *testing.T, id identity.Identity) string {
	t.Helper()
	text, err := identity.Sign([]byte(testSecret), id, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// client is a desktop: a socket whose frames are read as they come.
type client struct {
	conn *websocket.Conn
	in   chan string   // every frame but heartbeats
	beat chan string   // the newest heartbeat
	gone chan struct{} // closed when the socket ended; then code and reason are set
	code int
	why  string
	sent int
}

// refusedUpgradeError is an upgrade that was answered with something else.
type refusedUpgradeError struct {
	status int
	retry  string
}

func (e *refusedUpgradeError) Error() string { return fmt.Sprintf("refused with %d", e.status) }

// connect opens a socket with a header and subprotocols.
func connect(ctx context.Context, url string, header http.Header, protocols ...string) (*client, error) {
	return connectBy(ctx, nil, url, header, protocols...)
}

func connectBy(ctx context.Context, by *http.Client, url string, header http.Header, protocols ...string) (*client, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, url+"/ws", &websocket.DialOptions{
		HTTPClient: by, HTTPHeader: header, Host: header.Get("Host"), Subprotocols: protocols,
	})
	if err != nil {
		if response != nil {
			return nil, &refusedUpgradeError{response.StatusCode, response.Header.Get("Retry-After")}
		}
		return nil, err
	}
	conn.SetReadLimit(1 << 20)
	c := &client{conn: conn, in: make(chan string, 4096), beat: make(chan string, 1), gone: make(chan struct{})}
	go c.read(context.WithoutCancel(ctx))
	return c, nil
}

func (c *client) read(ctx context.Context) {
	defer close(c.gone)
	for {
		_, frame, err := c.conn.Read(ctx)
		if err != nil {
			c.code, c.why = int(websocket.CloseStatus(err)), err.Error()
			if end, ok := errors.AsType[websocket.CloseError](err); ok {
				c.why = end.Reason
			}
			return
		}
		if !bytes.Contains(frame, []byte(`"subtopic":"Heartbeat"`)) {
			c.in <- string(frame)
			continue
		}
		select {
		case c.beat <- string(frame):
		default:
		}
	}
}

// signIn opens a socket with a token of its own.
func (n *node) signIn(t *testing.T, id identity.Identity, protocols ...string) *client {
	t.Helper()
	c, err := connect(t.Context(), n.url, http.Header{"Authorization": {"Bearer " + token(t, id)}}, protocols...)
	if err != nil {
		t.Fatalf("sign in %s: %v", id.Agent, err)
	}
	t.Cleanup(func() { _ = c.conn.CloseNow() })
	return c
}

// desk signs an agent in as agenthub.v1 and returns its socket and its Hello.
func (n *node) desk(t *testing.T, agent string, campaigns ...string) (*client, hello) {
	t.Helper()
	c := n.signIn(t, as(identity.RoleAgent, agent, campaigns...), envelope.ProtocolV1)
	return c, c.hello(t)
}

// tab signs an agent in as a browser does, by a ticket for that instance.
func (n *node) tab(ctx context.Context, token, instance string) (*client, error) {
	status, body, err := n.request(ctx, token, http.MethodPost, "/api/v1/tickets", `{"instance":"`+instance+`"}`)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, &refusedUpgradeError{status: status}
	}
	var answer struct{ Ticket string }
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return nil, err
	}
	return connectBy(ctx, n.by, n.url, n.page(), envelope.ProtocolTicket+answer.Ticket, envelope.ProtocolV1)
}

// hello is what the tests look at of the first message.
type hello struct {
	Agent, Role, Session, Node, LastClose string
	ServerNow                             time.Time
	Reservation                           *struct {
		ContactID     string `json:"ContactId"`
		ReservedUntil time.Time
	}
}

func (c *client) hello(t *testing.T) hello {
	t.Helper()
	var h struct {
		Subtopic string
		Message  hello
	}
	text := c.next(t)
	if err := json.Unmarshal([]byte(text), &h); err != nil || h.Subtopic != "Hello" {
		t.Fatalf("first message = %s, want Hello", text)
	}
	return h.Message
}

// next is the next frame.
func (c *client) next(t *testing.T) string {
	t.Helper()
	select {
	case frame := <-c.in:
		return frame
	case <-time.After(patience):
		t.Fatalf("no frame within %s", patience)
	case <-c.gone:
		select {
		case frame := <-c.in: // came before the end
			return frame
		default:
			t.Fatalf("the socket was closed with %d %s", c.code, c.why)
		}
	}
	return ""
}

func (c *client) send(t *testing.T, frame string) {
	t.Helper()
	if err := c.write(t.Context(), frame); err != nil {
		t.Fatalf("send: %v", err)
	}
}

func (c *client) write(ctx context.Context, frame string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.conn.Write(ctx, websocket.MessageText, []byte(frame))
}

// end waits until the socket is closed and returns the code.
func (c *client) end(t *testing.T) int {
	t.Helper()
	select {
	case <-c.gone:
		return c.code
	case <-time.After(patience):
		t.Fatalf("the socket was not closed within %s", patience)
		return 0
	}
}

// ask sends a request of channel LCM and returns the answer's response; pushes
// that come first are passed over.
func (c *client) ask(t *testing.T, subtopic, data string) response {
	t.Helper()
	c.sent++
	id := fmt.Sprintf("%s-%d", subtopic, c.sent)
	c.send(t, `{"channel":"LCM","topic":"WebService","subtopic":"`+subtopic+`","requestId":"`+id+`","data":`+data+`}`)
	for {
		a, ok := answerTo(c.next(t), id)
		if ok {
			return a
		}
	}
}

// quiet asserts that nothing more arrives: the answer to a marker is next.
func (c *client) quiet(t *testing.T) {
	t.Helper()
	c.sent++
	id := fmt.Sprintf("marker-%d", c.sent)
	c.send(t, `{"channel":"LCM","topic":"WebService","subtopic":"Marker","requestId":"`+id+`","data":{}}`)
	if got := c.next(t); !strings.Contains(got, id) {
		t.Errorf("%s arrived, want nothing more", got)
	}
}

// response is what the tests look at of an answer.
type response struct {
	Success       *bool // nil: the answer is not of that kind
	Msg, Code     string
	ContactID     string
	AccountNumber string
	raw           string
}

func (r response) ok() bool {
	return r.Success == nil && r.ContactID != "" || r.Success != nil && *r.Success
}

// answerTo reads a frame that must be the answer to the request with that id.
func answerTo(frame, id string) (response, bool) {
	var a struct {
		RequestID string
		Message   struct{ Response json.RawMessage }
	}
	if json.Unmarshal([]byte(frame), &a) != nil || a.RequestID != id {
		return response{}, false
	}
	r := response{raw: frame}
	var fields struct {
		Success                             *bool
		Msg, Code, ContactID, AccountNumber string
	}
	_ = json.Unmarshal(a.Message.Response, &fields) // a ContactID may be a number
	r.Success, r.Msg, r.Code, r.ContactID, r.AccountNumber = fields.Success, fields.Msg, fields.Code, fields.ContactID, fields.AccountNumber
	return r, true
}
