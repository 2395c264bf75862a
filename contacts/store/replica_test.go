package store_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
)

// site is a primary that replicas may join, and a client of the test's own.
type site struct {
	*contactstest.RedisServer
	t    *testing.T
	dir  string
	port string
	args []string
	rdb  redis.UniversalClient
}

func newSite(t *testing.T, args ...string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), port: freePort(t)}
	s.args = append([]string{"--appendonly", "no", "--bind", "127.0.0.1", "--port", s.port, "--repl-diskless-sync-delay", "0"}, args...)
	s.start()
	rdb, follow, err := script.Dial(script.Target{URL: "unix://" + s.Socket})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(rdb.Close(), follow.Close()) })
	s.rdb = rdb
	return s
}

func (s *site) start() {
	s.t.Helper()
	server, err := contactstest.StartRedis(s.dir, s.args...)
	contactstest.NeedRedis(s.t, err)
	s.t.Cleanup(server.Kill)
	s.RedisServer = server
}

// attach starts a replica, which may take its time.
func (s *site) attach() *contactstest.RedisServer {
	s.t.Helper()
	replica, err := contactstest.StartRedis(s.t.TempDir(), "--appendonly", "no", "--replicaof", "127.0.0.1", s.port)
	contactstest.NeedRedis(s.t, err)
	s.t.Cleanup(replica.Kill)
	return replica
}

// info is one field of INFO.
func (s *site) info(field string) string {
	for line := range strings.Lines(s.rdb.Info(s.t.Context()).Val()) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), field+":"); ok {
			return value
		}
	}
	return ""
}

// await waits until a field of INFO has a text in it.
func (s *site) await(field, want string) {
	s.t.Helper()
	for began := time.Now(); !strings.Contains(s.info(field), want); <-time.After(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			s.t.Fatalf("INFO's %s is %q, want %q", field, s.info(field), want)
		}
	}
}

// A replica that is still in its first sync confirms nothing: until it has all, and has
// confirmed a change, nobody waits for it.
func TestAutoWaitsForNoSync(t *testing.T) {
	t.Parallel()
	p := newSite(t, "--rdb-key-save-delay", "20000") // µs a key: a store that takes its time
	s := contactstest.On(t, script.Target{URL: "unix://" + p.Socket})
	s.Durability = script.DurabilityAuto
	core, logs := observer.New(zap.InfoLevel)
	s.Log = zap.New(core)
	s.Start("node1", store.DefaultPolicy())
	s.ReadClocks()
	s.Stock("x", 100)
	c := s.SignIn("testagent")
	replica := p.attach()
	p.await("connected_slaves", "1")
	if err := s.Store.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		began := time.Now()
		if _, err := s.AskID(c, s.GetContact, "{}", fmt.Sprint("r", i)); err != nil || time.Since(began) > time.Second {
			t.Errorf("during the sync: %v after %s", err, time.Since(began))
		}
	}
	if state := p.info("slave0"); state == "" || strings.Contains(state, "state=online") {
		t.Fatalf("the replica is %q: the test shows nothing", state)
	}
	confirmed := func() int { return logs.FilterMessageSnippet("a replica has confirmed").Len() }
	if confirmed() > 0 {
		t.Error("a replica in its first sync was waited for")
	}
	p.await("slave0", "state=online")
	for i := 0; confirmed() == 0; i++ {
		if err := s.Store.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AskID(c, s.GetContact, "{}", fmt.Sprint("o", i)); err != nil {
			t.Fatalf("after the sync: %v", err)
		}
	}
	replica.Kill()
	if _, err := s.AskID(c, s.GetContact, "{}", "alone"); contactstest.Code(err) != "pending" {
		t.Errorf("without the replica: %v, want pending", err)
	}
}

// A replica that is online, and confirms nothing, holds nobody up, and is not taken for one that confirms by who asks and
// changes nothing: WAIT after no write is met by any replica.
func TestAutoWaitsForNoReplicaThatHangs(t *testing.T) {
	t.Parallel()
	p := newSite(t)
	s := contactstest.On(t, script.Target{URL: "unix://" + p.Socket})
	s.Durability = script.DurabilityAuto
	core, logs := observer.New(zap.InfoLevel)
	s.Log = zap.New(core)
	s.Start("node1", store.DefaultPolicy())
	s.ReadClocks()
	s.Stock("x", 100)
	c := s.SignIn("testagent")
	replica := p.attach()
	p.await("slave0", "state=online")
	if err := replica.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := s.RDB.Set(t.Context(), s.Keys.One("mark"), "1", 0).Err(); err != nil { // it does not have all
		t.Fatal(err)
	}
	confirmed := func() int { return logs.FilterMessageSnippet("a replica has confirmed").Len() }
	for range 3 {
		if err := s.Store.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for range 4 {
			if _, err := s.Ask(c, s.GetReserved, "{}"); contactstest.Code(err) != "contact_not_found" {
				t.Fatalf("what is held: %v", err)
			}
		}
		if took := time.Since(began); took > time.Second || confirmed() > 0 {
			t.Fatalf("four looks took %s; confirmed: %d", took, confirmed())
		}
	}
	began := time.Now()
	for i := range 4 {
		if _, err := s.AskID(c, s.GetContact, "{}", fmt.Sprint("r", i)); err != nil {
			t.Errorf("while the replica hangs: %v", err)
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("four changes took %s", took)
	}
	if notes := strings.Join(s.Store.Notes(), "; "); !strings.Contains(notes, "confirms nothing") {
		t.Errorf("the notes are %q", notes)
	}
	if err := replica.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); confirmed() == 0; <-time.After(10 * time.Millisecond) {
		if err := s.Store.Ready(t.Context()); err != nil || time.Since(began) > time.Minute {
			t.Fatal("a minute later it has not confirmed", err)
		}
	}
	replica.Kill()
	if _, err := s.AskID(c, s.GetContact, "{}", "alone"); contactstest.Code(err) != "pending" {
		t.Errorf("without the replica: %v, want pending", err)
	}
}

// The first replica gives a primary another replication id; only another process is a failover.
func TestFirstReplicaIsNoFailover(t *testing.T) {
	t.Parallel()
	p := newSite(t)
	primary := script.NewPrimary(script.PrimaryOptions{Redis: p.rdb, Durability: script.DurabilityAuto, Probe: "probe", Settle: time.Minute, Log: zap.NewNop()})
	primary.Failover(t.Context())
	before := p.info("master_replid")
	p.attach()
	p.await("slave0", "state=online")
	if p.info("master_replid") == before {
		t.Fatal("the replication id is the same: the test shows nothing")
	}
	if primary.Failover(t.Context()) || primary.Settling() {
		t.Error("the first replica was taken for a failover")
	}
	p.Kill()
	p.start()
	if !primary.Failover(t.Context()) || !primary.Settling() {
		t.Error("another process was not taken for a failover")
	}
}
