package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNobodySeesThePasswordOfRedis looks where others of the machine can: the command
// line as ps has it, pprof and the log, with a password that has every character.
func TestNobodySeesThePasswordOfRedis(t *testing.T) {
	t.Parallel()
	const password = "hunter2/?#%[]@:"
	redis := newRedis(t, "--user", "hub", "on", ">"+password, "~*", "&*", "+@all", "--requirepass", "other")
	redis.start()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"in the address": {"--redis", "redis://hub:hunter2%2F%3F%23%25%5B%5D%40%3A@" + redis.address + "/0"},
		"with an equals": {"--redis=redis://hub:hunter2%2F%3F%23%25%5B%5D%40%3A@" + redis.address + "/0", "--redis", "redis://hub:hunter2%2F%3F%23%25%5B%5D%40%3A@" + redis.address},
		"in a file":      {"--redis", "redis://hub@" + redis.address + "/0", "--redis-password-file", file},
	} {
		n := startNode(t, args...)
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", n.cmd.Process.Pid))
		if err != nil || !strings.Contains(string(line), redis.address) {
			t.Fatalf("%s: the command line is %q, %v", name, line, err)
		}
		_, profile := get(t, n.admin+"/debug/pprof/cmdline")
		if !strings.Contains(profile, redis.address) {
			t.Errorf("%s: pprof says %q", name, profile)
		}
		for _, shown := range []string{string(line), profile, n.err.String()} {
			if strings.Contains(shown, "hunter2") {
				t.Errorf("%s: shown is %q", name, shown)
			}
		}
		n.kill(t)
	}
}
