package dnc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/contacts/layers"
	"agenthub/contacts/lists"
)

func (a *calls) layerRoutes() {
	numbers := func(what, example string) *huma.RequestBody {
		return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"text/plain": {Schema: &huma.Schema{Type: huma.TypeString, Description: what}, Example: example},
		}}
	}
	rest.Register(a.Server, huma.Operation{
		OperationID: "list-layers", Method: http.MethodGet, Path: "/layers", Summary: "The do-not-call layers that hold",
	}, managers, a.all)
	rest.Register(a.Server, huma.Operation{
		OperationID: "get-layer", Method: http.MethodGet, Path: "/dnc/{layer}", Summary: "A do-not-call layer: version, date, scope, count",
		Errors: []int{http.StatusNotFound},
	}, managers, a.layer)
	rest.Register(a.Server, huma.Operation{
		OperationID: "put-layer", Method: http.MethodPut, Path: "/dnc/{layer}", Summary: "Put a do-not-call layer in place of the one of its name",
		Description: "Streamed. The layer before holds until the file is whole, and goes on if it breaks off. A number is not called while it is " +
			"on a layer that holds for its campaign and mode. Lines that are no numbers are refused one by one; without one number nothing is changed.",
		RequestBody: numbers("one number a line, or area and number with a comma between", "+1 212 555 0123\n212,5550124\n"),
		Errors:      []int{http.StatusConflict, http.StatusUnsupportedMediaType},
	}, managers, a.putLayer)
	rest.Register(a.Server, huma.Operation{
		OperationID: "change-layer", Method: http.MethodPatch, Path: "/dnc/{layer}", Summary: "Change a do-not-call layer by a change list",
		Description: "Streamed. One that breaks off is sent again whole: doing it twice does no harm.",
		RequestBody: numbers("a number, then what the list has beside, then A (added) or D (deleted), with commas between", "212,5550123,2026-11-28,D\n+12125550125,A\n"),
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusUnsupportedMediaType},
	}, managers, a.changeLayer)
	rest.Register(a.Server, huma.Operation{
		OperationID: "delete-layer", Method: http.MethodDelete, Path: "/dnc/{layer}", Summary: "Take a do-not-call layer away",
		DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusNotFound},
	}, managers, a.deleteLayer)
}

// Scope is for whom and when a layer holds.
type Scope struct {
	From      string   `json:"from" doc:"RFC 3339; empty: from the beginning"`
	Until     string   `json:"until" doc:"RFC 3339; empty: for good"`
	Campaigns []string `json:"campaigns" doc:"for these; for all where groups is empty too"`
	Groups    []string `json:"groups" doc:"for campaigns of these"`
	Modes     []string `json:"modes" doc:"for calls of these modes; empty: all"`
}

func scopeOf(l layers.Layer) Scope {
	s := Scope{contacts.Stamp(l.From), contacts.Stamp(l.Until), []string{}, append([]string{}, l.Groups...), append([]string{}, l.Modes...)}
	for _, c := range l.Campaigns {
		s.Campaigns = append(s.Campaigns, string(c))
	}
	return s
}

// Described is a layer as people see it.
type Described struct {
	Layer   string `json:"layer"`
	Version string `json:"version" doc:"of its file, as its maker calls it"`
	Date    string `json:"date" doc:"of its file, YYYY-MM-DD; empty if nobody said"`
	Count   int    `json:"count" doc:"numbers on it"`
	Loaded  string `json:"loaded" doc:"when it was put or changed last, RFC 3339"`
	Actor   string `json:"actor" doc:"by whom"`
	Scope
}

func describe(l layers.Layer) Described {
	return Described{l.Name, l.Version, l.Date, l.Count, contacts.Stamp(l.Loaded), l.Actor, scopeOf(l)}
}

// loadedJSON is a layer, and which lines were no numbers.
type loadedJSON struct {
	Described
	Rejected      []lists.RowError `json:"rejected" doc:"the first thousand"`
	RejectedTotal int              `json:"rejectedTotal"`
}

// maxName bounds a campaign's, a group's and a mode's name.
const maxName = 128

// LayerPath names a layer in a path.
type LayerPath struct {
	Layer string `path:"layer" pattern:"^[a-z0-9][a-z0-9._-]{0,63}$" doc:"its name: a–z, 0–9, . _ -"`
}

// LayerFile is a layer's file and what is said of it.
type LayerFile struct {
	LayerPath
	rest.BodyStream
	Version string `query:"version" maxLength:"100" doc:"of the file, as its maker calls it"`
	Date    string `query:"date" format:"date" doc:"of the file"`
}

// LayerScope is for whom and when it holds.
type LayerScope struct {
	From      time.Time `query:"from" doc:"it holds from then on"`
	Until     time.Time `query:"until" doc:"and until then"`
	Campaigns []string  `query:"campaigns" maxItems:"100" doc:"for these campaigns, with commas between"`
	Groups    []string  `query:"groups" maxItems:"100" doc:"for campaigns of these groups"`
	Modes     []string  `query:"modes" maxItems:"20" doc:"for calls of these modes"`
}

func (a *calls) all(ctx context.Context, _ *struct{}) (*rest.Body[struct {
	Layers []Described `json:"layers"`
}], error,
) {
	if err := forAll(ctx); err != nil {
		return nil, err
	}
	list, err := a.Layers.All(ctx)
	if err != nil {
		return nil, err
	}
	out := &rest.Body[struct {
		Layers []Described `json:"layers"`
	}]{}
	out.Body.Layers = make([]Described, len(list))
	for i, l := range list {
		out.Body.Layers[i] = describe(l)
	}
	return out, nil
}

func (a *calls) layer(ctx context.Context, in *LayerPath) (*rest.Body[Described], error) {
	if err := forAll(ctx); err != nil {
		return nil, err
	}
	l, err := a.Layers.Get(ctx, in.Layer)
	if err != nil {
		return nil, refuse(err)
	}
	return &rest.Body[Described]{Body: describe(l)}, nil
}

func (a *calls) putLayer(ctx context.Context, in *struct {
	LayerFile
	LayerScope
},
) (*rest.Body[loadedJSON], error) {
	layer := layers.Layer{From: in.From, Until: in.Until}
	var bad []contacts.FieldError
	names := func(field string, given []string) (out []string) {
		for _, name := range given {
			if name = strings.TrimSpace(name); name == "" || !contacts.Plain(name, maxName) {
				bad = append(bad, contacts.FieldError{Field: field, Problem: "has a name that is blank, too long or not plain text: the layer would hold for nobody"})
			}
			out = append(out, name)
		}
		return out
	}
	layer.Groups, layer.Modes = names("groups", in.Groups), names("modes", in.Modes)
	for _, c := range names("campaigns", in.Campaigns) {
		layer.Campaigns = append(layer.Campaigns, contacts.CampaignID(c))
	}
	if bad != nil {
		return nil, rest.RefuseFields("query", bad...)
	}
	if !in.Until.IsZero() && !in.Until.After(in.From) {
		return nil, rest.RefuseFields("query", contacts.FieldError{Field: "until", Problem: "is not after from"})
	}
	numbers := lists.NewNumbers(in.Sent, a.Region)
	const broke = "the body broke off: the layer is as it was, send the file again"
	return a.load(ctx, in.LayerFile, layer, a.Layers.Load, broke, func() (string, bool, int, error) {
		number, line, err := numbers.Next()
		return number.E164, false, line, err
	})
}

func (a *calls) changeLayer(ctx context.Context, in *LayerFile) (*rest.Body[loadedJSON], error) {
	numbers := lists.NewNumbers(in.Sent, a.Region)
	const broke = "the body broke off: what came of it may have been changed, send the list again whole"
	return a.load(ctx, *in, layers.Layer{}, a.Layers.Change, broke, func() (string, bool, int, error) {
		number, deleted, line, err := numbers.NextChange()
		return number.E164, deleted, line, err
	})
}

// load reads a file of numbers into a layer.
func (a *calls) load(
	ctx context.Context, in LayerFile, layer layers.Layer,
	do func(context.Context, layers.Layer, layers.Next) (layers.Layer, error), broke string,
	read func() (e164 string, off bool, line int, err error),
) (*rest.Body[loadedJSON], error) {
	if err := forAll(ctx); err != nil {
		return nil, err
	}
	if in.Layer == contacts.LayerOwn {
		return nil, rest.RefuseFields("path", contacts.FieldError{Field: "layer", Problem: "is the list of people who said no to this caller: /dnc, number by number"})
	}
	if !listTypes[in.ContentType] {
		return nil, errListType
	}
	layer.Name, layer.Version, layer.Date = in.Layer, in.Version, in.Date
	layer.Loaded, layer.Actor = time.Now().UTC().Truncate(time.Second), string(rest.Caller(ctx).Agent)
	var done lists.Loaded
	layer, err := do(ctx, layer, func() (string, bool, error) {
		for {
			e164, off, line, err := read()
			if rowErr, ok := errors.AsType[*lists.RowError](err); ok {
				done.Reject(line, rowErr.Err)
				continue
			}
			switch other, ok := errors.AsType[lists.HeaderError](err); {
			case ok:
				err = huma.Error400BadRequest(other.Error())
			case err != nil && !errors.Is(err, io.EOF):
				err = huma.Error400BadRequest(broke)
			}
			return e164, off, err
		}
	})
	if err != nil {
		return nil, refuse(err)
	}
	a.Log.Info("do-not-call layer loaded", zap.String("layer", layer.Name), zap.String("version", layer.Version), zap.Int("count", layer.Count))
	return &rest.Body[loadedJSON]{Body: loadedJSON{describe(layer), append([]lists.RowError{}, done.Rejected...), done.RejectedTotal}}, nil
}

func (a *calls) deleteLayer(ctx context.Context, in *LayerPath) (*struct{}, error) {
	if err := forAll(ctx); err != nil {
		return nil, err
	}
	if err := a.Layers.Delete(ctx, in.Layer); err != nil {
		return nil, refuse(err)
	}
	a.Log.Info("do-not-call layer taken away", zap.String("layer", in.Layer))
	return nil, nil //nolint:nilnil // 204
}

// refuse says what an error of layers means over HTTP.
func refuse(err error) error {
	switch {
	case errors.Is(err, layers.ErrNone):
		return huma.Error404NotFound("there is no such do-not-call layer")
	case errors.Is(err, layers.ErrSuperseded):
		return huma.Error409Conflict("somebody else has loaded this layer meanwhile: theirs holds")
	case errors.Is(err, layers.ErrEmpty):
		return huma.Error422UnprocessableEntity("not one line is a number: the layer is as it was (DELETE takes it away)")
	}
	return err
}
