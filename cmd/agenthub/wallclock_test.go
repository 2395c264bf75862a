package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"agenthub/session"
	"agenthub/session/identity"
)

var wallclock = flag.Bool("wallclock", false, "set the wall clock under a hub that runs, for which the standard library is built anew")

// jumps makes the process set its own wall clock by what it reads, in seconds.
const jumps = `package main

import (
	"fmt"
	"os"
	"time"
)

var _ = func() bool {
	go func() {
		for {
			var seconds int64
			if _, err := fmt.Scanln(&seconds); err != nil {
				return
			}
			time.WallJump.Add(seconds)
			fmt.Fprintln(os.Stderr, "wall clock set by", seconds)
		}
	}()
	return true
}()
`

// buildJumping builds the hub with a package time whose Now is off by a sum of
// seconds, but for the monotonic reading and all timers: what a process sees when
// somebody sets the clock of its machine, all libraries included.
func buildJumping(t *testing.T) (program string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	original := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	source, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	const reading = "sec, nsec, mono := runtimeNow()\n"
	now := strings.Replace(string(source), reading, reading+"\tsec += WallJump.Load()\n", 1)
	now = strings.Replace(now, "\nimport (\n", "\nimport (\n\t\"sync/atomic\"\n", 1) + "\nvar WallJump atomic.Int64\n"
	if strings.Count(now, "WallJump") != 2 {
		t.Fatal("time.Now has changed, and this test must")
	}
	added, err := filepath.Abs("jumps.go")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{
		"Replace": {original: write("time.go", now), added: write("jumps.go", jumps)},
	})
	if err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(dir, "agenthub")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-overlay", write("overlay.json", string(overlay)), "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// jumpingNode is a hub whose wall clock the test sets.
type jumpingNode struct {
	*node
	clock io.Writer
	off   time.Duration
}

func startJumpingNode(t *testing.T) *jumpingNode {
	t.Helper()
	listen, admin := freeAddress(t), freeAddress(t)
	n := &node{url: "http://" + listen, admin: "http://" + admin}
	cmd := hubCommand(t, []string{"AGENTHUB_JWT_SECRET=" + testSecret},
		"serve", "--listen", listen, "--admin-listen", admin, "--redis", startRedis(t).url(), "--rules", "none")
	cmd.Path = buildJumping(t)
	clock, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	n.process = startProcess(t, cmd)
	n.awaitReady(t)
	return &jumpingNode{node: n, clock: clock}
}

func (n *jumpingNode) jump(t *testing.T, by time.Duration) {
	t.Helper()
	before := strings.Count(n.err.String(), "wall clock set")
	if _, err := fmt.Fprintln(n.clock, int64(by.Seconds())); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the wall clock is set", func() bool { return strings.Count(n.err.String(), "wall clock set") > before })
	n.off += by
}

// heartbeat waits for the next one, which tells the store's clock, whatever the hub's is set to.
func (n *jumpingNode) heartbeat(t *testing.T, c *client) {
	t.Helper()
	select {
	case <-c.beat: // the last of before
	default:
	}
	start := time.Now()
	var frame string
	select {
	case frame = <-c.beat:
	case <-c.gone:
		t.Fatalf("clock off by %s: the socket is closed with %d %s", n.off, c.code, c.why)
	case <-time.After(patience):
		t.Fatalf("clock off by %s: no heartbeat within %s", n.off, patience)
	}
	promised(t, fmt.Sprintf("clock off by %s: a heartbeat", n.off), time.Since(start), session.HeartbeatEvery+2*time.Second)
	var told struct {
		Message struct{ ServerNow time.Time }
	}
	if err := json.Unmarshal([]byte(frame), &told); err != nil {
		t.Fatal(err)
	}
	if off := time.Until(told.Message.ServerNow); off.Abs() > 10*time.Second {
		t.Errorf("clock off by %s: clients are told a time that is %s off", n.off, off)
	}
	off := time.Duration(-n.metric(t, "agenthub_store_clock_drift_seconds") * float64(time.Second))
	if (off - n.off).Abs() > 10*time.Second {
		t.Errorf("the hub's clock is off by %s, want %s: it was not set", off, n.off)
	}
}

// work has both agents fetch and skip, and another sign in at two desks.
func (n *jumpingNode) work(t *testing.T, plain, desk *client) {
	t.Helper()
	start := time.Now()
	for agent, c := range map[string]*client{"agent1": plain, "agent2": desk} {
		if got := c.ask(t, "GetContactOD", `{"UserID":"`+agent+`"}`); !got.ok() {
			t.Errorf("clock off by %s: fetch = %s", n.off, got.raw)
		}
		if got := c.ask(t, "SkipNonPEWCContact", `{"UserID":"`+agent+`"}`); !got.ok() {
			t.Errorf("clock off by %s: skip = %s", n.off, got.raw)
		}
	}
	promised(t, fmt.Sprintf("clock off by %s: two fetches and skips", n.off), time.Since(start), 2*time.Second)
	if n.off.Abs() > time.Minute {
		return // a token is over, or one of the future
	}
	sign := token(t, as(identity.RoleAgent, "off by "+n.off.String()))
	for _, tab := range []string{"left", "right"} {
		c, err := n.tab(t.Context(), sign, tab)
		if err != nil {
			t.Errorf("clock off by %s: sign-in by ticket: %v", n.off, err)
			continue
		}
		t.Cleanup(func() { _ = c.conn.CloseNow() })
	}
	if got := n.upgrade(t, http.Header{"Authorization": {"Bearer " + sign}}); got != http.StatusSwitchingProtocols {
		t.Errorf("clock off by %s: a sign-in is refused with %d", n.off, got)
	}
}

// TestWaitsDoNotFollowTheWallClock sets the clock of a running hub back and
// forward: requests are answered at once, no socket is closed, the node stays
// ready. What must follow is a token's expiry.
func TestWaitsDoNotFollowTheWallClock(t *testing.T) {
	if !*wallclock {
		t.Skip("make wallclock runs this: it builds the standard library anew")
	}
	t.Parallel()
	n := startJumpingNode(t)
	n.load(t, "c", 50)
	plain := n.signIn(t, as(identity.RoleAgent, "agent1"))
	desk, _ := n.desk(t, "agent2")
	n.work(t, plain, desk) // what waits later has begun
	for _, by := range []time.Duration{-30 * time.Second, 20 * time.Second, -50 * time.Minute, 50 * time.Minute} {
		n.jump(t, by)
		n.work(t, plain, desk)
		if got := n.ready(); got != http.StatusOK {
			t.Errorf("clock off by %s: /readyz = %d", n.off, got)
		}
		n.heartbeat(t, desk) // far beyond the lease, and what a lost pong takes
	}
	if got := n.metric(t, "agenthub_kills_total"); got != 0 {
		t.Errorf("%v sockets were cut", got)
	}
	n.jump(t, 2*time.Hour)
	for _, c := range []*client{plain, desk} {
		if got := c.end(t); got != session.CloseExpired {
			t.Errorf("token over: closed with %d %s, want %d", got, c.why, session.CloseExpired)
		}
	}
	n.jump(t, -2*time.Hour)
	n.desk(t, "agent2")
	start := time.Now()
	n.signal(t, syscall.SIGTERM)
	n.jump(t, -time.Hour)
	if got := n.exit(t); got != 0 {
		t.Errorf("exit code %d", got)
	}
	promised(t, "the end", time.Since(start), 11*time.Second)
}
