package admission

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"agenthub/session/identity"
)

// Verifier tells who the bearer of a token is; *identity.Verifier is one.
type Verifier interface {
	Verify(ctx context.Context, token string) (identity.Identity, error)
}

// Tickets issues and redeems one-time tickets (20 s, one use).
type Tickets interface {
	Issue(ctx context.Context, t identity.Ticket) (ticket string, err error)
	Redeem(ctx context.Context, ticket string) (identity.Ticket, error) // identity.ErrTicket if unknown, used or over
	// Revoked reports whether the bearer was signed out after the token was issued. Of a token that
	// is of later though its issuer's clock says otherwise, it sets IssuedAt right.
	Revoked(ctx context.Context, id *identity.Identity) (bool, error)
}

// Options say how a Control is made.
type Options struct {
	Tickets  Tickets  // required
	Verifier Verifier // required

	PublicURL      string   // where clients reach the hub; default: loopback only
	AllowedOrigins []string // other origins whose pages may connect, of any scheme, or null

	TrustedProxies []netip.Prefix // whose X-Forwarded-For or Forwarded is believed; default: nobody's

	Accepts    int // upgrades a second; negative: no limit
	Handshakes int // upgrades at the same time

	Support    string                // what to do who has no role here, as a sentence
	Log        *zap.Logger           // required
	Sampled    *zap.Logger           // required: for what a failing store would say a thousand times a second
	Registerer prometheus.Registerer // default: metrics are kept and not shown
}

// Control decides who may open a socket. It is safe for concurrent use.
type Control struct {
	// Set by New, read-only after.
	opts     Options
	log      *zap.Logger
	sampled  *zap.Logger
	sites    sites
	proxies  proxies
	accepts  *rate.Limiter
	upgrades *prometheus.CounterVec // by result
	tickets  *prometheus.CounterVec // by what became of them
	witness  *witness

	failing    limiter      // addresses that fail to sign in; a whole office may share one, so others are not counted
	failed     limiter      // subjects that it was tried for
	issuing    limiter      // subjects that ask for tickets
	handshakes atomic.Int64 // upgrades in progress
}

// New makes a Control; an origin that is none is an error.
func New(o Options) (*Control, error) {
	sites, err := newSites(o.PublicURL, o.AllowedOrigins)
	if err != nil {
		return nil, err
	}
	c := &Control{
		opts: o, log: o.Log, sampled: o.Sampled, sites: sites, proxies: o.TrustedProxies,
		accepts: rate.NewLimiter(rate.Inf, 0),
		tickets: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "agenthub", Name: "tickets_total", Help: "Tickets that were issued, used, and not issued or not taken.",
		}, []string{"what"}),
		upgrades: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "agenthub", Name: "upgrades_total", Help: "Upgrade requests by what became of them.",
		}, []string{"result"}),
		witness: newWitness(o.Log),
		failing: limiter{every: 500 * time.Millisecond, burst: 20},
		failed:  limiter{every: 500 * time.Millisecond, burst: 20},
		issuing: limiter{every: 3 * time.Second, burst: 20},
	}
	if o.Accepts > 0 {
		c.accepts = rate.NewLimiter(rate.Limit(o.Accepts), o.Accepts)
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(c.upgrades, c.tickets, c.witness.refused)
	}
	return c, nil
}

// Visitor is who asks for a socket, proved before the upgrade.
type Visitor struct {
	identity.Identity
	Instance string    // the tab's own id, "" if it sent none
	Issued   time.Time // when the ticket was issued, by the store's clock; zero for a bearer
	Protocol string    // the subprotocol to select, "" for none
	Address  string    // where it came from, for the log
}

// Check refuses what no proof could make good: another host, a foreign page, a
// handshake that is none.
func (c *Control) Check(w http.ResponseWriter, r *http.Request) *Refusal {
	if no := c.stranger(r); no != nil {
		return no
	}
	return c.handshake(w, r)
}

// Begin counts an upgrade, and reports whether there is room for one more now.
// End is due whatever it says.
func (c *Control) Begin() bool {
	room := c.accepts.Limit() == rate.Inf || c.accepts.Tokens() >= 1
	return c.handshakes.Add(1) <= int64(c.opts.Handshakes) && room
}

// End is told when an upgrade is over.
func (c *Control) End() { c.handshakes.Add(-1) }

// Admit proves who is asking. Only who has proved it takes of the room there is in
// a second: those who guess must not use it up.
func (c *Control) Admit(r *http.Request) (Visitor, *Refusal) {
	protocol, ticket, no := offered(r)
	if no != nil {
		return Visitor{}, no
	}
	who, no := c.prove(r, ticket)
	if no != nil {
		return Visitor{}, no
	}
	c.accepts.Reserve() // may overdraw by the upgrades at the same time: a ticket is used by now
	who.Protocol, who.Address = protocol, Client(r, c.proxies)
	return who, nil
}

// failure counts a sign-in that failed, and holds off who fails too often. Who has a
// valid token or ticket is never asked for it: others may share the address, and
// anybody can claim a subject.
func (c *Control) failure(r *http.Request, subject identity.AgentID) *Refusal {
	no := refuseToken
	for _, failed := range []struct {
		by   *limiter
		name string
	}{{&c.failing, limited(c.proxies.client(r))}, {&c.failed, string(subject)}} {
		switch {
		case failed.name == "":
		case failed.by.exceeded(failed.name):
			no = refuseGuesses
		default:
			failed.by.count(failed.name)
		}
	}
	return no
}

// Refuse answers an upgrade with a no, and counts it.
func (c *Control) Refuse(w http.ResponseWriter, no *Refusal) {
	c.Count(no.result)
	no.write(w)
}

// Count notes what became of an upgrade.
func (c *Control) Count(result string) { c.upgrades.WithLabelValues(result).Inc() }

// prove finds out who is asking, by token or by ticket, and whether it may.
func (c *Control) prove(r *http.Request, ticket string) (Visitor, *Refusal) {
	ctx := r.Context()
	var who Visitor
	switch token, given := bearer(r); {
	case given:
		id, err := c.Verify(ctx, token)
		if err != nil {
			return who, c.refused(r, err)
		}
		who.Identity = id
	case ticket != "":
		t, no := c.redeem(r, ticket)
		c.tickets.WithLabelValues(map[bool]string{true: "used", false: "not_taken"}[no == nil]).Inc()
		if no != nil {
			return who, no
		}
		who = Visitor{Identity: t.Identity, Instance: t.Instance, Issued: t.IssuedAt}
	default:
		c.witness.note(identity.ReasonMissing)
		return who, c.failure(r, "")
	}
	who.Identity, _ = who.As("")
	if who.Role != identity.RoleAgent && who.Role != identity.RoleSupervisor {
		return who, RefuseRole
	}
	switch revoked, err := c.opts.Tickets.Revoked(ctx, &who.Identity); {
	case err != nil:
		return who, c.Refused(err)
	case revoked:
		c.witness.note(reasonRevoked)
		return who, c.failure(r, who.Agent)
	}
	return who, nil
}

// redeem uses a ticket up, for the page that it was issued to.
func (c *Control) redeem(r *http.Request, ticket string) (identity.Ticket, *Refusal) {
	t, err := c.opts.Tickets.Redeem(r.Context(), ticket)
	switch {
	case err != nil:
		return t, c.refused(r, err)
	case t.Origin != r.Header.Get("Origin"):
		c.foreign(r)
		return t, c.failure(r, t.Identity.Agent)
	case !t.Identity.Expires.After(time.Now()):
		c.witness.note(reasonTicket)
		return t, c.failure(r, t.Identity.Agent)
	}
	return t, nil
}

// refused is Refused for a request that failed to prove who asks.
func (c *Control) refused(r *http.Request, err error) *Refusal {
	no := c.Refused(err)
	if no != refuseToken {
		return no
	}
	if errors.Is(err, identity.ErrTicket) {
		c.witness.note(reasonTicket)
	}
	var subject identity.AgentID
	if fault, ok := errors.AsType[*identity.RefusedError](err); ok {
		if fault.Reason == identity.ReasonRole {
			return c.noRole()
		}
		subject = fault.Subject
	}
	return c.failure(r, subject)
}

// Refused turns an error of the store, or of the keys, into an answer.
func (c *Control) Refused(err error) *Refusal {
	switch {
	case errors.Is(err, identity.ErrToken), errors.Is(err, identity.ErrTicket), errors.Is(err, identity.ErrRevoked):
		return refuseToken
	case errors.Is(err, identity.ErrKeys): // told already
		return RefuseAway
	case errors.Is(err, identity.ErrStaleTicket):
		return refuseStale
	case errors.Is(err, identity.ErrTakeoverLimit):
		return refuseTakeover
	}
	c.sampled.Warn("sign-in not possible", zap.Error(err))
	return RefuseAway
}
