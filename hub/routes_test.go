package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

func TestSilentRoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) {
			o.Routes = append(o.Routes, Route{
				Channel: "LCM", Topic: "WebService", Subtopic: "SendAgentState", Silent: true, AgentKey: true,
				Roles:  []identity.Role{identity.RoleAgent},
				Handle: func(context.Context, *session.Request) (any, error) { return envelope.OK{}, nil },
			})
		})
		const good = `{"channel":"LCM","topic":"WebService","subtopic":"SendAgentState","data":{"agentID":"testagent","agentState":"READY"}}`
		const bad = `{"channel":"LCM","topic":"WebService","subtopic":"SendAgentState","data":{"agentID":"victim"}}`
		legacy := n.dial(t, token(t, "testagent", nil))
		legacy.send(good)
		legacy.send(bad)
		if got := legacy.ask(skip); got != okSkip {
			t.Errorf("next frame = %s, want the marker's answer", got)
		}
		c := n.v1(t, "testagent")
		c.send(good)
		if got := c.ask(bad); !strings.Contains(got, `"code":"agent_mismatch"`) {
			t.Errorf("answer = %s", got)
		}
	})
}

func TestAnswersKeepTheOrderOfRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		n := startNode(t, func(o *Options) {
			o.Routes[0].Handle = func(_ context.Context, r *session.Request) (any, error) {
				if r.ID == "" {
					got = append(got, r.Frame)
				}
				return r.ID, nil
			}
		})
		c := n.v1(t, "testagent")
		ids := []string{"a", "b", "c", "d"}
		go func() {
			for _, id := range ids {
				c.send(`{"requestId":"` + id + `","channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"UserID":"testagent"}}`)
			}
		}()
		for _, id := range ids {
			if answer := c.read(); !strings.HasSuffix(answer, `"requestId":"`+id+`","message":{"response":"`+id+`"}}`) {
				t.Errorf("answer = %s, want that of %s", answer, id)
			}
		}
		c.ask(skip) // without an id of its own
		c.ask(skip)
		if !slices.Equal(got, []string{"5", "6"}) {
			t.Errorf("frames = %q", got)
		}
	})
}

func TestDispositionAnswersRepeatTheCallID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) { o.Routes[0].CallID = true })
		c := n.v1(t, "testagent")
		const ask = `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{%s}}`
		const answer = `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContactResult","message":{"callid":%s,"response":{"success":%s}}`
		for _, tt := range []struct{ data, callID, rest string }{
			{`"UserID":"testagent","callid":"12345"`, `"12345"`, `true}`},
			{`"UserID":"testagent","CallId":12345`, `"12345"`, `true}`},
			{`"UserID":"testagent","callid":"a\"<b"`, `"a\"<b"`, `true}`},
			{`"UserID":"testagent","callid":{}`, `""`, `true}`},
			{`"UserID":"testagent"`, `""`, `true}`},
			{`"UserID":"victim","callid":"12345"`, `"12345"`, `false,"msg":"Agent is not the one signed in","code":"agent_mismatch"}`},
		} {
			if got, want := c.ask(fmt.Sprintf(ask, tt.data)), fmt.Sprintf(answer, tt.callID, tt.rest); got != want {
				t.Errorf("%s: answer = %s, want %s", tt.data, got, want)
			}
		}
	})
}

func TestThenRunsAfterTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) {
			o.Routes[0].Handle = func(_ context.Context, r *session.Request) (any, error) {
				return session.Then{Answer: envelope.OK{}, Do: func(ctx context.Context) {
					for i := range 1000 { // more than the queue holds
						if err := r.Conn.PushWait(ctx, []byte(strings.Repeat("x", i))); err != nil {
							t.Errorf("push %d: %v", i, err)
							return
						}
					}
				}}, nil
			}
		})
		c := n.v1(t, "testagent")
		if got := c.ask(skip); got != okSkip {
			t.Errorf("answer = %s", got)
		}
		for i := range 1000 {
			if got := c.read(); len(got) != i {
				t.Fatalf("frame %d has %d bytes", i, len(got))
			}
		}
	})
}

func TestBadRoutesDoNotStart(t *testing.T) {
	good := Route{
		Channel: "LCM", Topic: "WebService", Subtopic: "X", Reply: "XResult", Roles: []identity.Role{identity.RoleAgent},
		Handle: func(context.Context, *session.Request) (any, error) { return nil, nil },
	}
	for name, routes := range map[string][]Route{
		"twice":      {good, good},
		"no roles":   {func() Route { r := good; r.Roles = nil; return r }()},
		"no handler": {func() Route { r := good; r.Handle = nil; return r }()},
		"no reply":   {func() Route { r := good; r.Reply = ""; return r }()},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("newRouter did not panic")
				}
			}()
			newRouter(routes, newMetrics(nil))
		})
	}
}
