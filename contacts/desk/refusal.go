package desk

import (
	"errors"

	"agenthub/contacts"
	"agenthub/contacts/script"
	"agenthub/session/envelope"
)

// What an agent is told of what the store says; the codes stand in protocol.md section 2.
var refusals = []struct { //nolint:gochecknoglobals // a table
	err error
	say *envelope.Error
}{
	{contacts.ErrNotHeld, errContactNotFound},
	{contacts.ErrNoContacts, envelope.Refuse(envelope.CodeNoContacts, "Contact not found")},
	{contacts.ErrOutcomePending, envelope.Refuse(envelope.CodeOutcomePending, "Outcome pending")},
	{contacts.ErrDialled, envelope.Refuse(envelope.CodeAlreadyDialled, "Contact already dialled")},
	{contacts.ErrReused, envelope.Refuse(envelope.CodeRequestIDReused, "Request id already used for another request")},
	{contacts.ErrSuperseded, envelope.Refuse(envelope.CodeSessionSuperseded, "Signed in elsewhere")},
	{contacts.ErrNotMatchable, envelope.Refuse(envelope.CodeNotMatchable, "Contact has no number that can be called")},
	{contacts.ErrWithdrawn, envelope.Refuse(envelope.CodeContactNotFound, "Contact was withdrawn")},
	{contacts.ErrPaused, envelope.Refuse(envelope.CodeNotAllowed, "Campaign is paused")},
	{contacts.ErrExtendLimit, envelope.Refuse(envelope.CodeNotAllowed, "Contact was kept the most times allowed")},
	{contacts.ErrPastCallback, envelope.Refuse(envelope.CodeInvalidMessage, "StartDate and StartTime are in the past")},
	{contacts.ErrUnknownReason, envelope.Refuse(envelope.CodeInvalidMessage, "Reason is none of the campaign's")},
	{contacts.ErrSkipDisabled, envelope.Refuse(envelope.CodeSkipDisabled, "Contacts of this campaign cannot be skipped")},
	{contacts.ErrUnknownOutcome, envelope.Refuse(envelope.CodeInvalidMessage, "OutcomeId is none of the campaign's")},
	{contacts.ErrFarCallback, envelope.Refuse(envelope.CodeInvalidMessage, "StartDate is more than two years ahead")},
	{contacts.ErrNoteMissing, envelope.Refuse(envelope.CodeInvalidMessage, "Note is missing, this Reason needs one")},
}

// What is wrong before the store is asked.
var (
	errContactNotFound = envelope.Refuse(envelope.CodeContactNotFound, "Contact not found")
	errAccountMissing  = envelope.Refuse(envelope.CodeInvalidMessage, "AccountNumber is missing")
	errOutcomeMissing  = envelope.Refuse(envelope.CodeInvalidMessage, "OutcomeId is missing")
	errCallID          = envelope.Refuse(envelope.CodeInvalidMessage, "Invalid Call ID.")
)

// refusal gives an error the code and the sentence that an agent is told; nil
// stays nil, and what stands in no table becomes unavailable on its way out.
func refusal(err error) error {
	if err == nil {
		return nil
	}
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.say
		}
	}
	if blocked, ok := errors.AsType[*contacts.BlockedError](err); ok {
		refusal := &envelope.Error{Code: envelope.CodeBlocked, Message: "Contact is on the do-not-call list", Layer: blocked.Layer}
		if !blocked.Opens.IsZero() {
			refusal.OpensAt = contacts.Stamp(blocked.Opens)
		}
		return refusal
	}
	if hours, ok := errors.AsType[*contacts.HoursError](err); ok {
		if hours.Rule == contacts.RuleNoZone {
			return &envelope.Error{Code: envelope.CodeNoZone, Message: "Nobody knows what time it is for this person", Rule: hours.Rule}
		}
		refusal := &envelope.Error{Code: envelope.CodeOutsideHours, Message: "Calls are not allowed", Rule: hours.Rule}
		if !hours.Opens.IsZero() {
			refusal.OpensAt = contacts.Stamp(hours.Opens)
			refusal.Message = "Calls are allowed again from " + refusal.OpensAt
		}
		return refusal
	}
	if expires, ok := errors.AsType[*contacts.ExpiresError](err); ok {
		return envelope.Refuse(envelope.CodeInvalidMessage, "Contact expires at "+contacts.Stamp(expires.At)+", before StartDate and StartTime")
	}
	if pace, ok := errors.AsType[*contacts.PaceError](err); ok {
		text := "Called too often, calls are allowed again from "
		if pace.Code == contacts.TooSoon {
			text = "Called a short time ago, calls are allowed again from "
		}
		return &envelope.Error{
			Code: envelope.Code(pace.Code), Message: text + contacts.Stamp(pace.Opens), Rule: pace.Rule, OpensAt: contacts.Stamp(pace.Opens),
		}
	}
	if field, ok := errors.AsType[contacts.FieldError](err); ok {
		return envelope.Refuse(envelope.CodeInvalidMessage, field.Error())
	}
	if errors.Is(err, script.ErrPending) { // it may have happened: asked again with the same id, the store knows
		return &envelope.Error{Code: envelope.CodePending, Message: "Not known yet, ask again with the same request id", Err: err}
	}
	return err
}
