package envelope

import "errors"

// Code names a refusal for machines (protocol.md section 2, agenthub.v1 only).
type Code string

// Every code that can reach a client.
const (
	CodeContactNotFound   Code = "contact_not_found"
	CodeNoContacts        Code = "no_contacts"
	CodeOutcomePending    Code = "outcome_pending"
	CodeAlreadyDialled    Code = "already_dialled"
	CodeAgentMismatch     Code = "agent_mismatch"
	CodeInvalidMessage    Code = "invalid_message"
	CodeUnknownSubtopic   Code = "unknown_subtopic"
	CodeNotAllowed        Code = "not_allowed"
	CodeOutsideHours      Code = "outside_hours"
	CodeNoZone            Code = "no_zone"
	CodeBlocked           Code = "blocked"
	CodeNotMatchable      Code = "not_matchable"
	CodeTooManyAttempts   Code = "too_many_attempts"
	CodeTooSoon           Code = "too_soon"
	CodeSkipDisabled      Code = "skip_disabled"
	CodeSessionSuperseded Code = "session_superseded"
	CodeRequestIDReused   Code = "request_id_reused"
	CodePending           Code = "pending"
	CodeUnavailable       Code = "unavailable"
)

// Error is a refusal a client may see: a stable code, a plain sentence in the
// manner of "Contact not found", and the cause for the log alone.
type Error struct {
	Code    Code
	Message string
	Err     error

	Rule    string // that refuses, "" if it has no name
	Layer   string // the do-not-call layer that refuses, "" if none does
	OpensAt string // when it would not any more, RFC 3339; "" for never, or unknown
}

func (e *Error) Error() string {
	if e.Err != nil {
		return string(e.Code) + ": " + e.Err.Error()
	}
	return string(e.Code) + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Refuse makes a refusal without a cause.
func Refuse(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// AsError turns any error into one a client may see: what is no *Error becomes
// unavailable, its cause kept for the log.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: CodeUnavailable, Message: "Service unavailable, try again", Err: err}
}
