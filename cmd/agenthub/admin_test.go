package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unixHTTP asks through a socket in the file system.
func unixHTTP(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
}

// The admin listener may be a file, which only its owner and group may open; one that a
// hub left behind when it was killed is nobody's.
func TestAdminListenerIsAFile(t *testing.T) {
	t.Parallel()
	redis, path, listen := startRedis(t), filepath.Join(t.TempDir(), "admin.sock"), freeAddress(t)
	args := []string{"serve", "--listen", listen, "--admin-listen", "unix:" + path, "--redis", redis.url(), "--rules", "none"}
	env := []string{"AGENTHUB_JWT_SECRET=" + testSecret}
	ready := func() bool {
		res, err := unixHTTP(path).Get("http://hub/readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	}
	p := startProcess(t, hubCommand(t, env, args...))
	eventually(t, "ready by the file", ready)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the file is %v, %v", info, err)
	}
	second := startProcess(t, hubCommand(t, env, append(args, "--listen", freeAddress(t))...))
	if code := second.exit(t); code == 0 || !strings.Contains(second.err.String(), "another program listens on unix:"+path) {
		t.Errorf("a second hub on it ends with %d: %s", code, second.err.String())
	}
	p.kill(t)
	if _, err := os.Stat(path); err != nil {
		t.Errorf("a killed hub leaves nothing: %v", err)
	}
	startProcess(t, hubCommand(t, env, args...))
	eventually(t, "ready again", ready)
}

func TestAdminListenerWantsItsToken(t *testing.T) {
	t.Setenv("AGENTHUB_ADMIN_TOKEN", testSecret)
	h := startHub(t)
	for bearer, want := range map[string]int{"": 401, "Bearer " + testSecret: 200, "bearer " + testSecret: 200, "Bearer " + testSecret + "x": 401, "Basic " + testSecret: 401, testSecret: 401} {
		for _, path := range []string{"/metrics", "/debug/pprof/cmdline", "/readyz"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.admin+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if bearer != "" {
				r.Header.Set("Authorization", bearer)
			}
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != want || want == 401 && res.Header.Get("Www-Authenticate") != "Bearer" {
				t.Errorf("%s with %q: %d, want %d", path, bearer, res.StatusCode, want)
			}
		}
	}
	t.Setenv("AGENTHUB_ADMIN_TOKEN", "hunter2")
	if _, err := parse(t); err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "admin token") {
		t.Errorf("a short token: %v", err)
	}
}
