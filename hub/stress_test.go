package hub

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// Two clients of one agent take the session from each other again and again.
// Whoever has read Hello is the only one whose commands the store would take.
func TestTakeoversLeaveOneSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n *testNode
		newest := func() string {
			n.claims.mu.Lock()
			defer n.claims.mu.Unlock()
			return strconv.Itoa(n.claims.epoch)
		}
		n = startNode(t, func(o *Options) {
			o.Limits.Accepts = -1
			o.Routes[0].Handle = func(_ context.Context, r *session.Request) (any, error) {
				if r.Claim.Epoch != newest() {
					return nil, envelope.Refuse(envelope.CodeSessionSuperseded, "Signed in elsewhere")
				}
				return envelope.OK{}, nil
			}
		})
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for range 50 {
					c := n.dial(t, token(t, "testagent", nil))
					_ = c.ws.Write(t.Context(), websocket.MessageText, []byte(skip))
				}
			})
		}
		wg.Wait()
		<-time.After(5 * time.Second)
		if got := n.Sockets(); got != 1 {
			t.Errorf("%d sockets after 100 takeovers, want 1", got)
		}
		if s := n.registry.agent("testagent"); s == nil || s.Claim().Epoch != newest() {
			t.Error("the newest session is not the one that stayed")
		}
	})
}

// Everything that can happen to sessions happens at once; all of it must end.
func TestEverythingAtOnceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) {
			o.Limits.Accepts = -1
			o.Routes[0].Handle = func(ctx context.Context, r *session.Request) (any, error) {
				<-time.After(time.Duration(rand.IntN(3000)) * time.Millisecond)
				switch rand.IntN(4) {
				case 0:
					return nil, errors.New("away")
				case 1:
					return session.Then{Answer: envelope.OK{}, Do: func(ctx context.Context) {
						for range 300 {
							if r.Conn.PushWait(ctx, []byte(okSkip)) != nil {
								return
							}
						}
					}}, nil
				}
				return envelope.OK{}, ctx.Err()
			}
		})
		n.claims.wake = func(*session.Claim) ([]session.Push, error) {
			<-time.After(time.Duration(rand.IntN(500)) * time.Millisecond)
			if rand.IntN(20) == 0 {
				return nil, envelope.Refuse(envelope.CodeSessionSuperseded, "x")
			}
			return []session.Push{{Topic: "Reservation", Subtopic: "Reserved", Message: 1}}, nil
		}
		var wg sync.WaitGroup
		for i := range 10 {
			agent := "agent" + strconv.Itoa(i)
			frame := []byte(`{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"userID":"` + agent + `"}}`)
			wg.Go(func() {
				for range 5 {
					c := n.dial(t, token(t, agent, nil), envelope.ProtocolV1)
					reading := make(chan struct{})
					go func() {
						defer close(reading)
						for {
							if _, _, err := c.ws.Read(t.Context()); err != nil {
								return
							}
						}
					}()
					for range rand.IntN(10) {
						if c.ws.Write(t.Context(), websocket.MessageText, frame) != nil {
							break
						}
						<-time.After(time.Duration(rand.IntN(2000)) * time.Millisecond)
					}
					if rand.IntN(2) == 0 {
						_ = c.ws.CloseNow()
					} else {
						_ = c.ws.Close(websocket.StatusNormalClosure, "")
					}
					<-reading
				}
			})
			wg.Go(func() {
				for range 100 {
					n.Wake(t.Context(), identity.AgentID(agent))
					<-time.After(time.Duration(rand.IntN(300)) * time.Millisecond)
					if s := n.registry.agent(identity.AgentID(agent)); s != nil {
						switch rand.IntN(10) {
						case 0:
							n.Kick(s.Claim().Session, session.CloseSuperseded, "x")
						case 1:
							s.Kill()
						case 2:
							for s.Push([]byte(okSkip)) && rand.IntN(300) > 0 {
							}
						}
					}
				}
			})
			wg.Go(func() { _ = n.Rejoin(t.Context(), 1+rand.IntN(50)) })
		}
		wg.Wait()
		<-time.After(time.Minute)
		if got := n.Sockets(); got != 0 {
			t.Errorf("%d sockets left", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		n.Drain(ctx)
	})
}
