// Package rest is what every call over HTTP goes through, whatever it is about: the
// bearer and the call's roles, bodies and answers that stream, refusals as problem
// details (RFC 9457), and what a description of the calls says of those.
//
//	request ─▶ ServeHTTP ─▶ authorize ─▶ the call ─▶ its answer, or Problem ─▶ problem details
package rest

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"agenthub/session/identity"
)

// A request that neither sends nor takes a byte for so long is given up.
const httpStall = 30 * time.Second

// Options configure a Server.
type Options struct {
	Prefix  string                                                             // of all paths
	Config  huma.Config                                                        // what the description says
	Verify  func(ctx context.Context, token string) (identity.Identity, error) // required
	Revoked func(ctx context.Context, id *identity.Identity) (bool, error)     // required
	Problem func(err error) error                                              // required; what a call's error means to its caller
	Log     *zap.Logger                                                        // required
}

// Server answers the calls that were registered with it.
type Server struct {
	Options
	huma.API
	Mux *http.ServeMux // a pattern for each call
}

// New makes a server without calls.
func New(o Options) *Server {
	s := &Server{Options: o, Mux: http.NewServeMux()}
	c := o.Config
	c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", nil
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{withoutValues}
	c.OnAddOperation = append(c.OnAddOperation, describeRefusals)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT"},
	}
	s.API = humago.NewWithPrefix(s.Mux, o.Prefix, c)
	s.UseMiddleware(s.authorize)
	return s
}

// ServeHTTP answers every path, unknown ones with a problem too.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p) // net/http cuts the connection
			}
			s.Log.Error("api panicked", zap.String("code", "panic"), zap.ByteString("stack", debug.Stack()))
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	}()
	if _, pattern := s.Mux.Handler(r); pattern == "" {
		w = &problemWriter{ResponseWriter: w}
	}
	s.Mux.ServeHTTP(w, r)
}

// Body is an answer of JSON.
type Body[T any] struct{ Body T }

// Register adds one call. A call without roles does not start.
func Register[I, O any](s *Server, op huma.Operation, roles []identity.Role, do func(context.Context, *I) (*O, error)) {
	if len(roles) == 0 {
		panic("rest: no roles for " + op.Method + " " + op.Path)
	}
	scopes := make([]string, len(roles))
	for i, role := range roles {
		scopes[i] = string(role)
	}
	op.BodyReadTimeout = httpStall // a deadline that passes while the store is asked again cancels the call
	op.Security = []map[string][]string{{"bearer": scopes}}
	op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusServiceUnavailable)
	if op.Method != http.MethodGet {
		op.Errors = append(op.Errors, http.StatusUnsupportedMediaType)
	}
	huma.Register(s.API, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, s.Problem(err)
		}
		return out, nil
	})
}

type identityKey struct{}

// Caller is who makes the call; authorize has put it there.
func Caller(ctx context.Context) identity.Identity {
	id, _ := ctx.Value(identityKey{}).(identity.Identity)
	return id
}

// authorize lets a call pass whose bearer has one of the call's roles.
func (s *Server) authorize(ctx huma.Context, next func(huma.Context)) {
	deny := func(status int, detail string) {
		switch status {
		case http.StatusUnauthorized:
			ctx.SetHeader("WWW-Authenticate", "Bearer")
		case http.StatusServiceUnavailable:
			ctx.SetHeader("Retry-After", RetryAfter().Get("Retry-After"))
		}
		_ = huma.WriteErr(s.API, ctx, status, detail)
	}
	scheme, token, ok := strings.Cut(ctx.Header("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		deny(http.StatusUnauthorized, "this call needs a bearer token")
		return
	}
	if packed := ctx.Header("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") {
		deny(http.StatusUnsupportedMediaType, "send the body as it is, without Content-Encoding")
		return
	}
	id, err := s.Verify(ctx.Context(), token)
	switch {
	case errors.Is(err, identity.ErrKeys): // the token may be good; who verifies has told why
		deny(http.StatusServiceUnavailable, "service unavailable, try again")
		return
	case err != nil:
		if fault, ok := errors.AsType[*identity.RefusedError](err); ok && fault.Reason == identity.ReasonRole {
			deny(http.StatusForbidden, "the account has no role here")
			return
		}
		deny(http.StatusUnauthorized, "the token is not valid")
		return
	}
	allowed := func(role identity.Role) bool {
		return slices.Contains(ctx.Operation().Security[0]["bearer"], string(role))
	}
	if i := slices.IndexFunc(id.Roles, allowed); i >= 0 {
		id, _ = id.As(id.Roles[i])
	}
	if !allowed(id.Role) {
		deny(http.StatusForbidden, "the token's role may not do this")
		return
	}
	revoked, err := s.Revoked(ctx.Context(), &id)
	switch {
	case err != nil:
		s.Log.Warn("api cannot ask for revocation", zap.Error(err))
		deny(http.StatusServiceUnavailable, "service unavailable, try again")
	case revoked:
		deny(http.StatusUnauthorized, "the token was revoked")
	default:
		next(huma.WithValue(ctx, identityKey{}, id))
	}
}
