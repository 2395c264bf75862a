package dnc

import (
	"bufio"
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
)

// blocksJSON says whether a number may be called, and if not, why.
type blocksJSON struct {
	Phone   string        `json:"phone" doc:"the last four digits"`
	Blocked bool          `json:"blocked" doc:"for every campaign and mode, now"`
	Layers  []onLayerJSON `json:"layers"`
}

type onLayerJSON struct {
	Layer  string `json:"layer" doc:"own: people who said no to this caller; else a list of somebody else"`
	Since  string `json:"since" doc:"RFC 3339; empty where an older hub kept no record; of a layer, when it was loaded"`
	Actor  string `json:"actor" doc:"who said so, or who loaded the layer"`
	Source string `json:"source" doc:"outcome, skip_close, skip or list; of a layer: layer"`
	Reason string `json:"reason" doc:"id of the outcome or of the skip's reason, or what came with the list; of a layer, its version"`
	Scope  *Scope `json:"scope,omitempty" doc:"of a layer: for whom and when it holds"`
}

var blocksType = reflect.TypeFor[blocksJSON]()

// BlockedQuery names one number, or none for all.
type BlockedQuery struct {
	Number string `query:"number" maxLength:"64" doc:"one number, in any spelling"`
}

func (a *calls) listBlocked(ctx context.Context, in *BlockedQuery) (*huma.StreamResponse, error) {
	if err := forAll(ctx); err != nil {
		return nil, err
	}
	if in.Number != "" {
		return a.blocksOf(ctx, in.Number)
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		a.Stream(hctx, "text/plain; charset=utf-8", func(w *bufio.Writer) error {
			return a.Own.Blocked(ctx, func(e164 string) error {
				_, err := w.WriteString(e164 + "\n")
				return err
			})
		})
	}}, nil
}

// blocksOf answers for one number.
func (a *calls) blocksOf(ctx context.Context, given string) (*huma.StreamResponse, error) {
	if strings.HasPrefix(given, " ") { // a plus that was not escaped
		given = "+" + strings.TrimLeft(given, " ")
	}
	number, err := contacts.Phone(given).Match("", a.Region)
	if err != nil {
		return nil, rest.RefuseFields("query", contacts.FieldError{Field: "number", Problem: err.Error()})
	}
	blocks, err := a.Own.Blocks(ctx, number.E164)
	if err != nil {
		return nil, err
	}
	out := blocksJSON{Phone: contacts.Phone(number.E164).LastFour(), Blocked: len(blocks) > 0, Layers: []onLayerJSON{}}
	for _, b := range blocks {
		out.Layers = append(out.Layers, onLayerJSON{Layer: b.Layer, Since: contacts.Stamp(b.Since), Actor: b.Actor, Source: b.Source, Reason: b.Reason})
	}
	on, err := a.Layers.With(ctx, number.E164)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	for _, l := range on {
		scope := scopeOf(l)
		out.Layers = append(out.Layers, onLayerJSON{
			Layer: l.Name, Since: contacts.Stamp(l.Loaded), Actor: l.Actor, Source: "layer", Reason: l.Version, Scope: &scope,
		})
		// For some campaigns or modes it is not blocked: who reads on sees for which.
		holds := !l.From.After(now) && (l.Until.IsZero() || l.Until.After(now))
		out.Blocked = out.Blocked || holds && len(l.Campaigns)+len(l.Groups)+len(l.Modes) == 0
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		a.Stream(hctx, "application/json", func(w *bufio.Writer) error { return huma.DefaultJSONFormat.Marshal(w, out) })
	}}, nil
}
