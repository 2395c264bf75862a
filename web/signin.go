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
}

// clientConfig is the content of /config.json.
type clientConfig struct {
	Tenant         string   `json:"tenant"`
	Demo           bool     `json:"demo"`
	OIDC           *OIDC    `json:"oidc"`
	Support        string   `json:"support"`
	AllowedOrigins []string `json:"allowedOrigins"`
}

func (s *site) clientConfig() clientConfig {
	origins := s.options.AllowedOrigins
	if origins == nil {
		origins = []string{}
	}
	return clientConfig{Tenant: s.options.Tenant, Demo: s.options.Demo, OIDC: s.options.OIDC, Support: s.options.Support, AllowedOrigins: origins}
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
	for _, endpoint := range []string{oidc.AuthorizationEndpoint, oidc.TokenEndpoint} {
		u, err := url.Parse(endpoint)
		if err != nil {
			return fmt.Errorf("browser sign-in: endpoint %q is no web address", endpoint)
		}
		origin, ok := ParseOrigin(u.Scheme + "://" + u.Host)
		if !ok {
			return fmt.Errorf("browser sign-in: endpoint %q is no web address", endpoint)
		}
		if endpoint == oidc.TokenEndpoint {
			s.connect += " " + origin
		}
	}
	s.options.OIDC = &oidc
	return nil
}

// DiscoverOIDC asks the issuer for its endpoints. The pages could do it themselves, but then their policy would have to allow
// connections to addresses that are not known when it is written.
func DiscoverOIDC(ctx context.Context, client *http.Client, issuer, clientID string) (*OIDC, error) {
	address := strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("discover %s: %w", issuer, err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("discover %s: %w", issuer, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("discover %s: status %d", issuer, response.StatusCode)
	}
	var found struct {
		Issuer        string `json:"issuer"`
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		EndSession    string `json:"end_session_endpoint"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&found); err != nil {
		return nil, fmt.Errorf("discover %s: %w", issuer, err)
	}
	if found.Issuer != issuer {
		return nil, fmt.Errorf("discover %s: the document names another issuer", issuer)
	}
	return &OIDC{
		Issuer: issuer, ClientID: clientID, AuthorizationEndpoint: found.Authorization,
		TokenEndpoint: found.Token, EndSessionEndpoint: found.EndSession,
	}, nil
}
