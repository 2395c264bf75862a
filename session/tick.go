package session

import (
	"context"
	"math/rand/v2"
	"time"
)

// schedule sets the first ping and heartbeat at a random part of their period:
// ten thousand agents that came back together must not be pinged together.
func schedule(now int64) (ping, beat int64) {
	return now + rand.Int64N(pingEvery.Milliseconds()), now + 1000 + rand.Int64N(HeartbeatEvery.Milliseconds()-1000)
}

// Tick does what is due: the hub calls it for each session about once a second,
// always from the same goroutine, so that no socket needs a timer of its own.
// It does not block. The heartbeat is pushed as it is; nil is none.
func (s *Session) Tick(now time.Time, heartbeat []byte) {
	ms := s.node.clock.at(now)
	over := func(since int64, limit time.Duration) bool {
		return since != 0 && ms-since > limit.Milliseconds()
	}
	switch {
	case over(s.closing.Load(), closeLimit), over(s.ended.Load(), turnLimit):
		s.Kill()
		return
	case over(s.writing.Load(), writeLimit):
		// Nothing can be said to a peer that does not read; Hello.lastClose will.
		s.end(CloseTooSlow, ReasonSlowWrite, ms)
		s.Kill()
		return
	case s.isEnding():
		return
	case over(s.reading.Load(), frameLimit), over(s.wire.head.Load(), frameLimit):
		s.End(ClosePolicy, "frame over 5 s")
		return
	case !s.Claim().Expires.After(now): // by the wall clock
		s.End(CloseExpired, "token expired")
		return
	}
	s.replaceReader()
	if ms >= s.nextPing {
		s.nextPing = ms + pingEvery.Milliseconds()
		s.start(s.ping)
	}
	if s.v1 && heartbeat != nil && ms >= s.nextBeat {
		s.nextBeat = ms + HeartbeatEvery.Milliseconds()
		s.Push(heartbeat)
	}
}

// ping asks the peer for a pong. While the reader runs a request it cannot see
// one; a peer whose frames were being handled is alive.
func (s *Session) ping() {
	before := s.turns.Load()
	ctx, cancel := context.WithTimeout(context.Background(), pongLimit)
	defer cancel()
	if s.ws.Ping(ctx) == nil || s.isEnding() || s.turns.Load() != before {
		return
	}
	if !s.turn.tryAcquire() {
		return
	}
	s.turn.release()
	s.end(CloseLost, ReasonNoPong, 0)
	s.Kill()
}
