package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestServiceOfSystemd starts the hub as a unit of Type=notify does, with its admin listener on a socket of
// the file system that an earlier one left behind.
func TestServiceOfSystemd(t *testing.T) {
	dir := t.TempDir()
	var config net.ListenConfig
	told, err := config.ListenPacket(t.Context(), "unixgram", filepath.Join(dir, "notify"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = told.Close() })
	admin := filepath.Join(dir, "admin.sock")
	left, err := config.Listen(t.Context(), "unix", admin)
	if err != nil {
		t.Fatal(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = left.Close()

	t.Setenv("NOTIFY_SOCKET", told.LocalAddr().String())
	n := launchNode(t, "--redis", "embedded", "--admin-listen", "unix:"+admin)
	hears := func(want string) {
		t.Helper()
		text := make([]byte, 100)
		if size, _, err := told.ReadFrom(text); err != nil || string(text[:size]) != want {
			t.Fatalf("systemd hears %q %v, want %q", text[:size], err, want)
		}
	}
	hears("READY=1")
	if status, _ := get(t, n.url+"/healthz"); status != http.StatusOK {
		t.Errorf("when it says that it serves: %d", status)
	}
	if at, err := os.Stat(admin); err != nil || at.Mode().Perm() != 0o660 {
		t.Errorf("the socket: %v %v, want rights 660", at.Mode(), err)
	}
	inside := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", admin)
	}}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://admin/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := inside.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(text), "\nagenthub_ready 1\n") {
		t.Errorf("figures by the socket: %d %v", res.StatusCode, err)
	}
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	hears("STOPPING=1")
	if code := n.exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestFiguresCountAgentsAndContacts of both nodes, on either.
func TestFiguresCountAgentsAndContacts(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	a.load(t, "c", 3)
	for i, n := range []*node{a, b} {
		desk, _ := n.desk(t, fmt.Sprintf("agent%d", i))
		desk.ask(t, "GetContactOD", fmt.Sprintf(`{"UserID":"agent%d"}`, i))
	}
	for _, n := range []*node{a, b} {
		_, figures := get(t, n.admin+"/metrics")
		for _, want := range []string{`agents{state="connected"} 2`, `agents{state="grace"} 0`, `contacts{state="available"} 1`, `contacts{state="reserved"} 2`, `contacts{state="closed"} 0`} {
			if !strings.Contains(figures, "\nagenthub_"+want+"\n") {
				t.Errorf("no figure %s", want)
			}
		}
	}
}
