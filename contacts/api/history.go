package api

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/contacts/history"
)

// nextCursor is the header that carries the cursor where the body is lines.
const (
	nextCursor = "Next-Cursor"
	moreNow    = "More-Now" // "true": the next page is there already
)

// HistoryQuery is what the feed's filter is over HTTP, and a span of time.
type HistoryQuery struct {
	Campaign string    `query:"campaign" maxLength:"128"`
	Agent    string    `query:"agent" maxLength:"128"`
	Reason   string    `query:"reason" maxLength:"128"`
	Type     string    `query:"type" enum:"reserve,dial,skip,skip_close,expire,release,outcome,review,block,unblock,alert"`
	From     time.Time `query:"from" doc:"default: 24 hours before to"`
	To       time.Time `query:"to" doc:"default: now"`
}

// span fills what was left out and narrows the filter to what the caller sees.
func (q *HistoryQuery) span(ctx context.Context) (f contacts.Filter, from, to time.Time, err error) {
	from, to = q.From, q.To
	if to.IsZero() {
		to = time.Now()
	}
	if from.IsZero() {
		from = to.Add(-24 * time.Hour)
	}
	if from.After(to) {
		return f, from, to, rest.RefuseFields("query", contacts.FieldError{Field: "from", Problem: "is after to"})
	}
	return contacts.Filter{
		Campaign: q.Campaign, Agent: q.Agent, Reason: q.Reason, Type: q.Type, Campaigns: rest.Caller(ctx).Campaigns,
	}, from, to, nil
}

type historyJSON struct {
	Events []contacts.Event `json:"events" doc:"newest first"`
	Next   string           `json:"next" doc:"cursor of the next page, empty at the end"`
}

func (a *API) historyRoutes() {
	rest.Register(a.Server, huma.Operation{
		OperationID: "list-skips", Method: http.MethodGet, Path: "/skips", Summary: "Past events, newest first",
	}, supervisorOnly, a.listEvents)
	rest.Register(a.Server, huma.Operation{
		OperationID: "skips-csv", Method: http.MethodGet, Path: "/skips.csv", Summary: "Past events as CSV, oldest first",
		Description: "Streamed, all of them. Cells that a spreadsheet would take for a formula begin with an apostrophe.",
		Responses: rest.Streamed("text/csv", &huma.Schema{Type: huma.TypeString, Description: "a line that names the columns, then a line an event"}, map[string]*huma.Header{
			"Content-Disposition": rest.Header("a name for the file"),
		}),
	}, supervisorOnly, a.eventsCSV)
	rest.Register(a.Server, huma.Operation{
		OperationID: "skip-stats", Method: http.MethodGet, Path: "/skips/stats", Summary: "Counts and rates",
		Description: "rate = skips ÷ ended; ended counts the reservations that ended: skipped, dialled, expired or released. " +
			"reason and type choose which skips are counted; what ended is counted for agent, campaign, from and to.",
	}, supervisorOnly, a.skipStats)
	rest.Register(a.Server, huma.Operation{
		OperationID: "list-outcomes", Method: http.MethodGet, Path: "/outcomes", Summary: "What became of contacts, oldest first",
		Description: "One JSON object a line. Go on with the cursor of the " + nextCursor + " header: nothing is told twice and nothing left out. " +
			"An answer may be empty and still bring a new cursor; " + moreNow + " says whether there is more to fetch at once. " +
			"410: what followed the cursor is gone; begin again without one.",
		Responses: rest.Streamed("application/x-ndjson", a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[history.Result](), true, ""), map[string]*huma.Header{
			nextCursor: rest.Header("the cursor to go on with"),
			moreNow:    {Description: "whether there is more to fetch at once", Schema: &huma.Schema{Type: huma.TypeBoolean}},
		}),
		Errors: []int{http.StatusGone},
	}, campaignOnly, a.listOutcomes)
}

func (a *API) listEvents(ctx context.Context, in *struct {
	HistoryQuery
	Cursor string `query:"cursor" maxLength:"200"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
},
) (*body[historyJSON], error) {
	f, from, to, err := in.span(ctx)
	if err != nil {
		return nil, err
	}
	events, next, err := a.Past.History(ctx, f, from, to, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return &body[historyJSON]{historyJSON{append([]contacts.Event{}, events...), next}}, nil
}

// csvColumns are those of protocol.md section 5.
var csvColumns = []string{
	"id", "seq", "type", "at", "agent", "actor", "campaign", "contactId", "phone", "reason", "note", "heldMs", "skips", "node",
}

func (a *API) eventsCSV(ctx context.Context, in *HistoryQuery) (*huma.StreamResponse, error) {
	f, from, to, err := in.span(ctx)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		hctx.SetHeader("Content-Disposition", `attachment; filename="skips.csv"`)
		a.Stream(hctx, "text/csv; charset=utf-8", func(out *bufio.Writer) error {
			_, _ = out.WriteString("\ufeff") // spreadsheets take it for UTF-8
			w := csv.NewWriter(out)
			_ = w.Write(csvColumns) // an error stays, and comes back from Flush
			err := a.Past.Walk(ctx, f, from, to, func(e contacts.Event) error {
				return w.Write([]string{
					e.ID, strconv.FormatInt(e.Seq, 10), e.Type, e.At, cell(e.Agent), cell(e.Actor), cell(e.Campaign), cell(e.ContactID),
					e.Phone, cell(e.Reason), cell(e.Note), strconv.FormatInt(e.HeldMs, 10), strconv.Itoa(e.Skips), cell(e.Node),
				})
			})
			w.Flush()
			return errors.Join(err, w.Error())
		})
	}}, nil
}

// cell keeps a spreadsheet from taking text for a formula.
func cell(s string) string {
	if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@' || s[0] == '\t' || s[0] == '\r') {
		return "'" + s
	}
	return s
}

func (a *API) listOutcomes(ctx context.Context, in *struct {
	Cursor string `query:"cursor" maxLength:"200"`
	Limit  int    `query:"limit" minimum:"1" maximum:"10000" default:"1000"`
},
) (*huma.StreamResponse, error) {
	results, next, done, err := a.Past.Outcomes(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		hctx.SetHeader(nextCursor, next)
		hctx.SetHeader(moreNow, strconv.FormatBool(!done))
		a.Stream(hctx, "application/x-ndjson", func(w *bufio.Writer) error { return writeLines(ctx, w, results) })
	}}, nil
}

func writeLines(ctx context.Context, w io.Writer, events []history.Result) error {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	for _, e := range events {
		if !rest.Caller(ctx).Serves(e.Campaign) {
			continue
		}
		if err := lines.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

func (a *API) skipStats(ctx context.Context, in *struct {
	HistoryQuery
	By string `query:"by" enum:"reason,campaign" doc:"split the skips of each minute: the three with most of them in the span, the rest under …"`
},
) (*body[history.Rates], error) {
	f, from, to, err := in.span(ctx)
	if err != nil {
		return nil, err
	}
	out, err := a.Past.Rates(ctx, history.Span{
		Filter: f, By: in.By, From: from, To: to, AnyFrom: in.From.IsZero(), AnyTo: in.To.IsZero(),
	})
	if err != nil {
		return nil, err
	}
	return &body[history.Rates]{out}, nil
}
