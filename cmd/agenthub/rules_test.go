package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"agenthub/contacts/keys"
)

// A store that never had it gets the built-in rule pack, and what a manager takes
// away stays away.
func TestBuiltInRulesAreBroughtOnce(t *testing.T) {
	n := startNode(t, "--rules", "us-ca-2026")
	const path = "/api/v1/rules"
	if status, said := n.http(t, loader, http.MethodGet, path, ""); status != http.StatusOK || !strings.Contains(said, `"us-ca-2026"`) {
		t.Errorf("a new store: %d %.200s", status, said)
	}
	n.call(t, loader, http.MethodDelete, path+"/us-ca-2026", "", nil)
	n.signal(t, syscall.SIGTERM)
	n.exit(t)
	n.restart(t)
	if status, said := n.http(t, loader, http.MethodGet, path, ""); status != http.StatusOK || strings.TrimSpace(said) != `{"packs":[]}` {
		t.Errorf("after a restart: %d %.200s", status, said)
	}
}

// A store that is away when the hub starts gets the pack when it is there.
func TestBuiltInRulesReachAStoreThatComesLater(t *testing.T) {
	t.Parallel()
	redis := newRedis(t)
	n := launchNode(t, "--rules", "us-ca-2026", "--redis", redis.url())
	eventually(t, "the hub serves without a store", func() bool { return strings.Contains(n.err.String(), `"serving"`) })
	if said := n.err.String(); !strings.Contains(said, "the store does not have the rule packs yet") {
		t.Errorf("the hub does not tell that its law is missing:\n%s", said)
	}
	redis.start()
	eventually(t, "the scripts have a law", func() bool {
		return redis.do("HGET "+keys.New("default").One("law")+" =packs") != ""
	})
	if status, said := n.http(t, loader, http.MethodGet, "/api/v1/rules", ""); status != http.StatusOK || !strings.Contains(said, `"us-ca-2026"`) {
		t.Errorf("once the store is there: %d %.200s", status, said)
	}
}
