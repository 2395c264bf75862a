package history

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemo[int](2)
		found := 0
		taking := func(d time.Duration) func(context.Context) (int, error) {
			return func(ctx context.Context) (int, error) {
				found++
				n := found
				<-time.After(d)
				return n, ctx.Err()
			}
		}
		slow, quick := taking(time.Second), taking(0)
		ask := func(question string, find func(context.Context) (int, error), want int) {
			t.Helper()
			if got, err := s.get(t.Context(), question, find); err != nil || got != want {
				t.Errorf("%s = %d, %v, want %d", question, got, err, want)
			}
		}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { ask("a", slow, 1) })
		}
		all.Wait()
		ask("a", slow, 1) // ten times as long as it took
		<-time.After(9 * time.Second)
		ask("a", slow, 1)
		<-time.After(time.Second)
		ask("a", slow, 2)
		ask("b", slow, 3)

		ask("c", quick, 4)
		ask("c", quick, 5) // what is quick is always fresh
	})
}

func TestSharedFailuresAndLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemo[int](1)
		gone, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := s.get(gone, "a", func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the one who went away got %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() { // asked the same: finds it alone when the first goes away
			if got, err := s.get(t.Context(), "a", func(context.Context) (int, error) { return 7, nil }); got != 7 || err != nil {
				t.Errorf("the one who stayed got %d, %v", got, err)
			}
		})
		all.Go(func() { // the only slot is taken
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := s.get(ctx, "b", func(context.Context) (int, error) { return 1, nil }); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("without a slot: %v", err)
			}
		})
		<-time.After(2 * time.Second)
		cancel()
		all.Wait()
		if n := len(s.answers); n != 0 {
			t.Errorf("%d answers kept", n)
		}
	})
}
