package hub

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

const (
	skip   = `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"userID":"testagent"}}`
	okSkip = `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContactResult","message":{"response":{"success":true}}}`
)

func TestPublishedSkipIsAnsweredToTheByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		for _, protocols := range [][]string{nil, {envelope.ProtocolLCM}} {
			c := n.dial(t, token(t, "testagent", nil), protocols...)
			if got := c.ask(skip); got != okSkip {
				t.Errorf("answer = %s, want %s", got, okSkip)
			}
		}
	})
}

func TestHelloComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		n.claims.opened = session.Opened{LastClose: "moved"}
		c := n.dial(t, token(t, "testagent", func(id *identity.Identity) { id.Name = "<T>" }), envelope.ProtocolV1)
		got := c.read()
		want := `{"channel":"HUB","topic":"Session","subtopic":"Hello","message":{"agent":"testagent","name":"<T>","role":"agent","session":"`
		tail := `","node":"n1","serverNow":"2000-01-01T00:00:00.000Z","heartbeatSeconds":20,"graceSeconds":0,"reservation":null,"skipReasons":null,"outcomes":null,"today":null,"lastClose":"moved"}}`
		if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, tail) {
			t.Errorf("hello = %s", got)
		}
		if c.ws.Subprotocol() != envelope.ProtocolV1 {
			t.Errorf("subprotocol = %q", c.ws.Subprotocol())
		}
	})
}

// answers are the whole of what a router may say, by what it was asked.
func TestRefusals(t *testing.T) {
	fail := func(subtopic, msg, code string) string {
		if code != "" {
			code = `,"code":"` + code + `"`
		}
		return `{"channel":"LCM","topic":"WebService","subtopic":"` + subtopic + `","message":{"response":{"success":false,"msg":"` + msg + `"` + code + `}}}`
	}
	const result = "SkipNonPEWCContactResult"
	for _, c := range []struct{ name, frame, subtopic, msg, code string }{
		{"no JSON", `hello`, "Error", "Message is not valid JSON", "invalid_message"},
		{"no object", `[]`, "Error", "Message must be a JSON object", "invalid_message"},
		{"nothing in it", `{}`, "Error", "Unknown subtopic", "unknown_subtopic"},
		{"unknown subtopic", `{"channel":"LCM","topic":"WebService","subtopic":"Nope","data":{}}`, "Error", "Unknown subtopic", "unknown_subtopic"},
		{"an answer's name", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContactResult","data":{"UserID":"testagent"}}`, "Error", "Unknown subtopic", "unknown_subtopic"},
		{"no data", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact"}`, result, "data is missing", "invalid_message"},
		{"null data", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":null}`, result, "data is missing", "invalid_message"},
		{"array data", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":[]}`, result, "data must be an object", "invalid_message"},
		{"no agent", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{}}`, result, "UserID is missing", "invalid_message"},
		{"empty agent", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"UserID":""}}`, result, "UserID is missing", "invalid_message"},
		{"null agent", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"UserID":null}}`, result, "UserID must be a string or a number", "invalid_message"},
		{"object agent", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"UserID":{}}}`, result, "UserID must be a string or a number", "invalid_message"},
		{"another agent", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"UserID":"victim"}}`, result, "Agent is not the one signed in", "agent_mismatch"},
		{"another letter case of the agent", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"UserID":"TESTAGENT"}}`, result, "Agent is not the one signed in", "agent_mismatch"},
		{"two agents", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"UserID":"testagent","AgentID":"victim"}}`, result, "Message has conflicting keys", "invalid_message"},
		{"two subtopics", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","Subtopic":"GetContactOD","data":{"UserID":"testagent"}}`, "Error", "Message has conflicting keys", "invalid_message"},
		{"another topic", `{"channel":"LCM","topic":"Agent","subtopic":"SkipNonPEWCContact","data":{"UserID":"testagent"}}`, result, "topic must be WebService", "invalid_message"},
		{"no channel", `{"topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"UserID":"testagent"}}`, result, "channel is missing", "invalid_message"},
		{"cut off", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"UserID":"testagent"`, result, "Message is not valid JSON", "invalid_message"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls int
				n := startNode(t, func(o *Options) {
					o.Routes[0].Handle = func(context.Context, *session.Request) (any, error) {
						calls++
						return envelope.OK{}, nil
					}
				})
				legacy := n.dial(t, token(t, "testagent", nil))
				if got, want := legacy.ask(c.frame), fail(c.subtopic, c.msg, ""); got != want {
					t.Errorf("answer = %s, want %s", got, want)
				}
				if got, want := n.v1(t, "testagent").ask(c.frame), fail(c.subtopic, c.msg, c.code); got != want {
					t.Errorf("answer = %s, want %s", got, want)
				}
				if calls != 0 {
					t.Errorf("the handler was called %d times", calls)
				}
			})
		})
	}
}

func TestRequestIDStandsBeforeTheMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := startNode(t, nil).v1(t, "testagent")
		got := c.ask(`{"requestId":"a \"1\"","channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"UserID":"testagent"}}`)
		want := `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContactResult","requestId":"a \"1\"","message":{"response":{"success":true}}}`
		if got != want {
			t.Errorf("answer = %s, want %s", got, want)
		}
		got = c.ask(`{"requestId":7,"channel":"LCM","topic":"WebService","subtopic":"Nope","data":{}}`)
		want = `{"channel":"LCM","topic":"WebService","subtopic":"Error","requestId":"7","message":{"response":{"success":false,"msg":"Unknown subtopic","code":"unknown_subtopic"}}}`
		if got != want {
			t.Errorf("answer = %s, want %s", got, want)
		}
	})
}

func TestLogNamesRequestsByUUIDsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) {
			o.Routes[0].Handle = func(_ context.Context, r *session.Request) (any, error) {
				if r.ID == "" {
					return nil, errors.New("redis is away")
				}
				return envelope.OK{}, nil
			}
		})
		c := n.v1(t, "testagent")
		for _, id := range []string{
			"01890a5d-ac96-774b-bcce-b302099a8057", "+15550100", "555010055501005550100555010055501005", "01890a5d-ac96-774b-bcce-b302099a805+", "",
		} {
			c.ask(`{"requestId":"` + id + `","channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"UserID":"testagent"}}`)
		}
		var named []string
		lines := 0
		for _, line := range n.logs.All() {
			if line.Message != "request" && line.Message != "request failed" {
				continue
			}
			lines++
			if id, ok := line.ContextMap()["request"].(string); ok {
				named = append(named, id)
			}
		}
		if lines != 5 || !slices.Equal(named, []string{"01890a5d-ac96-774b-bcce-b302099a8057"}) {
			t.Errorf("%d lines name %q", lines, named)
		}
	})
}

func TestForeignTrafficIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := startNode(t, nil).dial(t, token(t, "testagent", nil))
		c.send(`{"channel":"UI","topic":"InboundCall","subtopic":"ManualDialCall","data":{"PhoneNumber":"+15550100"}}`)
		c.send(`{"channel":"Amazon","topic":"x","subtopic":"SkipNonPEWCContact"`)
		c.send(okSkip)
		c.send(`{"message":{}}`)
		if got := c.ask(skip); got != okSkip { // the marker's answer is the next frame
			t.Errorf("next frame = %s, want the marker's answer", got)
		}
	})
}

func TestRolesAndProtocol(t *testing.T) {
	hubRoute := func(topic, subtopic, reply string, role identity.Role, handle session.Handler) Route {
		return Route{Channel: "HUB", Topic: topic, Subtopic: subtopic, Reply: reply, Roles: []identity.Role{role}, V1: true, Handle: handle}
	}
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) {
			o.Routes = append(o.Routes, hubRoute("Reservation", "Extend", "Extended", identity.RoleAgent,
				func(context.Context, *session.Request) (any, error) {
					return map[string]string{"reservedUntil": "x"}, nil
				}))
		})
		const extend = `{"channel":"HUB","topic":"Reservation","subtopic":"Extend"}`
		if got, want := n.v1(t, "a").ask(extend), `{"channel":"HUB","topic":"Reservation","subtopic":"Extended","message":{"reservedUntil":"x"}}`; got != want {
			t.Errorf("answer = %s, want %s", got, want)
		}
		if got, want := n.dial(t, token(t, "b", nil)).ask(extend), `{"channel":"LCM","topic":"WebService","subtopic":"Error","message":{"response":{"success":false,"msg":"Unknown subtopic"}}}`; got != want {
			t.Errorf("a legacy client got %s, want %s", got, want)
		}
		boss := n.dial(t, token(t, "supervisor", asSupervisor), envelope.ProtocolV1)
		boss.read()
		if got, want := boss.ask(extend), `{"channel":"HUB","topic":"Reservation","subtopic":"Extended","message":{"response":{"success":false,"msg":"Not allowed","code":"not_allowed"}}}`; got != want {
			t.Errorf("a supervisor got %s, want %s", got, want)
		}
	})
}

func TestHandlerErrors(t *testing.T) {
	const unavailable = `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContactResult","message":{"response":{"success":false,"msg":"Service unavailable, try again","code":"unavailable"}}}`
	handlers := map[string]session.Handler{
		"panic": func(context.Context, *session.Request) (any, error) { panic("+15550100") },
		"error": func(context.Context, *session.Request) (any, error) { return nil, errors.New("redis is away") },
		"shape": func(context.Context, *session.Request) (any, error) { return make(chan int), nil },
		"pending": func(context.Context, *session.Request) (any, error) {
			return nil, envelope.Refuse(envelope.CodePending, "Ask again")
		},
		"superseded": func(context.Context, *session.Request) (any, error) {
			return nil, envelope.Refuse(envelope.CodeSessionSuperseded, "Signed in elsewhere")
		},
	}
	for _, name := range []string{"panic", "error", "shape"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := startNode(t, func(o *Options) { o.Routes[0].Handle = handlers[name] })
				c := n.v1(t, "testagent")
				for range 2 { // the socket stays
					if got := c.ask(skip); got != unavailable {
						t.Errorf("answer = %s", got)
					}
				}
				for _, line := range n.logs.All() {
					for _, f := range line.Context {
						if strings.Contains(f.String, "15550100") {
							t.Errorf("log line %q quotes the panic: %s", line.Message, f.Key)
						}
					}
				}
			})
		})
	}
	t.Run("pending", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := startNode(t, func(o *Options) { o.Routes[0].Handle = handlers["pending"] })
			if got := n.v1(t, "testagent").ask(skip); !strings.Contains(got, `"code":"pending"`) {
				t.Errorf("answer = %s", got)
			}
			c := n.dial(t, token(t, "testagent", nil))
			c.send(skip)
			if got := c.closed(); got != session.CloseTryLater {
				t.Errorf("a client that cannot read pending was closed with %d", got)
			}
		})
	})
	t.Run("superseded", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := startNode(t, func(o *Options) { o.Routes[0].Handle = handlers["superseded"] }).v1(t, "testagent")
			if got := c.ask(skip); !strings.Contains(got, `"code":"session_superseded"`) {
				t.Errorf("answer = %s", got)
			}
			if got := c.closed(); got != session.CloseSuperseded {
				t.Errorf("closed with %d", got)
			}
		})
	})
}
