package main

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"agenthub/cmd/agenthub/target"
)

// managedPID is the process of the redis-server a hub keeps in a directory.
func managedPID(t *testing.T, dir string) int {
	t.Helper()
	said, err := target.Say(t.Context(), dir, "EVAL \"return string.match(redis.call('INFO','server'),'process_id:(%d+)')\" 0\r\n")
	if err != nil {
		return 0
	}
	fields := strings.Fields(said)
	pid, _ := strconv.Atoi(fields[len(fields)-1])
	return pid
}

// TestManagedStoreUnderLoad kills the hub, and its redis-server, while agents work.
func TestManagedStoreUnderLoad(t *testing.T) {
	t.Parallel()
	requireRedis(t)
	dir, err := os.MkdirTemp("", "hub") //nolint:usetesting // a unix socket's path has little room for a test's name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	n := startNode(t, "--redis", "managed", "--data-dir", dir)
	t.Cleanup(func() { // what a failed test leaves behind
		if pid := managedPID(t, dir); pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	const contacts = 3000
	n.load(t, "c", contacts)
	work := startCrew(t, 8, n)
	works := func() {
		t.Helper()
		before := work.done()
		eventually(t, "the crew works", func() bool { return work.done() > before+30 })
	}
	works()

	second := launchNode(t, "--redis", "managed", "--data-dir", dir)
	if code := second.exit(t); code != 1 {
		t.Errorf("a second hub on the directory ended with %d, want 1", code)
	}
	if got := strings.TrimSpace(second.err.String()); got != "agenthub: another hub uses --data-dir "+dir {
		t.Errorf("it says %q", got)
	}
	works()

	n.kill(t)
	n.restart(t)
	works()

	server := managedPID(t, dir)
	if err := syscall.Kill(server, syscall.SIGKILL); err != nil {
		t.Fatalf("kill redis-server %d: %v", server, err)
	}
	eventually(t, "another redis-server", func() bool { pid := managedPID(t, dir); return pid != 0 && pid != server })
	works()

	work.end(t)
	work.account(t, n, contacts)
	n.signal(t, syscall.SIGTERM)
	if code := n.exit(t); code != 0 {
		t.Errorf("exit code = %d, want 0", code)
	}
	if conn, err := net.DialTimeout("unix", filepath.Join(dir, target.ManagedSocket), time.Second); err == nil {
		conn.Close()
		t.Error("the redis-server outlives its hub")
	}
}
