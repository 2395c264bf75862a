package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// upgrade asks for a socket with what change makes of a good request, and gives
// the answer to a refused one; a nil answer is an upgrade.
func (n *testNode) upgrade(t *testing.T, change func(*http.Request)) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/ws", nil)
	r.RemoteAddr = "203.0.113.7:1234"
	r.Header = http.Header{
		"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}, "Authorization": {"Bearer " + token(t, "testagent", nil)},
	}
	change(r)
	w := httptest.NewRecorder()
	n.ServeHTTP(w, r)
	if w.Code == http.StatusSwitchingProtocols || w.Code == http.StatusNotImplemented { // a recorder cannot be hijacked
		return nil
	}
	return w.Result()
}

func TestUpgradesAreRefusedBeforeTheSocket(t *testing.T) {
	set := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = values }
	}
	expired := func(t *testing.T) string {
		t.Helper()
		tok, err := identity.Sign(secret, identity.Identity{Agent: "testagent", Role: identity.RoleAgent}, -time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) {
			o.PublicURL, o.AllowedOrigins = "https://hub.example", []string{"https://desk.example:8443", "app://desk", "chrome-extension://abcdefgh"}
			o.Limits.Accepts = -1
		})
		n.tickets.revoked = map[identity.AgentID]time.Time{"revoked": time.Now().Add(time.Minute)}
		for i, c := range []struct {
			name   string
			change func(*http.Request)
			status int // 0: let in
		}{
			{"good", func(*http.Request) {}, 0},
			{"1 no token", func(r *http.Request) { r.Header.Del("Authorization") }, 401},
			{"2 expired", set("Authorization", "Bearer "+expired(t)), 401},
			{"14 second dot", set("Authorization", "Bearer "+token(t, "testagent", nil)+".x"), 401},
			{"15 token of 100 KB", set("Authorization", "Bearer "+strings.Repeat("x", 100<<10)), 401},
			{"basic", set("Authorization", "Basic eDp5"), 401},
			{"two Authorization headers", set("Authorization", "Bearer a", "Bearer b"), 401},
			{"20 token in the query", func(r *http.Request) {
				r.Header.Del("Authorization")
				r.URL.RawQuery = "token=" + token(t, "testagent", nil)
			}, 401},
			{"revoked", set("Authorization", "Bearer "+token(t, "revoked", nil)), 401},
			{"campaign role", set("Authorization", "Bearer "+token(t, "x", func(id *identity.Identity) { id.Role = identity.RoleCampaign })), 403},
			{"own origin", set("Origin", "https://hub.example"), 0},
			{"own origin with port", set("Origin", "https://hub.example:443"), 0},
			{"own origin, another port", set("Origin", "https://hub.example:444"), 403},
			{"own origin, another scheme", set("Origin", "http://hub.example"), 403},
			{"allowed origin", set("Origin", "https://DESK.example:8443"), 0},
			{"loopback origin", set("Origin", "http://127.0.0.1"), 0},
			{"another port of loopback", set("Origin", "http://127.0.0.1:5173"), 403},
			{"a listed application", set("Origin", "app://desk"), 0},
			{"another application", set("Origin", "app://desk2"), 403},
			{"a listed extension", set("Origin", "chrome-extension://abcdefgh"), 0},
			{"a file", set("Origin", "file://"), 403},
			{"host of a listed application", func(r *http.Request) { r.Host = "desk" }, 421},
			{"21 evil origin", set("Origin", "https://evil.example"), 403},
			{"22 null origin", set("Origin", "null"), 403},
			{"23 empty origin", set("Origin", ""), 403},
			{"24 two origins", set("Origin", "https://hub.example", "https://hub.example"), 403},
			{"25 suffix", set("Origin", "https://hub.example.evil.com"), 403},
			{"25 userinfo", set("Origin", "https://hub.example@evil.com"), 403},
			{"26 ftp", set("Origin", "ftp://hub.example"), 403},
			{"host of the public URL", func(r *http.Request) { r.Host = "hub.example" }, 0},
			{"host somebody pointed at us", func(r *http.Request) { r.Host = "rebind.evil.com" }, 421},
			{"27 version 12", set("Sec-Websocket-Version", "12"), 426},
			{"28 no key", func(r *http.Request) { r.Header.Del("Sec-Websocket-Key") }, 400},
			{"28 short key", set("Sec-Websocket-Key", "AAAA"), 400},
			{"29 POST", func(r *http.Request) { r.Method = http.MethodPost }, 405},
			{"29 HTTP/2", func(r *http.Request) { r.ProtoMajor = 2 }, 426},
			{"29 body", func(r *http.Request) { r.ContentLength = 5 }, 400},
			{"no upgrade", func(r *http.Request) { r.Header.Del("Upgrade") }, 426},
			{"odd ticket", set("Sec-Websocket-Protocol", "agenthub.v1, agenthub.ticket.x"), 400},
		} {
			res := n.upgrade(t, func(r *http.Request) {
				r.RemoteAddr = fmt.Sprintf("203.0.113.%d:1234", i) // each case is another caller
				c.change(r)
			})
			switch {
			case c.status == 0 && res != nil:
				t.Errorf("%s: %d, want to be let in", c.name, res.StatusCode)
			case c.status != 0 && (res == nil || res.StatusCode != c.status):
				t.Errorf("%s: %v, want %d", c.name, res, c.status)
			}
		}
		if got := n.Sockets(); got != 0 {
			t.Errorf("%d sockets", got)
		}
	})
}

func TestTicketIsWorthOneUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) { o.AllowedOrigins = []string{"https://desk.example"} })
		ask := func(origin, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/api/v1/tickets", strings.NewReader(body))
			r.Header = bearerHeader(token(t, "testagent", nil))
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			w := httptest.NewRecorder()
			n.ServeTickets(w, r)
			return w
		}
		issue := func(origin string) string {
			w := ask(origin, `{"instance":"tab1"}`)
			var a struct {
				Ticket    string
				ExpiresIn int
			}
			if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 || a.ExpiresIn != 20 {
				t.Fatalf("tickets: %d %s", w.Code, w.Body)
			}
			return a.Ticket
		}
		dial := func(origin, ticket string, protocols ...string) int {
			h := http.Header{}
			if origin != "" {
				h.Set("Origin", origin)
			}
			c, res := n.try(t, h, append(protocols, envelope.ProtocolTicket+ticket)...)
			if c != nil && !slices.Contains(protocols, c.ws.Subprotocol()) {
				t.Errorf("selected %q", c.ws.Subprotocol())
			}
			return res.StatusCode
		}
		ticket := issue("https://desk.example")
		if got := dial("https://desk.example", ticket, envelope.ProtocolV1); got != 101 {
			t.Errorf("first use: %d", got)
		}
		if got := dial("https://desk.example", ticket, envelope.ProtocolV1); got != 401 {
			t.Errorf("16 second use: %d", got)
		}
		if got := dial("", issue("https://desk.example"), envelope.ProtocolV1); got != 401 {
			t.Errorf("18 another origin: %d", got)
		}
		if got := dial("", issue(""), envelope.ProtocolLCM); got != 101 {
			t.Errorf("beside lcm.v1: %d", got)
		}
		if got := dial("", issue("")); got != 400 {
			t.Errorf("a ticket alone: %d", got)
		}
		late := issue("")
		<-time.After(21 * time.Second)
		if got := dial("", late, envelope.ProtocolV1); got != 401 {
			t.Errorf("17 after 21 s: %d", got)
		}
		if w := ask("https://evil.example", ""); w.Code != 403 {
			t.Errorf("evil origin: %d", w.Code)
		}
		if w := ask("https://desk.example", ""); w.Code != 200 {
			t.Errorf("allowed origin: %d", w.Code)
		}
		for body, want := range map[string]int{`[]`: 400, `{"instance":{}}`: 400, `{"instance":"` + strings.Repeat("x", 65) + `"}`: 400, strings.Repeat(" ", 2000): 413} {
			if w := ask("", body); w.Code != want {
				t.Errorf("body %.20s: %d, want %d", body, w.Code, want)
			}
		}
		<-time.After(time.Minute)
		for i := 0; ; i++ {
			if w := ask("", ""); w.Code == 429 {
				if i < 15 || i > 25 {
					t.Errorf("refused after %d tickets at once, want about 20", i)
				}
				break
			}
		}
	})
}

func TestStoreRefusesBeforeTheUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		for err, want := range map[error]int{
			identity.ErrTakeoverLimit: 429, identity.ErrStaleTicket: 409, identity.ErrRevoked: 401, errors.New("away"): 503,
		} {
			n.claims.open = func(*session.Claim) error { return err }
			if _, res := n.try(t, bearerHeader(token(t, "testagent", nil))); res.StatusCode != want {
				t.Errorf("%v: %d, want %d", err, res.StatusCode, want)
			}
		}
	})
}

func TestLimitsOfANode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) { o.Limits = Limits{Sockets: 7, PerSupervisor: 5, Accepts: 10} })
		boss := token(t, "supervisor", asSupervisor)
		var first *client
		for range 5 {
			first = n.dial(t, boss, envelope.ProtocolV1)
		}
		if _, res := n.try(t, bearerHeader(boss)); res.StatusCode != 429 {
			t.Errorf("sixth socket of a supervisor: %d", res.StatusCode)
		}
		_ = first.ws.CloseNow()
		synctest.Wait()
		n.dial(t, boss)
		n.dial(t, token(t, "a", nil))
		n.dial(t, token(t, "b", nil))
		<-time.After(time.Second)
		if _, res := n.try(t, bearerHeader(token(t, "c", nil))); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
			t.Errorf("eighth socket: %d", res.StatusCode)
		}
	})
}

func TestAcceptRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) { o.Limits.Accepts = 10 })
		refused := 0
		for range 15 {
			if res := n.upgrade(t, func(*http.Request) {}); res != nil && res.StatusCode == 503 {
				refused++
			}
		}
		if refused != 5 {
			t.Errorf("%d of 15 at once refused, want 5", refused)
		}
	})
}

func TestClaimOfAnUpgradeThatFailedIsGivenBack(t *testing.T) {
	for _, c := range []struct {
		name  string
		epoch string // that Open has set
		err   error
		now   int // drops when the client has its answer
		soon  int // and after the next beat
	}{
		{"taken, then the store failed", "7", errors.New("rules out of reach"), 1, 1},
		{"not known", "", errors.New("outcome not known yet"), 0, 1},
		{"refused", "", identity.ErrStaleTicket, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := startNode(t, nil)
				n.claims.open = func(claim *session.Claim) error {
					claim.Epoch = c.epoch
					return c.err
				}
				if got := n.upgrade(t, func(*http.Request) {}); got == nil {
					t.Fatal("let in")
				}
				if got := len(n.claims.dropped()); got != c.now {
					t.Errorf("%d drops at once, want %d", got, c.now)
				}
				<-time.After(beatEvery)
				synctest.Wait()
				if got := len(n.claims.dropped()); got != c.soon {
					t.Errorf("%d drops after a beat, want %d", got, c.soon)
				}
			})
		})
	}
}
