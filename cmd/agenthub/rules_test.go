package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
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
