package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// beHub makes the test binary be the hub: what the tests start is the real
// program, with its signals and exit codes, and under the race detector if they
// are.
const beHub = "AGENTHUB_TEST_BE_THE_HUB"

func TestMain(m *testing.M) {
	if os.Getenv(beHub) != "" {
		main()
		return
	}
	// Most of these tests wait for leases, so more of them run than there are cores.
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = parallel.Value.Set("4")
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what must come: the one limit, and a
// generous one, since a machine with other work is slow, not wrong.
const patience = 3 * time.Minute

// promised fails if what is promised within a time took longer. The promise is
// one of a machine that has time for it: as far as something waited for a
// processor or the disk in the last minute it is stretched, to twice at most.
func promised(t *testing.T, what string, took, limit time.Duration) {
	t.Helper()
	if share := waiting(); took > limit+time.Duration(share*float64(limit)) {
		t.Errorf("%s: %s, want %s at most (for %.0f %% of the last minute the machine kept something waiting)",
			what, took.Truncate(time.Millisecond), limit, 100*share)
	}
}

// waiting is the share of the last minute in which something waited for a
// processor or the disk; 0 where the kernel does not tell.
func waiting() (share float64) {
	for _, of := range []string{"cpu", "io"} {
		text, err := os.ReadFile("/proc/pressure/" + of)
		if err != nil {
			continue
		}
		var ten, sixty float64 // in percent
		if _, err := fmt.Sscanf(string(text), "some avg10=%f avg60=%f", &ten, &sixty); err == nil {
			share = max(share, ten/100, sixty/100)
		}
	}
	return min(share, 1)
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("%s: not within %s", what, patience)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// output is what a process writes, readable while it does.
type output struct {
	mu   sync.Mutex // guards the following
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// process is a program that a test started.
type process struct {
	cmd      *exec.Cmd
	out, err output
	gone     chan struct{} // closed when it ended
}

// startProcess starts a program; what is still there when the test ends is killed.
func startProcess(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, gone: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.out, &p.err
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // exit tells how it ended
		close(p.gone)
	}()
	t.Cleanup(func() { p.kill(t) })
	return p
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("signal %s: %v", s, err)
	}
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	<-p.gone
}

// pause stops the process and resume lets it go on where it was.
func (p *process) pause(t *testing.T) { t.Helper(); p.signal(t, syscall.SIGSTOP) }

func (p *process) resume(t *testing.T) { t.Helper(); p.signal(t, syscall.SIGCONT) }

// exit waits for the end and returns the exit code, -1 after a signal.
func (p *process) exit(t *testing.T) int {
	t.Helper()
	select {
	case <-p.gone:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("%s did not end within %s\n%s", p.cmd.Path, patience, p.err.String())
		return 0
	}
}

// hubCommand is the program with its arguments, and nothing of our environment
// that could configure it.
func hubCommand(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "AGENTHUB_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, beHub+"=1", "GORACE=halt_on_error=1")
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// node is one running hub.
type node struct {
	*process
	url, admin string // http://127.0.0.1:port
	args       []string
	by         *http.Client // how it is reached, nil: directly
}

// launchNode starts a hub, ready or not. Without a store among the arguments it
// has a Redis of its own: the embedded store is slow under the race detector.
func launchNode(t *testing.T, args ...string) *node {
	t.Helper()
	if !slices.Contains(args, "--redis") {
		args = append(args, "--redis", startRedis(t).url())
	}
	listen, admin := freeAddress(t), freeAddress(t)
	n := &node{
		url: "http://" + listen, admin: "http://" + admin,
		args: append([]string{"serve", "--listen", listen, "--admin-listen", admin, "--unknown-campaign", "accept", "--rules", "none"}, args...),
	}
	n.launch(t)
	return n
}

func (n *node) launch(t *testing.T) {
	t.Helper()
	n.process = startProcess(t, hubCommand(t, []string{"AGENTHUB_JWT_SECRET=" + testSecret}, n.args...))
	run := n.process
	t.Cleanup(func() {
		log := run.err.String()
		if strings.Contains(log, "DATA RACE") || strings.Contains(log, "panic") {
			t.Errorf("the hub says:\n%s", log)
		} else if t.Failed() {
			t.Logf("the hub at %s said:\n%s", n.url, tailOf(log))
		}
	})
}

// restart starts a hub that ended, at the same address.
func (n *node) restart(t *testing.T) {
	t.Helper()
	n.launch(t)
	n.awaitReady(t)
}

// startNode starts a hub and waits until it is ready.
func startNode(t *testing.T, args ...string) *node {
	t.Helper()
	h := launchNode(t, args...)
	h.awaitReady(t)
	return h
}

func (n *node) awaitReady(t *testing.T) {
	t.Helper()
	eventually(t, "ready", func() bool {
		select {
		case <-n.gone:
			t.Fatalf("the hub ended: %s", n.err.String())
		default:
		}
		return n.ready() == http.StatusOK
	})
}

// ready is the status of /readyz, 0 if nobody answers.
func (n *node) ready() int {
	response, err := http.Get(n.url + "/readyz")
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func tailOf(text string) string {
	const most = 4000
	return text[max(0, len(text)-most):]
}

// ports counts the addresses given out, from a random start: below the range that
// systems take for connections, each only once.
var ports = func() *atomic.Int32 {
	var next atomic.Int32
	next.Store(10_000 + rand.Int32N(20_000))
	return &next
}()

// freeAddress is an address nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", ports.Add(1))
		if ln, err := net.Listen("tcp", address); err == nil {
			_ = ln.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// lasting lets a fault last for a time. Everything else waits for an event.
func lasting(d time.Duration) { <-time.After(d) }
