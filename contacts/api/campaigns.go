package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
	"agenthub/session/identity"
)

type campaignJSON struct {
	CampaignID contacts.CampaignID    `json:"campaignId"`
	State      string                 `json:"state" enum:"running,paused"`
	Counts     map[contacts.State]int `json:"counts" doc:"contacts by state"`
}

type campaignsJSON struct {
	Campaigns []campaignJSON `json:"campaigns"`
}

// CampaignPath names a campaign in a path.
type CampaignPath struct {
	ID contacts.CampaignID `path:"id" minLength:"1" maxLength:"128"`
}

func (a *API) campaignRoutes() {
	register(a, huma.Operation{
		OperationID: "list-campaigns", Method: http.MethodGet, Path: "/campaigns", Summary: "Counts by state per campaign",
	}, []identity.Role{identity.RoleCampaign, identity.RoleSupervisor}, a.listCampaigns)
	register(a, huma.Operation{
		OperationID: "get-campaign", Method: http.MethodGet, Path: "/campaigns/{id}", Summary: "The rules of a campaign, as they were put",
		Errors: []int{http.StatusNotFound},
	}, campaignOnly, a.getCampaign)
	register(a, huma.Operation{
		OperationID: "put-campaign", Method: http.MethodPut, Path: "/campaigns/{id}", Summary: "Set the rules of a campaign",
		Description: "What is left out has its default, calling hours from 08:00 to 21:00 among them; from 00:00 to 24:00 is no hours. A paused campaign reserves and dials nothing.",
		Errors:      []int{http.StatusNotFound}, DefaultStatus: http.StatusNoContent,
	}, campaignOnly, a.putCampaign)
}

func (a *API) listCampaigns(ctx context.Context, _ *struct{}) (*body[campaignsJSON], error) {
	campaigns, err := a.Read.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	out := campaignsJSON{Campaigns: []campaignJSON{}}
	for _, c := range campaigns {
		if !caller(ctx).Serves(string(c.Campaign)) {
			continue
		}
		state := contacts.CampaignPaused
		if c.Running {
			state = contacts.CampaignRunning
		}
		out.Campaigns = append(out.Campaigns, campaignJSON{c.Campaign, state, c.Counts})
	}
	return &body[campaignsJSON]{out}, nil
}

// The hours of a campaign that somebody configured and gave none (protocol.md section 7).
const (
	defaultCallFrom  = "08:00"
	defaultCallUntil = "21:00"
)

var errNoCampaign = huma.Error404NotFound("campaign not found")

func (a *API) getCampaign(ctx context.Context, in *CampaignPath) (*body[contacts.Rules], error) {
	if !caller(ctx).Serves(string(in.ID)) {
		return nil, errNoCampaign
	}
	rules, err := a.Store.Campaign(ctx, in.ID)
	if errors.Is(err, contacts.ErrNotFound) {
		return nil, errNoCampaign
	}
	return &body[contacts.Rules]{rules}, err
}

func (a *API) putCampaign(ctx context.Context, in *struct {
	CampaignPath
	Body contacts.Rules
},
) (*struct{}, error) {
	if !caller(ctx).Serves(string(in.ID)) {
		return nil, errNoCampaign
	}
	bad := in.Body.Validate(a.Zones.Data())
	if !contacts.Plain(string(in.ID), 128) {
		return nil, refuseFields("path", contacts.FieldError{Field: "id", Problem: "has characters that cannot be printed"})
	}
	if bad != nil {
		return nil, refuseFields("body", bad...)
	}
	if in.Body.CallFrom == "" {
		in.Body.CallFrom, in.Body.CallUntil = defaultCallFrom, defaultCallUntil
	}
	return nil, a.Store.PutCampaign(ctx, in.ID, in.Body)
}
