package api

import (
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/contacts/script"
)

// problem says what a store's error means to a caller over HTTP.
func (a *API) problem(err error) error {
	if refusal, ok := errors.AsType[huma.StatusError](err); ok {
		return refusal
	}
	if field, ok := errors.AsType[contacts.FieldError](err); ok {
		return huma.Error422UnprocessableEntity(field.Error())
	}
	if hours, ok := errors.AsType[*contacts.HoursError](err); ok {
		return huma.Error409Conflict("calls are allowed again from " + contacts.Stamp(hours.Opens))
	}
	if taken, ok := errors.AsType[*contacts.TakenError](err); ok {
		detail := "the contact cannot be reserved now: " + taken.Why
		if !taken.Until.IsZero() {
			detail += " until " + contacts.Stamp(taken.Until)
		}
		switch {
		case taken.Why == contacts.Blocked && taken.Rule != "":
			detail += ", by the do-not-call layer " + taken.Rule
		case taken.Rule != "" && taken.Rule != taken.Why:
			detail += ", by the rule " + taken.Rule
		}
		return huma.Error409Conflict(detail)
	}
	switch {
	case errors.Is(err, contacts.ErrNotFound):
		return huma.Error404NotFound("contact not found")
	case errors.Is(err, contacts.ErrNotHeld):
		return huma.Error404NotFound("the agent holds no contact")
	case errors.Is(err, contacts.ErrNoContacts):
		return huma.Error404NotFound("no contact of this campaign can be reserved now")
	case errors.Is(err, contacts.ErrDialled):
		return huma.Error409Conflict("the contact is dialled: it stays with its agent")
	case errors.Is(err, contacts.ErrAgentBusy):
		return huma.Error409Conflict("the agent holds another contact")
	case errors.Is(err, contacts.ErrBlocked):
		return huma.Error409Conflict("the number is on the do-not-call list")
	case errors.Is(err, contacts.ErrVersion):
		return huma.Error412PreconditionFailed("somebody has changed the campaign meanwhile: get it again, and change that")
	case errors.Is(err, contacts.ErrState):
		return huma.Error409Conflict("the contact's state does not allow it")
	case errors.Is(err, contacts.ErrGone):
		return huma.NewError(http.StatusGone, "results after this cursor are not kept any more, or were lost: begin again without one")
	case errors.Is(err, contacts.ErrCursor):
		return huma.Error422UnprocessableEntity("validation failed", &huma.ErrorDetail{Location: "query.cursor", Message: "is none of ours"})
	}
	a.Log.Warn("api call failed", zap.Error(err))
	if errors.Is(err, script.ErrPending) {
		return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable("it may or may not have been done: look, then try again"), rest.RetryAfter())
	}
	return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable("service unavailable, try again"), rest.RetryAfter())
}
