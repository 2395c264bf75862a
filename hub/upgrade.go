package hub

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

const ticketBytes = 32

// visitor is who asks for a socket, proved before the upgrade.
type visitor struct {
	identity.Identity
	instance string
	issued   time.Time // when the ticket or the bearer was presented first
}

// ServeHTTP opens a socket: GET /ws. All refusals come before the 101.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if no := h.upgrade(w, r); no != nil {
		h.metrics.upgrades.WithLabelValues(no.result).Inc()
		no.write(w)
	}
}

// upgrade refuses, or proves who is asking and signs him in.
func (h *Hub) upgrade(w http.ResponseWriter, r *http.Request) *refusal {
	switch {
	case !h.sites.knows(r):
		return refuseHost
	case !h.sites.allows(r):
		return refuseOrigin
	}
	if no := badHandshake(w, r); no != nil {
		return no
	}
	if !h.Beating() || !h.gate.enter() {
		return refuseAway
	}
	defer h.gate.readers.Done()
	defer h.handshakes.Add(-1)
	if h.handshakes.Add(1) > int64(h.opts.Limits.Handshakes) || !h.accepts.Allow() || h.Sockets() >= h.opts.Limits.Sockets {
		return refuseBusy
	}
	protocol, ticket, no := offered(r)
	if no != nil {
		return no
	}
	from := address(r)
	if from != "" && h.failing.exceeded(from) {
		return refuseGuesses
	}
	who, no := h.admit(r, ticket)
	if no != nil {
		if no == refuseToken && from != "" {
			h.failing.count(from)
		}
		return no
	}
	claim := &session.Claim{
		Identity: who.Identity,
		Session:  rand.Text(),
		Instance: who.instance,
		Legacy:   protocol != envelope.ProtocolV1,
		Issued:   who.issued.UnixMilli(),
	}
	return h.signIn(w, r, claim, protocol)
}

// signIn takes the claim, upgrades, and starts the session.
func (h *Hub) signIn(w http.ResponseWriter, r *http.Request, claim *session.Claim, protocol string) *refusal {
	// Not the request's: a claim that was taken must be known to be, also if the
	// client hung up, and a socket must not keep 400 bytes of it for its life.
	ctx := context.Background()
	var told session.Opened
	switch claim.Role {
	case identity.RoleAgent:
		var err error
		if told, err = h.opts.Claims.Open(ctx, claim); err != nil {
			no := h.refused(err)
			if no == refuseAway {
				h.uncertain(ctx, claim)
			}
			return no
		}
	case identity.RoleSupervisor:
		if !h.registry.addSupervisor(claim.Agent, h.opts.Limits.PerSupervisor) {
			return refuseSockets
		}
	case identity.RoleCampaign:
		return refuseRole // admit has said so already
	}
	s, err := session.Accept(w, r, h.node, claim, protocol)
	if err != nil { // answered already
		h.metrics.upgrades.WithLabelValues("failed").Inc()
		h.sampled.Warn("upgrade failed", zap.Error(err))
		h.undo(ctx, claim)
		return nil
	}
	h.metrics.upgrades.WithLabelValues(resultOK).Inc()
	h.metrics.connections.WithLabelValues(string(claim.Role)).Inc()
	h.log.Info("signed in", zap.String("session", claim.Session), zap.String("agent", string(claim.Agent)), zap.String("addr", r.RemoteAddr))
	gone, why := h.registry.add(s)
	if s.V1() {
		h.hello(s, told)
	}
	if gone != nil {
		gone.End(why.code, why.reason)
	}
	if h.Draining() { // since this upgrade began
		s.End(session.CloseComeBack, reasonDraining)
	}
	// Leaving here gives the HTTP server's buffers and stack back: half of what
	// an idle socket would cost.
	s.Run(ctx, &h.gate.readers)
	return nil
}

// undo gives back what was taken for a socket that did not come to be.
func (h *Hub) undo(ctx context.Context, claim *session.Claim) {
	if claim.Role == identity.RoleSupervisor {
		h.registry.removeSupervisor(claim.Agent)
		return
	}
	h.drop(ctx, drop{claim, session.CloseLost, "upgrade failed"})
}

// uncertain gives back a claim the store may have given, though it did not say so or
// failed afterwards: nobody else would, as long as this node beats.
func (h *Hub) uncertain(ctx context.Context, claim *session.Claim) {
	if claim.Epoch != "" {
		h.undo(ctx, claim)
		return
	}
	// Not now: a store that has not answered for so long would keep the client
	// waiting as long again, and may still come to what it was asked.
	h.pending.add(drop{claim, session.CloseLost, "upgrade failed"})
}

// refused turns an error of the store, or of the keys, into an answer.
func (h *Hub) refused(err error) *refusal {
	switch {
	case errors.Is(err, identity.ErrToken), errors.Is(err, identity.ErrTicket), errors.Is(err, identity.ErrRevoked):
		h.log.Debug("sign-in refused", zap.Error(err))
		return refuseToken
	case errors.Is(err, identity.ErrStaleTicket):
		return refuseStale
	case errors.Is(err, identity.ErrTakeoverLimit):
		return refuseTakeover
	}
	h.sampled.Warn("sign-in not possible", zap.Error(err))
	return refuseAway
}

// admit proves who is asking, by token or by ticket, and that it may.
func (h *Hub) admit(r *http.Request, ticket string) (visitor, *refusal) {
	ctx := r.Context()
	who := visitor{issued: time.Now()}
	switch token, given := bearer(r); {
	case given:
		id, err := h.opts.Verifier.Verify(ctx, token)
		if err != nil {
			return who, h.refused(err)
		}
		who.Identity = id
	case ticket != "":
		t, err := h.opts.Tickets.Redeem(ctx, ticket)
		if err != nil {
			return who, h.refused(err)
		}
		if t.Origin != r.Header.Get("Origin") || !t.Identity.Expires.After(time.Now()) {
			return who, refuseToken
		}
		who = visitor{Identity: t.Identity, instance: t.Instance, issued: t.IssuedAt}
	default:
		return who, refuseToken
	}
	if who.Role != identity.RoleAgent && who.Role != identity.RoleSupervisor {
		return who, refuseRole
	}
	switch revoked, err := h.opts.Tickets.Revoked(ctx, who.Agent, who.IssuedAt); {
	case err != nil:
		return who, h.refused(err)
	case revoked:
		return who, refuseToken
	}
	return who, nil
}

// bearer gives the token of the Authorization header; given says that there is
// such a header, so that a bad one is not passed over for a ticket.
func bearer(r *http.Request) (token string, given bool) {
	values := r.Header["Authorization"]
	if len(values) == 0 {
		return "", false
	}
	const scheme = "bearer "
	if v := values[0]; len(values) == 1 && len(v) > len(scheme) && strings.EqualFold(v[:len(scheme)], scheme) {
		return v[len(scheme):], true
	}
	return "", true
}

// offered reads the subprotocols: which one to select, and the ticket beside it.
func offered(r *http.Request) (protocol, ticket string, no *refusal) {
	bad := &refusal{status: http.StatusBadRequest, text: "offer agenthub.v1 or lcm.v1, and at most one ticket", result: "protocol"}
	var names []string
	for _, line := range r.Header["Sec-Websocket-Protocol"] {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.TrimSpace(name)
			if t, ok := strings.CutPrefix(name, envelope.ProtocolTicket); ok {
				if ticket != "" || !ticketForm(t) {
					return "", "", bad
				}
				ticket = t
				continue
			}
			names = append(names, name)
		}
	}
	switch {
	case slices.Contains(names, envelope.ProtocolV1):
		protocol = envelope.ProtocolV1
	case slices.Contains(names, envelope.ProtocolLCM):
		protocol = envelope.ProtocolLCM
	case ticket != "": // a browser that offers something must be given something
		return "", "", bad
	}
	return protocol, ticket, nil
}

func ticketForm(t string) bool {
	b, err := base64.RawURLEncoding.DecodeString(t)
	return err == nil && len(b) == ticketBytes
}

// badHandshake finds faults of the handshake before a claim is taken for it.
func badHandshake(w http.ResponseWriter, r *http.Request) *refusal {
	bad := func(status int, text string) *refusal {
		return &refusal{status: status, text: text, result: "handshake"}
	}
	switch {
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		return bad(http.StatusMethodNotAllowed, "GET only")
	case r.ProtoMajor != 1 || !hasToken(r, "Connection", "upgrade") || !hasToken(r, "Upgrade", "websocket"):
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		return bad(http.StatusUpgradeRequired, "this is a WebSocket endpoint")
	case r.Header.Get("Sec-Websocket-Version") != "13":
		w.Header().Set("Sec-WebSocket-Version", "13")
		return bad(http.StatusUpgradeRequired, "WebSocket version 13 only")
	case r.ContentLength != 0:
		return bad(http.StatusBadRequest, "no body here")
	}
	keys := r.Header["Sec-Websocket-Key"]
	if len(keys) != 1 {
		return bad(http.StatusBadRequest, "one Sec-WebSocket-Key")
	}
	if key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(keys[0])); err != nil || len(key) != 16 {
		return bad(http.StatusBadRequest, "odd Sec-WebSocket-Key")
	}
	return nil
}

func hasToken(r *http.Request, header, token string) bool {
	for _, line := range r.Header[header] {
		for t := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}
