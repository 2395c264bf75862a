package tools

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agenthub/cmd/agenthub/command"
)

// Who loads a list is told who refused it: the hub, or what stands before it, and then what to set there.
func TestLoadSaysWhoRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "contacts.ndjson")
	if err := os.WriteFile(file, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AGENTHUB_TOKEN", "token")
	for name, c := range map[string]struct {
		status       int
		server, kind string
		body         string
		says, not    string
	}{
		"nginx at 1 MB":        {413, "nginx/1.26.3", "text/html", "<html>413", "nginx/1.26.3, which stands before the hub, says: Request Entity Too Large (413); let it pass on longer bodies", "the hub says"},
		"Caddy, without words": {413, "Caddy", "", "", "Caddy, which stands before the hub, says: Request Entity Too Large (413); let it pass on longer bodies", "the hub says"},
		"HAProxy, no name":     {503, "", "text/html", "<html>503", "a proxy, which stands before the hub, says: Service Unavailable (503)", "longer bodies"},
		"a proxy that waits":   {504, "nginx", "text/html", "<html>504", "nginx, which stands before the hub, says: Gateway Timeout (504); let it wait longer", "longer bodies"},
		"a name that steers":   {502, "x\u009b2J", "text/html", "", "x·2J, which stands before the hub, says: Bad Gateway (502)", "\u009b"},
		"the hub":              {413, "Caddy", "application/problem+json", `{"detail":"too long"}`, "the hub says: too long (413)", "proxy"},
		"the hub, plainly":     {404, "", "text/plain; charset=utf-8", "404 page not found", "the hub says: Not Found (404)", "proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header()["Content-Type"] = nil // none, unless there is one
				if c.kind != "" {
					w.Header().Set("Content-Type", c.kind)
				}
				if c.server != "" {
					w.Header().Set("Server", c.server)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer front.Close()
			load := Load{HubFlags: HubFlags{URL: front.URL}, File: file, Format: "auto"}
			err := load.Run(context.Background(), command.Streams{In: strings.NewReader(""), Out: os.Stdout, Err: os.Stderr})
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), c.not) {
				t.Errorf("it says %q, want %q, and not %q", err, c.says, c.not)
			}
		})
	}
}
