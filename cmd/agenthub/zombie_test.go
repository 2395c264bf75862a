package main

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// TestStoppedNodeDoesNoHarm stops a node for longer than its lease and lets it go
// on: it was taken for dead meanwhile. What its agents did elsewhere stands, and
// who stayed has lost nothing.
func TestStoppedNodeDoesNoHarm(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	a.load(t, "c", 3)
	moved, _ := a.desk(t, "agent1")
	stays, _ := a.desk(t, "agent2")
	first := moved.ask(t, "GetContactOD", `{"UserID":"agent1"}`).ContactID
	kept := stays.ask(t, "GetContactOD", `{"UserID":"agent2"}`).ContactID

	a.pause(t)
	stopped := time.Now()
	eventually(t, "the other node sees it gone", func() bool {
		var list struct {
			Agents []struct {
				Agent     string
				Connected bool
			}
		}
		b.call(t, boss, "GET", "/api/v1/agents", "", &list)
		for _, g := range list.Agents {
			if g.Connected {
				return false
			}
		}
		return true
	})
	if took := time.Since(stopped); took < 10*time.Second {
		t.Errorf("taken for dead after %s, want the lease of 15 s since its last beat", took)
	}
	newer, said := b.desk(t, "agent1")
	if said.Reservation == nil || said.Reservation.ContactID != first {
		t.Fatalf("Hello on the other node = %+v, want contact %s", said, first)
	}
	if got := newer.ask(t, "SkipNonPEWCContact", `{"UserID":"agent1","ContactId":"`+first+`"}`); !got.ok() {
		t.Fatalf("skip on the other node = %s", got.raw)
	}
	second := newer.ask(t, "GetContactOD", `{"UserID":"agent1"}`).ContactID

	// The stopped node has this in its ears when it wakes up.
	moved.send(t, `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","requestId":"late","data":{"UserID":"agent1","ContactId":"`+second+`"}}`)
	a.resume(t)
	resumed := time.Now()
	moved.end(t)
	for len(moved.in) > 0 {
		if got, mine := answerTo(<-moved.in, "late"); mine && got.ok() {
			t.Error("a node that was taken for dead skipped a contact for a superseded session")
		}
	}
	if got := newer.ask(t, "GetReservedContactOD", `{"UserID":"agent1"}`); got.ContactID != second {
		t.Errorf("the newer session holds %s, want %s", got.raw, second)
	}
	eventually(t, "who stayed can work again", func() bool {
		select {
		case <-stays.gone: // a node that could not beat sends its agents away, or its peer has gone
			bearer := "Bearer " + token(t, as(identity.RoleAgent, "agent2"))
			again, err := connect(t.Context(), a.url, http.Header{"Authorization": {bearer}}, envelope.ProtocolV1)
			if refused, ok := errors.AsType[*refusedUpgradeError](err); ok && refused.status == http.StatusServiceUnavailable {
				return false // it lets nobody in before its next beat
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = again.conn.CloseNow() })
			again.hello(t)
			stays = again
		default:
		}
		return stays.ask(t, "GetReservedContactOD", `{"UserID":"agent2"}`).ContactID == kept
	})
	eventually(t, "the grace period to be over", func() bool { return time.Since(resumed) > 25*time.Second })
	if got := a.contact(t, kept); got.State != "reserved" || got.Agent != "agent2" {
		t.Errorf("after the grace period the contact of who stayed is %+v", got)
	}
}

// TestHeartbeat waits for one; clients without agenthub.v1 have none.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	desk, _ := n.desk(t, "agent1")
	legacy := n.signIn(t, as(identity.RoleAgent, "agent2"), envelope.ProtocolLCM)
	began := time.Now()
	select {
	case got := <-desk.beat:
		promised(t, "a heartbeat", time.Since(began), 25*time.Second)
		if err := compare(got, `{"channel":"HUB","topic":"Session","subtopic":"Heartbeat","message":{"serverNow":"‹time›"}}`); err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("no heartbeat")
	}
	legacy.quiet(t)
	if len(legacy.beat) > 0 {
		t.Error("a client without agenthub.v1 got a heartbeat")
	}
}
