package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agenthub/cmd/agenthub/target"
	"agenthub/contacts/script"

	"go.uber.org/zap"
)

// cluster is a primary with two replicas, watched by three sentinels. Replicas
// sign in as a user of their own, so that a test can cut them off.
type cluster struct {
	primary   *redisServer
	replicas  []*redisServer
	sentinels string // addresses, as --redis wants them
}

const replicationUser = "replica"

func startCluster(t *testing.T) *cluster {
	t.Helper()
	args := []string{
		"--user", replicationUser, "on", ">linked", "~*", "&*", "+psync", "+replconf", "+ping",
		"--masteruser", replicationUser, "--masterauth", "linked",
		"--repl-diskless-sync-delay", "0", "--appendonly", "no",
	}
	c := &cluster{primary: newRedis(t, args...)}
	c.primary.start()
	host, port, _ := net.SplitHostPort(c.primary.address)
	for range 2 {
		r := newRedis(t, append([]string{"--replicaof", host, port}, args...)...)
		r.start()
		c.replicas = append(c.replicas, r)
	}
	eventually(t, "two replicas", func() bool {
		return strings.Contains(c.primary.do("INFO replication"), "connected_slaves:2")
	})
	var addresses []string
	var watch []*redisServer
	for range 3 {
		s := startSentinel(t, host, port, 2)
		watch, addresses = append(watch, s), append(addresses, s.address)
	}
	c.sentinels = "redis://" + strings.Join(addresses, ",") + "/0"
	for _, s := range watch {
		eventually(t, "the sentinels know each other", func() bool {
			info := s.do("INFO sentinel")
			return strings.Contains(info, "slaves=2,sentinels=3")
		})
	}
	return c
}

// startSentinel starts one that watches a primary it may not reach.
func startSentinel(t *testing.T, host, port string, quorum int, more ...string) *redisServer {
	t.Helper()
	s := newRedis(t)
	_, own, _ := net.SplitHostPort(s.address)
	file := filepath.Join(s.dir, "sentinel.conf")
	text := fmt.Sprintf("bind 127.0.0.1\nport %s\nsentinel monitor hub %s %s %d\n", own, host, port, quorum) +
		"sentinel down-after-milliseconds hub 3000\nsentinel failover-timeout hub 6000\nsentinel parallel-syncs hub 2\n" + strings.Join(more, "\n")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.process = startProcess(t, exec.CommandContext(context.WithoutCancel(t.Context()), requireRedis(t), file, "--sentinel"))
	return s
}

// cut ends replication; the primary goes on alone.
func (c *cluster) cut() {
	c.primary.do("ACL SETUSER " + replicationUser + " off")
	c.primary.do("CLIENT KILL TYPE replica")
}

// TestFailover cuts the replication link, lets the agents work on, and kills the
// primary. A plain kill would prove nothing: on loopback replicas are never
// behind. With durability replica nothing that was acknowledged may be missing;
// with durability primary something must be, or this test tests nothing.
func TestFailover(t *testing.T) {
	t.Parallel()
	for _, durability := range []string{"replica", "auto", "primary"} {
		t.Run(durability, func(t *testing.T) {
			t.Parallel()
			c := startCluster(t)
			n := startNode(t, "--redis", c.sentinels, "--redis-master", "hub", "--durability", durability)
			const contacts = 3000
			n.load(t, "c", contacts)
			work := startCrew(t, 12, n)
			eventually(t, "the crew works", func() bool { return work.done() > 50 })
			c.cut()
			cut := work.done()
			if durability == "primary" {
				eventually(t, "work without a replica", func() bool { return work.done() > cut+100 })
			} else {
				lasting(1500 * time.Millisecond)
				if done := work.done(); done > cut+12 { // those whose answer was on its way
					t.Errorf("%d skips were acknowledged without a replica", done-cut)
				}
			}
			c.primary.kill(t)
			killed, before := time.Now(), work.done()
			eventually(t, "the crew works on the new primary", func() bool { return work.done() > before+50 })
			t.Logf("50 skips after %s on the new primary", time.Since(killed).Truncate(time.Millisecond))
			faults := work.finish(t)
			losses := work.losses(t, n, contacts)
			if durability == "primary" {
				t.Logf("%d agents lost something, %d differences", len(faults), len(losses))
				if len(losses) == 0 {
					t.Error("nothing was lost without replication: the test does not test")
				}
				return
			}
			for _, fault := range append(faults, losses...) {
				t.Error(fault)
			}
		})
	}
}

// Sentinels of this machine may name a primary of another one.
func TestPrimaryElsewhereNeedsAKey(t *testing.T) {
	t.Parallel()
	s := startSentinel(t, "192.0.2.1", "6379", 1)
	for name, key := range map[string][]byte{"no key": nil, "key": make([]byte, 32)} {
		where := target.Flags{Redis: "redis://" + s.address, Access: target.Access{RedisMaster: "hub"}}
		p, err := where.Open(t.Context(), key != nil, "nokey", zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		rdb, follow, err := script.Dial(p.Redis)
		if err != nil {
			t.Fatal(err)
		}
		ask := func() string {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // with a key it dials an address that never answers
			defer cancel()
			return fmt.Sprint(rdb.Ping(ctx).Err())
		}
		eventually(t, "the sentinel names a primary", func() bool {
			return !strings.Contains(ask(), "all sentinels")
		})
		if got := ask(); strings.Contains(got, "unencrypted") != (key == nil) {
			t.Errorf("%s: %s", name, got)
		}
		if err := errors.Join(rdb.Close(), follow.Close()); err != nil {
			t.Error(err)
		}
	}
}
