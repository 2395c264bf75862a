package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agenthub/session/identity"
)

// TestBadStartIsOneSentence starts the program in ways that cannot work.
func TestBadStartIsOneSentence(t *testing.T) {
	t.Parallel()
	busy := startNode(t)
	short := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(short, []byte("too short"), 0o600); err != nil {
		t.Fatal(err)
	}
	listen := strings.TrimPrefix(busy.url, "http://")
	for _, test := range []struct {
		name string
		env  string
		args []string
		code int
		says string
	}{
		{"busy port", "", []string{"--listen", listen, "--admin-listen", ""}, 1, "another program listens on " + listen},
		{"bad flag", "", []string{"--lissten", "x"}, 2, "unknown flag --lissten"},
		{"bad value", "", []string{"--grace", "soon"}, 2, "--grace"},
		{"secret too short", "AGENTHUB_JWT_SECRET=short", nil, 2, "the token secret has 5 bytes and needs 32 or more"},
		{"secret file too short", "", []string{"--jwt-secret-file", short}, 2, "the token secret has 9 bytes"},
		{"nobody could sign in", "", []string{"--redis", "redis://127.0.0.1:6379/0"}, 2, "nobody could sign in"},
		{"no such file", "AGENTHUB_JWT_SECRET=" + testSecret, []string{"load", "--url", busy.url, "no-such.csv"}, 1, "no-such.csv"},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := test.args
			if len(args) == 0 || args[0] != "load" {
				args = append([]string{"serve"}, args...)
			}
			p := startProcess(t, hubCommand(t, []string{test.env}, args...))
			if code := p.exit(t); code != test.code {
				t.Errorf("exit code = %d, want %d", code, test.code)
			}
			said := strings.TrimSpace(p.err.String())
			if !strings.HasPrefix(said, "agenthub: ") || strings.Contains(said, "\n") || !strings.Contains(said, test.says) {
				t.Errorf("says %q, want one line with %q", said, test.says)
			}
			if p.out.String() != "" {
				t.Errorf("prints %q", p.out.String())
			}
		})
	}
}

// TestBadFilesAreOneSentence loads what cannot be loaded; nothing is half done.
func TestBadFilesAreOneSentence(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	for _, test := range []struct {
		name, file string
		text       string
		size       int64 // of the file, the rest is one line
		code       int
		says       string
	}{
		{"CSV without header", "x.csv", "c1,spring,+1 212 555 0123\nc2,spring,+1 212 555 0124\n", 0, 1, "column"},
		{"empty CSV", "x.csv", "", 0, 1, "empty"},
		{"1 GB of nothing", "x.ndjson", "", 1 << 30, 1, "is no text"},
		{"a CSV line of 64 MB", "x.csv", "contactId,campaignId,phoneNumber\n" + strings.Repeat("x", 8<<10), 64 << 20, 1, "line 2: longer than"},
		{"one bad row of two", "x.csv", "contactId,campaignId,phoneNumber\nok1,bad,+1 212 555 0123\nbad1,bad,12\n", 0, 1, "line 3: phoneNumber"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), test.file)
			if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if test.size > 0 {
				if err := os.Truncate(file, test.size); err != nil { // takes no room on the disk
					t.Fatal(err)
				}
			}
			p := startProcess(t, hubCommand(t, []string{"AGENTHUB_JWT_SECRET=" + testSecret}, "load", "--url", n.url, file))
			if code := p.exit(t); code != test.code {
				t.Errorf("exit code = %d, want %d", code, test.code)
			}
			said := strings.TrimSpace(p.err.String())
			if said == "" || strings.Contains(said, "\n") || !strings.Contains(said, test.says) {
				t.Errorf("says %q, want one line with %q", said, test.says)
			}
		})
	}
	if status, _ := n.http(t, loader, http.MethodGet, "/api/v1/contacts/c1", ""); status != http.StatusNotFound {
		t.Errorf("a contact of a refused file is there: %d", status)
	}
	if got := n.contact(t, "ok1"); got.State != "available" {
		t.Errorf("the good row beside the bad one is %+v", got)
	}
}

// TestRedisAwayAtStart waits for a store that comes later.
func TestRedisAwayAtStart(t *testing.T) {
	t.Parallel()
	redis := newRedis(t)
	n := launchNode(t, "--redis", redis.url())
	eventually(t, "it serves", func() bool { return n.ready() == http.StatusServiceUnavailable })
	eventually(t, "a clear line", func() bool {
		return strings.Contains(n.err.String(), `"msg":"the store does not answer, trying again"`)
	})
	if got := n.upgrade(t, http.Header{"Authorization": {"Bearer " + token(t, as(identity.RoleAgent, "agent1"))}}); got != http.StatusServiceUnavailable {
		t.Errorf("an upgrade without a store = %d, want 503", got)
	}
	redis.start()
	n.awaitReady(t)
	n.load(t, "c", 1)
	desk, _ := n.desk(t, "agent1")
	if got := desk.ask(t, "GetContactOD", `{"UserID":"agent1"}`); !got.ok() {
		t.Errorf("the first contact = %s", got.raw)
	}
}
