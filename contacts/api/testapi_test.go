package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	httpapi "agenthub/contacts/api"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/uploads"
	"agenthub/session/identity"
)

// testAPI is a running API and what it logs. The token is "role" or
// "role:campaign".
type testAPI struct {
	api  *httpapi.API
	http *httptest.Server
	log  *observer.ObservedLogs

	ifMatch string // of the next calls
}

// faked is an API over what the test says.
func faked(f *fakeStore) httpapi.Options {
	return httpapi.Options{Store: f, Read: f, Past: f, Alerts: f, Laws: f, Layers: noLayers{}, Parts: f, Zones: contactstest.Zones()}
}

// over is an API over all rooms of a node.
func over(s *contactstest.Node) httpapi.Options {
	return httpapi.Options{Store: s.Store, Read: s.Read, Past: s.Past, Alerts: s.Feed, Laws: s.Store, Layers: s.Store.Layers(), Parts: uploads.New(s.RDB, s.Keys), Zones: contactstest.Zones()}
}

func newTestAPI(tb testing.TB, o httpapi.Options) *testAPI {
	tb.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	o.Region, o.Log = "US", zap.New(core)
	o.Verify = func(_ context.Context, token string) (identity.Identity, error) {
		role, campaign, limited := strings.Cut(token, ":")
		id := identity.Identity{Agent: identity.AgentID(role + "1"), Role: identity.Role(role)}
		if limited {
			id.Campaigns = []string{campaign}
		}
		switch role {
		case "bad":
			return id, errors.New("bad token")
		case "unknown":
			return id, fmt.Errorf("verify: %w", identity.ErrKeys)
		}
		return id, nil
	}
	o.Revoked = func(_ context.Context, id *identity.Identity) (bool, error) {
		return id.Agent == "revoked1", nil
	}
	api := httpapi.New(o)
	server := httptest.NewServer(api)
	tb.Cleanup(server.Close)
	return &testAPI{api: api, http: server, log: logs}
}

// call makes one call and checks the answer against the OpenAPI document.
func (a *testAPI) call(t *testing.T, token, method, path, contentType, sent string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, a.http.URL+httpapi.Prefix+path, strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if a.ifMatch != "" {
		req.Header.Set("If-Match", a.ifMatch)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a.checkDocumented(t, req, res, got)
	return res.StatusCode, strings.TrimSpace(string(got)), res.Header
}

// checkDocumented fails if the document does not describe this very answer.
func (a *testAPI) checkDocumented(t *testing.T, req *http.Request, res *http.Response, got []byte) {
	t.Helper()
	_, pattern := a.api.Mux.Handler(req)
	if pattern == "" || pattern == "GET "+httpapi.Prefix+"/openapi.json" {
		return // no call, or the document itself
	}
	if problem := a.undocumented(pattern, res, got); problem != "" {
		t.Fatalf("%s answers %d %s, %s", pattern, res.StatusCode, got, problem)
	}
}

// undocumented says what of an answer the document does not describe, "" if it
// describes all of it.
func (a *testAPI) undocumented(pattern string, res *http.Response, got []byte) string {
	method, path, _ := strings.Cut(pattern, " ")
	item := a.api.OpenAPI().Paths[strings.TrimPrefix(path, httpapi.Prefix)]
	if item == nil {
		return "whose path the document does not know"
	}
	op := map[string]*huma.Operation{"GET": item.Get, "PUT": item.Put, "PATCH": item.Patch, "POST": item.Post, "DELETE": item.Delete}[method]
	if op == nil {
		return "whose method the document does not know"
	}
	documented := op.Responses[fmt.Sprint(res.StatusCode)]
	if documented == nil {
		documented = op.Responses["default"]
	}
	if documented == nil {
		return "whose status the document does not know"
	}
	known := map[string]bool{"Content-Type": true, "Content-Length": true, "Date": true} // of every answer
	for name := range documented.Headers {
		known[http.CanonicalHeaderKey(name)] = true
	}
	for name := range res.Header {
		if !known[name] {
			return "whose header " + name + " the document does not know"
		}
	}
	sent := res.Header.Get("Content-Type")
	if sent == "" && len(got) == 0 {
		if len(documented.Content) > 0 {
			return "without the content of the document"
		}
		return ""
	}
	kind, _, _ := mime.ParseMediaType(sent)
	media := documented.Content[kind]
	if media == nil || media.Schema == nil {
		return "whose type " + sent + " the document does not know"
	}
	return a.unlike(media.Schema, kind, got)
}

// unlike says why a body is not as the schema says.
func (a *testAPI) unlike(schema *huma.Schema, kind string, got []byte) string {
	values := []any{string(got)}
	switch {
	case kind == "application/x-ndjson":
		values = nil
		for line := range strings.Lines(string(got)) {
			var value any
			if err := json.Unmarshal([]byte(line), &value); err != nil {
				return err.Error()
			}
			values = append(values, value)
		}
	case strings.HasSuffix(kind, "json"):
		if err := json.Unmarshal(got, &values[0]); err != nil {
			return err.Error()
		}
	}
	for _, value := range values {
		var result huma.ValidateResult
		huma.Validate(a.api.OpenAPI().Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, &result)
		if len(result.Errors) > 0 {
			return fmt.Sprintf("which the document does not describe: %v", result.Errors)
		}
	}
	return ""
}
