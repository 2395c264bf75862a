package store_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/session"
)

func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}

// The user of SECURITY.md may do all that a hub does. The other tests run as this user
// too, and would show what is missing; this one shows that they do, and what it may not.
func TestRightsOfTheHub(t *testing.T) {
	t.Parallel()
	s := contactstest.New(t, "redis", store.DefaultPolicy())
	s.Stock("x", 1)
	c := s.SignIn("testagent")
	if _, err := s.Ask(c, s.GetContact, "{}"); err != nil {
		t.Fatal(err)
	}
	for _, refused := range []string{"keys", "flushall", "config", "debug", "eval"} {
		if err := s.AsHub(refused, "*", "0"); err == nil {
			t.Errorf("%s was allowed", refused)
		}
	}
	if err := s.AsHub("get", "ah:other"); err == nil {
		t.Error("a key of nobody's was read")
	}
	s.Check()
}

// One shard with cluster mode on takes a tenant: all its keys are in one slot.
func TestOneShardOfACluster(t *testing.T) {
	t.Parallel()
	server, err := contactstest.StartRedis(t.TempDir(), "--appendonly", "no", "--bind", "127.0.0.1", "--port", freePort(t),
		"--cluster-enabled", "yes", "--cluster-port", freePort(t))
	contactstest.NeedRedis(t, err)
	t.Cleanup(server.Kill)
	target := script.Target{URL: "unix://" + server.Socket}
	rdb, follow, err := script.Dial(target)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(rdb.Close(), follow.Close()) }()
	if err := rdb.Do(t.Context(), "cluster", "addslotsrange", 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(rdb.ClusterInfo(t.Context()).Val(), "cluster_state:ok") {
		<-time.After(10 * time.Millisecond)
	}
	s := contactstest.On(t, target)
	s.Start("node1", store.DefaultPolicy())
	s.ReadClocks()
	s.Stock("x", 3)
	c := s.SignIn("testagent")
	for i, ask := range []session.Handler{s.GetContact, s.GetReserved, s.Skip, s.GetContact} {
		if _, err := s.AskID(c, ask, "{}", fmt.Sprint("r", i)); err != nil {
			t.Errorf("request %d: %v", i, err)
		}
	}
	if _, err := s.Store.ReapOnce(t.Context(), true); err != nil {
		t.Error(err)
	}
	s.Check()
}
