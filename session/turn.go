package session

import "context"

// The turn. Requests, wake-ups, replays and the end of a session exclude each
// other. Who finds the turn free takes it; who does not leaves a mark, and the
// holder sees it before it lets go. Only the reader and Do wait for it.

type turn chan struct{}

func (t turn) acquire() { t <- struct{}{} }
func (t turn) release() { <-t }

func (t turn) tryAcquire() bool {
	select {
	case t <- struct{}{}:
		return true
	default:
		return false
	}
}

// Wake asks the receiver to tell the client what changed. It does not block, and
// many calls may become one.
func (s *Session) Wake(ctx context.Context) {
	s.woken.Store(true)
	s.attend(ctx)
}

// Do runs a task inside the session's turn, when it is free. It does not wait for
// it; a session that is ending runs no more.
func (s *Session) Do(ctx context.Context, task func(context.Context)) {
	s.start(func() {
		s.turn.acquire()
		if !s.isEnding() {
			task(ctx)
		}
		s.leave(ctx)
	})
}

// End ends the session: what is in flight is answered, what is queued is
// written, then the socket is closed with that code. It does not block; the
// first reason given is the one that counts.
func (s *Session) End(code int, reason string) {
	if s.end(code, reason, s.node.clock.read()) {
		s.attend(context.Background()) // an ending session is woken no more
	}
}

// Kill closes the connection at once and ends whatever waits for it.
func (s *Session) Kill() {
	s.end(CloseLost, ReasonKilled, 0)
	_ = s.wire.Close()
}

// Why gives the code and reason the session ended with, 0 while it has not.
func (s *Session) Why() (code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.code, s.reason
}

// attend takes the turn if it is free and does what is marked.
func (s *Session) attend(ctx context.Context) {
	if s.turn.tryAcquire() && !s.start(func() { s.leave(ctx) }) {
		s.turn.release()
	}
}

// leave does what was marked during the turn and gives it back.
func (s *Session) leave(ctx context.Context) {
	for {
		for !s.isEnding() && s.woken.Swap(false) {
			s.node.Receiver.Woken(ctx, s)
		}
		if s.isEnding() {
			s.close()
		}
		s.turn.release()
		// A mark set after we looked found the turn taken: look once more.
		if !s.marked() || !s.turn.tryAcquire() {
			return
		}
	}
}

func (s *Session) marked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ending && !s.shut || !s.ending && s.woken.Load()
}

// finish is End for the reader, which has no turn and waits for the close.
func (s *Session) finish(ctx context.Context, code int, reason string) {
	s.end(code, reason, s.node.clock.read())
	s.turn.acquire()
	s.leave(ctx)
}

// end notes why the session ends; only the first reason is kept.
func (s *Session) end(code int, reason string, at int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return false
	}
	s.ending, s.code, s.reason = true, code, reason
	s.ended.Store(at)
	close(s.done)
	return true
}

func (s *Session) isEnding() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// start runs a task that Run will wait for; false if Run waits already.
func (s *Session) start(task func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	s.tasks.Go(task)
	return true
}
