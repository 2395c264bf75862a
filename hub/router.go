package hub

import (
	"context"
	"fmt"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// Route says which handler a request goes to and who may send it.
type Route struct {
	Channel  string // required
	Topic    string // required
	Subtopic string // required
	Reply    string // subtopic of the answer; "" only with Silent: failures go under Error

	Roles    []identity.Role // required: who may call it
	V1       bool            // only for clients of agenthub.v1; to others it does not exist
	Read     bool            // changes nothing: allowed while the node cannot beat
	Silent   bool            // a success is not answered, a failure only to agenthub.v1
	AgentKey bool            // data must carry the agent key
	CallID   bool            // the answer repeats data's callid before its response

	Handle session.Handler // required
}

// route is a Route with what was made of it once.
type route struct {
	Route
	reply envelope.Reply
	stats routeStats
}

// replyTo is the beginning of the answer to this request.
func (rt *route) replyTo(e *envelope.Envelope) envelope.Reply {
	if !rt.CallID {
		return rt.reply
	}
	id, _, err := e.Data.Text("callid")
	if err != nil {
		id = ""
	}
	return rt.reply.WithCallID(id)
}

type router struct {
	routes map[string]*route // by folded channel and subtopic
	failed envelope.Reply    // answers what has no reply of its own
}

// newRouter panics on a route that cannot be meant so: it is a programmer's error.
func newRouter(routes []Route, m *metrics) *router {
	rt := &router{
		routes: make(map[string]*route, len(routes)),
		failed: envelope.NewReply(envelope.ChannelLCM, envelope.TopicWebService, envelope.SubtopicError),
	}
	for _, r := range routes {
		name := r.Channel + "/" + r.Topic + "/" + r.Subtopic
		key := routeKey(r.Channel, r.Subtopic)
		switch {
		case r.Channel == "" || r.Topic == "" || r.Subtopic == "" || r.Handle == nil:
			panic("hub: route " + name + " is incomplete")
		case len(r.Roles) == 0:
			panic("hub: route " + name + " has no roles")
		case r.Reply == "" && !r.Silent:
			panic("hub: route " + name + " has no reply")
		case rt.routes[key] != nil:
			panic("hub: route " + name + " is there twice")
		}
		reply := rt.failed
		if r.Reply != "" {
			reply = envelope.NewReply(r.Channel, r.Topic, r.Reply)
		}
		rt.routes[key] = &route{Route: r, reply: reply, stats: m.route(r.Subtopic)}
	}
	return rt
}

func routeKey(channel, subtopic string) string {
	return string(envelope.AppendFolded(append(envelope.AppendFolded(nil, channel), 0), subtopic))
}

// find looks a route up without an allocation. Words come in any letter case;
// ASCII alone is folded.
func (rt *router) find(channel, subtopic string) *route {
	var b [64]byte
	if len(channel)+len(subtopic) >= len(b) {
		return nil
	}
	key := append(envelope.AppendFolded(b[:0], channel), 0)
	return rt.routes[string(envelope.AppendFolded(key, subtopic))]
}

//nolint:gochecknoglobals // a pool
var scratch = sync.Pool{New: func() any { b := make([]byte, 0, 1<<10); return &b }}

// Receive handles one frame of a session (session.Receiver).
func (h *Hub) Receive(ctx context.Context, s *session.Session, e envelope.Envelope, bad error) {
	if h.ignores(s, &e) {
		return
	}
	started := time.Now()
	channel := e.Channel
	if channel == "" { // cannot be read; the refusal still finds its name
		channel = envelope.ChannelLCM
	}
	rt := h.router.find(channel, e.Subtopic)
	if rt != nil && rt.V1 && !s.V1() {
		rt = nil
	}
	if rt == nil {
		if bad == nil {
			bad = envelope.Refuse(envelope.CodeUnknownSubtopic, "Unknown subtopic")
		}
		h.fail(s, nil, &e, envelope.AsError(bad), started)
		return
	}
	answer, err := h.handle(ctx, s, rt, &e, bad)
	if err != nil {
		h.fail(s, rt, &e, envelope.AsError(err), started)
		return
	}
	then, _ := answer.(session.Then)
	if then.Do != nil {
		answer = then.Answer
	}
	if answer != nil && !rt.Silent {
		b := scratch.Get().(*[]byte)
		frame, err := rt.replyTo(&e).Append((*b)[:0], e.RequestID, answer)
		if err != nil {
			scratch.Put(b)
			h.fail(s, rt, &e, envelope.AsError(err), started)
			return
		}
		s.Answer(frame)
		*b = frame
		scratch.Put(b)
	}
	h.note(s, rt, &e, nil, started)
	if then.Do != nil {
		then.Do(ctx)
	}
}

// ignores reports whether a frame is none of ours. A bridge of the original's
// bus may forward other applications' traffic and answers; answering those
// would start an echo storm.
func (h *Hub) ignores(s *session.Session, e *envelope.Envelope) bool {
	switch {
	case e.Channel != "" && !envelope.EqualFold(e.Channel, envelope.ChannelLCM) && !envelope.EqualFold(e.Channel, envelope.ChannelHub):
		h.metrics.ignored.WithLabelValues("channel").Inc()
	case e.HasMessage && !e.HasData:
		h.metrics.ignored.WithLabelValues("answer").Inc()
	default:
		return false
	}
	h.log.Debug("frame ignored", zap.String("session", s.Claim().Session))
	return true
}

// handle checks that this client may ask this, then asks.
func (h *Hub) handle(ctx context.Context, s *session.Session, rt *route, e *envelope.Envelope, bad error) (answer any, err error) {
	claim := s.Claim()
	switch {
	case bad != nil:
		return nil, bad
	case e.Channel == "":
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, "channel is missing")
	case !envelope.EqualFold(e.Topic, rt.Topic):
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, "topic must be "+rt.Topic)
	case !slices.Contains(rt.Roles, claim.Role):
		return nil, envelope.Refuse(envelope.CodeNotAllowed, "Not allowed")
	case rt.AgentKey && !e.HasData:
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, "data is missing")
	}
	// Nobody acts for somebody else, on no route: an agent id that is there
	// must be the one of the token even where none is asked for.
	agent, given, err := e.Data.Text(envelope.AgentKey)
	switch {
	case err != nil:
		return nil, err //nolint:wrapcheck // a refusal already
	case given && agent == "", rt.AgentKey && !given:
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, envelope.AgentKey+" is missing")
	case given && identity.AgentID(agent) != claim.Agent:
		return nil, envelope.Refuse(envelope.CodeAgentMismatch, "Agent is not the one signed in")
	case !rt.Read && !h.Beating():
		return nil, envelope.Refuse(envelope.CodeUnavailable, "Service unavailable, try again")
	}
	defer func() {
		if p := recover(); p != nil {
			h.metrics.panics.Inc()
			// The value may quote a client's data; its type does not.
			h.log.Error("handler panicked", zap.String("session", claim.Session), zap.String("subtopic", rt.Subtopic),
				zap.String("reason", fmt.Sprintf("%T", p)), zap.ByteString("stack", debug.Stack()))
			answer, err = nil, envelope.Refuse(envelope.CodeUnavailable, "Service unavailable, try again")
		}
	}()
	r := &session.Request{Claim: claim, Subtopic: rt.Subtopic, ID: e.RequestID, Data: e.Data, Conn: s}
	if r.ID == "" {
		r.Frame = strconv.FormatUint(s.Frames(), 10)
	}
	return rt.Handle(ctx, r)
}

// fail tells a client that it is refused, as much as it can understand.
func (h *Hub) fail(s *session.Session, rt *route, e *envelope.Envelope, refusal *envelope.Error, started time.Time) {
	h.note(s, rt, e, refusal, started)
	if refusal.Code == envelope.CodePending && !s.V1() {
		// It may have happened. A client that cannot read that would take any
		// answer for a final one; it finds out by asking what it holds.
		s.End(session.CloseTryLater, "outcome not known yet")
		return
	}
	reply, silent := h.router.failed, false
	if rt != nil {
		reply, silent = rt.replyTo(e), rt.Silent && !s.V1()
	}
	if !silent {
		s.Answer(reply.AppendFailure(nil, e.RequestID, refusal, s.V1()))
	}
	if refusal.Code == envelope.CodeSessionSuperseded {
		s.End(session.CloseSuperseded, reasonSuperseded)
	}
}

// note counts a request and logs its one line.
func (h *Hub) note(s *session.Session, rt *route, e *envelope.Envelope, refusal *envelope.Error, started time.Time) {
	took := time.Since(started)
	stats, subtopic := &h.metrics.unknown, "unknown"
	if rt != nil {
		stats, subtopic = &rt.stats, rt.Subtopic
	}
	code := resultOK
	if refusal != nil {
		code = string(refusal.Code)
	}
	stats.observe(code, took)
	if refusal != nil && refusal.Err != nil {
		h.sampled.Warn("request failed", zap.String("session", s.Claim().Session), zap.String("subtopic", subtopic), requestID(e),
			zap.String("code", code), zap.Duration("took", took), zap.Error(refusal.Err))
		return
	}
	if line := h.log.Check(zap.DebugLevel, "request"); line != nil {
		line.Write(zap.String("session", s.Claim().Session), zap.String("subtopic", subtopic), requestID(e),
			zap.String("code", code), zap.Duration("took", took))
	}
}

//nolint:gochecknoglobals // a pattern
var uuid = regexp.MustCompile(`^[[:xdigit:]]{8}(-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}$`)

// requestID is what the pages show of a refused request. Only a UUID is logged: what
// else a client takes for an id may be somebody's number.
func requestID(e *envelope.Envelope) zap.Field {
	if !uuid.MatchString(e.RequestID) {
		return zap.Skip()
	}
	return zap.String("request", e.RequestID)
}

// Woken tells a client what changed behind its back (session.Receiver). A
// client without agenthub.v1 cannot read that and finds out by asking.
func (h *Hub) Woken(ctx context.Context, s *session.Session) {
	if !s.V1() || s.Claim().Role != identity.RoleAgent {
		return
	}
	pushes, err := h.opts.Claims.Wake(ctx, s.Claim())
	if err != nil {
		h.superseded(s, "wake failed", err)
		return
	}
	for _, p := range pushes {
		frame, err := envelope.Frame(p.Topic, p.Subtopic, p.Message)
		if err != nil {
			h.log.Error("push not encoded", zap.String("session", s.Claim().Session), zap.String("subtopic", p.Subtopic), zap.Error(err))
			continue
		}
		s.Push(frame)
	}
}
