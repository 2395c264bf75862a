package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"agenthub/cmd/agenthub/command"

	"go.uber.org/zap/zapcore"
)

// A page that may use the hub can read why it was refused, also where a proxy in
// between calls the hub by another name; and an operator is told before anybody tries.
func TestRefusalsCanBeReadByPagesThatMayUseTheHub(t *testing.T) {
	redis := startRedis(t)
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	h := startHub(t, "--redis", redis.url(), "--public-url", "https://hub.example", "--allowed-origins", "https://crm.example")
	for _, path := range []string{"/api/v1/tickets", "/ws"} {
		for origin, want := range map[string]string{"https://crm.example": "https://crm.example", "https://hub.example": "https://hub.example", "https://evil.example": ""} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = "hubs"
			r.Header.Set("Origin", origin)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if got := res.Header.Get("Access-Control-Allow-Origin"); res.StatusCode != http.StatusMisdirectedRequest || got != want {
				t.Errorf("%s from %s: %d, may be read by %q, want 421 and %q", path, origin, res.StatusCode, got, want)
			}
		}
	}
	if got := h.log.FilterMessageSnippet("no --public-url").Len(); got != 0 {
		t.Errorf("a hub with --public-url is warned %d times", got)
	}
	bare := startHub(t, "--redis", redis.url(), "--listen", "0.0.0.0:8080")
	if got := bare.log.FilterMessageSnippet("no --public-url").All(); len(got) != 1 || got[0].Level != zapcore.WarnLevel {
		t.Errorf("a hub beyond loopback without --public-url says %v", got)
	}
}

// answered asks for a path by the name in Host, and gives status and header.
func answered(t *testing.T, url, host string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(text)
}

// What is no page is kept by nobody on the way, and taken for nothing else.
func TestAnswersAreNotKept(t *testing.T) {
	t.Parallel()
	h := startHub(t)
	for _, path := range []string{"/api/v1/openapi.json", "/api/v1/campaigns", "/api/v1/nothing", "/api/v1/tickets", "/ws", "/healthz", "/readyz", "/demo/agents"} {
		status, header, _ := answered(t, h.url+path, "")
		if header.Get("Cache-Control") != "no-store" || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s, %d: %v", path, status, header)
		}
	}
}

// A page that has its name point to the admin listener learns nothing from it.
func TestAdminListenerKnowsItsNames(t *testing.T) {
	t.Parallel()
	h := startHub(t, "--admin-hosts", "hub1.ops.example")
	own, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{
		"": 200, "localhost:8081": 200, "10.0.0.11:8081": 200, "[::1]:8081": 200, "hub": 200, "hub:8081": 200, own: 200,
		"hub1.ops.example:8081": 200, "HUB1.ops.example": 200, "rebind.evil.example:8081": 421, "127.0.0.1.evil.example": 421, "evil.example": 421,
		"localhost.evil.example": 421, "hub.": 421, "ops.example": 421,
	} {
		for _, path := range []string{"/metrics", "/readyz", "/debug/pprof/cmdline"} {
			status, header, text := answered(t, h.admin+path, host)
			if status != want || want == 421 && !strings.Contains(text, "--admin-hosts") {
				t.Errorf("%s as %q: %d %.60s, want %d", path, host, status, text, want)
			}
			if header.Get("Cache-Control") != "no-store" || header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s as %q: %v", path, host, header)
			}
		}
	}
}

// What runs here is told by the command and the figures alike.
func TestVersionIsToldEverywhere(t *testing.T) {
	t.Parallel()
	h := startHub(t)
	std := command.Streams{In: strings.NewReader(""), Out: tempFile(t), Err: tempFile(t)}
	if err := execute(t.Context(), []string{"version"}, std); err != nil {
		t.Fatal(err)
	}
	out := content(t, std.Out)
	lines := regexp.MustCompile(`^agenthub (\S+)\ncommit (\S+(?: \(changed since\))?)\ngo (go\S+) linux/\w+\n.*2\d{3}[a-z]`).FindStringSubmatch(out)
	if lines == nil || lines[3] != runtime.Version() {
		t.Fatalf("it is told as %q", out)
	}
	_, _, figures := answered(t, h.admin+"/metrics", "")
	want := fmt.Sprintf(`agenthub_build_info{commit=%q,go=%q,version=%q} 1`, lines[2], lines[3], lines[1])
	if !strings.Contains(figures, want) {
		t.Errorf("the figures lack %s", want)
	}
}
