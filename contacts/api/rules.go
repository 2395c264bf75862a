package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/contacts/packs"
)

// Laws are the rule packs that hold for every campaign (store.Store).
type Laws interface {
	PutPack(ctx context.Context, name string, text []byte) error
	DeletePack(ctx context.Context, name string) error
	RestorePack(ctx context.Context, name string) error
	Packs(ctx context.Context) (map[string]string, error)
}

type packsJSON struct {
	Packs []any    `json:"packs" doc:"as they were put"`
	Notes []string `json:"notes,omitempty" doc:"which lists of holidays end within 60 days or have ended, and what to do"`
}

// PackPath names a rule pack in a path.
type PackPath struct {
	Pack string `path:"pack" minLength:"1" maxLength:"64"`
}

const mostPack = 1 << 20 // bytes

func (a *API) ruleRoutes() {
	rest.Register(a.Server, huma.Operation{
		OperationID: "list-rules", Method: http.MethodGet, Path: "/rules", Summary: "The rule packs in force",
	}, campaignOnly, a.listPacks)
	rest.Register(a.Server, huma.Operation{
		OperationID: "put-rules", Method: http.MethodPut, Path: "/rules/{pack}", Summary: "Lay a rule pack over the others",
		Description:  "Replaces the pack of this name. The stricter rule wins, always, over other packs and over a campaign's own hours. It holds with this call. No legal advice.",
		MaxBodyBytes: mostPack, DefaultStatus: http.StatusNoContent,
		SkipValidateBody: true, // packs.Parse does, field by field
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
			Type: huma.TypeObject, Description: "pack, seen, note, rules, holidays, attempts, bans: docs/protocol.md section 6",
		}}}},
	}, campaignOnly, a.putPack)
	rest.Register(a.Server, huma.Operation{
		OperationID: "delete-rules", Method: http.MethodDelete, Path: "/rules/{pack}", Summary: "Take a rule pack away",
		Description: "The one that comes with the hub does not come back by itself.",
		Errors:      []int{http.StatusNotFound}, DefaultStatus: http.StatusNoContent,
	}, campaignOnly, a.deletePack)
	rest.Register(a.Server, huma.Operation{
		OperationID: "restore-rules", Method: http.MethodPost, Path: "/rules/{pack}/restore", Summary: "Put the hub's own copy of a rule pack back",
		Description: "In place of one that was put under its name, or deleted; newer hubs renew it again.",
		Errors:      []int{http.StatusNotFound}, DefaultStatus: http.StatusNoContent,
	}, campaignOnly, a.restorePack)
}

// forEverybody refuses a token for some campaigns: a law holds for all.
func forEverybody(ctx context.Context) error {
	if rest.Caller(ctx).Campaigns != nil {
		return huma.Error403Forbidden("rules hold for all campaigns, the token for some")
	}
	return nil
}

func (a *API) listPacks(ctx context.Context, _ *struct{}) (*body[packsJSON], error) {
	all, err := a.Laws.Packs(ctx)
	if err != nil {
		return nil, err
	}
	out := packsJSON{Packs: []any{}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out.Packs = append(out.Packs, json.RawMessage(all[name]))
	}
	out.Notes, _ = packs.Endings(all, packs.DayOf(time.Now().UTC()))
	return &body[packsJSON]{out}, nil
}

func (a *API) putPack(ctx context.Context, in *struct {
	PackPath
	RawBody []byte `contentType:"application/json"`
},
) (*struct{}, error) {
	if err := forEverybody(ctx); err != nil {
		return nil, err
	}
	p, err := packs.Parse(in.RawBody)
	if err == nil && p.Pack != in.Pack {
		err = &packs.FieldError{Field: "pack", Problem: "is not the name in the path"}
	}
	if err != nil {
		return nil, refusePack(err)
	}
	return nil, a.Laws.PutPack(ctx, in.Pack, in.RawBody)
}

// refusePack answers 422 with one entry per field.
func refusePack(err error) error {
	var fields []contacts.FieldError
	for _, each := range packs.Problems(err, "pack") {
		fields = append(fields, contacts.FieldError{Field: each.Field, Problem: each.Problem})
	}
	return rest.RefuseFields("body", fields...)
}

func (a *API) deletePack(ctx context.Context, in *PackPath) (*struct{}, error) {
	if err := forEverybody(ctx); err != nil {
		return nil, err
	}
	return nil, noPack(a.Laws.DeletePack(ctx, in.Pack), "there is no such rule pack")
}

func (a *API) restorePack(ctx context.Context, in *PackPath) (*struct{}, error) {
	if err := forEverybody(ctx); err != nil {
		return nil, err
	}
	return nil, noPack(a.Laws.RestorePack(ctx, in.Pack), "this hub comes with no rule pack of that name")
}

// noPack answers 404 in these words.
func noPack(err error, say string) error {
	if errors.Is(err, contacts.ErrNotFound) {
		return huma.Error404NotFound(say)
	}
	return err
}
