package history

import (
	"context"
	"sync"
	"time"
)

// memo gives callers who ask the same question at the same time one answer,
// and an answer that took long again for ten times as long: however many ask,
// the work stays a tenth of the time. What is quick to find is always fresh.
type memo[T any] struct {
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
	memoFor   = 10          // times what it took
	memoMost  = time.Minute // but no longer
	memoLeast = 20 * time.Millisecond
)

func newMemo[T any](slots int) *memo[T] {
	return &memo[T]{slots: make(chan struct{}, slots), answers: map[string]*answer[T]{}}
}

// get returns find's answer to the question, or that of another caller.
func (m *memo[T]) get(ctx context.Context, question string, find func(context.Context) (T, error)) (T, error) {
	for {
		a, mine := m.ask(question)
		if mine {
			m.find(ctx, question, a, find)
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
func (m *memo[T]) ask(question string) (a *answer[T], mine bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for q, a := range m.answers {
		if !a.until.IsZero() && !now.Before(a.until) {
			delete(m.answers, q)
		}
	}
	if a := m.answers[question]; a != nil {
		return a, false
	}
	a = &answer[T]{done: make(chan struct{})}
	m.answers[question] = a
	return a, true
}

func (m *memo[T]) find(ctx context.Context, question string, a *answer[T], find func(context.Context) (T, error)) {
	var took time.Duration
	select {
	case m.slots <- struct{}{}:
		start := time.Now()
		a.value, a.err = find(ctx)
		took = time.Since(start)
		<-m.slots
	case <-ctx.Done():
		a.err = ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if a.until = time.Now().Add(min(memoFor*took, memoMost)); a.err != nil || took < memoLeast {
		delete(m.answers, question)
	}
	close(a.done)
}
