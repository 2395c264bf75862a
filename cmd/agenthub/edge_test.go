package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"agenthub/cmd/agenthub/command"

	"go.uber.org/zap"
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
	lines := regexp.MustCompile(`^agenthub (\S+)\ncommit (\S+(?: \(changed since\))?)\ngo (go\S+) \w+/\w+\n.*2\d{3}[a-z]`).FindStringSubmatch(out)
	if lines == nil || lines[3] != runtime.Version() {
		t.Fatalf("it is told as %q", out)
	}
	_, _, figures := answered(t, h.admin+"/metrics", "")
	want := fmt.Sprintf(`agenthub_build_info{commit=%q,go=%q,version=%q} 1`, lines[2], lines[3], lines[1])
	if !strings.Contains(figures, want) {
		t.Errorf("the figures lack %s", want)
	}
}

// The access log and the figures say which call was made, and nothing that stood in it.
func TestAccessLogNamesCallsAndNobody(t *testing.T) {
	t.Parallel()
	h := startHub(t, "--access-log")
	ask := func(method, path, id string) string {
		r, err := http.NewRequestWithContext(t.Context(), method, h.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Request-Id", id)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		return res.Header.Get("X-Request-Id")
	}
	const marker, traced = "2125550199", "0190a5b1-7c9e-7d7b-8000-0123456789ab"
	for _, c := range []struct {
		method, path, id string
		call             string
		code             int64
	}{
		{"GET", "/api/v1/contacts/" + marker, traced, "GET /api/v1/contacts/{id}", 401},
		{"GET", "/api/v1/dnc?number=" + marker, marker, "GET /api/v1/dnc", 401},
		{"GET", "/healthz", "", "GET /healthz", 200},
		{"GET", "/" + marker, "", "other", 404},
		{"PATCH", "/api/v1/" + marker, "", "other", 404},
		{"GET", "/ws?token=" + marker, "", "/ws", 426},
	} {
		h.log.TakeAll()
		id := ask(c.method, c.path, c.id)
		if c.id == traced && id != traced || id == "" || strings.Contains(id, marker) {
			t.Errorf("%s: its id is %q", c.path, id)
		}
		eventually(t, c.path+" is in the log", func() bool { return h.log.FilterMessage("answered").FilterField(zap.String("request", id)).Len() == 1 })
		line := h.log.FilterField(zap.String("request", id)).All()[0].ContextMap()
		if line["call"] != c.call || line["code"] != c.code || strings.Contains(fmt.Sprint(line), marker) {
			t.Errorf("%s: the log says %v, want %s and %d", c.path, line, c.call, c.code)
		}
	}
	socket, err := connect(t.Context(), h.url, http.Header{"Authorization": {"Bearer " + demoBearer(t, h)}}, "agenthub.v1")
	if err != nil {
		t.Fatal(err)
	}
	socket.hello(t)
	_ = socket.conn.CloseNow()
	var figures string
	eventually(t, "the socket is counted", func() bool { // after its Hello
		_, _, figures = answered(t, h.admin+"/metrics", "")
		return strings.Contains(figures, `call="/ws",code="101"`)
	})
	for _, want := range []string{
		`agenthub_http_requests_total{call="GET /api/v1/contacts/{id}",code="401"} 1`, `agenthub_http_requests_total{call="other",code="404"} 2`,
		`agenthub_http_requests_total{call="/ws",code="101"} 1`, "agenthub_draining 0",
	} {
		if !strings.Contains(figures, want) {
			t.Errorf("the figures lack %s", want)
		}
	}
	if strings.Contains(figures, marker) {
		t.Error("the figures have what stood in a call")
	}
}

func demoBearer(t *testing.T, h *testHub) string {
	t.Helper()
	res, err := http.Post(h.url+"/demo/token", "application/json", strings.NewReader(`{"agent":"agent1","role":"agent"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got struct{ Token string }
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got.Token
}
