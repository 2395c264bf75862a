package contacts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"agenthub/session"

	"agenthub/session/envelope"
)

// How long a reply is remembered: by a client's request id, and by the number
// the hub gives a frame that carries none (only the hub's own retries use it).
const (
	rememberClient = "600000"
	rememberFrame  = "60000"
)

// What an agent is told; the codes stand in protocol.md section 2.
var (
	errContactNotFound = envelope.Refuse(envelope.CodeContactNotFound, "Contact not found")
	errNoContacts      = envelope.Refuse(envelope.CodeNoContacts, "Contact not found")
	errOutcomePending  = envelope.Refuse(envelope.CodeOutcomePending, "Outcome pending")
	errAlreadyDialled  = envelope.Refuse(envelope.CodeAlreadyDialled, "Contact already dialled")
	errReused          = envelope.Refuse(envelope.CodeRequestIDReused, "Request id already used for another request")
	errSuperseded      = envelope.Refuse(envelope.CodeSessionSuperseded, "Signed in elsewhere")
	errBlockedNumber   = envelope.Refuse(envelope.CodeBlocked, "Contact is on the do-not-call list")
	errWithdrawn       = envelope.Refuse(envelope.CodeContactNotFound, "Contact was withdrawn")
	errPaused          = envelope.Refuse(envelope.CodeNotAllowed, "Campaign is paused")
	errExtendLimit     = envelope.Refuse(envelope.CodeNotAllowed, "Contact was kept the most times allowed")
	errPendingReply    = envelope.Refuse(envelope.CodePending, "Not known yet, ask again with the same request id")
	errAccountMissing  = envelope.Refuse(envelope.CodeInvalidMessage, "AccountNumber is missing")
	errPastCallback    = envelope.Refuse(envelope.CodeInvalidMessage, "StartDate and StartTime are in the past")
	errNoteMissing     = envelope.Refuse(envelope.CodeInvalidMessage, "Note is missing, this Reason needs one")
	errOutcomeMissing  = envelope.Refuse(envelope.CodeInvalidMessage, "OutcomeId is missing")
)

// refusal turns a script's word into what the agent is told; nil for ok.
func refusal(r []string) error {
	switch word := trimReplay(r[0]); word {
	case "ok":
		return nil
	case "contact_not_found", "not_held", "gone":
		return errContactNotFound
	case "no_contacts":
		return errNoContacts
	case "outcome_pending":
		return errOutcomePending
	case "already_dialled":
		return errAlreadyDialled
	case "request_id_reused":
		return errReused
	case "stale_session":
		return errSuperseded
	case "blocked":
		return errBlockedNumber
	case "withdrawn":
		return errWithdrawn
	case "paused":
		return errPaused
	case "past":
		return errPastCallback
	case "note_missing":
		return errNoteMissing
	case "limit":
		return errExtendLimit
	case "outside_hours":
		return envelope.Refuse(envelope.CodeOutsideHours, "Calls are allowed again from "+stamp(parseMs(r[1])))
	default:
		return errors.New("contacts: unknown script reply " + word)
	}
}

func trimReplay(word string) string {
	if word != "" && word[0] == '=' {
		return word[1:]
	}
	return word
}

// unavailable gives a store's error the code that tells the agent whether to
// ask again with the same id.
func unavailable(err error) error {
	if errors.Is(err, ErrPending) {
		return &envelope.Error{Code: envelope.CodePending, Message: errPendingReply.Message, Err: err}
	}
	return err
}

// mutate runs a script for the agent of a request: stored reply, epoch, checks
// and writes all happen in the one script, in one round trip.
func (s *Store) mutate(ctx context.Context, r *session.Request, sc *script, args ...string) ([]string, error) {
	out, err := s.asSession(ctx, r.Claim, func() ([]string, error) { return s.runOn(ctx, s.batch, s.mutation(r, sc, args)) })
	if err != nil {
		return nil, unavailable(err)
	}
	return out, nil
}

// mutation is the call of a script for the agent of a request.
func (s *Store) mutation(r *session.Request, sc *script, args []string) *call {
	c := r.Claim
	words := make([]string, 0, 7+len(args))
	if r.ID != "" {
		words = append(words, s.keys.agent(string(c.Agent)), s.keys.reply(string(c.Agent), r.ID),
			esc(string(c.Agent)), c.Epoch, fingerprint(r), rememberClient, s.node)
	} else {
		words = append(words, s.keys.agent(string(c.Agent)), s.keys.frame(c.Session, r.Frame),
			esc(string(c.Agent)), c.Epoch, "f", rememberFrame, s.node) // a frame's number is never used twice
	}
	return newCallOf(sc, append(words, args...))
}

// fingerprint tells whether a repeated request id is the same request.
func fingerprint(r *session.Request) string {
	text := make([]byte, 0, 192) // on the stack
	text = append(append(text, r.Subtopic...), 0)
	sum := sha256.Sum256(r.Data.AppendCanonical(text))
	return hex.EncodeToString(sum[:16])
}

// namedIn reads the contact a request names: id, account, either or neither. Who
// means a contact and names none must not act on the one that is held.
func namedIn(r *session.Request) (id, account string, err error) {
	id, byID, err := r.Data.Text("ContactId")
	if err != nil {
		return "", "", err
	}
	account, byAccount, err := r.Data.Text("AccountNumber")
	if err == nil && (byID && id == "" || byAccount && account == "") {
		err = errContactNotFound
	}
	return esc(id), esc(account), err
}

// fetchMost is how often a fetch goes on where a script stopped: over some 8,000
// contacts that all have to wait for the morning.
const fetchMost = 32

// GetContact answers GetContactOD: the next contact, or the one held.
func (s *Store) GetContact(ctx context.Context, r *session.Request) (any, error) {
	args := s.reserveArgs(r.Claim)
	var out []string
	for range fetchMost {
		var err error
		if out, err = s.mutate(ctx, r, s.lua.reserve, args...); err != nil {
			return nil, err
		}
		if out[0] != "more" {
			break
		}
		args[3] = out[1]
	}
	if out[0] == "more" {
		return nil, errNoContacts
	}
	v, err := s.show(r, out)
	if err != nil {
		return nil, err
	}
	return v.contactOD(r.Claim.Legacy, s.callableUntil(ctx, v)), nil
}

// show reads the contact of a reply and notes that the client was shown it.
func (s *Store) show(r *session.Request, out []string) (*view, error) {
	if err := refusal(out); err != nil {
		return nil, err
	}
	v, err := s.parseShown(out[1:])
	if err != nil {
		return nil, err
	}
	r.Claim.Shown = string(v.ID)
	return v, nil
}

func (s *Store) reserveArgs(c *session.Claim) []string {
	lease, legacy := s.lease(c)
	return []string{ms(lease), legacy, nonce(), "", serving(c.Campaigns)}
}

// GetReserved answers GetReservedContactOD: what the agent holds.
func (s *Store) GetReserved(ctx context.Context, r *session.Request) (any, error) {
	lease, legacy := s.lease(r.Claim)
	out, err := s.mutate(ctx, r, s.lua.getReserved, ms(lease), legacy, serving(r.Claim.Campaigns))
	if err != nil {
		return nil, err
	}
	v, err := s.show(r, out)
	if err != nil {
		return nil, err
	}
	return v.reservedContactOD(r.Claim.Legacy, s.callableUntil(ctx, v)), nil
}

// Skip answers SkipNonPEWCContact: the main job. What is acknowledged has
// happened once, its event is in the stream, and its duplicate changes nothing.
func (s *Store) Skip(ctx context.Context, r *session.Request) (any, error) {
	id, account, err := namedIn(r)
	if err != nil {
		return nil, err
	}
	reason, note, err := reasonOf(r)
	if err != nil {
		return nil, err
	}
	out, err := s.mutate(ctx, r, s.lua.skip, id, account, reason, note)
	if err != nil {
		return nil, err
	}
	if err := refusal(out); err != nil {
		return nil, err
	}
	r.Claim.Shown = ""
	return envelope.OK{}, nil
}

// CallCount answers GetAgentCallCount. IsAgentReserved is "0" for reserved, as
// published.
func (s *Store) CallCount(ctx context.Context, r *session.Request) (any, error) {
	out, err := s.mutate(ctx, r, s.lua.count, serving(r.Claim.Campaigns))
	if err != nil {
		return nil, err
	}
	if err := refusal(out); err != nil {
		return nil, err
	}
	reserved := "1"
	if out[3] == "1" {
		reserved = "0"
	}
	return struct{ PCBCount, RegularCount, IsAgentReserved string }{out[1], out[2], reserved}, nil
}

// AgentState records what SendAgentState says. It is not answered.
func (s *Store) AgentState(ctx context.Context, r *session.Request) (any, error) {
	state, ok, err := r.Data.Text("agentState")
	if err != nil {
		return nil, err
	}
	if !ok || state == "" || !plain(state, 64) {
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, "agentState must have 1 to 64 printable characters")
	}
	out, err := s.mutate(ctx, r, s.lua.setState, state)
	if err != nil {
		return nil, err
	}
	return nil, refusal(out)
}

// Dial answers HUB/Reservation/Dial: a person pressed Dial.
func (s *Store) Dial(ctx context.Context, r *session.Request) (any, error) {
	id, _, err := namedIn(r)
	if err != nil {
		return nil, err
	}
	out, err := s.mutate(ctx, r, s.lua.dial, id, ms(s.policy.DialledTTL))
	if err != nil {
		return nil, err
	}
	if err := refusal(out); err != nil {
		if errors.Is(err, errWithdrawn) || errors.Is(err, errBlockedNumber) {
			r.Claim.Shown = ""
		}
		return nil, err
	}
	v, err := s.parseShown(out[1:])
	if err != nil {
		return nil, err
	}
	return struct {
		ContactID     string `json:"ContactId"`
		PhoneNumber   string `json:"phoneNumber"`
		ReservedUntil string `json:"reservedUntil"`
	}{string(v.ID), v.Prefix + v.Phone.Reveal() + v.Suffix, stamp(v.Until)}, nil
}

// Extend answers HUB/Reservation/Extend: Keep.
func (s *Store) Extend(ctx context.Context, r *session.Request) (any, error) {
	id, _, err := namedIn(r)
	if err != nil {
		return nil, err
	}
	out, err := s.mutate(ctx, r, s.lua.extend, id, ms(s.policy.ExtendStep))
	if err != nil {
		return nil, err
	}
	if err := refusal(out); err != nil {
		return nil, err
	}
	return struct {
		ContactID     string `json:"ContactId"`
		ReservedUntil string `json:"reservedUntil"`
	}{unesc(out[1]), stamp(parseMs(out[2]))}, nil
}

// outcome is one report of what came of a call.
type outcome struct {
	id, kind, note string
	due, until     time.Time // a callback's time
	personal       bool
}

func (s *Store) report(ctx context.Context, r *session.Request, o outcome) error {
	account, ok, err := r.Data.Text("AccountNumber")
	if err != nil {
		return err
	}
	if !ok || account == "" {
		return errAccountMissing
	}
	personal := ""
	if o.personal {
		personal = "1"
	}
	out, err := s.mutate(ctx, r, s.lua.outcome, esc(account), o.id, o.kind, unixMs(o.due), unixMs(o.until), personal,
		o.note, ms(s.policy.WrapupTTL))
	if err != nil {
		return err
	}
	if err := refusal(out); err != nil {
		return err
	}
	if r.Claim.Shown == unesc(out[1]) {
		r.Claim.Shown = ""
	}
	return nil
}

// SetOutcome answers SetNonPEWCContactOutcome.
func (s *Store) SetOutcome(ctx context.Context, r *session.Request) (any, error) {
	id, _, err := outcomeID(r)
	if err != nil {
		return nil, err
	}
	return envelope.OK{}, s.report(ctx, r, outcome{id: id, kind: "outcome"})
}

// SkipAndClose answers SkipManualDialContact: skip and close with an outcome.
func (s *Store) SkipAndClose(ctx context.Context, r *session.Request) (any, error) {
	id, ok, err := outcomeID(r)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errOutcomeMissing
	}
	return envelope.OK{}, s.report(ctx, r, outcome{id: id, kind: "skip_close"})
}
