package main

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"agenthub/session"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// twoNodes are two hubs of one tenant on one Redis.
func twoNodes(t *testing.T) (a, b *node, redis *redisServer) {
	t.Helper()
	redis = startRedis(t)
	a, b = launchNode(t, "--redis", redis.url()), launchNode(t, "--redis", redis.url())
	a.awaitReady(t)
	b.awaitReady(t)
	return a, b, redis
}

// TestNewerSignInWinsOnAnyNode opens second sessions of an agent on the other node.
func TestNewerSignInWinsOnAnyNode(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	a.load(t, "c", 1)

	first, _ := a.desk(t, "agent1")
	held := first.ask(t, "GetContactOD", `{"UserID":"agent1"}`)
	second, said := b.desk(t, "agent1")
	if code := first.end(t); code != session.CloseSuperseded {
		t.Errorf("the older socket was closed with %d, want %d", code, session.CloseSuperseded)
	}
	if said.LastClose != "superseded" || said.Reservation == nil || said.Reservation.ContactID != held.ContactID {
		t.Errorf("Hello of the newer = %+v, want its contact and why the older ended", said)
	}

	// The same tab: the older socket is told to come back, which it already has.
	agent := token(t, as(identity.RoleAgent, "agent2"))
	third, err := a.tab(t.Context(), agent, "tab-1")
	if err != nil {
		t.Fatal(err)
	}
	third.hello(t)
	fourth, err := b.tab(t.Context(), agent, "tab-1")
	if err != nil {
		t.Fatal(err)
	}
	if got := fourth.hello(t).LastClose; got != "moved" {
		t.Errorf("lastClose = %q, want moved", got)
	}
	if code := third.end(t); code != session.CloseComeBack {
		t.Errorf("the same tab's older socket was closed with %d, want %d", code, session.CloseComeBack)
	}

	// A socket that was cut off is told why at the next sign-in.
	_ = second.conn.CloseNow()
	eventually(t, "the lost socket is noticed", func() bool {
		type away struct {
			Agent     string
			Connected bool
		}
		var list struct{ Agents []away }
		a.call(t, boss, http.MethodGet, "/api/v1/agents", "", &list)
		return slices.Contains(list.Agents, away{"agent1", false})
	})
	_, said = a.desk(t, "agent1")
	if !strings.Contains(said.LastClose, session.ReasonLost) {
		t.Errorf("lastClose = %q, want %s", said.LastClose, session.ReasonLost)
	}
	if said.Reservation == nil {
		t.Error("back within the grace period, and the contact is gone")
	}
}

// TestNothingIsAcceptedFromASupersededSession takes agents over a thousand times.
// As soon as the newer session has its Hello, the older one sends a skip of the
// contact they both show.
func TestNothingIsAcceptedFromASupersededSession(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	const agents, takeovers = 170, 6 // the most that are allowed of a live session in 10 minutes
	a.load(t, "c", agents)
	var total, fenced atomic.Int64
	work := make(chan int, agents)
	for i := range agents {
		work <- i
	}
	close(work)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for i := range work {
				agent := fmt.Sprintf("agent%d", i)
				old, _ := a.desk(t, agent)
				held := old.ask(t, "GetContactOD", `{"UserID":"`+agent+`"}`)
				for k := range takeovers {
					node := []*node{b, a, a, b, b, b}[k] // other nodes and the same one
					newer, said := node.desk(t, agent)
					if said.Reservation == nil || said.Reservation.ContactID != held.ContactID {
						t.Errorf("%s: the newer session does not hold %s", agent, held.ContactID)
						return
					}
					total.Add(1)
					_ = old.write(t.Context(), `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","requestId":"old","data":{"UserID":"`+agent+`","ContactId":"`+held.ContactID+`"}}`)
					old.end(t)
					for len(old.in) > 0 {
						got, mine := answerTo(<-old.in, "old")
						switch {
						case mine && got.ok():
							t.Errorf("%s: the superseded session skipped a contact", agent)
						case mine && got.Code == string(envelope.CodeSessionSuperseded):
							fenced.Add(1)
						}
					}
					if old.code != session.CloseSuperseded {
						t.Errorf("%s: closed with %d, want %d", agent, old.code, session.CloseSuperseded)
					}
					if got := newer.ask(t, "GetReservedContactOD", `{"UserID":"`+agent+`"}`); got.ContactID != held.ContactID {
						t.Errorf("%s: the newer session lost its contact: %s", agent, got.raw)
					}
					old = newer
				}
				_ = old.conn.CloseNow()
			}
		})
	}
	workers.Wait()
	t.Logf("%d takeovers; %d commands of older sessions reached the store and were refused there", total.Load(), fenced.Load())

	// One more within 10 minutes is refused before the upgrade.
	last, _ := a.desk(t, "agent0")
	defer last.conn.CloseNow()
	if got := b.upgrade(t, http.Header{"Authorization": {"Bearer " + token(t, as(identity.RoleAgent, "agent0"))}}); got != http.StatusTooManyRequests {
		t.Errorf("a seventh takeover = %d, want 429", got)
	}
}

// TestPushReachesTheAgentOnAnotherNode reserves on one node for agents on the other.
func TestPushReachesTheAgentOnAnotherNode(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	a.load(t, "c", 20)
	desk, _ := b.desk(t, "agent1")
	var took []time.Duration
	for i := range 20 {
		id := fmt.Sprintf("c-%d", i+1)
		start := time.Now()
		a.call(t, loader, http.MethodPut, "/api/v1/agents/agent1/reservation", `{"contactId":"`+id+`"}`, nil)
		if got := desk.next(t); !strings.Contains(got, `"subtopic":"Reserved"`) || !strings.Contains(got, `"ContactId":"`+id+`"`) {
			t.Fatalf("push = %s, want Reserved %s", got, id)
		}
		took = append(took, time.Since(start))
		a.call(t, boss, http.MethodDelete, "/api/v1/agents/agent1/reservation", "", nil)
		if got := desk.next(t); !strings.Contains(got, `"subtopic":"Released","message":{"ContactId":"`+id+`","cause":"supervisor"}`) {
			t.Fatalf("push = %s, want Released %s", got, id)
		}
	}
	slices.Sort(took)
	t.Logf("from the call on one node to the socket on the other: median %s, slowest %s", took[10], took[19])
	promised(t, "the median push", took[10], 500*time.Millisecond)
}

// TestGraceOfALostSocket loses a socket twice: once the agent is back in time,
// once it is not.
func TestGraceOfALostSocket(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	a.load(t, "c", 1)
	desk, _ := a.desk(t, "agent1")
	held := desk.ask(t, "GetContactOD", `{"UserID":"agent1"}`)
	_ = desk.conn.CloseNow()
	desk, said := b.desk(t, "agent1")
	if said.Reservation == nil || said.Reservation.ContactID != held.ContactID {
		t.Fatalf("Hello after a lost socket = %+v, want contact %s", said, held.ContactID)
	}
	lost := time.Now()
	_ = desk.conn.CloseNow()
	a.awaitFree(t, held.ContactID, lost, 30*time.Second)
}

// awaitFree waits until a contact is available again: not before the grace period
// is over, and within what is promised.
func (n *node) awaitFree(t *testing.T, id string, after time.Time, limit time.Duration) {
	t.Helper()
	eventually(t, "the contact is free", func() bool { return n.contact(t, id).State == "available" })
	took := time.Since(after)
	t.Logf("free after %s", took.Truncate(time.Millisecond))
	if took < 20*time.Second {
		t.Errorf("free after %s, before the grace period was over", took)
	}
	promised(t, "the contact is free", took, limit)
}

// TestAgentsOfADeadNode kills a node: what its agents had reserved is free within
// 40 s and never before the grace period, and what was dialled is not.
func TestAgentsOfADeadNode(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	a.load(t, "c", 3)
	reserved, dialled := "", ""
	for _, agent := range []string{"agent1", "agent2"} {
		desk, _ := a.desk(t, agent)
		id := desk.ask(t, "GetContactOD", `{"UserID":"`+agent+`"}`).ContactID
		if reserved == "" {
			reserved = id
			continue
		}
		dialled = id
		desk.send(t, `{"channel":"HUB","topic":"Reservation","subtopic":"Dial","data":{"ContactId":"`+id+`"}}`)
		if got := desk.next(t); !strings.Contains(got, `"phoneNumber"`) {
			t.Fatalf("Dial = %s", got)
		}
	}
	a.kill(t)
	b.awaitFree(t, reserved, time.Now(), 40*time.Second)
	if got := b.contact(t, dialled); got.State != "dialled" || got.Agent != "agent2" {
		t.Errorf("the dialled contact is %+v, want dialled by agent2", got)
	}
}

// TestDrainAnswersWhatIsInFlight ends a node while a request waits for the store.
func TestDrainAnswersWhatIsInFlight(t *testing.T) {
	t.Parallel()
	redis := startRedis(t)
	n := startNode(t, "--redis", redis.url(), "--drain", "8s")
	n.load(t, "c", 2)
	desk, _ := n.desk(t, "agent1")
	legacy := n.signIn(t, as(identity.RoleAgent, "agent2"), envelope.ProtocolLCM)
	legacy.quiet(t) // it is registered: without a Hello the 101 says nothing
	redis.pause(t)
	desk.send(t, `{"channel":"LCM","topic":"WebService","subtopic":"GetContactOD","requestId":"in-flight","data":{"UserID":"agent1"}}`)
	legacy.send(t, `{"channel":"LCM","topic":"WebService","subtopic":"GetContactOD","data":{"UserID":"agent2"}}`)
	n.signal(t, syscall.SIGTERM)
	eventually(t, "readiness goes off", func() bool { return n.ready() == http.StatusServiceUnavailable })
	if got := n.upgrade(t, http.Header{"Authorization": {"Bearer " + token(t, as(identity.RoleAgent, "agent3"))}}); got != http.StatusServiceUnavailable {
		t.Errorf("an upgrade while draining = %d, want 503", got)
	}
	redis.resume(t)

	frames := map[string]bool{}
	for range 2 {
		switch got := desk.next(t); {
		case strings.Contains(got, `"subtopic":"Draining","message":{"reconnectWithinMs":`):
			frames["draining"] = true
		case strings.Contains(got, `"requestId":"in-flight"`) && strings.Contains(got, `"PhoneNumber"`):
			frames["answer"] = true
		default:
			t.Errorf("frame = %s", got)
		}
	}
	if len(frames) != 2 {
		t.Errorf("frames = %v, want Draining and the answer", frames)
	}
	if got := legacy.next(t); !strings.Contains(got, `"PhoneNumber"`) {
		t.Errorf("answer to lcm.v1 = %s", got)
	}
	for _, c := range []*client{desk, legacy} {
		if code := c.end(t); code != session.CloseComeBack {
			t.Errorf("closed with %d, want %d", code, session.CloseComeBack)
		}
	}
	if code := n.exit(t); code != 0 {
		t.Errorf("exit code = %d, want 0", code)
	}
}

// TestSecondSignalEndsAtOnce does not wait for agents.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	n := startNode(t, "--drain", "2m")
	desk, _ := n.desk(t, "agent1")
	n.signal(t, os.Interrupt)
	if got := desk.next(t); !strings.Contains(got, `"subtopic":"Draining"`) {
		t.Errorf("frame = %s, want Draining", got)
	}
	again := time.Now()
	n.signal(t, os.Interrupt)
	n.exit(t)
	promised(t, "the end after a second signal", time.Since(again), 4*time.Second)
}
