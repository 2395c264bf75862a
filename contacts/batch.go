package contacts

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// call is one script run on its way through the batcher.
type call struct {
	script *script
	words  []string  // two keys, then the arguments
	until  time.Time // not sent later; zero: whenever
	reply  []string
	err    error
	done   chan struct{}
}

func newCall(s *script, k1, k2 string, args ...string) *call {
	return newCallOf(s, append([]string{k1, k2}, args...))
}

// newCallOf makes a call of two keys and the arguments, and keeps them.
func newCallOf(s *script, words []string) *call {
	return &call{script: s, words: words, done: make(chan struct{}, 1)}
}

// maxBatch bounds one pipeline: a longer one would hold its first caller back.
const maxBatch = 128

// Limits of one Redis round trip, in their order (ARCHITECTURE.md): WAIT < call < retries.
const (
	waitTimeout = 500 * time.Millisecond
	callTimeout = time.Second
	pipeTimeout = callTimeout + waitTimeout

	// retryFor is how long a call whose outcome is unknown is asked again, with the
	// same id, before it is answered pending. The last pipeline needs its time, too.
	retryFor = 8 * time.Second
	sendFor  = retryFor - pipeTimeout
)

var errShortWait = errors.New("contacts: no replica confirmed the write")

// batcher lets concurrent calls share a pipeline. The next batch forms while
// the previous one is out, so a lone caller waits for nobody. Each call has its
// own result. With replicas, WAIT goes at the end of the same pipeline: on
// another connection it would say nothing about these writes.
type batcher struct {
	// Set by newBatcher, read-only after.
	rdb     redis.UniversalClient
	single  bool // no batching, for comparison (hubbench)
	wait    func(ctx context.Context) bool
	observe func(size int, took time.Duration, short bool)

	work sync.WaitGroup
	wake chan struct{}

	mu     sync.Mutex // guards the following
	queue  []*call
	closed bool
}

func newBatcher(ctx context.Context, rdb redis.UniversalClient, lanes int, single bool, wait func(context.Context) bool, observe func(int, time.Duration, bool)) *batcher {
	b := &batcher{rdb: rdb, single: single, wait: wait, observe: observe, wake: make(chan struct{}, lanes)}
	for range lanes {
		b.work.Go(func() { b.lane(ctx) })
	}
	return b
}

// close waits for what is under way; calls after it fail with ErrUnavailable.
func (b *batcher) close() {
	b.mu.Lock()
	b.closed = true
	close(b.wake)
	b.mu.Unlock()
	b.work.Wait()
}

// do runs one call and waits for its result, no longer than a pipeline takes
// beyond the call's own limit. A context that ends first leaves the outcome
// unknown: the call may still be executed.
func (b *batcher) do(ctx context.Context, c *call) error {
	if b.single {
		b.run(ctx, []*call{c})
		return c.err
	}
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return ErrUnavailable
	}
	b.queue = append(b.queue, c)
	select {
	case b.wake <- struct{}{}:
	default: // every lane has been told already
	}
	b.mu.Unlock()
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *batcher) lane(ctx context.Context) {
	for range b.wake {
		for {
			batch := b.next(time.Now())
			if len(batch) == 0 {
				break
			}
			b.run(ctx, batch)
			for _, c := range batch {
				c.done <- struct{}{}
			}
		}
	}
}

// next takes the calls of the next pipeline from the queue. All that are too late
// by now fail, those behind them too: while Redis hangs a lane comes here every
// pipeTimeout, with 128 calls each time, and whoever waits relies on it.
func (b *batcher) next(now time.Time) []*call {
	b.mu.Lock()
	defer b.mu.Unlock()
	batch := make([]*call, 0, min(len(b.queue), maxBatch))
	rest := b.queue[:0]
	for _, c := range b.queue {
		switch {
		case !c.until.IsZero() && now.After(c.until):
			c.err = ErrUnavailable // not sent
			c.done <- struct{}{}
		case len(batch) < maxBatch:
			batch = append(batch, c)
		default:
			rest = append(rest, c)
		}
	}
	clear(b.queue[len(rest):])
	b.queue = rest
	return batch
}

// run sends one pipeline and gives each call its result.
func (b *batcher) run(ctx context.Context, batch []*call) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, pipeTimeout)
	defer cancel()
	short := b.exchange(ctx, batch)
	// NOSCRIPT means not executed: after a restart or failover the script is
	// sent once, and those calls again.
	var again []*call
	loaded := map[*script]error{}
	for _, c := range batch {
		if c.err == nil || !redis.HasErrorPrefix(c.err, "NOSCRIPT") {
			continue
		}
		if _, ok := loaded[c.script]; !ok {
			loaded[c.script] = b.rdb.ScriptLoad(ctx, c.script.Text).Err()
		}
		if err := loaded[c.script]; err != nil {
			c.err = fmt.Errorf("load %s: %w", c.script.Where(err), err)
			continue
		}
		again = append(again, c)
	}
	if len(again) > 0 {
		short = b.exchange(ctx, again) || short
	}
	b.observe(len(batch), time.Since(start), short)
}

func (b *batcher) exchange(ctx context.Context, batch []*call) (short bool) {
	pipe := b.rdb.Pipeline()
	runs := runsOf(batch)
	replies := make([]*redis.StringSliceCmd, len(runs))
	for i, r := range runs {
		replies[i] = redis.NewStringSliceCmd(ctx, r.command()...)
		_ = pipe.Process(ctx, replies[i])
	}
	var wait *redis.Cmd
	if b.wait(ctx) {
		wait = pipe.Do(ctx, "wait", 1, waitTimeout.Milliseconds())
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	if wait != nil {
		n, err := wait.Int()
		short = err != nil || n < 1
	}
	for i, r := range runs {
		r.answer(replies[i].Result())
	}
	for _, c := range batch {
		if c.err == nil && short {
			c.err = errShortWait
		}
	}
	return short
}
