package contacts

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/session/identity"
)

type campaignJSON struct {
	CampaignID CampaignID    `json:"campaignId"`
	State      string        `json:"state" enum:"running,paused"`
	Counts     map[State]int `json:"counts" doc:"contacts by state"`
}

type campaignsJSON struct {
	Campaigns []campaignJSON `json:"campaigns"`
}

// CampaignPath names a campaign in a path.
type CampaignPath struct {
	ID CampaignID `path:"id" minLength:"1" maxLength:"128"`
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

	lines := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"text/plain": {Schema: &huma.Schema{Type: "string", Description: "one number a line"}, Example: "+1 212 555 0123\n"},
	}}
	register(a, huma.Operation{
		OperationID: "block-numbers", Method: http.MethodPut, Path: "/dnc", Summary: "Add numbers to the do-not-call list",
		Description: "Streamed. A blocked number closes its contacts in every campaign, and no import brings them back.",
		RequestBody: lines, Errors: []int{http.StatusUnsupportedMediaType},
	}, campaignOnly, a.editBlocked(a.block))
	register(a, huma.Operation{
		OperationID: "unblock-numbers", Method: http.MethodDelete, Path: "/dnc", Summary: "Take numbers off the do-not-call list",
		RequestBody: lines, Errors: []int{http.StatusUnsupportedMediaType},
	}, campaignOnly, a.editBlocked(a.unblock))
	register(a, huma.Operation{
		OperationID: "list-blocked", Method: http.MethodGet, Path: "/dnc", Summary: "The do-not-call list",
		Description: "Streamed.",
		Responses:   streamed("text/plain", &huma.Schema{Type: huma.TypeString, Description: "one number a line"}, nil),
	}, campaignOnly, a.listBlocked)
}

func (a *API) listCampaigns(ctx context.Context, _ *struct{}) (*body[campaignsJSON], error) {
	campaigns, err := a.Store.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	out := campaignsJSON{Campaigns: []campaignJSON{}}
	for _, c := range campaigns {
		if !caller(ctx).Serves(string(c.Campaign)) {
			continue
		}
		state := CampaignPaused
		if c.Running {
			state = CampaignRunning
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

func (a *API) getCampaign(ctx context.Context, in *CampaignPath) (*body[Rules], error) {
	if !caller(ctx).Serves(string(in.ID)) {
		return nil, errNoCampaign
	}
	rules, err := a.Store.Campaign(ctx, in.ID)
	if errors.Is(err, ErrNotFound) {
		return nil, errNoCampaign
	}
	return &body[Rules]{rules}, err
}

func (a *API) putCampaign(ctx context.Context, in *struct {
	CampaignPath
	Body Rules
},
) (*struct{}, error) {
	if !caller(ctx).Serves(string(in.ID)) {
		return nil, errNoCampaign
	}
	bad := in.Body.Validate()
	if !plain(string(in.ID), 128) {
		return nil, refuseFields("path", FieldError{"id", "has characters that cannot be printed"})
	}
	if bad != nil {
		return nil, refuseFields("body", bad...)
	}
	if in.Body.CallFrom == "" {
		in.Body.CallFrom, in.Body.CallUntil = defaultCallFrom, defaultCallUntil
	}
	return nil, a.Store.PutCampaign(ctx, in.ID, in.Body)
}

// Schema lets a RuleID be written as the original does, as text or number.
func (*RuleID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}}
}

// Schema refuses what is no duration under the name of its field; decoding the
// body could only refuse the whole.
func (*Duration) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Pattern: `^[-+]?(0|([0-9]*\.?[0-9]*(ns|us|µs|ms|s|m|h))+)$`, PatternDescription: "a duration like 90s, 15m or 24h",
		Examples: []any{"15m"},
	}
}

// blockedJSON is what became of a list of numbers.
type blockedJSON struct {
	Changed       int        `json:"changed" doc:"numbers that were not so before"`
	Rejected      []RowError `json:"rejected"`
	RejectedTotal int        `json:"rejectedTotal"`
}

func (a *API) block(ctx context.Context, e164s []string) (int, error) {
	return a.Store.Block(ctx, e164s, string(caller(ctx).Agent))
}

func (a *API) unblock(ctx context.Context, e164s []string) (int, error) {
	return a.Store.Unblock(ctx, e164s)
}

// forAll refuses a token for some campaigns: the list holds for all, and has
// numbers of all.
func forAll(ctx context.Context) error {
	if caller(ctx).Campaigns != nil {
		return huma.Error403Forbidden("the do-not-call list holds for all campaigns, the token for some")
	}
	return nil
}

// editBlocked reads numbers line by line and hands them on in batches.
func (a *API) editBlocked(apply func(context.Context, []string) (int, error)) func(context.Context, *struct{ bodyStream }) (*body[blockedJSON], error) {
	return func(ctx context.Context, in *struct{ bodyStream }) (*body[blockedJSON], error) {
		if err := forAll(ctx); err != nil {
			return nil, err
		}
		if in.contentType != "text/plain" {
			return nil, huma.Error415UnsupportedMediaType("numbers are sent as text/plain, one a line")
		}
		var done Loaded
		changed := 0
		batch := make([]string, 0, importBatch)
		lines := newLineReader(in.body)
		for {
			text, line, err := lines.next()
			ended := errors.Is(err, io.EOF)
			var e164 string
			if err == nil {
				e164, err = Phone(text).E164(a.Region)
				if err != nil {
					err = &RowError{line, err.Error()}
				}
			}
			if rowErr, ok := errors.AsType[*RowError](err); ok {
				done.reject(line, rowErr.Err)
				continue
			}
			if err != nil && !ended {
				return nil, huma.Error400BadRequest("the body broke off; sending the same numbers again does no harm")
			}
			if !ended {
				batch = append(batch, e164)
			}
			if len(batch) == importBatch || ended && len(batch) > 0 {
				n, err := apply(ctx, batch)
				if err != nil {
					return nil, err
				}
				changed, batch = changed+n, batch[:0]
			}
			if ended {
				return &body[blockedJSON]{blockedJSON{changed, append([]RowError{}, done.Rejected...), done.RejectedTotal}}, nil
			}
		}
	}
}

func (a *API) listBlocked(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	if err := forAll(ctx); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		a.stream(hctx, "text/plain; charset=utf-8", func(w *bufio.Writer) error {
			return a.Store.Blocked(ctx, func(e164 string) error {
				_, err := w.WriteString(e164 + "\n")
				return err
			})
		})
	}}, nil
}
