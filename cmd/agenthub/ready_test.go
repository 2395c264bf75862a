package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"agenthub/session/identity"
)

func TestReadinessTellsAddressesInsideOnly(t *testing.T) {
	for cause, want := range map[string]string{
		"redis does not answer: dial tcp 10.0.0.5:6379: connect: connection refused":    "redis does not answer: dial tcp … connect: connection refused",
		"dial tcp [2001:db8::5]:6379: i/o timeout":                                      "dial tcp … i/o timeout",
		"read tcp 10.0.0.1:55->10.0.0.5:6379: i/o timeout":                              "read tcp … i/o timeout",
		"dial tcp: lookup redis.internal on 10.0.0.2:53: no such host":                  "dial tcp: lookup … on … no such host",
		"dial unix /run/redis.sock: no such file":                                       "dial unix … no such file",
		"x509: certificate is valid for redis-7.prod.internal, not cache.prod.internal": "x509: certificate is valid for … not …",
		"calls are allowed from 08:00":                                                  "calls are allowed from 08:00",
		"MOVED 12 10.0.0.5:6379":                                                        "MOVED 12 …",
		"no replica at 10.0.0.5":                                                        "no replica at …",
		"the live feed is dead: no probe came back for 7s":                              "the live feed is dead: no probe came back for 7s",
		"time zones 2026f, 32 days old":                                                 "time zones 2026f, 32 days old",
		"holidays of us-ca-2026 end on 2027-12-31: put later ones":                      "holidays of us-ca-2026 end on 2027-12-31: put later ones",
	} {
		if got := withoutAddresses(cause); got != want {
			t.Errorf("%s\nis told as %s\n   instead of %s", cause, got, want)
		}
	}
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	nowhere := loopback(t)
	address := nowhere.Addr().String()
	if err := nowhere.Close(); err != nil {
		t.Fatal(err)
	}
	cfg, err := parse(t, "--redis", "redis://"+address+"/0")
	if err != nil {
		t.Fatal(err)
	}
	public, admin := loopback(t), loopback(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx, cfg, public, admin, io.Discard, zap.NewNop()) }()
	var said, told string
	defer func() {
		if t.Failed() {
			t.Logf("outside: %s, inside: %s", said, told)
		}
	}()
	eventually(t, "the cause inside, and without its address outside", func() bool {
		var out, in int
		out, said = get(t, "http://"+public.Addr().String()+"/readyz")
		in, told = get(t, "http://"+admin.Addr().String()+"/readyz")
		if strings.Contains(said, address) {
			t.Fatalf("/readyz outside says %s", said)
		}
		return out == http.StatusServiceUnavailable && in == out && strings.Contains(said, "connection refused") && strings.Contains(told, address)
	})
	cancel()
	if err := <-done; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestBodiesAreToldWhatIsWrongWithThem(t *testing.T) {
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	h := startHub(t)
	send := func(path, headers, body string) string {
		t.Helper()
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n%s\r\nContent-Length: %d\r\n\r\n%s", path, headers, len(body), body)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.Status[:3]
	}
	agent, manager := token(t, as(identity.RoleAgent, "agent1")), token(t, as(identity.RoleCampaign, "manager"))
	for _, c := range []struct{ name, path, headers, body, want string }{
		{"ticket, gzip", "POST /api/v1/tickets", "Authorization: Bearer " + agent + "\r\nContent-Encoding: gzip", "\x1f\x8b\x08", "415"},
		{"ticket, as it is", "POST /api/v1/tickets", "Authorization: Bearer " + agent + "\r\nContent-Encoding: identity", "{}", "200"},
		{"ticket, lower case", "POST /api/v1/tickets", "Authorization: bearer " + agent, "{}", "200"},
		{"call, gzip", "PUT /api/v1/campaigns/c", "Authorization: Bearer " + manager + "\r\nContent-Encoding: gzip", "\x1f\x8b\x08", "415"},
		{"call, lower case", "PUT /api/v1/campaigns/c", "Authorization: bearer " + manager, "{}", "204"},
		{"call, another scheme", "PUT /api/v1/campaigns/c", "Authorization: Basic " + manager, "{}", "401"},
	} {
		if got := send(c.path, c.headers, c.body); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
