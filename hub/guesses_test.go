package hub

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

func TestAddressThatGuessesIsHeldOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		guess := func(from string) int {
			res := n.upgrade(t, func(r *http.Request) {
				r.RemoteAddr = from
				r.Header.Set("Authorization", "Bearer guess")
				r.Header.Set("X-Forwarded-For", "198.51.100.1") // 32: not believed
			})
			return res.StatusCode
		}
		for range 20 {
			if got := guess("203.0.113.9:1"); got != 401 {
				t.Fatalf("guess = %d", got)
			}
		}
		if got := guess("203.0.113.9:2"); got != 429 {
			t.Errorf("21st guess: %d, want 429", got)
		}
		if got := guess("203.0.113.10:1"); got != 401 {
			t.Errorf("another address: %d", got)
		}
		<-time.After(time.Second)
		if got := guess("203.0.113.9:3"); got != 401 {
			t.Errorf("a second later: %d", got)
		}
	})
}

// Behind one address sits a whole office, and anybody can claim anybody's subject.
func TestValidTokenPassesWhateverOthersSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) { o.Limits.Accepts = 20 })
		ask := func(path, bearer, ticket string) int {
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, nil)
			r.RemoteAddr, r.Header = "203.0.113.7:1", bearerHeader(bearer)
			if path == "/api/v1/tickets" {
				w := httptest.NewRecorder()
				n.ServeTickets(w, r)
				return w.Code
			}
			res := n.upgrade(t, func(r *http.Request) {
				if ticket != "" {
					r.Header["Sec-Websocket-Protocol"] = []string{envelope.ProtocolV1 + ", " + envelope.ProtocolTicket + ticket}
					r.Header.Del("Authorization")
				} else {
					r.Header.Set("Authorization", "Bearer "+bearer)
				}
			})
			if res == nil {
				return http.StatusSwitchingProtocols
			}
			return res.StatusCode
		}
		expired, err := identity.Sign(secret, identity.Identity{Agent: "testagent", Role: identity.RoleAgent}, -time.Second)
		if err != nil {
			t.Fatal(err)
		}
		held := map[int]int{}
		for i := range 100 { // in a second
			held[ask("/ws", "guess", "")]++
			held[ask("/ws", "", strings.Repeat("A", 43))]++
			held[ask("/ws", expired, "")]++
			held[ask("/api/v1/tickets", expired, "")]++
			if i%10 != 0 {
				continue
			}
			if got := ask("/ws", token(t, "testagent", nil), ""); got != http.StatusSwitchingProtocols {
				t.Errorf("a valid token after %d bad ones: %d", 4*i, got)
			}
			if got := ask("/api/v1/tickets", token(t, "testagent", nil), ""); got != http.StatusOK {
				t.Errorf("a ticket after %d bad ones: %d", 4*i, got)
			}
			ticket, err := n.tickets.Issue(t.Context(), identity.Ticket{Identity: identity.Identity{
				Agent: "testagent", Role: identity.RoleAgent, IssuedAt: time.Now(), Expires: time.Now().Add(time.Minute),
			}})
			if err != nil {
				t.Fatal(err)
			}
			if got := ask("/ws", "", ticket); got != http.StatusSwitchingProtocols {
				t.Errorf("a valid ticket after %d bad ones: %d", 4*i, got)
			}
			<-time.After(100 * time.Millisecond)
		}
		if held[http.StatusTooManyRequests] < 300 {
			t.Errorf("bad ones were answered %v: most are to be held off", held)
		}
	})
}

func TestSubjectThatFailsIsHeldOffFromAnywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		n.tickets.revoked = map[identity.AgentID]time.Time{"gone": time.Now().Add(time.Minute)}
		try := func(i int) int {
			return n.upgrade(t, func(r *http.Request) {
				r.RemoteAddr = fmt.Sprintf("203.0.113.%d:1", i)
				r.Header.Set("Authorization", "Bearer "+token(t, "gone", nil))
			}).StatusCode
		}
		for i := range 20 {
			if got := try(i); got != http.StatusUnauthorized {
				t.Fatalf("try %d: %d", i, got)
			}
		}
		if got := try(20); got != http.StatusTooManyRequests {
			t.Errorf("21st try: %d, want 429", got)
		}
	})
}

func TestAddressBehindATrustedProxyIsHeldOffAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")} })
		guess := func(from string) int {
			return n.upgrade(t, func(r *http.Request) {
				r.Header.Set("Authorization", "Bearer guess")
				r.Header.Set("X-Forwarded-For", from)
			}).StatusCode
		}
		for range 20 {
			guess("198.51.100.1")
		}
		if got := guess("198.51.100.1"); got != http.StatusTooManyRequests {
			t.Errorf("who guesses: %d, want 429", got)
		}
		if got := guess("198.51.100.2"); got != http.StatusUnauthorized {
			t.Errorf("its neighbour: %d, want 401", got)
		}
	})
}

// The clocks of hub and provider differ by 20 seconds, as those of two machines may.
func TestTokenOfAClockThatIsAheadDoesNotOutliveASignOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		issue := func() string {
			now := time.Now().Add(20 * time.Second)
			text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
				"sub": "testagent", "role": "agent", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
			}).SignedString(secret)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		try := func(bearer string) int {
			if res := n.upgrade(t, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+bearer) }); res != nil {
				return res.StatusCode
			}
			return http.StatusSwitchingProtocols
		}
		first := issue()
		if got := try(first); got != http.StatusSwitchingProtocols {
			t.Fatalf("before: %d", got)
		}
		<-time.After(5 * time.Second)
		n.tickets.revoked = map[identity.AgentID]time.Time{"testagent": time.Now()}
		<-time.After(time.Second)
		for range 3 {
			if got := try(first); got != http.StatusUnauthorized {
				t.Errorf("the token from before: %d, want 401", got)
			}
			<-time.After(10 * time.Second) // until it is no more of the future
		}
		if got := try(issue()); got != http.StatusSwitchingProtocols {
			t.Errorf("a new one: %d", got)
		}
	})
}
