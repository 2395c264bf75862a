package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"agenthub/cmd/agenthub/command"
)

// TestBackupIsRestored does what docs/operations.md says, on another Redis.
func TestBackupIsRestored(t *testing.T) {
	t.Parallel()
	requireRedis(t) // which comes with redis-cli
	cli, err := exec.LookPath("redis-cli")
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "phone-key")
	if err := os.WriteFile(key, []byte(testKey), 0o600); err != nil {
		t.Fatal(err)
	}
	before := startRedis(t)
	a := launchNode(t, "--redis", before.url(), "--phone-key-file", key)
	a.awaitReady(t)
	a.load(t, "spring", 30)
	agent, _ := a.desk(t, "agent1")
	held := givenTo(t, agent)
	a.call(t, loader, http.MethodPut, "/api/v1/dnc", "+1 201 555 0029\n", nil)
	want := a.campaign(t, "spring")

	after := newRedis(t)
	_, port, _ := strings.Cut(before.address, ":")
	if out, err := exec.CommandContext(t.Context(), cli, "-p", port, "--rdb", filepath.Join(after.dir, "dump.rdb")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	a.kill(t)
	after.start()
	if said := after.do("CONFIG SET appendonly yes"); said != "OK" {
		t.Fatal(said)
	}
	std := command.Streams{In: strings.NewReader(""), Out: tempFile(t), Err: tempFile(t)}
	if err := execute(t.Context(), []string{"check", "--redis", after.url()}, std); err != nil {
		t.Errorf("agenthub check: %v %s", err, content(t, std.Out))
	}
	b := launchNode(t, "--redis", after.url(), "--phone-key-file", key)
	b.awaitReady(t)
	if got := b.campaign(t, "spring"); sum(got) != sum(want) || got["closed"] != want["closed"] || want["closed"] != 1 {
		t.Errorf("restored %v, want %v, one of them closed by the do-not-call list", got, want)
	}
	var asked struct{ Blocked bool }
	if b.call(t, loader, http.MethodGet, "/api/v1/dnc?number=%2B12015550029", "", &asked); !asked.Blocked {
		t.Error("the do-not-call list is not restored")
	}
	agent, _ = b.desk(t, "agent1")
	if again := givenTo(t, agent); again != held {
		t.Errorf("the agent is shown %s, want %s", again, held)
	}
	b.call(t, loader, http.MethodPut, "/api/v1/campaigns/spring/state", `{"state":"paused"}`, nil)
}

// givenTo is the contact that agent1 is given, or holds, and its number.
func givenTo(t *testing.T, c *client) string {
	t.Helper()
	c.send(t, `{"channel":"LCM","topic":"WebService","subtopic":"GetContactOD","data":{"UserID":"agent1"}}`)
	for {
		answer := c.next(t)
		if !strings.Contains(answer, `"subtopic":"ContactOD"`) {
			continue
		}
		found := regexp.MustCompile(`"PhoneNumber":"(\+1[^"]+)".*"ContactId":"([^"]+)"`).FindStringSubmatch(answer)
		if found == nil {
			t.Fatalf("no contact with a number: %s", answer)
		}
		return found[1] + " " + found[2]
	}
}
