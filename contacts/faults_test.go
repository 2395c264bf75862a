package contacts

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"agenthub/session"

	"agenthub/session/envelope"
)

// cutter stands between a store and its Redis. When lose says so, it cuts the
// connection after Redis has answered: the calls were executed and nobody knows.
type cutter struct {
	target string
	lose   func() bool
	mute   atomic.Bool // swallow every answer
	cuts   atomic.Int64
}

// dial is a Target's dialer.
func (c *cutter) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	up, err := (&net.Dialer{}).DialContext(ctx, "unix", c.target)
	if err != nil {
		return nil, err
	}
	return &cutConn{Conn: up, c: c}, nil
}

type cutConn struct {
	net.Conn
	c *cutter
}

func (c *cutConn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil {
			return n, err
		}
		if c.c.mute.Load() {
			continue
		}
		if c.c.lose() {
			c.c.cuts.Add(1)
			_ = c.Close()
			return 0, net.ErrClosed
		}
		return n, nil
	}
}

// often is a loss of one read in n.
func often(n int) func() bool {
	return func() bool { return mathrand.IntN(n) == 0 }
}

func never() bool { return false }

// faulty is a store on real time behind a cutter.
func faulty(t *testing.T, socket string, lose func() bool) (*testStore, *cutter) {
	t.Helper()
	c := &cutter{target: socket, lose: lose}
	s := &testStore{
		t: t, target: Target{URL: "redis://faulty", Dialer: c.dial}, tenant: "t" + rand.Text(), now: time.Now(), frame: new(atomic.Int64),
	}
	s.start("node1", DefaultPolicy())
	return s, c
}

// needRedis ends a test that has no Redis: skipped at a desk, failed in CI.
func needRedis(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case os.Getenv("CI") == "":
		tb.Skip(err)
	default:
		tb.Fatal(err)
	}
}

func sharedRedis(t *testing.T) string {
	t.Helper()
	socket, err := redisSocket()
	needRedis(t, err)
	return socket
}

// tally is what clients were told.
type tally struct{ reserved, skipped, lostSkips atomic.Int64 }

// shift lets agents fetch and skip by name until the pool is empty; what is
// pending is asked again with the same request id, as protocol.md says.
func shift(s *testStore, agents int) *tally {
	told := &tally{}
	var wg sync.WaitGroup
	for i := range agents {
		c := s.signIn(fmt.Sprint("agent", i))
		wg.Go(func() {
			for n := 0; ; n++ {
				got, err := s.insist(c, "next", s.GetContact, "{}", fmt.Sprint("n", n))
				if code(err) == "no_contacts" {
					return
				}
				if err != nil {
					s.t.Errorf("next: %v", err)
					return
				}
				told.reserved.Add(1)
				id := got.(*contactOD).ContactID
				switch _, err = s.insist(c, "skip", s.Skip, fmt.Sprintf(`{"ContactId":%q}`, id), fmt.Sprint("s", n)); code(err) {
				case "ok":
					told.skipped.Add(1)
				case "contact_not_found":
					told.lostSkips.Add(1)
				default:
					s.t.Errorf("skip: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	return told
}

// insist asks until the answer is definite.
func (s *testStore) insist(c *session.Claim, subtopic string, h session.Handler, data, id string) (any, error) {
	for {
		got, err := s.askAs(subtopic, c, h, data, id)
		if code(err) != "pending" && code(err) != "unavailable" {
			return got, err
		}
	}
}

// kinds counts events by type.
func (s *testStore) kinds() map[string]int64 {
	n := map[string]int64{}
	for _, e := range s.events() {
		kind, _, _ := strings.Cut(e, " ")
		n[kind]++
	}
	return n
}

func TestLostRepliesHappenOnce(t *testing.T) {
	t.Parallel()
	s, cut := faulty(t, sharedRedis(t), never)
	s.load("x", 200)
	cut.lose = often(8)
	told := shift(s, 6)
	cut.lose = never
	n := s.kinds()
	if told.reserved.Load() != 200 || told.skipped.Load() != 200 || n["reserve"] != 200 || n["skip"] != 200 {
		t.Errorf("told %d reserved and %d skipped of 200 contacts, events say %v", told.reserved.Load(), told.skipped.Load(), n)
	}
	if cut.cuts.Load() < 10 {
		t.Errorf("only %d connections were cut: the test shows nothing", cut.cuts.Load())
	}
	s.check()
}

// Without the stored reply the same faults must show, else the test above proves
// nothing.
func TestWithoutStoredRepliesSkipsAreLost(t *testing.T) {
	t.Parallel()
	s, cut := faulty(t, sharedRedis(t), never)
	s.load("x", 200)
	s.forget(s.lua.skip)
	cut.lose = often(8)
	told := shift(s, 6)
	cut.lose = never
	if told.lostSkips.Load() == 0 {
		t.Errorf("all skips were told right without stored replies, %d connections were cut", cut.cuts.Load())
	}
}

// forget makes a script look up no stored reply.
func (s *testStore) forget(sc *script) {
	s.t.Helper()
	text := strings.ReplaceAll(sc.Text, "call('GET', KEYS[2])", "false")
	if text == sc.Text {
		s.t.Fatalf("%s looks up no stored reply", sc.Name)
	}
	sum := sha1.Sum([]byte(text))
	sc.Text, sc.SHA = text, hex.EncodeToString(sum[:])
}

func TestForgottenScriptsAreLoadedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, err := startRedis(dir, "--appendonly", "no")
	needRedis(t, err)
	t.Cleanup(server.kill)
	s, _ := faulty(t, server.socket, never)
	s.load("x", 200)
	done := make(chan struct{})
	var flushes int
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(3 * time.Millisecond):
				if s.rdb.ScriptFlush(context.WithoutCancel(t.Context())).Err() == nil {
					flushes++
				}
			}
		}
	})
	told := shift(s, 4)
	close(done)
	wg.Wait()
	if n := s.kinds(); told.skipped.Load() != 200 || n["skip"] != 200 || flushes == 0 {
		t.Errorf("%d skips told, events %v, after %d flushes", told.skipped.Load(), n, flushes)
	}
	s.check()
}

func TestKilledRedisKeepsWhatWasTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"--appendonly", "yes", "--appendfsync", "always"}
	server, err := startRedis(dir, args...)
	needRedis(t, err)
	t.Cleanup(func() { server.kill() })
	s, _ := faulty(t, filepath.Join(dir, "redis.sock"), never)
	s.load("x", 300)
	var told *tally
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		told = shift(s, 4)
	}()
	for range 2 {
		before := s.made()
		for s.made() < before+40 { // some work between two crashes
			select {
			case <-finished:
			case <-time.After(5 * time.Millisecond):
				continue
			}
			break
		}
		server.kill()
		if server, err = startRedis(dir, args...); err != nil {
			t.Fatal(err)
		}
	}
	<-finished
	if n := s.kinds(); told.reserved.Load() != 300 || told.skipped.Load() != 300 || n["reserve"] != 300 || n["skip"] != 300 {
		t.Errorf("told %d reserved, %d skipped, events say %v", told.reserved.Load(), told.skipped.Load(), n)
	}
	s.check()
}

// made is how many events there are, 0 while Redis is away.
func (s *testStore) made() int64 {
	n, _ := s.rdb.Get(context.Background(), s.keys.one("seq")).Int64()
	return n
}

func TestFiftySkipsOfOneReservation(t *testing.T) {
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		s.load("x", 2)
		c := s.signIn("testagent")
		s.next(c)
		var told atomic.Int64
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				copied := *c // as if each came from another goroutine of another node
				if _, err := s.askID(&copied, s.Skip, "{}", fmt.Sprint("r", i)); err == nil {
					told.Add(1)
				} else if code(err) != "contact_not_found" {
					t.Errorf("skip: %v", err)
				}
			})
		}
		wg.Wait()
		if n := s.kinds(); told.Load() != 1 || n["skip"] != 1 {
			t.Errorf("%d skips were told ok, events %v, want one", told.Load(), n)
		}
		s.check()
	})
}

func TestWhatIsNotKnownIsPending(t *testing.T) {
	t.Parallel()
	socket := sharedRedis(t)
	s, cut := faulty(t, socket, never)
	s.load("x", 1)
	c := s.signIn("testagent")
	ask := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		data, err := envelope.ParseFields([]byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.GetContact(ctx, &session.Request{Claim: c, Subtopic: "next", ID: "r1", Data: data})
		return err
	}
	cut.mute.Store(true)
	if err := ask(); !errors.Is(err, ErrPending) || code(err) != "pending" {
		t.Errorf("with a mute Redis: %v, want pending", err)
	}
	cut.mute.Store(false)
	if err := ask(); err != nil {
		t.Errorf("asked again: %v", err)
	}
	if n := s.kinds(); n["reserve"] != 1 {
		t.Errorf("events %v, want one reserve", n)
	}

	gone, _ := faulty(t, filepath.Join(t.TempDir(), "nobody"), never)
	if _, err := gone.Open(timeLimited(t), &session.Claim{Session: "s"}); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrPending) {
		t.Errorf("without a Redis: %v, want unavailable", err)
	}
	closed, _ := faulty(t, socket, never)
	closed.batch.close()
	closed.batch = newBatcher(t.Context(), closed.rdb, 1, false, closed.replicated, closed.met.batch)
	closed.batch.close()
	began := time.Now()
	if _, err := closed.Open(t.Context(), &session.Claim{Session: "s"}); !errors.Is(err, ErrUnavailable) || time.Since(began) > time.Second {
		t.Errorf("after the end: %v in %s, want unavailable at once", err, time.Since(began))
	}
	closed.batch = newBatcher(t.Context(), closed.rdb, 1, false, closed.replicated, closed.met.batch)
}

func timeLimited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// A supervisor's call whose answer was lost must not hit the next contact.
func TestLostRepliesOfSupervisors(t *testing.T) {
	t.Parallel()
	s, cut := faulty(t, sharedRedis(t), never)
	s.load("x", 60)
	var once atomic.Bool
	cut.lose = func() bool { return once.CompareAndSwap(true, false) }
	c := s.signIn("agent1")
	for i := range 10 {
		once.Store(true)
		if _, err := s.Assign(t.Context(), "agent1", "", "x", time.Hour, "supervisor"); err != nil {
			t.Fatalf("Assign: %v", err)
		}
		held := s.next(c)
		once.Store(true)
		if err := s.TakeBack(t.Context(), "agent1", "supervisor"); err != nil {
			t.Fatalf("TakeBack: %v", err)
		}
		if _, err := s.ask(c, s.GetReserved, ""); code(err) != "contact_not_found" {
			t.Fatalf("held after TakeBack: %v", err)
		}
		if err := s.Withdraw(t.Context(), ID(held), "campaign", "consent"); err != nil {
			t.Fatal(err)
		}
		if n := s.kinds(); n["reserve"] != int64(i+1) || n["release"] != int64(i+1) {
			t.Fatalf("round %d: events %v", i, n)
		}
	}
	once.Store(true)
	if err := s.Close(t.Context(), c); err != nil {
		t.Errorf("Close: %v", err)
	}
	s.check()
}

// A sign-in whose answer was lost must not stand as a session without a socket.
func TestSessionInDoubtIsDropped(t *testing.T) {
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		lost, moved := s.signIn("lost"), s.signIn("moved")
		s.signIn("moved") // and was quicker than the news
		for _, c := range []*session.Claim{lost, moved} {
			c.Epoch = "" // Open could not tell
			if err := s.Drop(t.Context(), c, session.CloseLost, "upgrade failed"); err != nil {
				t.Errorf("Drop: %v", err)
			}
		}
		for agent, want := range map[string]bool{"lost": false, "moved": true} {
			grace, err := s.rdb.HGet(t.Context(), s.keys.agent(agent), "gr").Result()
			if got := grace == ""; err != nil || got != want {
				t.Errorf("%s is connected: %v (%v), want %v", agent, got, err, want)
			}
		}
	})
}

// A Redis that hangs takes 128 calls a lane with it each time. However many
// wait, each is answered within 8 s, and what was never sent is not in doubt.
func TestHangingRedisIsAnsweredInTime(t *testing.T) {
	t.Parallel()
	server, err := startRedis(t.TempDir(), "--appendonly", "no")
	needRedis(t, err)
	t.Cleanup(server.kill)
	s, _ := faulty(t, server.socket, never)
	s.load("x", 1)
	c := s.signIn("testagent")
	if err := server.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	const requests = 3000 // more than the lanes try in 8 s
	var pending, unavailable atomic.Int64
	var wg sync.WaitGroup
	for i := range requests {
		wg.Go(func() {
			began := time.Now()
			copied := *c
			_, err := s.askID(&copied, s.GetContact, "{}", fmt.Sprint("r", i))
			if took := time.Since(began); took > retryFor+time.Second { // the second is the machine's
				t.Errorf("answered after %s", took)
			}
			switch code(err) {
			case "pending":
				pending.Add(1)
			case "unavailable":
				unavailable.Add(1)
			default:
				t.Errorf("answered %q", code(err))
			}
		})
	}
	wg.Wait()
	if err := server.process.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if pending.Load() == 0 || unavailable.Load() == 0 {
		t.Errorf("%d were pending and %d unavailable, want some of each", pending.Load(), unavailable.Load())
	}
	if _, err := s.insist(c, "x", s.GetReserved, "{}", "after"); code(err) != "ok" && code(err) != "contact_not_found" {
		t.Errorf("afterwards: %v", err)
	}
	s.check()
}

// What is acknowledged right after the start waits for a replica as well.
func TestAutoWaitsFromTheFirstChange(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(ln.Addr().String())
	_ = ln.Close()
	primary, err := startRedis(t.TempDir(), "--appendonly", "no", "--bind", host, "--port", port, "--repl-diskless-sync-delay", "0")
	needRedis(t, err)
	t.Cleanup(primary.kill)
	replica, err := startRedis(t.TempDir(), "--appendonly", "no", "--replicaof", host, port)
	needRedis(t, err)
	t.Cleanup(replica.kill)
	info := func(section, want string) bool {
		rdb, follow, err := Dial(Target{URL: "unix://" + primary.socket})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = errors.Join(rdb.Close(), follow.Close()) }()
		return strings.Contains(rdb.Info(t.Context(), section).Val(), want)
	}
	for began := time.Now(); !info("replication", "state=online"); <-time.After(20 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("the replica does not come")
		}
	}
	s := &testStore{t: t, target: Target{URL: "unix://" + primary.socket}, tenant: "t" + rand.Text(), now: time.Now(), frame: new(atomic.Int64)}
	s.start("node1", DefaultPolicy())
	s.dur.mode = DurabilityAuto
	s.signIn("testagent")
	if !info("commandstats", "cmdstat_wait:") {
		t.Error("the first change did not wait for the replica")
	}
}
