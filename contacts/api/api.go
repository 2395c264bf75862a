// Package api is what campaign managers and supervisors do over HTTP: /api/v1 and
// its OpenAPI description. It checks roles and campaigns, and asks the rooms behind
// it; errors become problem details (RFC 9457) in one place, problem.go.
package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/feed"
	"agenthub/contacts/history"
	"agenthub/contacts/lists"
	"agenthub/contacts/zones"
	"agenthub/session/identity"
)

// Prefix is where the HTTP API lives.
const Prefix = "/api/v1"

// A request that neither sends nor takes a byte for so long is given up.
const httpStall = 30 * time.Second

// Transitions are what the API changes (store.Store).
type Transitions interface {
	lists.Importer
	Withdraw(ctx context.Context, id contacts.ID, actor, reason string) error
	ReplaceCampaign(ctx context.Context, id contacts.CampaignID, rules contacts.Rules, versions []string) (string, error)
	CampaignVersion(ctx context.Context, id contacts.CampaignID) (contacts.Rules, string, error)
	Assign(ctx context.Context, agent identity.AgentID, id contacts.ID, campaign contacts.CampaignID, holdFor time.Duration, actor string) (contacts.ID, error)
	TakeBack(ctx context.Context, agent identity.AgentID, actor string) error
	SignOut(ctx context.Context, agent identity.AgentID, actor string) error
	Decide(ctx context.Context, id contacts.ID, decision, note, actor string) error
}

// DoNotCall is the list of numbers that nobody calls (store.Store).
type DoNotCall interface {
	Block(ctx context.Context, e164s []string, actor, reason string) (int, error)
	Unblock(ctx context.Context, e164s []string, actor, reason string) (int, error)
	Blocks(ctx context.Context, e164 string) ([]contacts.Block, error)
	Blocked(ctx context.Context, visit func(e164 string) error) error
}

// Reads are what the API shows of contacts and agents (lookup.Reader).
type Reads interface {
	Contact(ctx context.Context, id contacts.ID) (contacts.Contact, error)
	Campaigns(ctx context.Context) ([]contacts.CampaignCounts, error)
	Agents(ctx context.Context) ([]contacts.AgentInfo, error)
	Agent(ctx context.Context, agent identity.AgentID) (contacts.AgentInfo, error)
	Reviews(ctx context.Context, by identity.Identity, cursor string, limit int) ([]contacts.ReviewItem, string, error)
}

// Past is what the API shows of events (history.Log).
type Past interface {
	History(ctx context.Context, f contacts.Filter, from, to time.Time, cursor string, limit int) ([]contacts.Event, string, error)
	Walk(ctx context.Context, f contacts.Filter, from, to time.Time, visit func(contacts.Event) error) error
	Rates(ctx context.Context, s history.Span) (history.Rates, error)
	Outcomes(ctx context.Context, cursor string, limit int) (results []history.Result, next string, done bool, err error)
}

// Alerts are what supervisors should look at (feed.Feed).
type Alerts interface {
	Alerts(ctx context.Context) ([]feed.Alert, error)
	Ack(ctx context.Context, id, actor, note string) (feed.Alert, error)
}

// Options configure the HTTP API.
type Options struct {
	Store     Transitions    // required
	DoNotCall DoNotCall      // required
	Read      Reads          // required
	Past      Past           // required
	Alerts    Alerts         // required
	Zones     *zones.Current // required

	Verify  func(ctx context.Context, token string) (identity.Identity, error)                    // required
	Revoked func(ctx context.Context, subject identity.AgentID, issuedAt time.Time) (bool, error) // required
	Region  string                                                                                // of numbers without a country code; default none
	Log     *zap.Logger                                                                           // required
}

// API serves /api/v1: what campaign managers and supervisors do over HTTP.
type API struct {
	Options
	mux  *http.ServeMux
	huma huma.API
}

// New makes the handler of everything under /api/v1 but /tickets.
func New(o Options) *API {
	a := &API{Options: o, mux: http.NewServeMux()}
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
	schemas := config.Components.Schemas
	schemas.RegisterTypeAlias(reflect.TypeFor[contacts.RuleID](), reflect.TypeFor[ruleID]())
	schemas.RegisterTypeAlias(reflect.TypeFor[contacts.Duration](), reflect.TypeFor[duration]())
	a.huma = humago.NewWithPrefix(a.mux, Prefix, config)
	a.huma.UseMiddleware(a.authorize)
	a.contactRoutes()
	a.campaignRoutes()
	a.agentRoutes()
	a.historyRoutes()
	a.describeTickets()
	a.alertRoutes()
	a.doNotCallRoutes()
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
		panic("api: no roles for " + op.Method + " " + op.Path)
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
