package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/session/identity"
)

type campaignJSON struct {
	CampaignID contacts.CampaignID    `json:"campaignId"`
	State      string                 `json:"state" enum:"running,paused,draft"`
	Group      string                 `json:"group,omitempty" doc:"of campaigns that it belongs to"`
	Counts     map[contacts.State]int `json:"counts" doc:"contacts by state"`
	Why        map[string]int         `json:"why" doc:"contacts that wait, available or scheduled, and cannot be called now, by the check that put them off: outside_hours, no_zone, not_matchable, blocked, too_many_attempts, too_soon; all of them are paused where the campaign does not run"`
	Unplaced   map[string]int         `json:"unplaced,omitempty" doc:"open contacts whose person nobody can place, by why: country (no more is known than a country of several clocks: called where it is right all over it), nowhere (called at no hour, unless nothing depends on it)"`
}

type campaignsJSON struct {
	Campaigns []campaignJSON `json:"campaigns"`
}

// CampaignPath names a campaign in a path.
type CampaignPath struct {
	ID contacts.CampaignID `path:"id" minLength:"1" maxLength:"128"`
}

func (a *API) campaignRoutes() {
	rest.Register(a.Server, huma.Operation{
		OperationID: "list-campaigns", Method: http.MethodGet, Path: "/campaigns", Summary: "Counts by state per campaign, and of what waits by what holds it back",
	}, []identity.Role{identity.RoleCampaign, identity.RoleSupervisor}, a.listCampaigns)
	rest.Register(a.Server, huma.Operation{
		OperationID: "get-campaign", Method: http.MethodGet, Path: "/campaigns/{id}", Summary: "The rules of a campaign, as they were put",
		Errors: []int{http.StatusNotFound},
	}, campaignOnly, a.getCampaign)
	rest.Register(a.Server, huma.Operation{
		OperationID: "put-campaign", Method: http.MethodPut, Path: "/campaigns/{id}", Summary: "Set the rules of a campaign",
		Description: "What is left out has its default, calling hours from 08:00 to 21:00 among them; from 00:00 to 24:00 is no hours. A paused campaign reserves and dials nothing.",
		Errors:      []int{http.StatusNotFound, http.StatusPreconditionFailed}, DefaultStatus: http.StatusNoContent,
	}, campaignOnly, a.putCampaign)
	rest.Register(a.Server, huma.Operation{
		OperationID: "patch-campaign", Method: http.MethodPatch, Path: "/campaigns/{id}", Summary: "Change some rules of a campaign",
		Description: "What is left out stays as it is; a field that is null has its default. Lists are replaced whole.",
		Errors:      []int{http.StatusNotFound, http.StatusPreconditionFailed}, DefaultStatus: http.StatusNoContent,
	}, campaignOnly, a.patchCampaign)
	rest.Register(a.Server, huma.Operation{
		OperationID: "put-campaign-state", Method: http.MethodPut, Path: "/campaigns/{id}/state", Summary: "Pause a campaign, or let it run",
		Description: "Everything else stays as it is. Paused takes effect with this call.",
		Errors:      []int{http.StatusNotFound, http.StatusPreconditionFailed}, DefaultStatus: http.StatusNoContent,
	}, campaignOnly, a.putCampaignState)
}

func (a *API) listCampaigns(ctx context.Context, in *struct {
	Group string `doc:"only campaigns of this group" maxLength:"128" query:"group"`
},
) (*body[campaignsJSON], error) {
	campaigns, err := a.Read.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	out := campaignsJSON{Campaigns: []campaignJSON{}}
	for _, c := range campaigns {
		if !rest.Caller(ctx).Serves(string(c.Campaign)) || in.Group != "" && in.Group != c.Group {
			continue
		}
		out.Campaigns = append(out.Campaigns, campaignJSON{c.Campaign, c.State, c.Group, c.Counts, c.Why, c.Unplaced})
	}
	return &body[campaignsJSON]{out}, nil
}

// The hours of a campaign that somebody configured and gave none (protocol.md section 7).
const (
	defaultCallFrom  = "08:00"
	defaultCallUntil = "21:00"
)

var errNoCampaign = huma.Error404NotFound("campaign not found")

// rulesOut are a campaign's rules and which version of them that is.
type rulesOut struct {
	ETag string `header:"ETag"`
	Body contacts.Rules
}

// putOut tells the version that was made.
type putOut struct {
	ETag string `header:"ETag"`
}

// CampaignChange names a campaign, and which versions of it may be changed.
type CampaignChange struct {
	CampaignPath
	IfMatch string `doc:"what ETag said; any version without it" header:"If-Match" maxLength:"1000"`
}

func (a *API) getCampaign(ctx context.Context, in *CampaignPath) (*rulesOut, error) {
	if !rest.Caller(ctx).Serves(string(in.ID)) {
		return nil, errNoCampaign
	}
	rules, version, err := a.Read.CampaignVersion(ctx, in.ID)
	if errors.Is(err, contacts.ErrNoCampaign) {
		err = nil // the defaults
	}
	return &rulesOut{etag(version), rules}, err
}

func (a *API) putCampaign(ctx context.Context, in *struct {
	CampaignChange
	Body contacts.Rules
},
) (*putOut, error) {
	if !rest.Caller(ctx).Serves(string(in.ID)) {
		return nil, errNoCampaign
	}
	if !contacts.Plain(string(in.ID), 128) {
		return nil, rest.RefuseFields("path", contacts.FieldError{Field: "id", Problem: "has characters that cannot be printed"})
	}
	if bad := in.Body.Validate(a.Zones.Data()); bad != nil {
		return nil, rest.RefuseFields("body", bad...)
	}
	if in.Body.ZoneFrom == "" {
		was, _, err := a.Read.CampaignVersion(ctx, in.ID)
		if err != nil && !errors.Is(err, contacts.ErrNoCampaign) {
			return nil, err
		}
		in.Body.ZoneFrom = zoneFrom(was)
	}
	withHours(&in.Body)
	return a.replace(ctx, in.ID, in.Body, versions(in.IfMatch))
}

// withHours puts the default where rules do not say from when or until when is called.
func withHours(r *contacts.Rules) {
	if r.Hours != nil {
		return
	}
	r.CallFrom, r.CallUntil = cmp.Or(r.CallFrom, defaultCallFrom), cmp.Or(r.CallUntil, defaultCallUntil)
}

// zoneFrom is the default of a campaign: one that somebody put before the field was
// keeps to the zones that are given.
func zoneFrom(was contacts.Rules) string {
	if was.State == contacts.CampaignDraft || was.ZoneFrom == "" && was.CallFrom == "" {
		return contacts.ZoneStrictest
	}
	return cmp.Or(was.ZoneFrom, contacts.ZoneGiven)
}

func (a *API) replace(ctx context.Context, id contacts.CampaignID, r contacts.Rules, versions []string) (*putOut, error) {
	version, err := a.Store.PutCampaign(ctx, id, r, versions)
	a.Read.ForgetRules(id) // also if nobody knows whether they were put
	return &putOut{etag(version)}, err
}

func (a *API) patchCampaign(ctx context.Context, in *struct {
	CampaignChange
	Body map[string]any `doc:"fields to change; null has the default"`
},
) (*putOut, error) {
	return a.merge(ctx, in.CampaignChange, in.Body)
}

func (a *API) putCampaignState(ctx context.Context, in *struct {
	CampaignChange
	Body struct {
		State string `enum:"running,paused" json:"state"`
	}
},
) (*putOut, error) {
	return a.merge(ctx, in.CampaignChange, map[string]any{"state": in.Body.State})
}

// mergeTries is how often a change is made anew because somebody else's came between.
const mergeTries = 5

// merge changes some fields and leaves the others as they are.
func (a *API) merge(ctx context.Context, in CampaignChange, fields map[string]any) (*putOut, error) {
	if !rest.Caller(ctx).Serves(string(in.ID)) {
		return nil, errNoCampaign
	}
	asked := versions(in.IfMatch)
	var out *putOut
	for range mergeTries {
		rules, version, err := a.Read.CampaignVersion(ctx, in.ID)
		if errors.Is(err, contacts.ErrNoCampaign) {
			return nil, errNoCampaign
		}
		if err != nil {
			return nil, err
		}
		if asked != nil && !slices.Contains(asked, version) {
			return nil, contacts.ErrVersion
		}
		draft := rules.State == contacts.CampaignDraft // nobody has given it hours, or said that it has none
		given := zoneFrom(rules)
		rules, bad := rules.Merge(fields)
		if draft || unset(fields, "callFrom") || unset(fields, "callUntil") || unset(fields, "hours") {
			withHours(&rules)
		}
		if unset(fields, "zoneFrom") {
			given = contacts.ZoneStrictest
		}
		rules.ZoneFrom = cmp.Or(rules.ZoneFrom, given)
		if bad == nil {
			bad = rules.Validate(a.Zones.Data())
		}
		if bad != nil {
			return nil, rest.RefuseFields("body", bad...)
		}
		out, err = a.replace(ctx, in.ID, rules, []string{version})
		if !errors.Is(err, contacts.ErrVersion) || asked != nil {
			return out, err
		}
	}
	return out, contacts.ErrVersion
}

// unset reports whether a field is to have its default.
func unset(fields map[string]any, name string) bool {
	v, said := fields[name]
	return said && v == nil
}

func etag(version string) string { return `"` + version + `"` }

// versions are those that If-Match names, nil for any. A weak one is never the same (RFC 9110 section 13.1.1).
func versions(ifMatch string) []string {
	if ifMatch = strings.TrimSpace(ifMatch); ifMatch == "" || ifMatch == "*" {
		return nil
	}
	named := []string{}
	for tag := range strings.SplitSeq(ifMatch, ",") {
		tag = strings.TrimSpace(tag)
		if len(tag) > 2 && tag[0] == '"' && tag[len(tag)-1] == '"' {
			named = append(named, tag[1:len(tag)-1])
		}
	}
	return named
}
