package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"agenthub/session/identity"
)

// A secret is changed without signing anybody out: the old one stays beside the new one
// until its last token is over.
func TestSecretIsChangedWhileTheHubRuns(t *testing.T) {
	dir := t.TempDir()
	first, second := strings.Repeat("a", 32), strings.Repeat("b", 32)
	now, before := filepath.Join(dir, "secret"), filepath.Join(dir, "old")
	write := func(file, secret string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(now, first)
	write(before, strings.Repeat("z", 32))
	h := startHub(t, "--jwt-secret-file", now, "--jwt-secret-old-file", before)
	taken := func(secret string) bool {
		t.Helper()
		text, err := identity.Sign([]byte(secret), as(identity.RoleSupervisor, "boss"), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/api/v1/agents", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+text)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	}
	hangUp := func(said string) {
		t.Helper()
		had := h.log.FilterMessage(said).Len()
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		eventually(t, said, func() bool { return h.log.FilterMessage(said).Len() > had })
	}
	if !taken(first) || taken(second) {
		t.Fatalf("before: the first is taken %v, the second %v", taken(first), taken(second))
	}
	write(now, second)
	write(before, first)
	hangUp("secrets read anew")
	if !taken(first) || !taken(second) {
		t.Errorf("while it is changed: the first is taken %v, the second %v", taken(first), taken(second))
	}
	write(before, "short")
	hangUp("secrets not read, the ones before stay")
	if !taken(first) || !taken(second) {
		t.Errorf("after a bad file: the first is taken %v, the second %v", taken(first), taken(second))
	}
	write(before, strings.Repeat("z", 32))
	hangUp("secrets read anew")
	if taken(first) || !taken(second) {
		t.Errorf("after: the first is taken %v, the second %v", taken(first), taken(second))
	}
}
