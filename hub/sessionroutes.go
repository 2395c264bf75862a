package hub

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

const (
	reasonSignedOut  = "signed out"
	reasonRevoked    = "signed out by a supervisor"
	reasonDraining   = "node is going away"
	reasonSuperseded = "signed in elsewhere"
)

// helloMessage is what a client is told first.
type helloMessage struct {
	Agent            identity.AgentID `json:"agent"`
	Name             string           `json:"name"`
	Role             identity.Role    `json:"role"`
	Session          string           `json:"session"`
	Node             string           `json:"node"`
	ServerNow        string           `json:"serverNow"`
	HeartbeatSeconds int              `json:"heartbeatSeconds"`
	GraceSeconds     int              `json:"graceSeconds"`
	Reservation      any              `json:"reservation"`
	SkipReasons      any              `json:"skipReasons"`
	Outcomes         any              `json:"outcomes"`
	Today            any              `json:"today"`
	LastClose        string           `json:"lastClose"`
}

type heartbeatMessage struct {
	ServerNow string `json:"serverNow"`
}

type refreshedMessage struct {
	ExpiresAt string `json:"expiresAt"`
}

// clock tells a time to a client that has to reckon with its own clock.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (h *Hub) hello(s *session.Session, told session.Opened) {
	c := s.Claim()
	frame, err := envelope.Frame(envelope.TopicSession, "Hello", helloMessage{
		Agent: c.Agent, Name: c.Name, Role: c.Role, Session: c.Session, Node: h.opts.Node,
		ServerNow: clock(h.opts.Now()), HeartbeatSeconds: int(session.HeartbeatEvery.Seconds()), GraceSeconds: int(h.opts.Grace.Seconds()),
		Reservation: told.Reservation, SkipReasons: told.SkipReasons, Outcomes: told.Outcomes,
		Today: told.Today, LastClose: told.LastClose,
	})
	if err != nil {
		h.log.Error("hello not encoded", zap.String("session", c.Session), zap.Error(err))
		s.End(session.CloseTryLater, "hello failed")
		return
	}
	s.Push(frame)
}

// sessionRoutes are the requests about the session itself.
func (h *Hub) sessionRoutes() []Route {
	both := []identity.Role{identity.RoleAgent, identity.RoleSupervisor}
	return []Route{
		{
			Channel: envelope.ChannelHub, Topic: envelope.TopicSession, Subtopic: "SignOut", Reply: "SignedOut",
			Roles: both, V1: true, Handle: h.signOut,
		},
		{
			Channel: envelope.ChannelHub, Topic: envelope.TopicSession, Subtopic: "RefreshToken", Reply: "TokenRefreshed",
			Roles: both, V1: true, Read: true, Handle: h.refreshToken,
		},
	}
}

func (h *Hub) signOut(ctx context.Context, r *session.Request) (any, error) {
	if r.Claim.Role == identity.RoleAgent {
		if err := h.opts.Claims.Close(ctx, r.Claim); err != nil {
			return nil, err //nolint:wrapcheck // the router makes it a refusal
		}
	}
	return session.Then{Answer: struct{}{}, Do: func(context.Context) {
		r.Conn.(*session.Session).End(session.CloseNormal, reasonSignedOut)
	}}, nil
}

// refreshToken keeps a socket past its first token's expiry. The new token may
// narrow what the session may do, never widen it.
func (h *Hub) refreshToken(ctx context.Context, r *session.Request) (any, error) {
	token, ok, err := r.Data.Text("token")
	if err != nil {
		return nil, err //nolint:wrapcheck // a refusal already
	}
	if !ok || token == "" || len(token) > identity.MaxToken {
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, "token is missing")
	}
	claim := *r.Claim
	if claim.Identity, err = h.admission.Renew(ctx, token, &claim.Identity); err != nil {
		return nil, err //nolint:wrapcheck // a refusal already
	}
	s := r.Conn.(*session.Session)
	narrowed := claim.Role == identity.RoleAgent && !slices.Equal(claim.Campaigns, r.Claim.Campaigns)
	if narrowed { // it never widens
		if err := h.opts.Claims.Narrow(ctx, &claim); err != nil {
			return nil, err //nolint:wrapcheck // the router makes it a refusal
		}
	}
	s.Renew(&claim)
	return session.Then{Answer: refreshedMessage{ExpiresAt: clock(h.opts.Now().Add(time.Until(claim.Expires)))}, Do: func(ctx context.Context) {
		if narrowed {
			h.Woken(ctx, s)
		}
	}}, nil
}
