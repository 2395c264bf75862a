package desk

import (
	"context"
	"errors"

	"agenthub/contacts"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/envelope"
)

// GetContact answers GetContactOD: the next contact, or the one held.
func (d *Desk) GetContact(ctx context.Context, r *session.Request) (any, error) {
	v, err := d.store.Reserve(ctx, callerOf(r))
	if err != nil {
		return nil, refusal(err)
	}
	more, err := d.show(ctx, r.Claim, v)
	return newContactOD(v, more), err
}

// GetReserved answers GetReservedContactOD: what the agent holds.
func (d *Desk) GetReserved(ctx context.Context, r *session.Request) (any, error) {
	v, _, err := d.store.Held(ctx, callerOf(r))
	if err != nil {
		return nil, refusal(err)
	}
	more, err := d.show(ctx, r.Claim, v)
	return newReservedContactOD(v, more), err
}

// Skip answers SkipNonPEWCContact: the main job.
func (d *Desk) Skip(ctx context.Context, r *session.Request) (any, error) {
	id, account, err := namedIn(r)
	if err != nil {
		return nil, err
	}
	reason, note, err := reasonOf(r)
	if err != nil {
		return nil, refusal(err)
	}
	if err := d.store.Skip(ctx, callerOf(r), store.SkipArgs{Contact: id, Account: account, Reason: reason, Note: note}); err != nil {
		return nil, refusal(err)
	}
	r.Claim.Shown = ""
	return envelope.OK{}, nil
}

// CallCount answers GetAgentCallCount. IsAgentReserved is "0" for reserved, as
// published.
func (d *Desk) CallCount(ctx context.Context, r *session.Request) (any, error) {
	w, err := d.store.Count(ctx, callerOf(r))
	if err != nil {
		return nil, refusal(err)
	}
	reserved := "1"
	if w.Holds {
		reserved = "0"
	}
	return struct{ PCBCount, RegularCount, IsAgentReserved string }{w.Callbacks, w.Regular, reserved}, nil
}

// AgentState records what SendAgentState says. It is not answered.
func (d *Desk) AgentState(ctx context.Context, r *session.Request) (any, error) {
	state, ok, err := r.Data.Text("agentState")
	if err != nil {
		return nil, err
	}
	if !ok || state == "" || !contacts.Plain(state, 64) {
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, "agentState must have 1 to 64 printable characters")
	}
	return nil, refusal(d.store.SetState(ctx, callerOf(r), state))
}

// Dial answers HUB/Reservation/Dial: a person pressed Dial.
func (d *Desk) Dial(ctx context.Context, r *session.Request) (any, error) {
	id, _, err := namedIn(r)
	if err != nil {
		return nil, err
	}
	v, err := d.store.Dial(ctx, callerOf(r), id)
	if err != nil {
		blocked, _ := errors.AsType[*contacts.BlockedError](err)
		if errors.Is(err, contacts.ErrWithdrawn) || blocked != nil && blocked.Layer == contacts.LayerOwn { // it is closed
			r.Claim.Shown = ""
		}
		return nil, refusal(err)
	}
	return struct {
		ContactID     string `json:"ContactId"`
		PhoneNumber   string `json:"phoneNumber"`
		ReservedUntil string `json:"reservedUntil"`
	}{string(v.ID), v.Prefix + v.Phone.Reveal() + v.Suffix, contacts.Stamp(v.Until)}, nil
}

// Extend answers HUB/Reservation/Extend: Keep.
func (d *Desk) Extend(ctx context.Context, r *session.Request) (any, error) {
	id, _, err := namedIn(r)
	if err != nil {
		return nil, err
	}
	held, until, err := d.store.Extend(ctx, callerOf(r), id)
	if err != nil {
		return nil, refusal(err)
	}
	return struct {
		ContactID     string `json:"ContactId"`
		ReservedUntil string `json:"reservedUntil"`
	}{string(held), contacts.Stamp(until)}, nil
}

// report records what came of a call. The account in the request says which.
func (d *Desk) report(ctx context.Context, r *session.Request, o store.OutcomeArgs) error {
	account, ok, err := r.Data.Text("AccountNumber")
	if err != nil {
		return err
	}
	if !ok || account == "" {
		return errAccountMissing
	}
	o.Account = account
	id, err := d.store.Outcome(ctx, callerOf(r), o)
	if err != nil {
		return refusal(err)
	}
	if r.Claim.Shown == string(id) {
		r.Claim.Shown = ""
	}
	return nil
}

// SetOutcome answers SetNonPEWCContactOutcome.
func (d *Desk) SetOutcome(ctx context.Context, r *session.Request) (any, error) {
	id, _, err := outcomeID(r)
	if err != nil {
		return nil, err
	}
	return envelope.OK{}, d.report(ctx, r, store.OutcomeArgs{ID: id, Kind: store.KindOutcome})
}

// SkipAndClose answers SkipManualDialContact: skip and close with an outcome.
func (d *Desk) SkipAndClose(ctx context.Context, r *session.Request) (any, error) {
	id, ok, err := outcomeID(r)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errOutcomeMissing
	}
	return envelope.OK{}, d.report(ctx, r, store.OutcomeArgs{ID: id, Kind: store.KindSkipClose})
}
