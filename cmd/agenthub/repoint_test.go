package main

import (
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"agenthub/session/envelope"
)

// pointer is an address that stands for one server and later for another, as a name or a
// virtual address does: connections that are open stay where they are.
type pointer struct {
	address string
	to      atomic.Value // string
}

func newPointer(t *testing.T, to string) *pointer {
	t.Helper()
	ln := loopback(t)
	p := &pointer{address: ln.Addr().String()}
	p.to.Store(to)
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			go p.relay(in)
		}
	}()
	return p
}

func (p *pointer) relay(in net.Conn) {
	defer in.Close()
	out, err := net.Dial("tcp", p.to.Load().(string))
	if err != nil {
		return
	}
	defer out.Close()
	go func() {
		_, _ = io.Copy(out, in)
		_ = out.Close()
	}()
	_, _ = io.Copy(in, out)
}

// TestFollowerLeavesARedisThatIsNoneAnyMore repoints the address while the old primary
// lives on, cut off: whoever writes is told by READONLY, the follower by nobody.
func TestFollowerLeavesARedisThatIsNoneAnyMore(t *testing.T) {
	t.Parallel()
	old, next := newRedis(t), newRedis(t)
	old.start()
	next.start()
	host, port, _ := net.SplitHostPort(old.address)
	next.do("REPLICAOF " + host + " " + port)
	eventually(t, "a replica", func() bool { return strings.Contains(old.do("INFO replication"), "state=online") })
	p := newPointer(t, old.address)
	n := startNode(t, "--redis", "redis://"+p.address, "--durability", "primary")
	n.load(t, "c", 2)
	eventually(t, "the replica has them", func() bool { return next.do("EXISTS ah:{default}:c:c-1 ah:{default}:c:c-2") == "2" })
	p.to.Store(next.address)
	next.do("REPLICAOF NO ONE")
	old.do("REPLICAOF 127.0.0.1 1")
	eventually(t, "the follower dials anew", func() bool {
		return strings.Contains(n.err.String(), "hears no probe, dialling anew")
	})
	feed := n.signIn(t, boss, envelope.ProtocolV1)
	feed.hello(t)
	feed.send(t, `{"channel":"HUB","topic":"Skips","subtopic":"Subscribe","data":{}}`)
	desk, _ := n.desk(t, "agent1")
	eventually(t, "a contact", func() bool { return desk.ask(t, "GetContactOD", `{"UserID":"agent1"}`).ok() })
	for !strings.Contains(feed.next(t), `"type":"reserve"`) {
	}
}
