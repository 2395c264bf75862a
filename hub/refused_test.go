package hub

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"agenthub/session/identity"
)

// An operator finds out why people cannot sign in from the log at its usual level and
// from the figures, and learns nothing that stood in a token.
func TestRefusedSignInsAreVisible(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.InfoLevel)
		figures := prometheus.NewRegistry()
		verifier, err := identity.NewVerifier(identity.VerifierOptions{
			Secret: secret, Issuer: "https://id.example", Audience: "hub", RoleClaim: "realm_access.roles", AgentClaim: "preferred_username",
		})
		if err != nil {
			t.Fatal(err)
		}
		n := startNode(t, func(o *Options) {
			o.Log, o.Registerer, o.Verifier, o.Support = zap.New(core), figures, verifier, "Ask the service desk."
		})
		n.tickets.revoked = map[identity.AgentID]time.Time{"sickert": time.Now().Add(time.Minute)}
		good := func() jwt.MapClaims {
			return jwt.MapClaims{
				"preferred_username": "marker-agent", "iss": "https://id.example", "aud": "hub", "exp": time.Now().Add(time.Hour).Unix(),
				"realm_access": map[string]any{"roles": []string{"agent"}},
			}
		}
		with := func(name string, value any) jwt.MapClaims {
			c := good()
			if c[name] = value; value == nil {
				delete(c, name)
			}
			return c
		}
		sign := func(c jwt.MapClaims) string {
			text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(secret)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		for _, c := range []struct {
			bearer              string
			status              int
			reason, claim, form string
		}{
			{"", 401, "missing", "", ""},
			{"marker", 401, "malformed", "", ""},
			{sign(good())[:40] + "x" + sign(good())[40:], 401, "malformed", "", ""},
			{sign(good())[:strings.LastIndex(sign(good()), ".")] + ".AAAA", 401, "signature", "", ""},
			{sign(with("exp", time.Now().Add(-time.Hour).Unix())), 401, "expired", "exp", "number"},
			{sign(with("nbf", time.Now().Add(time.Hour).Unix())), 401, "not_yet", "nbf", "number"},
			{sign(with("iss", "https://id.example/")), 401, "issuer", "iss", "text of 19"},
			{sign(with("iss", nil)), 401, "claims", "iss", "missing"},
			{sign(with("aud", []string{"marker", "account"})), 401, "audience", "aud", "list of 2"},
			{sign(with("preferred_username", "marker\x00")), 401, "agent", "preferred_username", "text of 7"},
			{sign(with("realm_access", map[string]any{"roles": []string{"marker"}})), 403, "role", "realm_access.roles", "list of 1"},
			{sign(with("realm_access", nil)), 403, "role", "realm_access.roles", "missing"},
			{sign(with("tenant", "marker")), 401, "tenant", "tenant", "text of 6"},
			{sign(with("campaigns", "marker")), 401, "campaigns", "campaigns", "text of 6"},
			{sign(with("preferred_username", "sickert")), 401, "revoked", "", ""},
			{strings.Repeat("x", 20<<10), 401, "too_long", "", ""},
		} {
			before := refusals(t, figures)[c.reason]
			res := n.upgrade(t, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+c.bearer) })
			if res == nil || res.StatusCode != c.status {
				t.Errorf("%s: %v, want %d", c.reason, res, c.status)
			}
			if got := refusals(t, figures)[c.reason]; got != before+1 {
				t.Errorf("%s was counted %v times", c.reason, got-before)
			}
			said := logs.FilterMessage("sign-in refused").TakeAll()
			logs.TakeAll()
			if c.reason == identity.ReasonMissing {
				if len(said) != 0 {
					t.Errorf("who has no token at all is told of: %v", said)
				}
				continue
			}
			if len(said) != 1 {
				t.Errorf("%s: the log says %v", c.reason, said)
				continue
			}
			fields := said[0].ContextMap()
			claim, _ := fields["claim"].(string)
			form, _ := fields["form"].(string)
			if fields["reason"] != c.reason || claim != c.claim || form != c.form || said[0].Level != zapcore.WarnLevel {
				t.Errorf("%s: the log says %v at %v, want claim %q, form %q", c.reason, fields, said[0].Level, c.claim, c.form)
			}
			if text := said[0].Message + strings.Join([]string{claim, form}, " "); strings.Contains(text, "marker") {
				t.Errorf("%s: the log quotes the token: %s", c.reason, text)
			}
			<-time.After(time.Minute)
		}
		for range 1000 { // in no time
			n.upgrade(t, func(r *http.Request) { r.Header.Set("Authorization", "Bearer marker") })
		}
		if got := logs.FilterMessage("sign-in refused").Len(); got == 0 || got > 5 {
			t.Errorf("a thousand refusals in no time are %d lines", got)
		}
	})
}

// refusals are the counts by reason.
func refusals(t *testing.T, figures *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := figures.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, family := range families {
		if family.GetName() == "agenthub_sign_ins_refused_total" {
			for _, m := range family.GetMetric() {
				counts[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	return counts
}

// lateBody is what a server reads of a client that stopped sending.
type lateBody struct{ io.Reader }

func (lateBody) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

func TestBodyThatComesTooSlowlyIsNotCalledTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		for body, want := range map[io.Reader]int{lateBody{}: http.StatusRequestTimeout, strings.NewReader(strings.Repeat(" ", 2000)): http.StatusRequestEntityTooLarge} {
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/api/v1/tickets", body)
			r.Header = bearerHeader(token(t, "testagent", nil))
			w := httptest.NewRecorder()
			if n.ServeTickets(w, r); w.Code != want {
				t.Errorf("%T: %d, want %d", body, w.Code, want)
			}
		}
	})
}
