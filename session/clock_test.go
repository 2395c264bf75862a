package session

import (
	"testing"
	"time"
	"unsafe"
)

// set gives a time as time.Now would if the wall clock had been set by that much:
// its monotonic reading stays. It has to know where package time keeps seconds.
func set(t *testing.T, now time.Time, by time.Duration) time.Time {
	t.Helper()
	const secondsShift = 30
	was := now
	*(*uint64)(unsafe.Pointer(&now)) += uint64(int64(by.Seconds()) << secondsShift)
	if now.Sub(was) != 0 || now.Round(0).Sub(was.Round(0)) != by {
		t.Fatalf("%s set by %s is %s: package time has changed, and this test must", was, by, now)
	}
	return now
}

// TestTickDoesNotFollowTheWallClock has a socket in the middle of everything that
// waits, and the clock set back and forward by an hour.
func TestTickDoesNotFollowTheWallClock(t *testing.T) {
	t.Parallel()
	s := accept(t, &script{}, 0)
	now := time.Now()
	c := *s.Claim()
	c.Expires = now.Round(0).Add(3 * time.Hour) // as a token tells it
	s.Renew(&c)
	s.node.SetClock(now)
	pings, beats := s.nextPing, s.nextBeat
	s.wire.head.Store(s.node.clock.read())
	s.reading.Store(s.node.clock.read())
	s.writing.Store(s.node.clock.read())
	for _, by := range []time.Duration{-time.Hour, time.Hour} {
		jumped := set(t, now, by)
		s.node.SetClock(jumped)
		if s.Tick(jumped, nil); s.isEnding() {
			code, reason := s.Why()
			t.Fatalf("set by %s: ended with %d %s", by, code, reason)
		}
		if s.nextPing != pings || s.nextBeat != beats {
			t.Errorf("set by %s: the next ping moved by %d ms, the next heartbeat by %d", by, s.nextPing-pings, s.nextBeat-beats)
		}
	}
	if s.Tick(set(t, now, 4*time.Hour), nil); !s.isEnding() {
		t.Error("a token that is over by the wall clock did not end the session")
	}
	if code, _ := s.Why(); code != CloseExpired {
		t.Errorf("ended with %d, want %d", code, CloseExpired)
	}
}
