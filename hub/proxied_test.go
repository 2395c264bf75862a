package hub

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// asOldProxy is what nginx makes of a handshake by itself: HTTP/1.0.
func asOldProxy(r *http.Request) { r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.0", 1, 0 }

// A handshake that a proxy spoiled costs nobody anything, and says what to set.
func TestHandshakeThatAProxySpoiledClaimsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.InfoLevel)
		figures := prometheus.NewRegistry()
		n := startNode(t, func(o *Options) { o.Log, o.Registerer = zap.New(core), figures })
		working := n.v1(t, "testagent")
		ticket, err := n.tickets.Issue(t.Context(), identity.Ticket{Identity: identity.Identity{
			Agent: "testagent", Role: identity.RoleAgent, Expires: time.Now().Add(time.Hour),
		}})
		if err != nil {
			t.Fatal(err)
		}
		withTicket := func(r *http.Request) {
			r.Header.Del("Authorization")
			r.Header.Set("Sec-Websocket-Protocol", envelope.ProtocolV1+", "+envelope.ProtocolTicket+ticket)
		}
		for name, spoil := range map[string]func(*http.Request){
			"HTTP/1.0":                asOldProxy,
			"HTTP/1.0, with a ticket": func(r *http.Request) { withTicket(r); asOldProxy(r) },
			"no Upgrade": func(r *http.Request) {
				r.Header.Del("Upgrade")
				r.Header.Set("Connection", "close")
			},
		} {
			before := refusals(t, figures)["proxy"]
			res := n.upgrade(t, spoil)
			if res == nil || res.StatusCode != http.StatusUpgradeRequired || !strings.Contains(textOf(t, res), "proxy_http_version 1.1") {
				t.Errorf("%s: %v, want 426 with what to set", name, res)
			}
			said := refusalsTold(logs)
			if len(said) != 1 || !strings.Contains(said[0].ContextMap()["hint"].(string), "proxy_http_version 1.1") {
				t.Errorf("%s: the log says %v", name, said)
			}
			if got := refusals(t, figures)["proxy"]; got != before+1 {
				t.Errorf("%s was counted %v times", name, got-before)
			}
		}
		n.claims.mu.Lock()
		claimed := n.claims.epoch
		n.claims.mu.Unlock()
		if claimed != 1 {
			t.Errorf("%d claims were taken, want that of the working session alone", claimed)
		}
		if got := working.ask(skip); !strings.Contains(got, `"success":true`) {
			t.Errorf("the working session got %s", got)
		}
		if res := n.upgrade(t, withTicket); res != nil {
			t.Errorf("the ticket was used up: %d", res.StatusCode)
		}
	})
}

// refusalsTold takes what the log says of refusals out of it.
func refusalsTold(logs *observer.ObservedLogs) (said []observer.LoggedEntry) {
	for _, entry := range logs.TakeAll() {
		if entry.Message == "sign-in refused" {
			said = append(said, entry)
		}
	}
	return said
}

func textOf(t *testing.T, res *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What stands before the hub, seen from its log: the name that came, and the flag.
func TestUnknownNamesAreVisible(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.InfoLevel)
		figures := prometheus.NewRegistry()
		n := startNode(t, func(o *Options) {
			o.Log, o.Registerer, o.PublicURL, o.AllowedOrigins = zap.New(core), figures, "https://hub.example", []string{"https://crm.example"}
		})
		ask := func(change func(*http.Request)) int {
			r := httptest.NewRequest(http.MethodPost, "http://hub.example/api/v1/tickets", nil)
			r.Header = bearerHeader(token(t, "testagent", nil))
			change(r)
			w := httptest.NewRecorder()
			n.ServeTickets(w, r)
			return w.Code
		}
		upgrade := func(change func(*http.Request)) int {
			if res := n.upgrade(t, change); res != nil {
				return res.StatusCode
			}
			return http.StatusSwitchingProtocols
		}
		for name, c := range map[string]struct {
			change      func(*http.Request)
			status      int
			reason      string
			seen, field string
			hint        string
		}{
			"as nginx sends it": {func(r *http.Request) { r.Host = "hubs" }, 421, "host", "hubs", "host", "--public-url"},
			"steers a terminal": {func(r *http.Request) { r.Host = "hubs\u202e" }, 421, "host", "hubs·", "host", "--public-url"},
			"endless":           {func(r *http.Request) { r.Host = strings.Repeat("h", 5000) }, 421, "host", strings.Repeat("h", 100) + "…", "host", "--public-url"},
			"another CRM": {
				func(r *http.Request) { r.Header.Set("Origin", "https://crm2.example") }, 403, "origin",
				"https://crm2.example", "origin", "--allowed-origins",
			},
			"two CRMs": {
				func(r *http.Request) { r.Header["Origin"] = []string{"https://a.example", "https://crm.example"} }, 403, "origin",
				"https://a.example https://crm.example", "origin", "--allowed-origins",
			},
		} {
			for where, do := range map[string]func(func(*http.Request)) int{"tickets": ask, "upgrade": upgrade} {
				before := refusals(t, figures)[c.reason]
				if got := do(c.change); got != c.status {
					t.Errorf("%s, %s: %d, want %d", name, where, got, c.status)
				}
				if got := refusals(t, figures)[c.reason]; got != before+1 {
					t.Errorf("%s, %s: counted %v times", name, where, got-before)
				}
				said := refusalsTold(logs)
				if len(said) != 1 {
					t.Errorf("%s, %s: the log says %v", name, where, said)
					continue
				}
				fields := said[0].ContextMap()
				hint, _ := fields["hint"].(string)
				if fields["reason"] != c.reason || fields[c.field] != c.seen || !strings.Contains(hint, c.hint) || said[0].Level != zapcore.WarnLevel {
					t.Errorf("%s, %s: the log says %v", name, where, fields)
				}
				<-time.After(time.Minute)
			}
		}
		for range 1000 { // in no time
			ask(func(r *http.Request) { r.Host = "hubs" })
		}
		if got := logs.FilterMessage("sign-in refused").Len(); got == 0 || got > 5 {
			t.Errorf("a thousand refusals in no time are %d lines", got)
		}
	})
}

// Who has no origin of its own is let in where the operator says so, and by its own word alone.
func TestPagesWithoutAnOriginAreAllowedByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, allowed := range []string{"null", "file://"} {
			n := startNode(t, func(o *Options) { o.AllowedOrigins = []string{allowed} })
			for _, asked := range []string{"null", "file://", "", "file:///", "NULL"} {
				res := n.upgrade(t, func(r *http.Request) { r.Header.Set("Origin", asked) })
				if in := res == nil; in != (asked == allowed) {
					t.Errorf("%q allowed: %q is let in: %v", allowed, asked, in)
				}
			}
		}
	})
}

// Names and numbers that clients make up do not become series of a metric.
func TestCodesThatClientsMakeUpAreOneFigure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		figures := prometheus.NewRegistry()
		n := startNode(t, func(o *Options) { o.Registerer = figures })
		for _, code := range []string{"\x0f\xa1", "\x0f\xa2", "\x0f\xa3", "\x0b\xb8", "\x03\xe9"} { // 4001, 4002, 4003, 3000, 1001
			raw := n.raw(t, token(t, "testagent", nil))
			go raw.write(frame(fin|8, code))
			raw.closed()
			_ = raw.conn.Close()
			synctest.Wait()
		}
		families, err := figures.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, family := range families {
			if family.GetName() == "agenthub_closes_total" {
				for _, m := range family.GetMetric() {
					got[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
				}
			}
		}
		if want := map[string]float64{"4001": 1, "1001": 1, "other": 3}; !maps.Equal(got, want) {
			t.Errorf("closes by code: %v, want %v", got, want)
		}
	})
}
