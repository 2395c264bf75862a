package hub

import (
	"context"
	"crypto/rand"
	"net/http"

	"go.uber.org/zap"

	"agenthub/hub/admission"
	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// ServeHTTP opens a socket: GET /ws. All refusals come before the 101.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if no := h.upgrade(w, r); no != nil {
		h.admission.Refuse(w, no)
	}
}

// upgrade refuses, or signs in who has proved who he is.
func (h *Hub) upgrade(w http.ResponseWriter, r *http.Request) *admission.Refusal {
	if no := h.admission.Check(w, r); no != nil {
		return no
	}
	if !h.Beating() || !h.gate.enter() {
		return admission.RefuseAway
	}
	defer h.gate.readers.Done()
	defer h.admission.End()
	if !h.admission.Begin() || h.Sockets() >= h.opts.Limits.Sockets {
		return admission.RefuseBusy
	}
	who, no := h.admission.Admit(r)
	if no != nil {
		return no
	}
	claim := &session.Claim{
		Identity: who.Identity,
		Session:  rand.Text(),
		Instance: who.Instance,
		Legacy:   who.Protocol != envelope.ProtocolV1,
	}
	if !who.Issued.IsZero() {
		claim.Issued = who.Issued.UnixMilli()
	}
	return h.signIn(w, r, claim, who)
}

// ServeTickets answers POST /api/v1/tickets.
func (h *Hub) ServeTickets(w http.ResponseWriter, r *http.Request) { h.admission.ServeTickets(w, r) }

// signIn takes the claim, upgrades, and starts the session.
func (h *Hub) signIn(w http.ResponseWriter, r *http.Request, claim *session.Claim, who admission.Visitor) *admission.Refusal {
	// Not the request's: a claim that was taken must be known to be, also if the
	// client hung up, and a socket must not keep 400 bytes of it for its life.
	ctx := context.Background()
	var told session.Opened
	switch claim.Role {
	case identity.RoleAgent:
		var err error
		if told, err = h.opts.Claims.Open(ctx, claim); err != nil {
			no := h.admission.Refused(err)
			if no == admission.RefuseAway {
				h.uncertain(ctx, claim)
			}
			return no
		}
	case identity.RoleSupervisor:
		if !h.registry.addSupervisor(claim.Agent, h.opts.Limits.PerSupervisor) {
			return admission.RefuseSockets
		}
	case identity.RoleCampaign:
		return admission.RefuseRole // admit has said so already
	}
	s, err := session.Accept(w, r, h.node, claim, who.Protocol)
	if err != nil { // answered already
		h.admission.Count("failed")
		h.sampled.Warn("upgrade failed", zap.Error(err))
		h.undo(ctx, claim)
		return nil
	}
	h.admission.Count(resultOK)
	h.metrics.connections.WithLabelValues(string(claim.Role)).Inc()
	h.log.Info("signed in", zap.String("session", claim.Session), zap.String("agent", string(claim.Agent)), zap.String("addr", who.Address))
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
