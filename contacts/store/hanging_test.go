package store_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
)

// A Redis that hangs takes 128 calls a lane with it each time. However many
// wait, each is answered within 8 s, and what was never sent is not in doubt.
func TestHangingRedisIsAnsweredInTime(t *testing.T) {
	t.Parallel()
	server, err := contactstest.StartRedis(t.TempDir(), "--appendonly", "no")
	contactstest.NeedRedis(t, err)
	t.Cleanup(server.Kill)
	s, _ := contactstest.Faulty(t, server.Socket, contactstest.Never)
	s.Stock("x", 1)
	c := s.SignIn("testagent")
	if err := server.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	const requests = 3000 // more than the lanes try in 8 s
	var pending, unavailable atomic.Int64
	var wg sync.WaitGroup
	for i := range requests {
		wg.Go(func() {
			began := time.Now()
			copied := *c
			_, err := s.AskID(&copied, s.GetContact, "{}", fmt.Sprint("r", i))
			if took := time.Since(began); took > 8*time.Second+time.Second { // the second is the machine's
				t.Errorf("answered after %s", took)
			}
			switch contactstest.Code(err) {
			case "pending":
				pending.Add(1)
			case "unavailable":
				unavailable.Add(1)
			default:
				t.Errorf("answered %q", contactstest.Code(err))
			}
		})
	}
	wg.Wait()
	if err := server.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if pending.Load() == 0 || unavailable.Load() == 0 {
		t.Errorf("%d were pending and %d unavailable, want some of each", pending.Load(), unavailable.Load())
	}
	if _, err := s.Insist(c, "x", s.GetReserved, "{}", "after"); contactstest.Code(err) != "ok" && contactstest.Code(err) != "contact_not_found" {
		t.Errorf("afterwards: %v", err)
	}
	s.Check()
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
	primary, err := contactstest.StartRedis(t.TempDir(), "--appendonly", "no", "--bind", host, "--port", port, "--repl-diskless-sync-delay", "0")
	contactstest.NeedRedis(t, err)
	t.Cleanup(primary.Kill)
	replica, err := contactstest.StartRedis(t.TempDir(), "--appendonly", "no", "--replicaof", host, port)
	contactstest.NeedRedis(t, err)
	t.Cleanup(replica.Kill)
	info := func(section, want string) bool {
		rdb, follow, err := script.Dial(script.Target{URL: "unix://" + primary.Socket})
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
	s := contactstest.On(t, script.Target{URL: "unix://" + primary.Socket})
	s.Durability = script.DurabilityAuto
	s.Start("node1", store.DefaultPolicy())
	s.SignIn("testagent")
	if !info("commandstats", "cmdstat_wait:") {
		t.Error("the first change did not wait for the replica")
	}
	s.Stock("x", 1)
	replica.Kill()
	if _, why, err := s.Store.Why(t.Context(), "x-1"); err != nil || why != (contacts.Why{}) {
		t.Errorf("who looks is told %v, %v: a look waits for no replica", why, err)
	}
}

// Who looks asks again until it is told, whatever Redis forgets or loses.
func TestLooksOutliveFaults(t *testing.T) {
	t.Parallel()
	s, cut := contactstest.Faulty(t, contactstest.SharedRedis(t), contactstest.Never)
	s.Stock("x", 1)
	often, cuts := contactstest.Often(4), new(atomic.Int64) // of a look, so that none needs its three seconds
	cut.Lose = func() bool { return often() && cuts.Add(1) <= 3 }
	for i := range 40 {
		cuts.Store(0)
		if i%8 == 0 {
			_ = s.RDB.ScriptFlush(t.Context()) // lost, or not
		}
		if c, _, err := s.Store.Why(t.Context(), "x-1"); err != nil || c.State != contacts.Available {
			t.Fatalf("look %d: %s, %v", i, c.State, err)
		}
	}
	if cut.Cuts.Load() == 0 {
		t.Error("no connection was cut: the test shows nothing")
	}
}
