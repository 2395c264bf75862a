package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/contacts/lists"
	"agenthub/session/identity"
)

type agentJSON struct {
	Agent         identity.AgentID `json:"agent"`
	Name          string           `json:"name"`
	Node          string           `json:"node"`
	Since         string           `json:"since"`
	State         string           `json:"state" doc:"as the agent's desktop says"`
	Connected     bool             `json:"connected" doc:"false: the socket is lost, the session waits for it"`
	ContactID     contacts.ID      `json:"contactId"`
	ReservedUntil string           `json:"reservedUntil"`
}

type agentsJSON struct {
	Agents []agentJSON `json:"agents"`
}

// AgentPath names an agent in a path.
type AgentPath struct {
	Agent identity.AgentID `path:"agent" minLength:"1" maxLength:"128"`
}

// Resolve refuses an id that no token can have: a separator in it would tear the
// event that names the agent.
func (p *AgentPath) Resolve(huma.Context) []error {
	if contacts.Plain(string(p.Agent), 128) {
		return nil
	}
	return []error{&huma.ErrorDetail{Location: "path.agent", Message: "has characters that cannot be printed"}}
}

type reviewJSON struct {
	ContactID  contacts.ID         `json:"contactId"`
	CampaignID contacts.CampaignID `json:"campaignId"`
	Since      string              `json:"since"`
	Reason     string              `json:"reason"`
	Skips      int                 `json:"skips"`
	Attempts   int                 `json:"attempts"`
	Phone      string              `json:"phone" doc:"the last four digits"`
}

type reviewsJSON struct {
	Reviews []reviewJSON `json:"reviews"`
	Next    string       `json:"next" doc:"cursor of the next page, empty at the end"`
}

var supervisorOnly = []identity.Role{identity.RoleSupervisor}

func (a *API) agentRoutes() {
	rest.Register(a.Server, huma.Operation{
		OperationID: "list-agents", Method: http.MethodGet, Path: "/agents", Summary: "Who is signed in",
	}, supervisorOnly, a.listAgents)
	rest.Register(a.Server, huma.Operation{
		OperationID: "reserve-for-agent", Method: http.MethodPut, Path: "/agents/{agent}/reservation", Summary: "Reserve a contact for an agent",
		Description: "That contact, or the campaign's next. It is pushed to the agent's socket on whichever node it lives; undelivered, it goes back after holdFor.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, campaignOnly, a.reserveFor)
	rest.Register(a.Server, huma.Operation{
		OperationID: "take-back", Method: http.MethodDelete, Path: "/agents/{agent}/reservation", Summary: "Take a reserved contact back",
		Errors: []int{http.StatusNotFound, http.StatusConflict}, DefaultStatus: http.StatusNoContent,
	}, supervisorOnly, a.takeBack)
	rest.Register(a.Server, huma.Operation{
		OperationID: "sign-out", Method: http.MethodDelete, Path: "/agents/{agent}/session", Summary: "Sign an agent out",
		Description:   "Tokens issued before now are revoked.",
		DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusNotFound},
	}, supervisorOnly, a.signOut)
	rest.Register(a.Server, huma.Operation{
		OperationID: "list-reviews", Method: http.MethodGet, Path: "/reviews", Summary: "Contacts that wait for a decision, oldest first",
	}, supervisorOnly, a.listReviews)
	rest.Register(a.Server, huma.Operation{
		OperationID: "decide-review", Method: http.MethodPost, Path: "/contacts/{id}/review", Summary: "Decide about a contact in review",
		Errors: []int{http.StatusNotFound, http.StatusConflict}, DefaultStatus: http.StatusNoContent,
	}, supervisorOnly, a.decide)
}

func (a *API) listAgents(ctx context.Context, _ *struct{}) (*body[agentsJSON], error) {
	agents, err := a.Read.Agents(ctx)
	if err != nil {
		return nil, err
	}
	out := agentsJSON{Agents: []agentJSON{}}
	for _, g := range agents {
		if !oversees(rest.Caller(ctx), g.Campaigns) {
			continue
		}
		if !rest.Caller(ctx).Serves(string(g.Held)) { // of another campaign: that it is there is all to see
			g.Contact, g.ReservedUntil = "", time.Time{}
		}
		out.Agents = append(out.Agents, agentJSON{
			g.Agent, g.Name, g.Node, contacts.Stamp(g.Since), g.State, g.Connected, g.Contact, contacts.Stamp(g.ReservedUntil),
		})
	}
	return &body[agentsJSON]{out}, nil
}

// oversees reports whether a supervisor sees an agent that serves these
// campaigns: they have one in common.
func oversees(supervisor identity.Identity, serves []string) bool {
	return supervisor.Campaigns == nil || serves == nil && len(supervisor.Campaigns) > 0 ||
		slices.ContainsFunc(serves, supervisor.Serves)
}

func (a *API) reserveFor(ctx context.Context, in *struct {
	AgentPath
	Body struct {
		ContactID  contacts.ID         `json:"contactId,omitempty" maxLength:"128" doc:"this contact"`
		CampaignID contacts.CampaignID `json:"campaignId,omitempty" maxLength:"128" doc:"or the next of this campaign"`
		HoldFor    contacts.Duration   `json:"holdFor,omitempty" doc:"how long it waits for an agent who is not signed in" example:"1h"`
	}
},
) (*body[contactJSON], error) {
	b := &in.Body
	if (b.ContactID == "") == (b.CampaignID == "") {
		return nil, rest.RefuseFields("body", contacts.FieldError{Field: "contactId", Problem: "either contactId or campaignId is given"})
	}
	if !contacts.Plain(string(b.CampaignID), 128) {
		return nil, rest.RefuseFields("body", contacts.FieldError{Field: "campaignId", Problem: "has characters that cannot be printed"})
	}
	if b.HoldFor == 0 {
		b.HoldFor = contacts.Duration(time.Hour)
	}
	if b.HoldFor < contacts.Duration(time.Second) || b.HoldFor > contacts.Duration(24*time.Hour) {
		return nil, rest.RefuseFields("body", contacts.FieldError{Field: "holdFor", Problem: "is not between 1s and 24h"})
	}
	if b.ContactID != "" {
		if err := a.seen(ctx, b.ContactID); err != nil {
			return nil, err
		}
	} else if !rest.Caller(ctx).Serves(string(b.CampaignID)) {
		return nil, errNoCampaign
	}
	id, err := a.Store.Assign(ctx, in.Agent, b.ContactID, b.CampaignID, time.Duration(b.HoldFor), string(rest.Caller(ctx).Agent))
	if errors.Is(err, contacts.ErrNoCampaign) {
		meant, _ := a.Read.NearCampaign(ctx, b.CampaignID, rest.Caller(ctx).Campaigns) // without it the call is refused all the same
		return nil, rest.RefuseFields("body", contacts.FieldError{Field: "campaignId", Problem: lists.UnknownCampaign(meant)})
	}
	if err != nil {
		return nil, err
	}
	c, why, err := a.Store.Why(ctx, id)
	if err != nil {
		return nil, err
	}
	return &body[contactJSON]{newContactJSON(c, why)}, nil
}

func (a *API) takeBack(ctx context.Context, in *AgentPath) (*struct{}, error) {
	agent, err := a.overseen(ctx, in.Agent)
	if err == nil && !rest.Caller(ctx).Serves(string(agent.Held)) {
		err = contacts.ErrNotHeld
	}
	if err != nil {
		return nil, err
	}
	return nil, a.Store.TakeBack(ctx, in.Agent, string(rest.Caller(ctx).Agent))
}

func (a *API) signOut(ctx context.Context, in *AgentPath) (*struct{}, error) {
	if _, err := a.overseen(ctx, in.Agent); err != nil {
		return nil, err
	}
	return nil, a.Store.SignOut(ctx, in.Agent, string(rest.Caller(ctx).Agent))
}

// overseen refuses an agent the caller does not see. A supervisor of all
// campaigns may also act on an agent who is not signed in.
func (a *API) overseen(ctx context.Context, agent identity.AgentID) (contacts.AgentInfo, error) {
	if rest.Caller(ctx).Campaigns == nil {
		return contacts.AgentInfo{}, nil
	}
	info, err := a.Read.Agent(ctx, agent)
	if err != nil && !errors.Is(err, contacts.ErrNotFound) {
		return contacts.AgentInfo{}, err
	}
	// Of who never signed in, what waits for it is all that is known.
	if err != nil || !oversees(rest.Caller(ctx), info.Campaigns) || info.Node == "" && !rest.Caller(ctx).Serves(string(info.Held)) {
		return contacts.AgentInfo{}, huma.Error404NotFound("agent not found")
	}
	return info, nil
}

func (a *API) listReviews(ctx context.Context, in *struct {
	Cursor string `query:"cursor" maxLength:"200"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
},
) (*body[reviewsJSON], error) {
	items, next, err := a.Read.Reviews(ctx, rest.Caller(ctx), in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := reviewsJSON{Reviews: []reviewJSON{}, Next: next}
	for _, r := range items {
		out.Reviews = append(out.Reviews, reviewJSON{r.ID, r.Campaign, contacts.Stamp(r.Since), r.Reason, r.Skips, r.Attempts, r.LastFour})
	}
	return &body[reviewsJSON]{out}, nil
}

func (a *API) decide(ctx context.Context, in *struct {
	ContactPath
	Body struct {
		Decision string `json:"decision" enum:"reopen,close"`
		Note     string `json:"note,omitempty" maxLength:"500"`
	}
},
) (*struct{}, error) {
	if !contacts.Plain(in.Body.Note, 2000) {
		return nil, rest.RefuseFields("body", contacts.FieldError{Field: "note", Problem: "has characters that cannot be printed"})
	}
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, a.Store.Decide(ctx, in.ID, in.Body.Decision, in.Body.Note, string(rest.Caller(ctx).Agent))
}
