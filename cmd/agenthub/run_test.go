package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"agenthub/cmd/agenthub/command"
	"agenthub/cmd/agenthub/target"
	"agenthub/cmd/agenthub/tools"

	"go.uber.org/zap"
)

func TestDemoDoesTheMainJob(t *testing.T) {
	h := startHub(t)
	for _, want := range []string{`"response":{"success":true}`, `"msg":"Contact not found"`} {
		out, _, err := h.tool(t.Context(), t, "", "send", skipFrame)
		if err != nil || !strings.Contains(out, want) {
			t.Fatalf("send: %s %v, want %s", out, err, want)
		}
	}
	if out, _, err := h.tool(t.Context(), t, "", "health"); err != nil || !strings.HasPrefix(out, "ready\ntime zones 20") || !strings.Contains(out, " days old\nnote: ") {
		t.Fatalf("health: %q %v", out, err)
	}
	for url, want := range map[string]string{
		h.url + "/":                    "<html",
		h.url + "/supervisor":          "<html",
		h.url + "/healthz":             "ok",
		h.url + "/demo/agents":         `"testagent"`,
		h.url + "/api/v1/openapi.json": `"3.1.0"`,
		h.admin + "/metrics":           "go_goroutines",
		h.admin + "/debug/pprof/":      "goroutine",
	} {
		if status, body := get(t, url); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200s, want %s", url, status, body, want)
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if status, _ := get(t, h.url+path); status == http.StatusOK {
			t.Errorf("%s is public", path)
		}
	}
	for _, line := range h.log.All() {
		if text := fmt.Sprint(line.Message, line.ContextMap()); strings.Contains(text, "555-01") || strings.Contains(text, "55501") {
			t.Errorf("the log shows a number: %s", text)
		}
	}
}

func TestLoadReportsBadRowsAndIgnoredColumns(t *testing.T) {
	h := startHub(t)
	file := filepath.Join(t.TempDir(), "contacts.csv")
	text := "contactId,campaignId,phoneNumber,tz,notes,owner\nx1,summer,+1 212 555 0123,,,\nx2,summer,call me,,,\nx3,summer,+1 212 555 0124,,,\n"
	const ignored = "column \"tz\" is read as timeZone\ncolumn \"notes\" is ignored\ncolumn \"owner\" is ignored; did you mean personalAgent?\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, said, err := h.tool(t.Context(), t, "", "load", file)
	if loaded, rejected := rows(t, out); !errors.Is(err, command.ErrSaid) || loaded != 2 || rejected != 1 || !strings.HasPrefix(said, ignored+"line 3: phoneNumber: ") {
		t.Fatalf("load: %q %q %v", out, said, err)
	}
	out, _, err = h.tool(t.Context(), t, `{"contactId":"x1","campaignId":"summer","phoneNumber":"+1 212 555 0123"}`, "load", "-")
	if err != nil || out != "0 accepted, 1 updated, 0 rejected\n" {
		t.Fatalf("load -: %q %v", out, err)
	}
	for name, args := range map[string][]string{
		"no such file":    {"load", "nowhere.csv"},
		"that names them": {"load", "-", "--format", "csv"},
	} {
		if _, _, err := h.tool(t.Context(), t, "x1,summer,+12125550123\n", args...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v, want %s", args, err, name)
		}
	}
}

func TestWatchShowsASkip(t *testing.T) {
	h := startHub(t)
	ctx, cancel := context.WithCancel(t.Context())
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- execute(ctx, []string{"watch", "--type", "skip", "--since", "0-1", "--url", h.url}, command.Streams{In: strings.NewReader(""), Out: write, Err: tempFile(t)})
	}()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("watch ended with %v", err)
		}
		_, _ = read.Close(), write.Close()
	}()
	if out, _, err := h.tool(t.Context(), t, "", "send", skipFrame); err != nil || !strings.Contains(out, "true") {
		t.Fatalf("send: %s %v", out, err)
	}
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		var e struct{ Type, Agent, ContactID string }
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		if e.Type == "" {
			continue // the gap before the first event there is
		}
		if e.Type != "skip" || e.Agent != "testagent" || e.ContactID != "demo-001" {
			t.Fatalf("event %s", lines.Text())
		}
		return
	}
}

func TestWatchTellsARefusalAtOnce(t *testing.T) {
	h := startHub(t)
	for _, args := range [][]string{{"watch", "--since", "abc"}, {"watch", "--since", "-1"}} {
		_, _, err := h.tool(t.Context(), t, "", args[0], args[1]+"="+args[2])
		if _, ok := errors.AsType[*tools.RefusedError](err); !ok {
			t.Errorf("%v: %v, want a refusal", args, err)
		}
	}
	_, _, err := (&testHub{url: "http://127.0.0.1:1"}).tool(t.Context(), t, "", "watch")
	if err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("no hub: %v", err)
	}
}

func TestTokenPrintsOnlyTheToken(t *testing.T) {
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	out, said, err := (&testHub{url: "http://127.0.0.1:1"}).tool(t.Context(), t, "", "token", "--sub", "testagent", "--campaigns", "spring")
	if err != nil || said != "" || strings.Count(out, ".") != 2 || strings.Count(out, "\n") != 1 {
		t.Fatalf("token: %q %q %v", out, said, err)
	}
}

func TestBusyPortIsOneSentence(t *testing.T) {
	taken := loopback(t)
	defer taken.Close()
	for _, flag := range []string{"--listen", "--admin-listen"} {
		args := []string{"serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", flag, taken.Addr().String()}
		_, _, err := (&testHub{}).tool(t.Context(), t, "", args...)
		if err == nil || !strings.Contains(err.Error(), "another program listens on "+taken.Addr().String()) || !strings.Contains(err.Error(), flag) {
			t.Errorf("%s: %v", flag, err)
		}
	}
}

func TestDemoSignInIsForThisMachineOnly(t *testing.T) {
	h := startHub(t)
	tests := []struct {
		name, host, origin, contentType, body string
		status                                int
	}{
		{"page of the hub", "", h.url, "application/json", `{"agent":"agent1","role":"agent"}`, 200},
		{"program", "", "", "application/json", `{"agent":"agent1","role":"supervisor"}`, 200},
		{"page of another site", "", "https://evil.example", "application/json", `{"agent":"agent1","role":"agent"}`, 403},
		{"null origin", "", "null", "application/json", `{"agent":"agent1","role":"agent"}`, 403},
		{"rebound name", "evil.example", "http://evil.example", "application/json", `{"agent":"agent1","role":"agent"}`, 403},
		{"form", "", "", "text/plain", `{"agent":"agent1","role":"agent"}`, 415},
		{"no such role", "", "", "application/json", `{"agent":"agent1","role":"admin"}`, 400},
		{"nobody", "", "", "application/json", `{"role":"agent"}`, 400},
		{"no JSON", "", "", "application/json", `agent1`, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/demo/token", strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.host != "" {
				req.Host = tt.host
			}
			if tt.origin != "" {
				req.Header.Set("Origin", tt.origin)
			}
			req.Header.Set("Content-Type", tt.contentType)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.StatusCode != tt.status {
				t.Fatalf("status %d, want %d", res.StatusCode, tt.status)
			}
		})
	}
}

// A proxy that names us by loopback makes the whole world look like this machine.
func TestDemoSignInIsNotForWhatComesThroughAProxy(t *testing.T) {
	h := startHub(t)
	target, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target) // and the Host of the target
		r.SetXForwarded()
	}})
	defer proxy.Close()
	ask := func(url string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/demo/token", strings.NewReader(`{"agent":"campaign","role":"campaign"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	if got := ask(proxy.URL); got != http.StatusForbidden {
		t.Errorf("through a proxy: %d, want 403", got)
	}
	if got := ask(h.url); got != http.StatusOK {
		t.Errorf("from this machine: %d, want 200", got)
	}
	for _, head := range []string{"HTTP/1.0\r\nConnection: close", "HTTP/1.1\r\nX-Real-IP: 203.0.113.7\r\nConnection: close", "HTTP/1.1\r\nVia: 1.1 varnish\r\nConnection: close"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", target.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		const body = `{"agent":"campaign","role":"campaign"}`
		fmt.Fprintf(conn, "POST /demo/token %s\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", head, target.Host, len(body), body)
		answer, err := io.ReadAll(conn)
		if err != nil || !strings.Contains(string(answer), " 403 ") {
			t.Errorf("%q: %.40q, %v, want 403", head, answer, err)
		}
	}
}

func TestOtherOriginsNeedPermission(t *testing.T) {
	const desk = "https://desk.example.com"
	h := startHub(t, "--allowed-origins", desk)
	for _, path := range []string{"/api/v1/campaigns", "/api/v1/tickets", "/config.json"} {
		for origin, want := range map[string]string{desk: desk, "https://evil.example": ""} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, h.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Origin", origin)
			req.Header.Set("Access-Control-Request-Method", http.MethodPost)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if got := res.Header.Values("Access-Control-Allow-Origin"); strings.Join(got, " ") != want {
				t.Errorf("%s for %s allows %q, want %q", path, origin, got, want)
			}
		}
	}
}

func TestDemoSignInIsGoneWithASecret(t *testing.T) {
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	h := startHub(t)
	if status, _ := get(t, h.url+"/demo/agents"); status != http.StatusNotFound {
		t.Fatalf("status %d", status)
	}
	if out, _, err := h.tool(t.Context(), t, "", "send", skipFrame); err != nil || !strings.Contains(out, "true") {
		t.Fatalf("send with a signed token: %s %v", out, err)
	}
}

func TestStoreAwayAtStartIsNoCrash(t *testing.T) {
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	cfg, err := parse(t, "--redis", "redis://127.0.0.1:1/0")
	if err != nil {
		t.Fatal(err)
	}
	public := loopback(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx, cfg, public, nil, io.Discard, zap.NewNop()) }()
	url := "http://" + public.Addr().String()
	if status, said := get(t, url+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(said, "not ready") {
		t.Errorf("readyz: %d %s", status, said)
	}
	if status, _ := get(t, url+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz: %d", status)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// TestManagedStoreKeepsWhatWasAcknowledged ends the redis-server under a running
// hub, and then leaves one behind as a killed hub does.
func TestManagedStoreKeepsWhatWasAcknowledged(t *testing.T) {
	program := requireRedis(t)
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	dir := t.TempDir()
	h := startHub(t, "--redis", "managed", "--data-dir", dir)
	row := func(id string) string {
		return `{"contactId":"` + id + `","campaignId":"summer","phoneNumber":"+1 212 555 0123"}`
	}
	out, _, err := h.tool(t.Context(), t, row("x1"), "load", "-")
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	if loaded, _ := rows(t, out); loaded != 1 {
		t.Fatalf("load: %s", out)
	}
	second := target.Flags{Redis: target.Managed, DataDir: dir}
	if _, err := second.Open(t.Context(), true, "nokey", zap.NewNop()); err == nil || !strings.Contains(err.Error(), "another hub uses") {
		t.Fatalf("a second hub on the directory: %v", err)
	}
	again := func(when string) {
		t.Helper()
		eventually(t, when, func() bool {
			out, _, err := h.tool(t.Context(), t, row("x1"), "load", "-")
			return err == nil && strings.HasPrefix(out, "0 accepted, 1 updated")
		})
	}
	_, _ = target.Say(t.Context(), dir, "SHUTDOWN\r\n") // its connection ends with it
	again("after the server ended")
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}

	orphan := startProcess(t, exec.CommandContext(context.WithoutCancel(t.Context()), program, "--port", "0",
		"--unixsocket", filepath.Join(dir, target.ManagedSocket), "--dir", dir, "--appendonly", "yes", "--save", ""))
	eventually(t, "the orphan answers", func() bool {
		said, _ := target.Say(t.Context(), dir, "PING\r\n")
		return said == "+PONG\r\n"
	})
	h = startHub(t, "--redis", "managed", "--data-dir", dir)
	<-orphan.gone
	again("after the orphan")
}
