package hub

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) {
			o.Routes[0].Handle = func(context.Context, *session.Request) (any, error) {
				<-time.After(6 * time.Second)
				return envelope.OK{}, nil
			}
		})
		c, legacy := n.v1(t, "testagent"), n.dial(t, token(t, "b", nil))
		c.send(skip)
		synctest.Wait()
		over := make(chan time.Duration)
		go func() {
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			n.Drain(ctx)
			over <- time.Since(began)
		}()
		if got := c.read(); !strings.HasPrefix(got, `{"channel":"HUB","topic":"Session","subtopic":"Draining","message":{"reconnectWithinMs":`) {
			t.Errorf("first frame = %s", got)
		}
		if _, res := n.try(t, bearerHeader(token(t, "x", nil))); res == nil || res.StatusCode != 503 {
			t.Errorf("upgrade = %v, want 503", res)
		}
		if got := legacy.closed(); got != session.CloseComeBack {
			t.Errorf("a legacy client was closed with %d", got)
		}
		if got := c.read(); got != okSkip {
			t.Errorf("the request in flight got %s", got)
		}
		if got := c.closed(); got != session.CloseComeBack {
			t.Errorf("closed with %d", got)
		}
		if took := <-over; took > 10*time.Second {
			t.Errorf("drained in %v", took)
		}
		if n.Sockets() != 0 {
			t.Errorf("%d sockets left", n.Sockets())
		}
	})
}

func TestRevokedTokensGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		c := n.v1(t, "testagent")
		n.Revoke("testagent", time.Now().Add(-time.Hour)) // the token is newer
		if got := c.ask(skip); got != okSkip {
			t.Errorf("answer = %s", got)
		}
		n.Revoke("testagent", time.Now().Add(time.Second))
		if got := c.closed(); got != session.CloseSignedOut {
			t.Errorf("closed with %d", got)
		}
	})
}

// askedThen are tickets of a node that hears of a revocation right after it asked.
type askedThen struct {
	*fakeTickets
	then func(subject identity.AgentID)
}

func (a *askedThen) Revoked(ctx context.Context, id *identity.Identity) (bool, error) {
	revoked, err := a.fakeTickets.Revoked(ctx, id)
	a.then(id.Agent)
	return revoked, err
}

func TestRevocationFindsASessionThatIsAboutToOpen(t *testing.T) {
	for name, role := range map[string]func(*identity.Identity){"agent": nil, "supervisor": asSupervisor} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n *testNode
				tickets := &askedThen{&fakeTickets{}, func(identity.AgentID) {}}
				n = startNode(t, func(o *Options) { o.Tickets = tickets })
				old := token(t, "x", role)
				<-time.After(2 * time.Second)
				tickets.then = func(subject identity.AgentID) { n.Revoke(subject, time.Now()) }
				if got := n.dial(t, old, envelope.ProtocolV1).closed(); got != session.CloseSignedOut {
					t.Errorf("closed with %d, want %d", got, session.CloseSignedOut)
				}
				tickets.then = func(identity.AgentID) {}
				young := n.dial(t, token(t, "x", role), envelope.ProtocolV1)
				young.ask(skip) // Hello
				if got := young.read(); !strings.Contains(got, "SkipNonPEWCContactResult") {
					t.Errorf("with a token that was issued afterwards: %s", got)
				}
				<-time.After(2 * kickMemory)
				synctest.Wait()
				if got := len(n.registry.revoked); got != 0 {
					t.Errorf("%d revocations are remembered for ever", got)
				}
			})
		})
	}
}
