package hub

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/time/rate"

	"agenthub/hub/admission"
	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// Options say how a hub is made.
type Options struct {
	Routes   []Route            // required; the hub adds SignOut and RefreshToken
	Claims   Claims             // required
	Tickets  admission.Tickets  // required
	Verifier admission.Verifier // required
	Node     string             // required: told in Hello
	Grace    time.Duration      // for how long Claims lets a lost socket come back to its contact: told in Hello, default 0

	PublicURL      string   // where clients reach the hub; default: loopback only
	AllowedOrigins []string // other origins whose pages may connect, of any scheme, or null

	TrustedProxies []netip.Prefix // whose word on where a client is counts; default: nobody's

	Support    string // what to do who has no role here, as a sentence; default: ask whoever runs the hub
	Limits     Limits
	Now        func() time.Time      // what clients are told the time is; default: by this machine's clock
	Log        *zap.Logger           // default: none
	Registerer prometheus.Registerer // default: metrics are kept and not shown
}

// Limits bound what clients may use of a node.
type Limits struct {
	Sockets       int // default 20,000
	PerSupervisor int // sockets of one supervisor, default 5
	Accepts       int // upgrades a second, default 300; negative: no limit
	Handshakes    int // upgrades at the same time, default 200
	MessageRate   int // messages a second of one socket, default 50; negative: no limit
	MessageBurst  int // default 100
}

// Hub is the node's side of all sockets. It is an http.Handler for GET /ws.
type Hub struct {
	// Set by New, read-only after.
	opts      Options
	log       *zap.Logger
	sampled   *zap.Logger // for what a failing store would say a thousand times a second
	metrics   *metrics
	router    *router
	node      *session.Node
	admission *admission.Control

	registry registry
	pending  pendingDrops
	lease    lease
	gate     gate
}

// New makes a hub that serves once Run's first beat has succeeded.
func New(o Options) (*Hub, error) {
	if o.Claims == nil || o.Tickets == nil || o.Verifier == nil || o.Node == "" {
		return nil, errors.New("hub: claims, tickets, verifier and node are required")
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	o.Limits = o.Limits.withDefaults()
	if o.Support == "" {
		o.Support = "Ask whoever runs this hub."
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	log := o.Log.Named("hub")
	h := &Hub{
		opts: o,
		log:  log,
		sampled: log.WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core {
			return zapcore.NewSamplerWithOptions(c, time.Second, 10, 1000)
		})),
	}
	var err error
	h.admission, err = admission.New(admission.Options{
		Tickets: o.Tickets, Verifier: o.Verifier, PublicURL: o.PublicURL, AllowedOrigins: o.AllowedOrigins, TrustedProxies: o.TrustedProxies,
		Support: o.Support, Accepts: o.Limits.Accepts, Handshakes: o.Limits.Handshakes, Log: log, Sampled: h.sampled, Registerer: o.Registerer,
	})
	if err != nil {
		return nil, err
	}
	h.metrics = newMetrics(o.Registerer)
	h.node = session.NewNode(session.NodeOptions{Receiver: h, Rate: o.Limits.MessageRate, Burst: o.Limits.MessageBurst})
	h.router = newRouter(append(h.sessionRoutes(), o.Routes...), h.metrics)
	h.registry.init()
	return h, nil
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		value  *int
		preset int
	}{
		{&l.Sockets, 20_000},
		{&l.PerSupervisor, 5},
		{&l.Accepts, 300},
		{&l.Handshakes, 200},
		{&l.MessageRate, 50},
		{&l.MessageBurst, 100},
	} {
		if *d.value == 0 {
			*d.value = d.preset
		}
	}
	return l
}

// Run keeps the node's lease and watches over its sockets until the context
// ends. Call Drain before.
func (h *Hub) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { h.sweep(ctx) })
	h.beat(ctx)
	wg.Wait()
}

// beat renews the lease, sooner after a failure than after a success.
func (h *Hub) beat(ctx context.Context) {
	t := time.NewTimer(0)
	defer t.Stop()
	away := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		began := time.Now()
		if err := h.opts.Claims.Beat(ctx); err != nil {
			h.metrics.beats.WithLabelValues("failed").Inc()
			if !away { // said once, not once a second
				away = true
				h.log.Warn("the store does not answer, trying again", zap.Error(err))
			}
			t.Reset(beatRetry)
			continue
		}
		h.metrics.beats.WithLabelValues(resultOK).Inc()
		if away {
			away = false
			h.log.Info("the store answers again")
		}
		h.lease.renew(began)
		if !h.dropPending(ctx) {
			t.Reset(beatRetry)
			continue
		}
		t.Reset(beatEvery)
	}
}

// Verify tells who the bearer of a token is, for calls over HTTP; a refusal is counted
// and told as those of sockets are.
func (h *Hub) Verify(ctx context.Context, token string) (identity.Identity, error) {
	return h.admission.Verify(ctx, token) //nolint:wrapcheck // the verifier's own
}

// Beating reports whether the node's lease is fresh enough to change anything.
func (h *Hub) Beating() bool { return h.lease.fresh() }

// Alive reports whether the node has beaten without a break for that long: only
// then may it judge that others are dead.
func (h *Hub) Alive(that time.Duration) bool { return h.lease.steady(that) }

// sweep ticks every session once a second, a tenth of them at a time, so that a
// second's pings and heartbeats do not leave in one burst.
func (h *Hub) sweep(ctx context.Context) {
	t := time.NewTicker(time.Second / slots)
	defer t.Stop()
	var batch []*session.Session
	for slot := 0; ; slot = (slot + 1) % slots {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		now := time.Now()
		h.node.SetClock(now)
		heartbeat, err := envelope.Frame(envelope.TopicSession, "Heartbeat", heartbeatMessage{ServerNow: clock(h.opts.Now())})
		if err != nil {
			h.log.Error("heartbeat not encoded", zap.Error(err))
		}
		batch = h.registry.slot(slot, batch[:0])
		for _, s := range batch {
			s.Tick(now, heartbeat)
		}
		clear(batch)
		if slot == 0 {
			h.registry.forget(now)
			h.leaveIfCutOff(now)
		}
	}
}

// Sockets tells how many sockets are open.
func (h *Hub) Sockets() int { return h.registry.size() }

// Wake tells the agent's client what changed behind its back, if it is connected
// to this node. It does not block.
func (h *Hub) Wake(ctx context.Context, agent identity.AgentID) {
	if s := h.registry.agent(agent); s != nil {
		s.Wake(context.WithoutCancel(ctx))
	}
}

// Rejoin tells a store that may have forgotten this node's sessions that they
// live, and shows each client what the store says now: after a failover, and
// when the node was taken for dead. At most that many a second, so that a store
// that just came back is not buried; it returns when the last is under way.
func (h *Hub) Rejoin(ctx context.Context, perSecond int) error {
	pace := rate.NewLimiter(rate.Limit(perSecond), 1)
	for _, s := range h.registry.all() {
		if s.Claim().Role != identity.RoleAgent {
			continue
		}
		if err := pace.Wait(ctx); err != nil {
			return fmt.Errorf("rejoin: %w", err)
		}
		s.Do(context.WithoutCancel(ctx), func(ctx context.Context) {
			if err := h.opts.Claims.Rejoin(ctx, s.Claim()); err != nil {
				h.superseded(s, "rejoin failed", err)
				return
			}
			h.Woken(ctx, s)
		})
	}
	return nil
}

// superseded ends a session the store no longer knows; any other error is logged.
func (h *Hub) superseded(s *session.Session, what string, err error) {
	if envelope.AsError(err).Code == envelope.CodeSessionSuperseded {
		s.End(session.CloseSuperseded, reasonSuperseded)
		return
	}
	h.sampled.Warn(what, zap.String("session", s.Claim().Session), zap.Error(err))
}

// Kick ends the session with that id, also if it is only about to be opened.
// Sessions of other nodes are none of our business.
func (h *Hub) Kick(id string, code int, reason string) {
	if s := h.registry.kick(id, code, reason); s != nil {
		s.End(code, reason)
	}
}

// Revoke ends the sessions of a subject whose token was issued before then, also
// those that are only about to be opened.
func (h *Hub) Revoke(subject identity.AgentID, before time.Time) {
	h.registry.revoke(subject, before) // first: what is added from now on is seen
	for _, s := range h.registry.of(subject) {
		if s.Claim().IssuedAt.Before(before) {
			s.End(session.CloseSignedOut, reasonRevoked)
		}
	}
}

// Ended is called by a session when its socket is closed (session.Receiver).
func (h *Hub) Ended(ctx context.Context, s *session.Session, code int, reason string) {
	claim := s.Claim()
	h.registry.remove(s)
	h.metrics.connections.WithLabelValues(string(claim.Role)).Dec()
	h.metrics.closed(code, reason)
	h.log.Info("session ended", zap.String("session", claim.Session), zap.String("agent", string(claim.Agent)),
		zap.Int("code", code), zap.String("reason", reason))
	if claim.Role != identity.RoleAgent || reason == reasonSignedOut {
		return
	}
	h.drop(ctx, drop{claim, code, reason})
}
