package store_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/session"
)

// shard is a node of a cluster, and a client of the test's own.
type shard struct {
	*contactstest.RedisServer
	id, addr string
	rdb      redis.UniversalClient
}

// cluster is three shards, and replicas of that which has the tenant's slot.
type cluster struct {
	t       *testing.T
	shards  [3]*shard
	backups []*shard
	home    int // which of them has it
	slot    int64
}

func (c *cluster) do(s *shard, args ...any) any {
	c.t.Helper()
	got, err := s.rdb.Do(c.t.Context(), args...).Result()
	if err != nil {
		c.t.Fatalf("%v at %s: %v", args, s.addr, err)
	}
	return got
}

// await waits until a node says something of the cluster.
func (c *cluster) await(s *shard, want string, args ...any) {
	c.t.Helper()
	for began := time.Now(); !strings.Contains(fmt.Sprint(c.do(s, args...)), want); <-time.After(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			c.t.Fatalf("%v at %s says %v, want %q", args, s.addr, c.do(s, args...), want)
		}
	}
}

func (c *cluster) start() *shard {
	c.t.Helper()
	port, bus := freePort(c.t), freePort(c.t)
	server, err := contactstest.StartRedis(c.t.TempDir(), "--appendonly", "no", "--bind", "127.0.0.1", "--port", port, "--cluster-enabled", "yes",
		"--cluster-port", bus, "--cluster-node-timeout", "2000", "--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0")
	contactstest.NeedRedis(c.t, err)
	c.t.Cleanup(server.Kill)
	rdb, follow, err := script.Dial(script.Target{URL: "unix://" + server.Socket})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = errors.Join(rdb.Close(), follow.Close()) })
	s := &shard{RedisServer: server, addr: "127.0.0.1:" + port, rdb: rdb}
	s.id, _ = c.do(s, "cluster", "myid").(string)
	if first := c.shards[0]; first != nil {
		_, at, _ := net.SplitHostPort(first.addr)
		c.do(s, "cluster", "meet", "127.0.0.1", at, fmt.Sprint(busOf(c, first)))
	}
	return s
}

// busOf is the port that a node speaks with others on.
func busOf(c *cluster, s *shard) string {
	_, after, _ := strings.Cut(fmt.Sprint(c.do(s, "cluster", "nodes")), "@")
	end := strings.IndexAny(after, " ,")
	return after[:end]
}

// onCluster makes a cluster, and a node of the hub that knows of a dead node and of two
// that do not have the tenant.
func onCluster(t *testing.T, backups int) (*cluster, *contactstest.Node) {
	t.Helper()
	c := &cluster{t: t}
	for i := range c.shards {
		c.shards[i] = c.start()
		c.do(c.shards[i], "cluster", "addslotsrange", i*5462, min(i*5462+5461, 16383))
	}
	s := contactstest.On(t, script.Target{})
	s.Target.Key = store.NoKey(s.Tenant)
	c.slot, _ = c.do(c.shards[0], "cluster", "keyslot", s.Target.Key).(int64)
	c.home = int(c.slot / 5462)
	for _, one := range c.shards {
		c.await(one, "cluster_known_nodes:3", "cluster", "info")
		c.await(one, "cluster_state:ok", "cluster", "info")
	}
	for i := range backups {
		one := c.start()
		c.backups = append(c.backups, one)
		c.await(one, c.shards[c.home].id, "cluster", "nodes")
		c.do(one, "cluster", "replicate", c.shards[c.home].id)
		c.await(c.shards[c.home], fmt.Sprintf("slave%d:", i), "info", "replication")
	}
	for _, one := range append(c.backups, c.shards[:]...) {
		c.await(one, fmt.Sprint("cluster_known_nodes:", 3+backups), "cluster", "info")
		c.await(one, "cluster_state:ok", "cluster", "info")
	}
	s.Target.Nodes = []string{"127.0.0.1:" + freePort(t), c.away(1).addr, c.away(2).addr}
	s.Target.URL = "redis://" + s.Target.Nodes[0]
	s.Durability = script.DurabilityAuto
	s.Start("node1", store.DefaultPolicy())
	s.ReadClocks()
	return c, s
}

// away is one of the two shards that had not the tenant at first.
func (c *cluster) away(i int) *shard { return c.shards[(c.home+i)%3] }

// A node that fails is followed by its replica: by who asks until then, nothing is lost.
func TestClusterFailsOver(t *testing.T) {
	for name, fail := range map[string]func(*shard){
		"killed": (*shard).Kill,
		"silent": func(r *shard) { _ = r.Signal(syscall.SIGSTOP) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failsOver(t, fail)
		})
	}
}

func failsOver(t *testing.T, fail func(*shard)) {
	t.Helper()
	c, s := onCluster(t, 2)
	s.Stock("x", 5)
	agent := s.SignIn("testagent")
	for s.Store.FailedOver(t.Context()); strings.Contains(strings.Join(s.Store.Notes(), "; "), "confirms nothing"); <-time.After(10 * time.Millisecond) {
		s.Store.FailedOver(t.Context())
	}
	held := s.Next(agent)
	fail(c.shards[c.home])
	for began := time.Now(); ; {
		_, err := s.AskID(agent, s.Skip, `{"ContactId":"`+held+`"}`, "once")
		if err == nil {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("a minute after the primary failed: %v", err)
		}
	}
	if n := len(s.Events()); n != 2 { // reserve, skip
		t.Errorf("%d events: %q", n, s.Events())
	}
	if !s.Store.FailedOver(t.Context()) {
		t.Error("another node was not taken for a failover")
	}
	s.Check()
}

// While a slot is moved key by key nothing is changed, not by half either, and it is told.
func TestClusterChangesNothingWhileASlotMoves(t *testing.T) {
	t.Parallel()
	c, s := onCluster(t, 0)
	s.Stock("x", 40)
	agents := make([]*session.Claim, 3)
	for i := range agents {
		agents[i] = s.SignIn(fmt.Sprint("agent", i))
		s.Next(agents[i])
	}
	s.Reap() // every key that a script looks at is there
	_, err := s.AskID(agents[2], s.Skip, "{}", "repeated")
	if _, wrong := s.AskID(agents[0], s.Extend, "{}", "kept"); errors.Join(err, wrong) != nil {
		t.Fatal(err, wrong)
	}
	from, to := c.shards[c.home], c.away(1)
	c.do(to, "cluster", "setslot", c.slot, "importing", from.id)
	c.do(from, "cluster", "setslot", c.slot, "migrating", to.id)
	move := func(most int) (moved bool) {
		t.Helper()
		keys, _ := c.do(from, "cluster", "getkeysinslot", c.slot, most).([]any)
		host, port, _ := net.SplitHostPort(to.addr)
		if len(keys) > 0 {
			c.do(from, append([]any{"migrate", host, port, "", 0, 5000, "keys"}, keys...)...)
		}
		return len(keys) > 0
	}
	stands := func() (all string) { // how many keys there are, and how often something was written
		for _, one := range []*shard{from, to} {
			all += fmt.Sprintln("keys", c.do(one, "cluster", "countkeysinslot", c.slot))
			for line := range strings.Lines(one.rdb.Info(t.Context(), "commandstats").Val()) {
				name, calls, _ := strings.Cut(line, ",")
				if strings.Contains(" hset hdel hincrby zadd zrem set del xadd incr sadd srem ", " "+strings.TrimPrefix(strings.Split(name, ":")[0], "cmdstat_")+" ") && calls != "" {
					all += name + " "
				}
			}
		}
		return all
	}
	for range 3 { // none of its keys, some, more
		before := stands()
		var asked sync.WaitGroup
		for i, ask := range []func() error{
			func() error { _, err := s.Ask(agents[0], s.Skip, "{}"); return err },
			func() error { _, err := s.Ask(agents[1], s.Dial, "{}"); return err },
			func() error { _, err := s.Ask(agents[2], s.GetContact, "{}"); return err },
			func() error { _, err := s.AskID(agents[2], s.Skip, "{}", "repeated"); return err },
			func() error { _, err := s.AskID(agents[0], s.Extend, "{}", "kept"); return err }, // a call alone, which has all its keys
			func() error { _, err := s.Store.ReapOnce(t.Context(), true); return err },
			func() error {
				_, err := s.Store.Import(t.Context(), []contacts.Row{{ID: "new", Campaign: "x", Phone: "+1 212 555 0100", E164: "+12125550100", AccountNumber: "new"}}, nil)
				return err
			},
		} {
			asked.Go(func() {
				if err := ask(); err == nil || contactstest.Code(err) == "pending" || errors.Is(err, script.ErrPending) {
					t.Errorf("change %d while the slot moves: %v", i, err)
				}
			})
		}
		if err := s.Store.Ready(t.Context()); !errors.Is(err, script.ErrMoving) {
			t.Errorf("ready: %v", err)
		}
		asked.Wait()
		if after := stands(); after != before {
			t.Errorf("while the slot moved %q became %q", before, after)
		}
		move(20)
	}
	for move(100) {
	}
	for _, one := range []*shard{to, from, c.away(2)} {
		c.do(one, "cluster", "setslot", c.slot, "node", to.id)
	}
	for i, agent := range agents[:2] {
		if _, err := s.AskID(agent, s.Skip, "{}", fmt.Sprint("after", i)); err != nil {
			t.Errorf("skip %d after the slot was moved: %v", i, err)
		}
	}
	if n := len(s.Events()); n != 6 { // three reserve, three skip
		t.Errorf("%d events: %q", n, s.Events())
	}
	s.Check()
}

// A slot that is moved in one go, to and fro, is followed: nothing is lost or done twice.
func TestClusterMovesASlotAtOnce(t *testing.T) {
	t.Parallel()
	c, s := onCluster(t, 0)
	s.Stock("x", 60)
	over, skips := make(chan struct{}), make([]int, 4)
	var agents sync.WaitGroup
	for i := range skips {
		agent := s.SignIn(fmt.Sprint("agent", i))
		agents.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				if _, err := s.AskID(agent, s.GetContact, "{}", fmt.Sprint("g", n)); err != nil {
					if contactstest.Code(err) == "no_contacts" {
						return
					}
					t.Errorf("fetch %d: %v", n, err)
					continue
				}
				if _, err := s.AskID(agent, s.Skip, "{}", fmt.Sprint("s", n)); err != nil {
					t.Errorf("skip %d: %v", n, err)
				}
				skips[i]++
				<-time.After(20 * time.Millisecond)
			}
		})
	}
	known := true
	for i := range 4 {
		from, to := c.shards[c.home], c.away(1)
		if i%2 == 1 {
			from, to = to, from
		}
		if known = c.moveAtOnce(from, to); !known {
			break
		}
	}
	close(over)
	agents.Wait()
	if !known {
		t.Skip("this server cannot move a slot in one go: make servers has one that can")
	}
	told := 0
	for _, e := range s.Events() {
		if strings.HasPrefix(e, "skip ") {
			told++
		}
	}
	done := 0
	for _, n := range skips {
		done += n
	}
	if told != done || done == 0 {
		t.Errorf("%d skips were answered, %d are told", done, told)
	}
	s.Check()
}

// moveAtOnce moves the tenant's slot, and reports whether the servers can.
func (c *cluster) moveAtOnce(from, to *shard) bool {
	c.t.Helper()
	err := from.rdb.Do(c.t.Context(), "cluster", "migrateslots", "slotsrange", c.slot, c.slot, "node", to.id).Err()
	if redis.HasErrorPrefix(err, "ERR unknown subcommand") || redis.HasErrorPrefix(err, "unknown subcommand") {
		return false
	}
	if err != nil {
		c.t.Fatal(err)
	}
	for began := time.Now(); !c.has(to); <-time.After(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			c.t.Fatalf("the slot is not moved: %v", c.do(from, "cluster", "getslotmigrations"))
		}
	}
	return true
}

// has reports whether a shard has the tenant's slot, by itself.
func (c *cluster) has(s *shard) bool {
	for line := range strings.Lines(fmt.Sprint(c.do(s, "cluster", "nodes"))) {
		if !strings.Contains(line, "myself") {
			continue
		}
		for _, part := range strings.Fields(line)[8:] {
			var low, high int64
			if n, _ := fmt.Sscanf(part, "%d-%d", &low, &high); n == 1 {
				high = low
			} else if n == 0 {
				continue
			}
			if low <= c.slot && c.slot <= high {
				return true
			}
		}
	}
	return false
}
