package signin

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"agenthub/session/identity"
	"agenthub/web"
)

// Verifier finds out who may sign in. Without a secret or keys it makes a secret of
// its own and the demo sign-in that uses it. metrics may be nil.
func (f *Flags) Verifier(tenant string, metrics prometheus.Registerer) (*identity.Verifier, *Demo, error) {
	options := identity.VerifierOptions{
		Secret: f.secret, OldSecret: f.old, JWKSURL: f.JWKSURL, Issuer: f.Issuer, Audience: f.Audience,
		Tenant: tenant, AgentClaim: f.AgentClaim, AudienceClaim: f.AudienceClaim, RoleClaim: f.RoleClaim, Roles: f.roles,
	}
	if f.JWKSURL != "" {
		fetches := promauto.With(metrics).NewCounterVec(prometheus.CounterOpts{
			Name: "agenthub_key_fetches_total", Help: "Fetches of the identity provider's keys: ok, or why there was none.",
		}, []string{"result"})
		options.Fetched = func(result string) { fetches.WithLabelValues(result).Inc() }
	}
	var demo *Demo
	if f.Demo() {
		options.Secret = make([]byte, leastSecret)
		_, _ = rand.Read(options.Secret) // never fails
		demo = &Demo{secret: options.Secret, tenant: tenant}
	}
	verifier, err := identity.NewVerifier(options)
	return verifier, demo, err //nolint:wrapcheck // it is said at start, whole
}

// How the provider is asked for its endpoints.
const (
	discovery = 5 * time.Second  // within which it answers
	soon      = time.Second      // from the first try to the second; twice that to the third
	late      = 30 * time.Second // from one try to the next at most
)

// Browsers asks the provider how browsers sign in; nil where they do not.
func (f *Flags) Browsers(ctx context.Context) (*web.OIDC, error) {
	if f.ClientID == "" {
		return nil, nil //nolint:nilnil // nothing is the answer
	}
	ctx, cancel := context.WithTimeout(ctx, discovery)
	defer cancel()
	return web.DiscoverOIDC(ctx, &http.Client{CheckRedirect: identity.Safely}, web.OIDC{ //nolint:wrapcheck // it names the issuer
		Issuer: f.Issuer, ClientID: f.ClientID, Scope: strings.Join(strings.Fields(f.Scopes), " "), Resource: f.Resource,
		Token: f.Token, Audience: f.Audience, AudienceClaim: f.AudienceClaim,
	})
}

// Await asks the provider again until it tells how browsers sign in, or ctx ends, and
// hands on each answer; take says whether it was one.
func (f *Flags) Await(ctx context.Context, take func(*web.OIDC, error) bool) {
	for pause := soon; ; pause = min(2*pause, late) {
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		browsers, err := f.Browsers(ctx)
		if ctx.Err() != nil {
			return
		}
		if take(browsers, err) {
			return
		}
	}
}
