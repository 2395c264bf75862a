package identity

import (
	"testing"
	"time"
)

func TestClockOfAnIssuerThatIsAheadIsSeenThrough(t *testing.T) {
	start := time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
	var c issuerClock
	for _, step := range []struct {
		name          string
		at, iat, want time.Duration // since start
	}{
		{"a right clock", 0, 0, 0},
		{"an old token", time.Second, -time.Hour, -time.Hour},
		{"twenty seconds ahead", 2 * time.Second, 22 * time.Second, 2 * time.Second},
		{"the same token once more", 30 * time.Second, 22 * time.Second, 2 * time.Second},
		{"an older one of the same clock", 30 * time.Second, 10 * time.Second, -10 * time.Second},
		{"a fresh one", 31 * time.Second, 51 * time.Second, 31 * time.Second},
		{"hours after it was set right", 3 * time.Hour, 3 * time.Hour, 3 * time.Hour},
	} {
		if got := c.issued(start.Add(step.iat), start.Add(step.at)).Sub(start); got != step.want {
			t.Errorf("%s: issued after %s, want %s", step.name, got, step.want)
		}
	}
	if got := c.issued(time.Time{}, start); !got.IsZero() {
		t.Errorf("a token that does not say: %s", got)
	}
}
