// Package loads is the part of the HTTP API that takes files of contacts: whole or in
// parts, for good or to see what would happen.
//
//	a file or part ─▶ was it answered before? (uploads) ─▶ lists.Load ─▶ Store ─▶ what became of its rows
package loads

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/contacts/lists"
	"agenthub/contacts/lists/headers"
	"agenthub/contacts/zones"
	"agenthub/session/identity"
)

// Store is what is loaded into (store.Store).
type Store interface {
	lists.Importer
	Would(ctx context.Context, rows []contacts.Row, serves []string) ([]contacts.Would, error)
}

// Parts remember what was answered to the parts of an upload (uploads.Uploads).
type Parts interface {
	Answer(ctx context.Context, upload, part string) (answer []byte, ok bool, err error)
	Done(ctx context.Context, upload, part string, answer []byte) error
}

// Options are what the call needs. All but Region are required.
type Options struct {
	*rest.Server
	Store     Store
	Campaigns lists.Campaigns
	Parts     Parts
	Region    string // of numbers without a country code; default none
	Zones     *zones.Current
	Log       *zap.Logger
}

type calls struct{ Options }

// Register adds the call to the server.
func Register(o Options) {
	a := &calls{o}
	text := &huma.Schema{Type: huma.TypeString}
	packed := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "one file of either, packed"}}
	rest.Register(a.Server, huma.Operation{
		OperationID: "load-contacts", Method: http.MethodPost, Path: "/contacts", Summary: "Load or update contacts",
		Description: "Streamed; a bad row is rejected alone. A closed, withdrawn or blocked contact is never opened again. " +
			"CSV begins with a line that names the columns, by our names or those of the trade; mapped tells which was read for which field, and ignored " +
			"each column, or key of an object, that the hub does not know, with the one that was probably meant: nothing in it was taken. " +
			"Encoding, separator and ends of lines are found by looking. The first 1,000 rejected rows are told, and under reasons all of them, counted. " +
			"With dryRun nothing is written: accepted and updated say what would be, waiting who could not be called now and why, preview how the first three rows are understood.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/x-ndjson": {Schema: &huma.Schema{Type: huma.TypeString, Description: "one JSON object a line"}, Example: `{"contactId":"c1","campaignId":"spring","phoneNumber":"+1 212 555 0123"}`},
			"text/csv":             {Schema: text, Example: "contactId,campaignId,phoneNumber\nc1,spring,+1 212 555 0123\n"},
			"application/gzip":     packed, "application/zip": packed,
		}},
		Errors: []int{http.StatusUnsupportedMediaType},
	}, []identity.Role{identity.RoleCampaign}, a.load)
}

// formats are how contacts may be sent.
var formats = map[string]lists.Format{ //nolint:gochecknoglobals // a constant
	"application/x-ndjson": lists.NDJSON, "application/ndjson": lists.NDJSON, "application/jsonl": lists.NDJSON, "text/csv": lists.CSV,
	"application/gzip": lists.Auto, "application/x-gzip": lists.Auto, "application/zip": lists.Auto,
}

// File is a file of contacts and what is said of it.
type File struct {
	rest.BodyStream
	Map      []string            `query:"map,explode" maxItems:"30" doc:"the column of a field, as phoneNumber=HomePhone, phoneNumber=#5 for the fifth, or region= for none; may stand several times"`
	Layout   string              `query:"layout" maxLength:"64" doc:"of a file without a line of names: vicidial"`
	Campaign contacts.CampaignID `query:"campaign" maxLength:"128" doc:"of rows that name none"`
	DryRun   bool                `query:"dryRun" doc:"write nothing, and say what would be"`
	Rejected int                 `query:"rejected" minimum:"1" maximum:"10000" default:"1000" doc:"how many refused rows are told one by one"`
	Upload   string              `query:"upload" pattern:"^[A-Za-z0-9_-]{1,64}$" doc:"with part: a part that was answered within a day is not loaded again, and its answer repeated, with fewer refused rows"`
	Part     string              `query:"part" pattern:"^[A-Za-z0-9_-]{1,64}$" doc:"names the part of the upload, and what is in it"`
}

func (a *calls) load(ctx context.Context, in *File) (*rest.Body[lists.Loaded], error) {
	format, ok := formats[in.ContentType]
	if !ok {
		return nil, huma.Error415UnsupportedMediaType("contacts are sent as application/x-ndjson or text/csv, or one of them packed as application/gzip or application/zip")
	}
	parted := in.Upload != "" && in.Part != "" && !in.DryRun
	upload := in.Upload + "." + string(rest.Caller(ctx).Agent) // of somebody else's nobody is told
	if parted {
		if done, ok, err := a.answered(ctx, upload, in.Part); ok || err != nil {
			return done, err
		}
	}
	done, err := a.read(ctx, in, format)
	if err != nil {
		return nil, err
	}
	if parted {
		a.keep(ctx, upload, in.Part, done)
	}
	return &rest.Body[lists.Loaded]{Body: done}, nil
}

func (a *calls) read(ctx context.Context, in *File, format lists.Format) (lists.Loaded, error) {
	o := lists.Options{Format: format, Region: a.Region, Zones: a.Zones.Data(), Campaign: in.Campaign, Columns: headers.Asked{Layout: in.Layout}, Tell: in.Rejected}
	for _, one := range in.Map {
		if err := o.Columns.Ask(one); err != nil {
			return lists.Loaded{}, rest.RefuseFields("query", contacts.FieldError{Field: "map", Problem: err.Error()})
		}
	}
	rows, err := lists.NewRowReader(in.Sent, o)
	if header, ok := errors.AsType[lists.HeaderError](err); ok {
		return lists.Loaded{}, huma.Error400BadRequest(header.Error())
	}
	if err != nil {
		return lists.Loaded{}, huma.Error400BadRequest("the body broke off before its first line ended")
	}
	var into lists.Importer = a.Store
	dry := rehearsal{would: a.Store.Would, waiting: map[string]int{}}
	if in.DryRun {
		into = &dry
	}
	done, err := lists.Load(ctx, rows, into, a.Campaigns, rest.Caller(ctx))
	if in.DryRun {
		done.Waiting, done.Preview = dry.waiting, dry.first
	}
	if header, ok := errors.AsType[lists.HeaderError](err); ok { // the end of a pack says what it was
		return done, huma.Error400BadRequest(header.Error() + "; " + until(done))
	}
	if err != nil {
		refusal, _ := errors.AsType[huma.StatusError](a.Problem(err))
		return done, huma.NewError(refusal.GetStatus(), refusal.Error()+"; "+until(done))
	}
	return done, nil
}

// until says how far a load came.
func until(done lists.Loaded) string {
	return fmt.Sprintf("stopped after %d accepted, %d updated and %d rejected rows; loading the same rows again does them no harm",
		done.Accepted, done.Updated, done.RejectedTotal)
}

// answered is what was answered to a part before.
func (a *calls) answered(ctx context.Context, upload, part string) (*rest.Body[lists.Loaded], bool, error) {
	kept, ok, err := a.Parts.Answer(ctx, upload, part)
	if err != nil || !ok {
		return nil, false, err //nolint:wrapcheck // it says all
	}
	var done lists.Loaded
	if err := json.Unmarshal(kept, &done); err != nil {
		return nil, false, fmt.Errorf("read the answer to a part: %w", err)
	}
	return &rest.Body[lists.Loaded]{Body: done}, true, nil
}

// keptRejects are as many refused rows as the answer to a part keeps.
const keptRejects = 50

// keep remembers the answer to a part. Without it a repeat loads the part again, which
// does its rows no harm.
func (a *calls) keep(ctx context.Context, upload, part string, done lists.Loaded) {
	done.Rejected = done.Rejected[:min(len(done.Rejected), keptRejects)]
	text, err := json.Marshal(done)
	if err == nil {
		err = a.Parts.Done(ctx, upload, part, text)
	}
	if err != nil {
		a.Log.Warn("the answer to a part of an upload is not kept", zap.Error(err))
	}
}
