// Package tools is the commands that speak with a hub: token, send, load, watch and health.
package tools

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"agenthub/cmd/agenthub/command"
	"agenthub/session/identity"
)

// HubFlags are what every tool needs to speak with a hub.
type HubFlags struct {
	URL           string `name:"url" default:"http://127.0.0.1:8080" placeholder:"URL" help:"Where the hub is."`
	TokenFile     string `name:"token-file" placeholder:"FILE" help:"File with a token. Or $$AGENTHUB_TOKEN. Without one the secret signs one, and a demo hub gives one."`
	JWTSecretFile string `name:"jwt-secret-file" placeholder:"FILE" help:"File with the HS256 secret. Or $$AGENTHUB_JWT_SECRET."`
	Tenant        string `default:"default" help:"The hub's tenant."`
}

// bearer finds a token for the role: the one that was given, else one signed
// with the secret, else one of a demo hub.
func (h *HubFlags) bearer(ctx context.Context, id identity.Identity, ttl time.Duration) (string, error) {
	token, err := command.Secret("AGENTHUB_TOKEN", h.TokenFile, "--token-file")
	if err != nil || token != "" {
		return token, err
	}
	return h.sign(ctx, id, ttl)
}

func (h *HubFlags) sign(ctx context.Context, id identity.Identity, ttl time.Duration) (string, error) {
	secret, err := command.Secret("AGENTHUB_JWT_SECRET", h.JWTSecretFile, "--jwt-secret-file")
	if err != nil {
		return "", err
	}
	if secret == "" {
		return h.demoToken(ctx, id)
	}
	id.Tenant = h.Tenant
	return identity.Sign([]byte(secret), id, ttl)
}

// DemoAsk is what is posted to the sign-in of a demo hub.
type DemoAsk struct {
	Agent string `json:"agent"`
	Role  string `json:"role"`
}

// DemoAnswer is what it says.
type DemoAnswer struct {
	Token     string `json:"token"`
	ExpiresIn int    `json:"expiresIn"`
}

// demoToken asks a demo hub.
func (h *HubFlags) demoToken(ctx context.Context, id identity.Identity) (string, error) {
	asked, err := json.Marshal(DemoAsk{Agent: string(id.Agent), Role: string(id.Role)})
	if err != nil {
		return "", err
	}
	response, err := h.call(ctx, http.MethodPost, "/demo/token", "", "application/json", bytes.NewReader(asked))
	if err != nil {
		return "", fmt.Errorf("no AGENTHUB_JWT_SECRET, and no demo hub to ask: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	var got DemoAnswer
	if response.StatusCode == http.StatusOK {
		err = json.NewDecoder(io.LimitReader(response.Body, 1<<16)).Decode(&got)
	}
	if err != nil || got.Token == "" {
		return "", fmt.Errorf("no AGENTHUB_JWT_SECRET, and %s is no demo hub", h.URL)
	}
	return got.Token, nil
}

// call makes one request. The caller closes the response's body.
func (h *HubFlags) call(ctx context.Context, method, path, token, contentType string, body io.Reader) (*http.Response, error) {
	base, err := url.Parse(h.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, command.Usage(fmt.Errorf("--url %s is no address like http://127.0.0.1:8080", h.URL))
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(h.URL, "/")+path, body)
	if err != nil {
		return nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if cause, ok := errors.AsType[*url.Error](err); ok {
			err = cause.Err
		}
		return nil, fmt.Errorf("the hub at %s does not answer: %w", h.URL, err)
	}
	return response, nil
}

// refusal reads a problem answer into one sentence.
func refusal(response *http.Response) error {
	if who := stranger(response); who != "" {
		advice := map[int]string{
			http.StatusRequestEntityTooLarge: "; let it pass on longer bodies (nginx: client_max_body_size 0), or load the file in parts",
			http.StatusGatewayTimeout:        "; let it wait longer (nginx: proxy_read_timeout)",
		}[response.StatusCode]
		return fmt.Errorf("%s, which stands before the hub, says: %s (%d)%s", who, http.StatusText(response.StatusCode), response.StatusCode, advice)
	}
	var problem struct {
		Detail string
		Errors []struct{ Location, Message string }
	}
	_ = json.NewDecoder(io.LimitReader(response.Body, 1<<16)).Decode(&problem) // an answer of something else has its status only
	for _, e := range problem.Errors {
		problem.Detail += fmt.Sprintf("; %s %s", e.Location, e.Message)
	}
	if problem.Detail == "" {
		problem.Detail = http.StatusText(response.StatusCode)
	}
	return fmt.Errorf("the hub says: %s (%d)", problem.Detail, response.StatusCode)
}

// stranger names who answered in the hub's place, "" if it was the hub: that speaks
// JSON, or plainly of paths that it does not know. A proxy may put its name on either.
func stranger(response *http.Response) string {
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind == "application/json" || kind == "application/problem+json" || kind == "text/plain" {
		return ""
	}
	name := identity.Shown(response.Header.Get("Server"))
	return cmp.Or(name[:min(len(name), 60)], "a proxy")
}

// Token is "agenthub token".
type Token struct {
	HubFlags
	Sub       string        `required:"" help:"Who it is for: the agent id."`
	Role      string        `default:"agent" enum:"agent,supervisor,campaign" help:"${enum}."`
	TTL       time.Duration `name:"ttl" default:"1h" help:"How long it is valid."`
	Name      string        `help:"The name to show."`
	Campaigns []string      `help:"The campaigns it is limited to; default all."`
}

// Run prints the token.
func (t *Token) Run(ctx context.Context, std command.Streams) error {
	if t.TTL <= 0 {
		return command.Usage(errors.New("--ttl is not positive"))
	}
	id := identity.Identity{Agent: identity.AgentID(t.Sub), Role: identity.Role(t.Role), Name: t.Name, Campaigns: t.Campaigns}
	token, err := t.sign(ctx, id, t.TTL)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.Out, token)
	return err
}

// Health is "agenthub health", for containers.
type Health struct {
	HubFlags
}

// Run asks, and fails if the hub is not ready.
func (h *Health) Run(ctx context.Context, std command.Streams) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	response, err := h.call(ctx, http.MethodGet, "/readyz", "", "", nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	said, _ := io.ReadAll(io.LimitReader(response.Body, 1<<12)) // the status has the answer
	_, _ = fmt.Fprintln(std.Out, strings.TrimSpace(string(said)))
	if response.StatusCode != http.StatusOK {
		return command.ErrSaid
	}
	return nil
}
