package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRollingRestartLosesNothing restarts three nodes in turn under load.
func TestRollingRestartLosesNothing(t *testing.T) {
	t.Parallel()
	redis := startRedis(t)
	args := []string{"--redis", redis.url(), "--drain", "4s"}
	nodes := []*node{launchNode(t, args...), launchNode(t, args...), launchNode(t, args...)}
	for _, n := range nodes {
		n.awaitReady(t)
	}
	const contacts = 6000
	nodes[0].load(t, "c", contacts)
	work := startCrew(t, 12, nodes...)
	for i, n := range nodes {
		before := work.done()
		eventually(t, "the crew works", func() bool { return work.done() > before+30 })
		n.signal(t, syscall.SIGTERM)
		if code := n.exit(t); code != 0 {
			t.Errorf("node %d ended with %d, want 0\n%s", i+1, code, tailOf(n.err.String()))
		}
		n.restart(t)
	}
	before := work.done()
	eventually(t, "the crew works", func() bool { return work.done() > before+30 })
	work.end(t)
	if work.moved.Load() < 12+6 {
		t.Errorf("only %d sockets were opened: nobody was moved", work.moved.Load())
	}
	work.account(t, nodes[0], contacts)
}

// TestKilledNodeLosesNothing ends nodes without a word, under load.
func TestKilledNodeLosesNothing(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	const contacts = 6000
	a.load(t, "c", contacts)
	work := startCrew(t, 12, a, b)
	for range 3 {
		for _, n := range []*node{a, b} {
			before := work.done()
			eventually(t, "the crew works", func() bool { return work.done() > before+20 })
			n.kill(t)
			n.restart(t)
		}
	}
	work.end(t)
	work.account(t, a, contacts)
}

// TestRedisAwayForAWhile stops Redis under two nodes for longer than a node's
// lease. Agents are sent away and come back; nobody loses a contact.
func TestRedisAwayForAWhile(t *testing.T) {
	t.Parallel()
	a, b, redis := twoNodes(t)
	a.load(t, "c", 3)
	v1, _ := a.desk(t, "agent1")
	gone, _ := b.desk(t, "agent3")
	legacy := b.signIn(t, as("agent", "agent2"), "lcm.v1")
	held := v1.ask(t, "GetContactOD", `{"UserID":"agent1"}`).ContactID
	legacy.ask(t, "GetContactOD", `{"UserID":"agent2"}`)
	left := gone.ask(t, "GetContactOD", `{"UserID":"agent3"}`).ContactID

	away := time.Now()
	redis.kill(t)
	v1.send(t, `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","requestId":"s","data":{"UserID":"agent1","ContactId":"`+held+`"}}`)
	if got := v1.next(t); !strings.Contains(got, `"code":"unavailable"`) && !strings.Contains(got, `"code":"pending"`) {
		t.Errorf("answer without a store = %s", got)
	}
	promised(t, "an answer without a store", time.Since(away), 10*time.Second) // 8 s, and a little
	if a.ready() != http.StatusServiceUnavailable {
		t.Errorf("/readyz = %d without a store, want 503", a.ready())
	}
	for _, c := range []*client{v1, legacy, gone} {
		if code := c.end(t); code != 1013 {
			t.Errorf("closed with %d, want 1013", code)
		}
		since := time.Since(away)
		if since < 7*time.Second {
			t.Errorf("closed after %s, want about 12 s after the last beat", since)
		}
		promised(t, "sent away without a store", since, 22*time.Second)
	}
	eventually(t, "20 s without Redis", func() bool { return time.Since(away) > 20*time.Second })
	redis.start()
	back := time.Now()
	a.awaitReady(t)
	eventually(t, "a sign-in", func() bool {
		c, err := a.tab(t.Context(), token(t, as("agent", "agent1")), "")
		if err != nil {
			return false
		}
		defer c.conn.CloseNow()
		got := c.hello(t)
		if got.Reservation == nil || got.Reservation.ContactID != held {
			t.Errorf("Hello after the store came back = %+v, want contact %s", got, held)
		}
		return true
	})
	// Who stays away has the grace period from when the store could be told.
	a.awaitFree(t, left, back, 45*time.Second)
}

// TestRedisAwayForAMoment keeps the sockets and the contacts.
func TestRedisAwayForAMoment(t *testing.T) {
	t.Parallel()
	redis := startRedis(t)
	n := startNode(t, "--redis", redis.url())
	n.load(t, "c", 1000)
	work := startCrew(t, 8, n)
	eventually(t, "the crew works", func() bool { return work.done() > 20 })
	away := time.Now()
	redis.kill(t)
	lasting(3 * time.Second)
	redis.start()
	moment := time.Since(away) < 7*time.Second // a node leaves 12 s after its last beat, which is up to 5 s older
	before := work.done()
	eventually(t, "the crew works again", func() bool { return work.done() > before+20 })
	work.end(t)
	if moment && work.moved.Load() != 8 {
		t.Errorf("%d sockets were opened, want the first 8 to stay", work.moved.Load())
	}
	work.account(t, n, 1000)
}
