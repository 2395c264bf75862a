package main

import (
	"net/http"
	"testing"

	"go.uber.org/zap/zapcore"
)

// A page that may use the hub can read why it was refused, also where a proxy in
// between calls the hub by another name; and an operator is told before anybody tries.
func TestRefusalsCanBeReadByPagesThatMayUseTheHub(t *testing.T) {
	redis := startRedis(t)
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	h := startHub(t, "--redis", redis.url(), "--public-url", "https://hub.example", "--allowed-origins", "https://crm.example")
	for _, path := range []string{"/api/v1/tickets", "/ws"} {
		for origin, want := range map[string]string{"https://crm.example": "https://crm.example", "https://hub.example": "https://hub.example", "https://evil.example": ""} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = "hubs"
			r.Header.Set("Origin", origin)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if got := res.Header.Get("Access-Control-Allow-Origin"); res.StatusCode != http.StatusMisdirectedRequest || got != want {
				t.Errorf("%s from %s: %d, may be read by %q, want 421 and %q", path, origin, res.StatusCode, got, want)
			}
		}
	}
	if got := h.log.FilterMessageSnippet("no --public-url").Len(); got != 0 {
		t.Errorf("a hub with --public-url is warned %d times", got)
	}
	bare := startHub(t, "--redis", redis.url(), "--listen", "0.0.0.0:8080")
	if got := bare.log.FilterMessageSnippet("no --public-url").All(); len(got) != 1 || got[0].Level != zapcore.WarnLevel {
		t.Errorf("a hub beyond loopback without --public-url says %v", got)
	}
}
