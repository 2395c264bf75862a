package tools

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"agenthub/cmd/agenthub/command"
	"agenthub/session/identity"
)

// RefusedError is a hub's no: trying again would not help.
type RefusedError struct{ why string }

// Error says why.
func (e *RefusedError) Error() string { return e.why }

const mostFrame = 1 << 20 // bytes of what a hub says at once

// dial opens the hub's socket as whoever the token names.
func (h *HubFlags) dial(ctx context.Context, token string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, strings.TrimSuffix(h.URL, "/")+"/ws", &websocket.DialOptions{
		HTTPHeader:   http.Header{"Authorization": {"Bearer " + token}},
		Subprotocols: []string{"agenthub.v1"},
	})
	if response != nil && response.Body != nil {
		defer func() { _ = response.Body.Close() }()
	}
	switch {
	case err == nil:
		conn.SetReadLimit(mostFrame)
		return conn, nil
	case response == nil:
		return nil, fmt.Errorf("the hub at %s does not answer", h.URL)
	case response.StatusCode >= 400 && response.StatusCode < 500 && response.StatusCode != http.StatusTooManyRequests:
		return nil, &RefusedError{refusal(response).Error()}
	default:
		return nil, refusal(response)
	}
}

// closed says why a socket ended; some ends are final.
func closed(err error) error {
	end, ok := errors.AsType[websocket.CloseError](err)
	if !ok {
		return errors.New("the connection is lost")
	}
	why := fmt.Errorf("the hub closed the connection: %s (%d)", end.Reason, end.Code)
	if end.Code >= 4500 && end.Code < 5000 || end.Code == websocket.StatusPolicyViolation {
		return &RefusedError{why.Error()}
	}
	return why
}

// Send is "agenthub send": the first try of a newcomer, and a tool for
// looking at one answer.
type Send struct {
	HubFlags
	Frame string        `arg:"" help:"The message, as JSON."`
	Sub   string        `default:"testagent" help:"Who sends it."`
	Role  string        `default:"agent" enum:"agent,supervisor" help:"${enum}."`
	Wait  time.Duration `default:"2s" help:"How long to wait for the answer."`
}

// Run sends the message and prints the first answer.
func (s *Send) Run(ctx context.Context, std command.Streams) error {
	token, err := s.bearer(ctx, identity.Identity{Agent: identity.AgentID(s.Sub), Role: identity.Role(s.Role)}, time.Minute)
	if err != nil {
		return err
	}
	conn, err := s.dial(ctx, token)
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	ctx, cancel := context.WithTimeout(ctx, s.Wait)
	defer cancel()
	if _, _, err := conn.Read(ctx); err != nil { // Hello
		return closed(err)
	}
	if err := conn.Write(ctx, websocket.MessageText, []byte(s.Frame)); err != nil {
		return closed(err)
	}
	_, answer, err := conn.Read(ctx)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("no answer within %s", s.Wait)
	case err != nil:
		return closed(err)
	}
	if _, err := fmt.Fprintf(std.Out, "%s\n", escaped(answer)); err != nil {
		return err
	}
	return conn.Close(websocket.StatusNormalClosure, "")
}
