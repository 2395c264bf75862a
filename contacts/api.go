package contacts

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// apiPrefix is where the HTTP API lives.
const apiPrefix = "/api/v1"

// A request that neither sends nor takes a byte for so long is given up.
const httpStall = 30 * time.Second

// APIOptions configure the HTTP API.
type APIOptions struct {
	Store   backend                                                                               // required
	Verify  func(ctx context.Context, token string) (identity.Identity, error)                    // required
	Revoked func(ctx context.Context, subject identity.AgentID, issuedAt time.Time) (bool, error) // required
	Region  string                                                                                // of numbers without a country code; default none
	Log     *zap.Logger                                                                           // required
}

// API serves /api/v1: what campaign managers and supervisors do over HTTP.
type API struct {
	APIOptions
	mux   *http.ServeMux
	huma  huma.API
	stats *shared[statsJSON]
}

// NewAPI makes the handler of everything under /api/v1 but /tickets.
func NewAPI(o APIOptions) *API {
	a := &API{APIOptions: o, mux: http.NewServeMux(), stats: newShared[statsJSON](2)}
	config := huma.DefaultConfig("agenthub", "1")
	config.Info.Description = "Contacts, campaigns, agents and history of one contact centre. " +
		"Agents themselves speak over a WebSocket."
	config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", nil
	config.RejectUnknownQueryParameters = true
	config.Transformers = []huma.Transformer{withoutValues}
	config.OnAddOperation = append(config.OnAddOperation, describeRefusals)
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT"},
	}
	a.huma = humago.NewWithPrefix(a.mux, apiPrefix, config)
	a.huma.UseMiddleware(a.authorize)
	a.contactRoutes()
	a.campaignRoutes()
	a.agentRoutes()
	a.historyRoutes()
	a.describeTickets()
	a.alertRoutes()
	return a
}

// OpenAPI is the description of all calls, as served at /api/v1/openapi.json.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// ServeHTTP answers every path below /api/v1, unknown ones with a problem too.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p) // net/http cuts the connection
			}
			a.Log.Error("api panicked", zap.String("code", "panic"), zap.ByteString("err", debug.Stack()))
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	}()
	if _, pattern := a.mux.Handler(r); pattern == "" {
		w = &problemWriter{ResponseWriter: w}
	}
	a.mux.ServeHTTP(w, r)
}

// problemWriter turns the plain refusals of ServeMux into problem details.
type problemWriter struct {
	http.ResponseWriter
	refused bool
}

func (w *problemWriter) WriteHeader(status int) {
	if status < 400 {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.refused = true
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(status)
	detail := "there is nothing at this path"
	if status == http.StatusMethodNotAllowed {
		detail = "this path does not know the method"
	}
	body := &huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail}
	_ = huma.DefaultJSONFormat.Marshal(w.ResponseWriter, body)
}

func (w *problemWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

type identityKey struct{}

// caller is who makes the call; authorize has put it there.
func caller(ctx context.Context) identity.Identity {
	id, _ := ctx.Value(identityKey{}).(identity.Identity)
	return id
}

// register adds one call. A call without roles does not start.
func register[I, O any](a *API, op huma.Operation, roles []identity.Role, do func(context.Context, *I) (*O, error)) {
	if len(roles) == 0 {
		panic("contacts: no roles for " + op.Method + " " + op.Path)
	}
	scopes := make([]string, len(roles))
	for i, role := range roles {
		scopes[i] = string(role)
	}
	op.BodyReadTimeout = httpStall // a deadline that passes while the store is asked again cancels the call
	op.Security = []map[string][]string{{"bearer": scopes}}
	op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusServiceUnavailable)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, a.problem(err)
		}
		return out, nil
	})
}

// authorize lets a call pass whose bearer has one of the call's roles.
func (a *API) authorize(ctx huma.Context, next func(huma.Context)) {
	deny := func(status int, detail string) {
		switch status {
		case http.StatusUnauthorized:
			ctx.SetHeader("WWW-Authenticate", "Bearer")
		case http.StatusServiceUnavailable:
			ctx.SetHeader("Retry-After", retryAfter().Get("Retry-After"))
		}
		_ = huma.WriteErr(a.huma, ctx, status, detail)
	}
	token, ok := strings.CutPrefix(ctx.Header("Authorization"), "Bearer ")
	if !ok {
		deny(http.StatusUnauthorized, "this call needs a bearer token")
		return
	}
	id, err := a.Verify(ctx.Context(), token)
	switch {
	case errors.Is(err, identity.ErrKeys): // the token may be good
		a.Log.Warn("api cannot check tokens", zap.Error(err))
		deny(http.StatusServiceUnavailable, "service unavailable, try again")
		return
	case err != nil:
		deny(http.StatusUnauthorized, "the token is not valid")
		return
	}
	if !slices.Contains(ctx.Operation().Security[0]["bearer"], string(id.Role)) {
		deny(http.StatusForbidden, "the token's role may not do this")
		return
	}
	revoked, err := a.Revoked(ctx.Context(), id.Agent, id.IssuedAt)
	switch {
	case err != nil:
		a.Log.Warn("api cannot ask for revocation", zap.Error(err))
		deny(http.StatusServiceUnavailable, "service unavailable, try again")
	case revoked:
		deny(http.StatusUnauthorized, "the token was revoked")
	default:
		next(huma.WithValue(ctx, identityKey{}, id))
	}
}

// withoutValues keeps what a caller sent out of the refusal: it may be a number.
func withoutValues(_ huma.Context, _ string, v any) (any, error) {
	if refusal, ok := v.(*huma.ErrorModel); ok {
		for _, detail := range refusal.Errors {
			detail.Value = nil
		}
	}
	return v, nil
}

// problem says what a store's error means to a caller over HTTP.
func (a *API) problem(err error) error {
	if refusal, ok := errors.AsType[huma.StatusError](err); ok {
		return refusal
	}
	if refusal, ok := errors.AsType[*envelope.Error](err); ok && refusal.Code != envelope.CodeUnavailable && refusal.Code != envelope.CodePending {
		if refusal.Code == envelope.CodeInvalidMessage {
			return huma.Error422UnprocessableEntity(refusal.Message)
		}
		return huma.Error409Conflict(refusal.Message)
	}
	if taken, ok := errors.AsType[*TakenError](err); ok {
		detail := "the contact cannot be reserved now: " + taken.Why
		if !taken.Until.IsZero() {
			detail += " until " + stamp(taken.Until)
		}
		return huma.Error409Conflict(detail)
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return huma.Error404NotFound("contact not found")
	case errors.Is(err, ErrNotHeld):
		return huma.Error404NotFound("the agent holds no contact")
	case errors.Is(err, ErrNoContacts):
		return huma.Error404NotFound("no contact of this campaign can be reserved now")
	case errors.Is(err, ErrNoCampaign):
		return refuseFields("body", FieldError{"campaignId", "unknown campaign"})
	case errors.Is(err, ErrDialled):
		return huma.Error409Conflict("the contact is dialled: it stays with its agent")
	case errors.Is(err, ErrAgentBusy):
		return huma.Error409Conflict("the agent holds another contact")
	case errors.Is(err, ErrBlocked):
		return huma.Error409Conflict("the number is on the do-not-call list")
	case errors.Is(err, ErrState):
		return huma.Error409Conflict("the contact's state does not allow it")
	case errors.Is(err, ErrGone):
		return huma.NewError(http.StatusGone, "results after this cursor are not kept any more, or were lost: begin again without one")
	case errors.Is(err, ErrCursor):
		return huma.Error422UnprocessableEntity("validation failed", &huma.ErrorDetail{Location: "query.cursor", Message: "is none of ours"})
	}
	a.Log.Warn("api call failed", zap.Error(err))
	if errors.Is(err, ErrPending) {
		return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable("it may or may not have been done: look, then try again"), retryAfter())
	}
	return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable("service unavailable, try again"), retryAfter())
}

func retryAfter() http.Header { return http.Header{"Retry-After": {"2"}} }

// refuseFields answers 422 with one entry per field.
func refuseFields(at string, fields ...FieldError) error {
	errs := make([]error, len(fields))
	for i, f := range fields {
		errs[i] = &huma.ErrorDetail{Location: at + "." + f.Field, Message: f.Problem}
	}
	return huma.Error422UnprocessableEntity("validation failed", errs...)
}

// bodyStream hands a call its body as it arrives.
type bodyStream struct {
	body        io.Reader
	contentType string
}

// Resolve is huma's hook between the request and the call.
func (b *bodyStream) Resolve(ctx huma.Context) []error {
	_, w := humago.Unwrap(ctx)
	b.body = &stallReader{ctx.BodyReader(), http.NewResponseController(w)}
	b.contentType, _, _ = strings.Cut(ctx.Header("Content-Type"), ";")
	b.contentType = strings.ToLower(strings.TrimSpace(b.contentType))
	return nil
}

// stallReader gives each read its own deadline: a body may take hours, a peer
// that sends nothing may not.
type stallReader struct {
	io.Reader
	conn *http.ResponseController
}

func (s *stallReader) Read(p []byte) (int, error) {
	_ = s.conn.SetReadDeadline(time.Now().Add(httpStall)) // refused by test recorders only
	n, err := s.Reader.Read(p)
	if err != nil {
		_ = s.conn.SetReadDeadline(time.Time{}) // what follows may take longer
	}
	return n, err
}

// stallWriter does the same for an answer that is streamed.
type stallWriter struct {
	http.ResponseWriter
	conn *http.ResponseController
}

func (s *stallWriter) Write(p []byte) (int, error) {
	_ = s.conn.SetWriteDeadline(time.Now().Add(httpStall))
	return s.ResponseWriter.Write(p)
}

// stream writes an answer as it is made. A half one must not look whole: if it
// breaks off, the connection is cut.
func (a *API) stream(ctx huma.Context, contentType string, fill func(w *bufio.Writer) error) {
	ctx.SetHeader("Content-Type", contentType)
	_, response := humago.Unwrap(ctx)
	slow := &stallWriter{response, http.NewResponseController(response)}
	w := bufio.NewWriterSize(slow, 32<<10)
	err := fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		a.Log.Warn("streamed answer cut off", zap.Error(err))
		panic(http.ErrAbortHandler)
	}
	_ = slow.conn.SetWriteDeadline(time.Time{}) // the connection goes on
}

// stamp writes a time as everywhere on the wire; "" is none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339)
}
