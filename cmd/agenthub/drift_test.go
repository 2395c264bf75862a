package main

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clockOff makes a redis-server whose wall clock is so many seconds off.
func clockOff(t *testing.T, seconds int64) *redisServer {
	t.Helper()
	r := newRedis(t, "--appendonly", "yes")
	library, offset := filepath.Join(r.dir, "clock.so"), filepath.Join(r.dir, "offset")
	source := "../../contacts/internal/contactstest/testdata/clock.c"
	if told, err := exec.CommandContext(t.Context(), "cc", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, told)
	}
	if err := os.WriteFile(offset, binary.NativeEndian.AppendUint64(nil, uint64(seconds)), 0o600); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("#!/bin/sh\nLD_PRELOAD=%q CLOCK_OFFSET=%q exec %q \"$@\"\n", library, offset, r.program)
	r.program = filepath.Join(r.dir, "redis-server")
	if err := os.WriteFile(r.program, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestClientsCountFromTheStoresClock has a store whose clock is 200 s ahead, or behind: a client that counts from serverNow
// counts three minutes for three minutes, and operators are told.
func TestClientsCountFromTheStoresClock(t *testing.T) {
	for _, tt := range []struct {
		off  int64
		told string
	}{
		{200, "note: the clock of redis is 3m20s ahead of this machine's: set both by NTP"},
		{-200, "note: the clock of redis is 3m20s behind this machine's: set both by NTP"},
	} {
		t.Run(fmt.Sprint(tt.off), func(t *testing.T) {
			t.Parallel()
			r := clockOff(t, tt.off)
			r.start()
			n := startNode(t, "--redis", r.url())
			n.load(t, "c", 1)
			eventually(t, "it is told", func() bool {
				status, said := get(t, n.url+"/readyz")
				return status == http.StatusOK && strings.Contains(said, tt.told) && strings.Contains(n.err.String(), "are apart")
			})
			c, _ := n.desk(t, "agent1")
			c.ask(t, "GetContactOD", `{"UserID":"agent1"}`)
			_, hello := n.desk(t, "agent1") // the same again, at another desk
			if hello.Reservation == nil {
				t.Fatal("nothing is held")
			}
			if left := hello.Reservation.ReservedUntil.Sub(hello.ServerNow); left < 170*time.Second || left > 190*time.Second {
				t.Errorf("the lease ends %s after serverNow, want 3m0s", left)
			}
			if off := n.metric(t, "agenthub_store_clock_drift_seconds"); off < float64(tt.off)-2 || off > float64(tt.off)+2 {
				t.Errorf("the metric says %v", off)
			}
		})
	}
}
