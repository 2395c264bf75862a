package admission

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

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
func (c *Control) ServeTickets(w http.ResponseWriter, r *http.Request) {
	if no := c.stranger(r); no != nil {
		no.write(w)
		return
	}
	switch r.Method {
	case http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
	case http.MethodPost:
		ticket, no := c.issue(w, r)
		if no != nil {
			c.tickets.WithLabelValues("not_issued").Inc()
			no.write(w)
			return
		}
		c.tickets.WithLabelValues("issued").Inc()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(ticketAnswer{Ticket: ticket, ExpiresIn: int(identity.TicketLife.Seconds())})
	default:
		w.Header().Set("Allow", "POST, OPTIONS")
		(&Refusal{status: http.StatusMethodNotAllowed, text: "POST only"}).write(w)
	}
}

type ticketAnswer struct {
	Ticket    string `json:"ticket"`
	ExpiresIn int    `json:"expiresIn"`
}

func (c *Control) issue(w http.ResponseWriter, r *http.Request) (string, *Refusal) {
	token, _ := bearer(r)
	id, err := c.Verify(r.Context(), token)
	if err != nil {
		return "", c.refused(r, err)
	}
	if c.issuing.exceeded(string(id.Agent)) {
		return "", refuseGuesses
	}
	c.issuing.count(string(id.Agent))
	instance, role, no := readAsk(w, r)
	if no != nil {
		return "", no
	}
	id, gives := id.As(role)
	if !gives {
		c.witness.note(reasonDenied)
		return "", c.noSuchRole(role)
	}
	switch revoked, err := c.opts.Tickets.Revoked(r.Context(), &id); {
	case err != nil:
		return "", c.Refused(err)
	case revoked:
		c.witness.note(reasonRevoked)
		return "", c.failure(r, id.Agent)
	}
	ticket, err := c.opts.Tickets.Issue(r.Context(), identity.Ticket{
		Identity: id, Origin: r.Header.Get("Origin"), Instance: instance,
	})
	if err != nil {
		return "", c.Refused(err)
	}
	return ticket, nil
}

// readAsk reads the tab's own id, and as what its person wants to work. No body is
// an empty one.
func readAsk(w http.ResponseWriter, r *http.Request) (instance string, role identity.Role, no *Refusal) {
	if packed := r.Header.Get("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") {
		return "", "", &Refusal{status: http.StatusUnsupportedMediaType, text: "the body as it is, without Content-Encoding"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_, large := errors.AsType[*http.MaxBytesError](err)
	switch {
	case large:
		return "", "", &Refusal{status: http.StatusRequestEntityTooLarge, text: "body too large"}
	case err != nil:
		return "", "", &Refusal{status: http.StatusRequestTimeout, text: "the body did not come in time"}
	}
	if len(body) == 0 {
		return "", "", nil
	}
	bad := &Refusal{
		status: http.StatusBadRequest,
		text:   "the body is an object with instance, at most 64 printable ASCII characters, and perhaps role: agent, supervisor or campaign",
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" && kind != "" {
		return "", "", &Refusal{status: http.StatusUnsupportedMediaType, text: "application/json only"}
	}
	fields, err := envelope.ParseFields(body)
	if err != nil {
		return "", "", bad
	}
	instance, _, err = fields.Text("instance")
	if err != nil || len(instance) > maxInstance {
		return "", "", bad
	}
	for i := range len(instance) {
		if instance[i] < ' ' || instance[i] > '~' {
			return "", "", bad
		}
	}
	wanted, _, err := fields.Text("role")
	switch role = identity.Role(wanted); {
	case err != nil:
		return "", "", bad
	case role == "", role == identity.RoleAgent, role == identity.RoleSupervisor, role == identity.RoleCampaign:
		return instance, role, nil
	}
	return "", "", bad
}
