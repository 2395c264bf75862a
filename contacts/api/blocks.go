package api

import (
	"bufio"
	"context"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
)

// blocksJSON says whether a number may be called, and if not, why.
type blocksJSON struct {
	Phone   string      `json:"phone" doc:"the last four digits"`
	Blocked bool        `json:"blocked"`
	Layers  []layerJSON `json:"layers"`
}

type layerJSON struct {
	Layer  string `json:"layer" doc:"own: people who said no to this caller"`
	Since  string `json:"since" doc:"RFC 3339; empty where an older hub kept no record"`
	Actor  string `json:"actor" doc:"who said so"`
	Source string `json:"source" doc:"outcome, skip_close, skip or list"`
	Reason string `json:"reason" doc:"id of the outcome or of the skip's reason, or what came with the list"`
}

var blocksType = reflect.TypeFor[blocksJSON]()

// BlockedQuery names one number, or none for all.
type BlockedQuery struct {
	Number string `query:"number" maxLength:"64" doc:"one number, in any spelling"`
}

func (a *API) listBlocked(ctx context.Context, in *BlockedQuery) (*huma.StreamResponse, error) {
	if err := forAll(ctx); err != nil {
		return nil, err
	}
	if in.Number != "" {
		return a.blocksOf(ctx, in.Number)
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		a.Stream(hctx, "text/plain; charset=utf-8", func(w *bufio.Writer) error {
			return a.Read.Blocked(ctx, func(e164 string) error {
				_, err := w.WriteString(e164 + "\n")
				return err
			})
		})
	}}, nil
}

// blocksOf answers for one number.
func (a *API) blocksOf(ctx context.Context, given string) (*huma.StreamResponse, error) {
	if strings.HasPrefix(given, " ") { // a plus that was not escaped
		given = "+" + strings.TrimLeft(given, " ")
	}
	number, err := contacts.Phone(given).Match("", a.Region)
	if err != nil {
		return nil, refuseFields("query", contacts.FieldError{Field: "number", Problem: err.Error()})
	}
	blocks, err := a.Read.Blocks(ctx, number.E164)
	if err != nil {
		return nil, err
	}
	out := blocksJSON{Phone: contacts.Phone(number.E164).LastFour(), Blocked: len(blocks) > 0, Layers: []layerJSON{}}
	for _, b := range blocks {
		out.Layers = append(out.Layers, layerJSON{b.Layer, contacts.Stamp(b.Since), b.Actor, b.Source, b.Reason})
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		a.Stream(hctx, "application/json", func(w *bufio.Writer) error { return huma.DefaultJSONFormat.Marshal(w, out) })
	}}, nil
}
