package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"agenthub/web/origin"
)

// OIDC is what the pages need to sign a person in by authorization code with PKCE, as a public client.
type OIDC struct {
	Issuer                string `json:"issuer"`                       // required
	ClientID              string `json:"clientId"`                     // required
	AuthorizationEndpoint string `json:"authorizationEndpoint"`        // required
	TokenEndpoint         string `json:"tokenEndpoint"`                // required
	EndSessionEndpoint    string `json:"endSessionEndpoint,omitempty"` // default: signing out is local
	Scope                 string `json:"scope"`                        // default "openid profile"
	Resource              string `json:"resource,omitempty"`           // asked for as "resource" and "audience", if set
	Token                 string `json:"token,omitempty"`              // which one the hub is shown: "access", "id", default that which is for Audience
	Audience              string `json:"audience,omitempty"`           // for whom a token must be
	AudienceClaim         string `json:"audienceClaim,omitempty"`      // where that stands, default "aud"
}

// clientConfig is the content of /config.json.
type clientConfig struct {
	Tenant         string   `json:"tenant"`
	Demo           bool     `json:"demo"`
	OIDC           *OIDC    `json:"oidc"`
	Fault          string   `json:"fault"`
	Support        string   `json:"support"`
	AllowedOrigins []string `json:"allowedOrigins"`
}

func (s *site) clientConfig() clientConfig {
	origins := s.options.AllowedOrigins
	if origins == nil {
		origins = []string{}
	}
	return clientConfig{Tenant: s.options.Tenant, Demo: s.options.Demo, OIDC: s.options.OIDC, Fault: s.options.Fault, Support: s.options.Support, AllowedOrigins: origins}
}

// addSignIn lets the pages reach the provider's token endpoint, and nothing else of it.
func (s *site) addSignIn() error {
	if s.options.OIDC == nil {
		return nil
	}
	oidc := *s.options.OIDC
	if oidc.Scope == "" {
		oidc.Scope = "openid profile"
	}
	if oidc.ClientID == "" {
		return errors.New("browser sign-in needs a client id")
	}
	if err := oidc.check(); err != nil {
		return err
	}
	origin, _ := endpointOrigin(oidc.TokenEndpoint)
	s.connect += " " + origin
	s.options.OIDC = &oidc
	return nil
}

// check refuses endpoints that no page can be sent to.
func (o OIDC) check() error {
	for _, endpoint := range []string{o.AuthorizationEndpoint, o.TokenEndpoint, o.EndSessionEndpoint} {
		if endpoint == "" && endpoint == o.EndSessionEndpoint {
			continue
		}
		if _, ok := endpointOrigin(endpoint); !ok {
			return fmt.Errorf("browser sign-in: endpoint %q is no web address", endpoint)
		}
		if strings.HasPrefix(o.Issuer, "https:") && !strings.HasPrefix(endpoint, "https:") {
			return fmt.Errorf("browser sign-in: endpoint %q is no https address, as the issuer's is", endpoint)
		}
	}
	return nil
}

func endpointOrigin(endpoint string) (string, bool) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", false
	}
	return origin.ParseWeb(u.Scheme + "://" + u.Host)
}

// DiscoveryError is why browsers cannot be sent to a provider.
type DiscoveryError struct {
	Why   string // a sentence that anybody may read
	cause error
}

func (e *DiscoveryError) Error() string {
	return fmt.Sprintf("browsers cannot sign in: %s (%v)", e.Why, e.cause)
}

func (e *DiscoveryError) Unwrap() error { return e.cause }

// DiscoverOIDC asks the issuer for its endpoints and puts them into a copy of what is wanted. The pages could do it themselves, but
// then their policy would have to allow connections to addresses that are not known when it is written.
func DiscoverOIDC(ctx context.Context, client *http.Client, wanted OIDC) (*OIDC, error) {
	address := strings.TrimSuffix(wanted.Issuer, "/") + "/.well-known/openid-configuration"
	fault := func(why string, err error) error { return &DiscoveryError{why, fmt.Errorf("GET %s: %w", address, err)} }
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, fault("The provider has no web address.", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fault("The provider does not answer.", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fault("The provider does not answer as one.", fmt.Errorf("status %d", response.StatusCode))
	}
	var found struct {
		Issuer        string `json:"issuer"`
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		EndSession    string `json:"end_session_endpoint"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&found); err != nil {
		return nil, fault("The provider does not answer as one.", err)
	}
	if found.Issuer != wanted.Issuer {
		return nil, fault("The provider calls itself otherwise than --issuer says.", fmt.Errorf("it calls itself %q, and --issuer must be exactly that", found.Issuer))
	}
	wanted.AuthorizationEndpoint, wanted.TokenEndpoint, wanted.EndSessionEndpoint = found.Authorization, found.Token, found.EndSession
	if err := wanted.check(); err != nil {
		return nil, fault("The provider does not answer as one.", err)
	}
	return &wanted, nil
}
