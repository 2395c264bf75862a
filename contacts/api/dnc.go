package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
	"agenthub/contacts/lists"
)

func (a *API) doNotCallRoutes() {
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

// blockedJSON is what became of a list of numbers.
type blockedJSON struct {
	Changed       int              `json:"changed" doc:"numbers that were not so before"`
	Rejected      []lists.RowError `json:"rejected"`
	RejectedTotal int              `json:"rejectedTotal"`
}

func (a *API) block(ctx context.Context, e164s []string) (int, error) {
	return a.DoNotCall.Block(ctx, e164s, string(caller(ctx).Agent))
}

func (a *API) unblock(ctx context.Context, e164s []string) (int, error) {
	return a.DoNotCall.Unblock(ctx, e164s)
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
		var done lists.Loaded
		changed := 0
		batch := make([]string, 0, lists.Batch)
		lines := lists.NewLines(in.body)
		for {
			text, line, err := lines.Next()
			ended := errors.Is(err, io.EOF)
			var e164 string
			if err == nil {
				e164, err = contacts.Phone(text).E164(a.Region)
				if err != nil {
					err = &lists.RowError{Line: line, Err: err.Error()}
				}
			}
			if rowErr, ok := errors.AsType[*lists.RowError](err); ok {
				done.Reject(line, rowErr.Err)
				continue
			}
			if err != nil && !ended {
				return nil, huma.Error400BadRequest("the body broke off; sending the same numbers again does no harm")
			}
			if !ended {
				batch = append(batch, e164)
			}
			if len(batch) == lists.Batch || ended && len(batch) > 0 {
				n, err := apply(ctx, batch)
				if err != nil {
					return nil, err
				}
				changed, batch = changed+n, batch[:0]
			}
			if ended {
				return &body[blockedJSON]{blockedJSON{changed, append([]lists.RowError{}, done.Rejected...), done.RejectedTotal}}, nil
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
			return a.DoNotCall.Blocked(ctx, func(e164 string) error {
				_, err := w.WriteString(e164 + "\n")
				return err
			})
		})
	}}, nil
}
