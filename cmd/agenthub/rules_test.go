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

// Where holidays end stands in /readyz, which stays green, on the node that heard of it.
func TestReadyTellsWhereHolidaysEnd(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	n.call(t, loader, http.MethodPut, "/api/v1/rules/own", `{"pack":"own","seen":"2026-11-28","holidays":{"NY":["2026-01-01"]}}`, nil)
	const want = "note: holidays of US-NY end with 2026-01-01 in rule pack own, later ones are days like others: put the pack with later dates\n"
	if status, said := get(t, n.url+"/readyz"); status != http.StatusOK || !strings.HasPrefix(said, "ready\n") || !strings.Contains(said, want) {
		t.Errorf("/readyz: %d %q, want %q", status, said, want)
	}
}
