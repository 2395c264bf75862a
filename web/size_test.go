package web

import (
	"net/http"
	"path"
	"regexp"
	"testing"
)

// What a module or a page loads by itself; import("…") is for later.
var loads = regexp.MustCompile(`\b(?:import|from|src=|href=) ?"((?:\.|/assets/)[^"]+)"`)

// TestPagesStaySmall counts what a browser loads before there is something to work with: every byte as it is served, uncompressed.
func TestPagesStaySmall(t *testing.T) {
	h := handler(t, Options{})
	here := "/assets/" + assetPath.FindStringSubmatch(body(t, get(t, h, "/")))[1]
	for _, tc := range []struct {
		name    string
		entries []string
		most    int
	}{
		{"toolbar and SDK", []string{"/embed/v1/agent-toolbar.js", here + "/i18n/en.js"}, 50_000},
		{"supervisors' page", []string{"/supervisor", here + "/i18n/supervisor.en.js", here + "/i18n/page.en.js"}, 90_000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			seen := map[string]int{}
			for _, entry := range tc.entries {
				load(t, h, entry, seen)
			}
			total := 0
			for name, size := range seen {
				t.Logf("%6d %s", size, name)
				total += size
			}
			t.Logf("%6d in %d files", total, len(seen))
			if len(seen) < 15 {
				t.Error("it cannot be so few files")
			}
			if total > tc.most {
				t.Errorf("%d bytes, at most %d wanted", total, tc.most)
			}
		})
	}
}

func load(t *testing.T, h http.Handler, address string, seen map[string]int) {
	t.Helper()
	if _, ok := seen[address]; ok {
		return
	}
	response := get(t, h, address)
	content := body(t, response)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", address, response.StatusCode)
	}
	seen[address] = len(content)
	for _, m := range loads.FindAllStringSubmatch(content, -1) {
		next := m[1]
		if !path.IsAbs(next) {
			next = path.Join(path.Dir(address), next)
		}
		load(t, h, next, seen)
	}
}
