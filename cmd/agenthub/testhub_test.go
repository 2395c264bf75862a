package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"agenthub/cmd/agenthub/command"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// testHub is a hub that runs in this process.
type testHub struct {
	url, admin string
	log        *observer.ObservedLogs
	stop       func() error // ends it as SIGTERM does
}

func startHub(t *testing.T, args ...string) *testHub {
	t.Helper()
	cfg, err := parse(t, append([]string{"--unknown-campaign", "accept", "--rules", "none"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	public, admin := loopback(t), loopback(t)
	core, logs := observer.New(zapcore.DebugLevel)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx, cfg, public, admin, io.Discard, zap.New(core)) }()
	h := &testHub{url: "http://" + public.Addr().String(), admin: "http://" + admin.Addr().String(), log: logs}
	h.stop = func() error {
		cancel()
		h.stop = func() error { return nil }
		return <-done
	}
	t.Cleanup(func() {
		if err := h.stop(); err != nil {
			t.Errorf("the hub ended with %v", err)
		}
	})
	h.waitReady(t)
	return h
}

func loopback(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	ln, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// get returns status and body.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func (h *testHub) waitReady(t *testing.T) {
	t.Helper()
	eventually(t, "ready", func() bool {
		status, _ := get(t, h.url+"/readyz")
		return status == http.StatusOK
	})
}

// rows reads what load prints. A row that the hub tried again counts as updated.
func rows(t *testing.T, out string) (loaded, rejected int) {
	t.Helper()
	var accepted, updated int
	if _, err := fmt.Sscanf(out, "%d accepted, %d updated, %d rejected\n", &accepted, &updated, &rejected); err != nil {
		t.Fatalf("load prints %q", out)
	}
	return accepted + updated, rejected
}

// tool runs a command against the hub and returns what it printed.
func (h *testHub) tool(ctx context.Context, t *testing.T, in string, args ...string) (out, said string, err error) {
	t.Helper()
	std := command.Streams{In: strings.NewReader(in), Out: tempFile(t), Err: tempFile(t)}
	if args[0] != "serve" {
		args = append(args, "--url", h.url)
	}
	err = execute(ctx, args, std)
	return content(t, std.Out), content(t, std.Err), err
}

func tempFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "stream")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func content(t *testing.T, f *os.File) string {
	t.Helper()
	b, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const skipFrame = `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"userID":"testagent"}}`
