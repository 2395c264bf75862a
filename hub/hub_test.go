package hub

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

func TestNewerLoginReplacesOlder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		old := n.v1(t, "testagent")
		young := n.v1(t, "testagent")
		if got := old.closed(); got != session.CloseSuperseded {
			t.Errorf("the older socket was closed with %d", got)
		}
		if got := young.ask(skip); got != okSkip {
			t.Errorf("the newer socket got %s", got)
		}
		synctest.Wait()
		if got := n.Sockets(); got != 1 {
			t.Errorf("%d sockets, want 1", got)
		}
	})
}

func TestTheSameTabMovesWithoutLosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		old := n.v1WithTicket(t, "testagent", "tab1")
		n.v1WithTicket(t, "testagent", "tab1")
		if got := old.closed(); got != session.CloseComeBack {
			t.Errorf("the older socket of the tab was closed with %d", got)
		}
	})
}

func TestSlowerUpgradeOfAnOlderClaimLoses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r registry
		r.init()
		n := startNode(t, nil)
		n.v1(t, "a")
		n.v1(t, "b")
		sessions := n.registry.all()
		for i, epoch := range []string{"10", "9"} { // by length first: epochs are numbers
			c := *sessions[i].Claim()
			c.Agent, c.Epoch = "x", epoch
			sessions[i].Renew(&c)
		}
		if gone, _ := r.add(sessions[0]); gone != nil {
			t.Error("the first claim found another")
		}
		gone, why := r.add(sessions[1])
		if gone != sessions[1] || why.code != session.CloseSuperseded {
			t.Errorf("gone = %p, %d, want the older claim itself", gone, why.code)
		}
		if r.agent("x") != sessions[0] {
			t.Error("the newer claim was replaced")
		}
	})
}

func TestKickFindsASessionThatIsAboutToOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		n.claims.open = func(c *session.Claim) error {
			n.Kick(c.Session, session.CloseSuperseded, "superseded") // on another node, before this 101
			return nil
		}
		c := n.dial(t, token(t, "testagent", nil), envelope.ProtocolV1)
		if got := c.closed(); got != session.CloseSuperseded {
			t.Errorf("closed with %d", got)
		}
		n.claims.open = nil
		c = n.v1(t, "testagent")
		synctest.Wait()
		n.Kick(n.registry.agent("testagent").Claim().Session, session.CloseSignedOut, "signed out by a supervisor")
		if got := c.closed(); got != session.CloseSignedOut {
			t.Errorf("closed with %d", got)
		}
	})
}

func TestWakeTellsTheDifferenceInsideTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy atomic.Bool
		var wakes atomic.Int32
		n := startNode(t, func(o *Options) {
			o.Routes[0].Handle = func(context.Context, *session.Request) (any, error) {
				busy.Store(true)
				<-time.After(3 * time.Second)
				busy.Store(false)
				return envelope.OK{}, nil
			}
		})
		n.claims.wake = func(*session.Claim) ([]session.Push, error) {
			if busy.Load() {
				t.Error("woken while a request was in flight")
			}
			wakes.Add(1)
			return []session.Push{{Topic: "Reservation", Subtopic: "Released", Message: map[string]string{"ContactId": "1"}}}, nil
		}
		c := n.v1(t, "testagent")
		c.send(skip)
		synctest.Wait()
		for range 10 {
			n.Wake(t.Context(), "testagent")
		}
		if got := c.read(); got != okSkip {
			t.Errorf("first frame = %s", got)
		}
		if got, want := c.read(), `{"channel":"HUB","topic":"Reservation","subtopic":"Released","message":{"ContactId":"1"}}`; got != want {
			t.Errorf("push = %s, want %s", got, want)
		}
		synctest.Wait()
		if got := wakes.Load(); got != 1 {
			t.Errorf("ten wakes became %d, want 1", got)
		}
		n.Wake(t.Context(), "testagent") // with nobody in the turn
		c.read()
		n.Wake(t.Context(), "nobody")
	})
}

func TestPingAndHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		answering := n.v1(t, "a")
		beats := 0
		deadline := time.Now().Add(2 * time.Minute)
		for time.Now().Before(deadline) {
			rctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			_, b, err := answering.ws.Read(rctx)
			cancel()
			if err != nil {
				t.Fatalf("a client that answers pings was closed: %v", err)
			}
			if isHeartbeat(string(b)) {
				beats++
			}
		}
		if beats < 5 || beats > 8 {
			t.Errorf("%d heartbeats in two minutes, want one every 20 s", beats)
		}
	})
}

func TestPeerWithoutPongIsGoneAfterTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		silent := n.raw(t, token(t, "testagent", nil))
		go silent.drain() // takes all bytes, answers none
		began := time.Now()
		for n.Sockets() > 0 {
			<-time.After(time.Second)
		}
		synctest.Wait()
		if took := time.Since(began); took > 37*time.Second {
			t.Errorf("gone after %v, want within one ping and its deadline", took)
		}
		if got := n.claims.dropped(); !slices.Equal(got, []string{"testagent 1006 no pong"}) {
			t.Errorf("drops = %q", got)
		}
	})
}

func TestTokenExpiryAndRefresh(t *testing.T) {
	short := func(t *testing.T, agent string, ttl time.Duration, change func(*identity.Identity)) string {
		t.Helper()
		id := identity.Identity{Agent: identity.AgentID(agent), Role: identity.RoleAgent}
		if change != nil {
			change(&id)
		}
		tok, err := identity.Sign(secret, id, ttl)
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	refresh := func(token string) string {
		return `{"channel":"HUB","topic":"Session","subtopic":"RefreshToken","data":{"token":"` + token + `"}}`
	}
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		began := time.Now()
		c := n.dial(t, short(t, "testagent", time.Minute, nil), envelope.ProtocolV1)
		if got := c.closed(); got != session.CloseExpired {
			t.Errorf("closed with %d", got)
		}
		if took := time.Since(began); took < time.Minute || took > 65*time.Second {
			t.Errorf("closed after %v, want within 5 s of a minute", took)
		}

		c = n.dial(t, short(t, "testagent", time.Minute, nil), envelope.ProtocolV1)
		c.read()
		for name, bad := range map[string]string{
			"another subject": short(t, "victim", time.Hour, nil),
			"another role":    short(t, "testagent", time.Hour, asSupervisor),
			"garbage":         "x.y.z",
			"none":            "",
		} {
			if got := c.ask(refresh(bad)); !strings.Contains(got, `"success":false`) {
				t.Errorf("%s: %s", name, got)
			}
		}
		if got := c.ask(refresh(short(t, "testagent", 3*time.Minute, nil))); !strings.Contains(got, `"subtopic":"TokenRefreshed","message":{"expiresAt":"`) {
			t.Errorf("refresh = %s", got)
		}
		began = time.Now()
		if got := c.closed(); got != session.CloseExpired {
			t.Errorf("closed with %d", got)
		}
		if took := time.Since(began); took < 3*time.Minute-time.Second || took > 3*time.Minute+5*time.Second {
			t.Errorf("closed after %v, want the new token's life", took)
		}

		narrow := func(campaigns ...string) func(*identity.Identity) {
			return func(id *identity.Identity) { id.Campaigns = campaigns }
		}
		c = n.dial(t, short(t, "testagent", time.Minute, narrow("a", "b")), envelope.ProtocolV1)
		c.read()
		if got := c.ask(refresh(short(t, "testagent", time.Hour, narrow("a", "c")))); !strings.Contains(got, `"code":"not_allowed"`) {
			t.Errorf("a wider token: %s", got)
		}
		if got := c.ask(refresh(short(t, "testagent", time.Hour, nil))); !strings.Contains(got, `"code":"not_allowed"`) {
			t.Errorf("a token for all campaigns: %s", got)
		}
		if got := c.ask(refresh(short(t, "testagent", time.Hour, narrow("a")))); !strings.Contains(got, `"expiresAt"`) {
			t.Errorf("a narrower token: %s", got)
		}
		synctest.Wait()
		if got := n.registry.agent("testagent").Claim().Campaigns; !slices.Equal(got, []string{"a"}) {
			t.Errorf("campaigns = %q", got)
		}
	})
}

func TestSignOutEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		c := n.v1(t, "testagent")
		if got, want := c.ask(`{"channel":"hub","topic":"session","subtopic":"signout"}`), `{"channel":"HUB","topic":"Session","subtopic":"SignedOut","message":{}}`; got != want {
			t.Errorf("answer = %s, want %s", got, want)
		}
		if got := c.closed(); got != session.CloseNormal {
			t.Errorf("closed with %d", got)
		}
		synctest.Wait()
		if len(n.claims.ended) != 1 || len(n.claims.dropped()) != 0 {
			t.Errorf("closes = %q, drops = %q", n.claims.ended, n.claims.drops)
		}
	})
}

func TestNodeThatCannotBeatRefusesThenLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		n := startNode(t, func(o *Options) {
			o.Claims.(*fakeClaims).beat = func() error {
				if away.Load() {
					return errors.New("away")
				}
				return nil
			}
			o.Routes = append(o.Routes, Route{
				Channel: "LCM", Topic: "WebService", Subtopic: "GetAgentCallCount", Reply: "AgentCallCount", AgentKey: true,
				Roles: []identity.Role{identity.RoleAgent}, Read: true,
				Handle: func(context.Context, *session.Request) (any, error) { return envelope.OK{}, nil },
			})
		})
		<-time.After(20 * time.Second)
		if !n.Alive(15 * time.Second) {
			t.Error("not alive after 20 s of beats")
		}
		c := n.v1(t, "testagent")
		away.Store(true)
		last := *n.lease.beaten.Load()
		<-time.After(time.Until(last.Add(6 * time.Second)))
		if got := c.ask(skip); got != okSkip {
			t.Errorf("after 6 s: %s", got)
		}
		<-time.After(time.Until(last.Add(8 * time.Second)))
		if got := c.ask(skip); !strings.Contains(got, `"code":"unavailable"`) {
			t.Errorf("after 8 s: %s", got)
		}
		if got := c.ask(strings.Replace(skip, "SkipNonPEWCContact", "GetAgentCallCount", 1)); !strings.Contains(got, `"success":true`) {
			t.Errorf("a read after 8 s: %s", got)
		}
		if _, res := n.try(t, bearerHeader(token(t, "b", nil))); res == nil || res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
			t.Errorf("upgrade = %v, want 503 with Retry-After", res)
		}
		if got := c.closed(); got != session.CloseTryLater {
			t.Errorf("closed with %d", got)
		}
		if took := time.Since(last); took < 12*time.Second || took > 15*time.Second {
			t.Errorf("left %v after the last beat, want 12 to 15 s", took)
		}
		away.Store(false)
		<-time.After(2 * time.Second)
		if n.Alive(15*time.Second) || !n.Beating() {
			t.Error("a node that just came back judges others, or does not serve")
		}
		n.v1(t, "testagent")
	})
}
