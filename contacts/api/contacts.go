package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/session/identity"
)

// contactJSON is one contact over HTTP. phone is the last four digits.
type contactJSON struct {
	ContactID     contacts.ID         `json:"contactId"`
	CampaignID    contacts.CampaignID `json:"campaignId"`
	State         contacts.State      `json:"state" enum:"available,scheduled,reserved,dialled,wrapup,review,closed"`
	Agent         identity.AgentID    `json:"agent" doc:"who holds it, empty if nobody"`
	ReservedUntil string              `json:"reservedUntil"`
	Due           string              `json:"due" doc:"when it may be called again, or its wrap-up ends; empty if now, or if nobody knows"`
	Why           string              `json:"why" doc:"why nobody may call it now: the code of a refusal (outside_hours, no_zone, not_matchable, too_many_attempts, too_soon, paused, expired, blocked, phone_held), the state that stands in the way, or what sent it to review or closed it; empty if it may be called now, by its holder if it is reserved"`
	Rule          string              `json:"rule" doc:"the rule that says so: one of a pack, campaign, or a limit of calls; empty if it has no name"`
	Skips         int                 `json:"skips" doc:"different agents that skipped it"`
	Attempts      int                 `json:"attempts"`
	Phone         string              `json:"phone" doc:"the last four digits"`
	Name          string              `json:"name"`
	Priority      int                 `json:"priority"`
	CallType      int                 `json:"callType"`
	TimeZone      string              `json:"timeZone"`
	ExpiryTime    string              `json:"expiryTime"`
	Outcome       string              `json:"outcome"`
}

func newContactJSON(c contacts.Contact, why contacts.Why) contactJSON {
	return contactJSON{
		ContactID: c.ID, CampaignID: c.Campaign, State: c.State, Agent: c.Agent, ReservedUntil: contacts.Stamp(c.ReservedUntil),
		Due: contacts.Stamp(why.Due), Why: why.Code, Rule: why.Rule,
		Skips: c.Skips, Attempts: c.Attempts, Phone: c.LastFour, Name: c.Name, Priority: c.Priority, CallType: c.CallType,
		TimeZone: c.TimeZone, ExpiryTime: contacts.Stamp(c.ExpiryTime), Outcome: c.Outcome,
	}
}

// ContactPath names a contact in a path; huma looks into exported structs only.
type ContactPath struct {
	ID contacts.ID `path:"id" minLength:"1" maxLength:"128"`
}

type body[T any] struct{ Body T }

var campaignOnly = []identity.Role{identity.RoleCampaign}

func (a *API) contactRoutes() {
	rest.Register(a.Server, huma.Operation{
		OperationID: "get-contact", Method: http.MethodGet, Path: "/contacts/{id}", Summary: "One contact",
		Errors: []int{http.StatusNotFound},
	}, campaignOnly, a.getContact)
	rest.Register(a.Server, huma.Operation{
		OperationID: "withdraw-contact", Method: http.MethodDelete, Path: "/contacts/{id}", Summary: "Withdraw a contact, or erase it",
		Description: "Closes it in any state; if an agent holds it, it is released and the agent is told. With erase, nothing is left that names the person " +
			"but the last four digits in events, and its number on the own do-not-call list; what is dialled is refused until its call has ended.",
		Errors: []int{http.StatusNotFound, http.StatusConflict}, DefaultStatus: http.StatusNoContent,
	}, campaignOnly, a.withdrawContact)
}

func (a *API) getContact(ctx context.Context, in *ContactPath) (*body[contactJSON], error) {
	c, why, err := a.Store.Why(ctx, in.ID)
	if err == nil && !rest.Caller(ctx).Serves(string(c.Campaign)) {
		err = contacts.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &body[contactJSON]{newContactJSON(c, why)}, nil
}

func (a *API) withdrawContact(ctx context.Context, in *struct {
	ContactPath
	Erase bool `query:"erase" doc:"take it out of the store, with all that names it"`
},
) (*struct{}, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	if in.Erase {
		err := a.Store.Erase(ctx, in.ID, string(rest.Caller(ctx).Agent))
		if errors.Is(err, contacts.ErrNotFound) { // it was there: somebody else has erased it, or this call has, whose answer was lost
			err = nil
		}
		return nil, err
	}
	return nil, a.Store.Withdraw(ctx, in.ID, string(rest.Caller(ctx).Agent), "withdrawn")
}

// seen refuses a contact that is not there. One of a campaign that is none of the
// caller's does not exist for the caller.
func (a *API) seen(ctx context.Context, id contacts.ID) error {
	c, err := a.Read.Contact(ctx, id)
	if err == nil && !rest.Caller(ctx).Serves(string(c.Campaign)) {
		err = contacts.ErrNotFound
	}
	return err
}
