package contacts

import (
	"context"
	"sync"
	"time"
)

// shared gives callers who ask the same question at the same time one answer,
// and an answer that took long again for ten times as long: however many ask,
// the work stays a tenth of the time. What is quick to find is always fresh.
type shared[T any] struct {
	slots chan struct{} // so many are worked out at a time

	mu      sync.Mutex // guards the following
	answers map[string]*answer[T]
}

type answer[T any] struct {
	done  chan struct{} // closed when the rest is set
	value T
	err   error
	until time.Time
}

const (
	sharedFor   = 10          // times what it took
	sharedMost  = time.Minute // but no longer
	sharedLeast = 20 * time.Millisecond
)

func newShared[T any](slots int) *shared[T] {
	return &shared[T]{slots: make(chan struct{}, slots), answers: map[string]*answer[T]{}}
}

// get returns find's answer to the question, or that of another caller.
func (s *shared[T]) get(ctx context.Context, question string, find func(context.Context) (T, error)) (T, error) {
	for {
		a, mine := s.ask(question)
		if mine {
			s.find(ctx, question, a, find)
			return a.value, a.err
		}
		select {
		case <-a.done:
			if a.err == nil {
				return a.value, nil
			}
			// Whoever asked gave up, or failed: ask ourselves.
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
	}
}

// ask returns the answer there is, or an open one that the caller must find.
func (s *shared[T]) ask(question string) (a *answer[T], mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for q, a := range s.answers {
		if !a.until.IsZero() && !now.Before(a.until) {
			delete(s.answers, q)
		}
	}
	if a := s.answers[question]; a != nil {
		return a, false
	}
	a = &answer[T]{done: make(chan struct{})}
	s.answers[question] = a
	return a, true
}

func (s *shared[T]) find(ctx context.Context, question string, a *answer[T], find func(context.Context) (T, error)) {
	var took time.Duration
	select {
	case s.slots <- struct{}{}:
		start := time.Now()
		a.value, a.err = find(ctx)
		took = time.Since(start)
		<-s.slots
	case <-ctx.Done():
		a.err = ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.until = time.Now().Add(min(sharedFor*took, sharedMost)); a.err != nil || took < sharedLeast {
		delete(s.answers, question)
	}
	close(a.done)
}
