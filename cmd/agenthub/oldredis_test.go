package main

import (
	"flag"
	"strings"
	"testing"
)

var oldRedis = flag.String("old.redis", "", "a redis-server before 7.0: make servers")

// TestOldRedisIsRefused starts a hub on a Redis that it cannot work on.
func TestOldRedisIsRefused(t *testing.T) {
	if *oldRedis == "" {
		t.Skip("no old redis-server is named: run `make servers`")
	}
	old := newRedis(t)
	old.program = *oldRedis
	old.start()
	n := launchNode(t, "--redis", old.url())
	if code := n.exit(t); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if said := n.err.String(); !strings.Contains(said, "is too old: the hub needs Redis 7.0 or newer, or Valkey") {
		t.Errorf("it says %q", said)
	}
}
