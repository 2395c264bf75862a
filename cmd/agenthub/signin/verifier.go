package signin

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"agenthub/session/identity"
	"agenthub/web"
)

// Verifier finds out who may sign in. Without a secret or keys it makes a secret of
// its own and the demo sign-in that uses it.
func (f *Flags) Verifier(tenant string) (*identity.Verifier, *Demo, error) {
	options := identity.VerifierOptions{
		Secret: f.secret, JWKSURL: f.JWKSURL, Issuer: f.Issuer, Audience: f.Audience,
		Tenant: tenant, AgentClaim: f.AgentClaim, AudienceClaim: f.AudienceClaim, RoleClaim: f.RoleClaim, Roles: f.roles,
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

const discovery = 10 * time.Second

// Browsers asks the provider how browsers sign in; nil where they do not.
func (f *Flags) Browsers(ctx context.Context) (*web.OIDC, error) {
	if f.ClientID == "" {
		return nil, nil //nolint:nilnil // nothing is the answer
	}
	ctx, cancel := context.WithTimeout(ctx, discovery)
	defer cancel()
	return web.DiscoverOIDC(ctx, http.DefaultClient, f.Issuer, f.ClientID) //nolint:wrapcheck // it names the issuer
}
