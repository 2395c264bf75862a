package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/contacts/lists"
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
		OperationID: "load-contacts", Method: http.MethodPost, Path: "/contacts", Summary: "Load or update contacts",
		Description: "Streamed; a bad row is rejected alone. A closed, withdrawn or blocked contact is never opened again. " +
			"CSV begins with a line that names the columns; a field has no line break. The first 1,000 rejected rows are told, " +
			"and under ignored each column, or key of an object, that the hub does not know, with the one that was probably meant: nothing in it was taken.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/x-ndjson": {Schema: &huma.Schema{Type: "string", Description: "one JSON object a line"}, Example: `{"contactId":"c1","campaignId":"spring","phoneNumber":"+1 212 555 0123"}`},
			"text/csv":             {Schema: &huma.Schema{Type: "string"}, Example: "contactId,campaignId,phoneNumber\nc1,spring,+1 212 555 0123\n"},
		}},
		Errors: []int{http.StatusUnsupportedMediaType},
	}, campaignOnly, a.loadContacts)
	rest.Register(a.Server, huma.Operation{
		OperationID: "get-contact", Method: http.MethodGet, Path: "/contacts/{id}", Summary: "One contact",
		Errors: []int{http.StatusNotFound},
	}, campaignOnly, a.getContact)
	rest.Register(a.Server, huma.Operation{
		OperationID: "withdraw-contact", Method: http.MethodDelete, Path: "/contacts/{id}", Summary: "Withdraw a contact",
		Description: "Closes it in any state; if an agent holds it, it is released and the agent is told.",
		Errors:      []int{http.StatusNotFound}, DefaultStatus: http.StatusNoContent,
	}, campaignOnly, a.withdrawContact)
}

func (a *API) loadContacts(ctx context.Context, in *struct{ rest.BodyStream }) (*body[lists.Loaded], error) {
	format, ok := map[string]lists.Format{
		"application/x-ndjson": lists.NDJSON, "application/ndjson": lists.NDJSON, "application/jsonl": lists.NDJSON, "text/csv": lists.CSV,
	}[in.ContentType]
	if !ok {
		return nil, huma.Error415UnsupportedMediaType("contacts are sent as application/x-ndjson or text/csv")
	}
	rows, err := lists.NewRowReader(in.Sent, format, a.Region, a.Zones.Data())
	if header, ok := errors.AsType[lists.HeaderError](err); ok {
		return nil, huma.Error400BadRequest(header.Error())
	}
	if err != nil {
		return nil, huma.Error400BadRequest("the body broke off before its first line ended")
	}
	done, err := lists.Load(ctx, rows, a.Store, a.Read, rest.Caller(ctx))
	if err != nil {
		refusal, _ := errors.AsType[huma.StatusError](a.problem(err))
		return nil, huma.NewError(refusal.GetStatus(), fmt.Sprintf(
			"stopped after %d accepted, %d updated and %d rejected rows; loading the same rows again does them no harm",
			done.Accepted, done.Updated, done.RejectedTotal))
	}
	return &body[lists.Loaded]{done}, nil
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

func (a *API) withdrawContact(ctx context.Context, in *ContactPath) (*struct{}, error) {
	if err := a.seen(ctx, in.ID); err != nil {
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
