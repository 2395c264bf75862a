package hub

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"time"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

const (
	maxInstance = 64
	maxBody     = 1 << 10
)

// ServeTickets answers POST /api/v1/tickets: a browser cannot send a header with
// an upgrade, so it trades its token for a ticket that is worth one upgrade in
// the next 20 seconds. What a page of another origin may read of the answer is
// told by who mounts it.
func (h *Hub) ServeTickets(w http.ResponseWriter, r *http.Request) {
	switch {
	case !h.sites.knows(r):
		refuseHost.write(w)
		return
	case !h.sites.allows(r):
		refuseOrigin.write(w)
		return
	}
	switch r.Method {
	case http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
	case http.MethodPost:
		ticket, no := h.issue(w, r)
		if no != nil {
			no.write(w)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(ticketAnswer{Ticket: ticket, ExpiresIn: int(identity.TicketLife.Seconds())})
	default:
		w.Header().Set("Allow", "POST, OPTIONS")
		(&refusal{status: http.StatusMethodNotAllowed, text: "POST only"}).write(w)
	}
}

type ticketAnswer struct {
	Ticket    string `json:"ticket"`
	ExpiresIn int    `json:"expiresIn"`
}

func (h *Hub) issue(w http.ResponseWriter, r *http.Request) (string, *refusal) {
	from := address(r)
	if from != "" && h.failing.exceeded(from) {
		return "", refuseGuesses
	}
	token, _ := bearer(r)
	id, err := h.opts.Verifier.Verify(r.Context(), token)
	if err != nil {
		no := h.refused(err)
		if no == refuseToken && from != "" {
			h.failing.count(from)
		}
		return "", no
	}
	if h.issuing.exceeded(string(id.Agent)) {
		return "", refuseGuesses
	}
	h.issuing.count(string(id.Agent))
	instance, no := readInstance(w, r)
	if no != nil {
		return "", no
	}
	switch revoked, err := h.opts.Tickets.Revoked(r.Context(), id.Agent, id.IssuedAt); {
	case err != nil:
		return "", h.refused(err)
	case revoked:
		return "", refuseToken
	}
	ticket, err := h.opts.Tickets.Issue(r.Context(), identity.Ticket{
		Identity: id, Origin: r.Header.Get("Origin"), Instance: instance, IssuedAt: time.Now(),
	})
	if err != nil {
		return "", h.refused(err)
	}
	return ticket, nil
}

// readInstance reads the tab's own id. No body is an empty one.
func readInstance(w http.ResponseWriter, r *http.Request) (string, *refusal) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return "", &refusal{status: http.StatusRequestEntityTooLarge, text: "body too large"}
	}
	if len(body) == 0 {
		return "", nil
	}
	bad := &refusal{status: http.StatusBadRequest, text: "the body is an object with instance, at most 64 printable ASCII characters"}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" && kind != "" {
		return "", &refusal{status: http.StatusUnsupportedMediaType, text: "application/json only"}
	}
	fields, err := envelope.ParseFields(body)
	if err != nil {
		return "", bad
	}
	instance, given, err := fields.Text("instance")
	if err != nil || len(instance) > maxInstance {
		return "", bad
	}
	for i := range len(instance) {
		if instance[i] < ' ' || instance[i] > '~' {
			return "", bad
		}
	}
	if !given {
		return "", nil
	}
	return instance, nil
}
