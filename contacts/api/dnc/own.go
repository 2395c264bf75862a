package dnc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/contacts/lists"
)

func (a *calls) ownRoutes() {
	lines := func() map[string]*huma.MediaType {
		return map[string]*huma.MediaType{
			"text/plain": {Schema: &huma.Schema{Type: huma.TypeString, Description: "one number a line"}, Example: "+1 212 555 0123\n"},
		}
	}
	rest.Register(a.Server, huma.Operation{
		OperationID: "block-numbers", Method: http.MethodPut, Path: "/dnc", Summary: "Add numbers to the do-not-call list",
		Description: "Streamed. A blocked number closes its contacts in every campaign, and no import brings them back. " +
			"What is no possible number is refused: it would block nothing.",
		RequestBody: &huma.RequestBody{Required: true, Content: lines()}, Errors: []int{http.StatusUnsupportedMediaType},
	}, managers, a.block)
	rest.Register(a.Server, huma.Operation{
		OperationID: "unblock-numbers", Method: http.MethodDelete, Path: "/dnc", Summary: "Take numbers off the do-not-call list",
		Description: "Needs a reason. Only the layer \"own\" can be edited; each number taken off is an event.",
		RequestBody: &huma.RequestBody{Required: true, Content: lines()}, Errors: []int{http.StatusUnsupportedMediaType},
	}, managers, a.unblock)
	text := &huma.Schema{Type: huma.TypeString}
	// Described afterwards: huma would read a body of JSON itself, and refuse lines.
	a.OpenAPI().Paths["/dnc"].Delete.RequestBody.Content["application/json"] = &huma.MediaType{Schema: &huma.Schema{
		Type: huma.TypeObject, Properties: map[string]*huma.Schema{"numbers": {Type: huma.TypeArray, Items: text}, "reason": text},
		Required: []string{"numbers", "reason"},
	}}
	answers := rest.Streamed("text/plain", &huma.Schema{Type: huma.TypeString, Description: "without a number: the list, one number a line"}, nil)
	answers["200"].Content["application/json"] = &huma.MediaType{Schema: huma.SchemaFromType(a.OpenAPI().Components.Schemas, blocksType)}
	rest.Register(a.Server, huma.Operation{
		OperationID: "list-blocked", Method: http.MethodGet, Path: "/dnc", Summary: "The do-not-call list, or why a number is on it",
		Description: "Streamed. With a number: the layers that it is on, since when, by whom and why.",
		Responses:   answers,
	}, managers, a.listBlocked)
}

// blockedJSON is what became of a list of numbers.
type blockedJSON struct {
	Changed       int              `json:"changed" doc:"numbers that were not so before"`
	Rejected      []lists.RowError `json:"rejected"`
	RejectedTotal int              `json:"rejectedTotal"`
}

// BlockedEdit is a list of numbers, and why.
type BlockedEdit struct {
	rest.BodyStream
	Reason string `query:"reason" doc:"why, in a sentence"`
}

// listTypes are what a list of numbers may be sent as; what it is is seen by looking.
var (
	listTypes   = map[string]bool{"text/plain": true, "text/csv": true, "application/gzip": true, "application/x-gzip": true, "application/zip": true} //nolint:gochecknoglobals // a constant
	errListType = huma.Error415UnsupportedMediaType("numbers are sent as text/plain, one a line, or packed as application/gzip or application/zip")
)

// maxReason bounds a reason; maxNumbersJSON a list that is no stream.
const (
	maxReason      = 200
	maxNumbersJSON = 1 << 20
)

func (a *calls) block(ctx context.Context, in *BlockedEdit) (*rest.Body[blockedJSON], error) {
	if err := in.check(ctx); err != nil {
		return nil, err
	}
	return a.editBlocked(in.Sent, func(e164s []string) (int, error) {
		return a.Own.Block(ctx, e164s, string(rest.Caller(ctx).Agent), in.Reason)
	})
}

func (a *calls) unblock(ctx context.Context, in *BlockedEdit) (*rest.Body[blockedJSON], error) {
	if in.ContentType == "application/json" {
		if err := in.readJSON(); err != nil {
			return nil, err
		}
	}
	if err := in.check(ctx); err != nil {
		return nil, err
	}
	if in.Reason == "" {
		return nil, rest.RefuseFields("query", contacts.FieldError{Field: "reason", Problem: "is missing: who takes a number off the list says why"})
	}
	return a.editBlocked(in.Sent, func(e164s []string) (int, error) {
		return a.Own.Unblock(ctx, e164s, string(rest.Caller(ctx).Agent), in.Reason)
	})
}

// readJSON puts a list that came as JSON in the place of one that comes as lines.
func (in *BlockedEdit) readJSON() error {
	var sent struct {
		Numbers []string `json:"numbers"`
		Reason  string   `json:"reason"`
	}
	text, err := io.ReadAll(io.LimitReader(in.Sent, maxNumbersJSON+1))
	if err != nil {
		return huma.Error400BadRequest("the body broke off; sending the same numbers again does no harm")
	}
	if len(text) > maxNumbersJSON {
		return huma.NewError(http.StatusRequestEntityTooLarge, "more than 1 MiB of numbers is sent as text/plain, one a line")
	}
	if json.Unmarshal(text, &sent) != nil {
		return huma.Error400BadRequest(`the body is no JSON like {"numbers":["+12125550123"],"reason":"…"}`)
	}
	if sent.Reason != "" {
		in.Reason = sent.Reason
	}
	in.ContentType, in.Sent = "text/plain", strings.NewReader(strings.Join(sent.Numbers, "\n"))
	return nil
}

// check says who may edit, in which form, and makes the reason fit for an event.
func (in *BlockedEdit) check(ctx context.Context) (err error) {
	if err := forAll(ctx); err != nil {
		return err
	}
	if !listTypes[in.ContentType] {
		return errListType
	}
	if len(in.Reason) > maxReason || !contacts.Plain(in.Reason, maxReason) {
		return rest.RefuseFields("query", contacts.FieldError{Field: "reason", Problem: "must be plain text of at most 200 bytes"})
	}
	in.Reason, err = contacts.CleanNote("reason", in.Reason)
	return err
}

// forAll refuses a token for some campaigns: the list holds for all, and has
// numbers of all.
func forAll(ctx context.Context) error {
	if rest.Caller(ctx).Campaigns != nil {
		return huma.Error403Forbidden("the do-not-call list holds for all campaigns, the token for some")
	}
	return nil
}

// editBlocked reads numbers line by line and hands them on in batches.
func (a *calls) editBlocked(in io.Reader, apply func([]string) (int, error)) (*rest.Body[blockedJSON], error) {
	var done lists.Loaded
	changed := 0
	batch := make([]string, 0, lists.Batch)
	numbers := lists.NewNumbers(in, a.Region)
	for {
		number, line, err := numbers.Next()
		if rowErr, ok := errors.AsType[*lists.RowError](err); ok {
			done.Reject(line, rowErr.Err)
			continue
		}
		if other, ok := errors.AsType[lists.HeaderError](err); ok {
			return nil, huma.Error400BadRequest(other.Error())
		}
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return nil, huma.Error400BadRequest("the body broke off; sending the same numbers again does no harm")
		}
		if !ended {
			batch = append(batch, number.E164)
		}
		if len(batch) == lists.Batch || ended && len(batch) > 0 {
			n, err := apply(batch)
			if err != nil {
				return nil, err
			}
			changed, batch = changed+n, batch[:0]
		}
		if ended {
			return &rest.Body[blockedJSON]{Body: blockedJSON{changed, append([]lists.RowError{}, done.Rejected...), done.RejectedTotal}}, nil
		}
	}
}
