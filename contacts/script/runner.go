package script

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// maxBatch bounds one pipeline: a longer one would hold its first caller back.
const maxBatch = 128

// Limits of one Redis round trip, in their order (ARCHITECTURE.md): WAIT < call <
// retries. A call whose outcome is unknown is asked again, with the same id, for
// eight times what one call may take before it is answered pending; the last
// pipeline needs its time, too.
const (
	waitTimeout = 500 * time.Millisecond
	callTimeout = time.Second
	retryCalls  = 8

	// BlockFor is how long a blocking read waits at most: shorter than any drain,
	// since a blocked XREAD cannot be cancelled.
	BlockFor = time.Second
)

var errShortWait = errors.New("script: no replica confirmed the write")

// Options make a Runner.
type Options struct {
	Redis      redis.UniversalClient // required; MaxRetries must be -1, see Dial
	Primary    *Primary              // required
	Metrics    *Metrics              // required
	Lanes      int                   // required: pipelines that may be out at the same time
	Unbatched  bool                  // one call at a time, for comparison (hubbench)
	Unmeasured bool                  // its pipelines are left out of the figures
	Timeout    time.Duration         // of one call; default 1 s, as in Target
}

// Runner lets concurrent calls share a pipeline. The next batch forms while
// the previous one is out, so a lone caller waits for nobody. Each call has its
// own result. With replicas, WAIT goes at the end of the same pipeline: on
// another connection it would say nothing about these writes. It is safe for
// concurrent use.
type Runner struct {
	// Set by NewRunner, read-only after.
	rdb        redis.UniversalClient
	primary    *Primary
	metrics    *Metrics
	unbatched  bool
	unmeasured bool
	pipeFor    time.Duration // one pipeline, WAIT included
	sendFor    time.Duration // a call is sent no later

	work sync.WaitGroup
	wake chan struct{}

	mu     sync.Mutex // guards the following
	queue  []*Call
	closed bool
}

// NewRunner starts the lanes; Close ends them.
func NewRunner(ctx context.Context, o Options) *Runner {
	call := cmp.Or(o.Timeout, callTimeout)
	pipe := call + waitTimeout
	r := &Runner{
		pipeFor: pipe, sendFor: retryCalls*call - pipe,
		rdb: o.Redis, primary: o.Primary, metrics: o.Metrics, unbatched: o.Unbatched, unmeasured: o.Unmeasured, wake: make(chan struct{}, o.Lanes),
	}
	for range o.Lanes {
		r.work.Go(func() { r.lane(ctx) })
	}
	return r
}

// Close waits for what is under way; calls after it fail with ErrUnavailable.
func (r *Runner) Close() {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.wake)
	}
	r.mu.Unlock()
	r.work.Wait()
}

// do runs one call and waits for its result, no longer than a pipeline takes
// beyond the call's own limit. A context that ends first leaves the outcome
// unknown: the call may still be executed, and its lane has it.
func (r *Runner) do(ctx context.Context, c *Call) ([]string, error) {
	if r.unbatched {
		r.batch(ctx, []*Call{c})
		return c.Reply, c.Err
	}
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, ErrUnavailable
	}
	r.queue = append(r.queue, c)
	select {
	case r.wake <- struct{}{}:
	default: // every lane has been told already
	}
	r.mu.Unlock()
	select {
	case <-c.done:
		return c.Reply, c.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *Runner) lane(ctx context.Context) {
	for range r.wake {
		for {
			batch := r.next(time.Now())
			if len(batch) == 0 {
				break
			}
			r.batch(ctx, batch)
			for _, c := range batch {
				c.done <- struct{}{}
			}
		}
	}
}

// next takes the calls of the next pipeline from the queue. All that are too late
// by now fail, those behind them too: while Redis hangs a lane comes here every
// pipeFor, with 128 calls each time, and whoever waits relies on it.
func (r *Runner) next(now time.Time) []*Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	batch := make([]*Call, 0, min(len(r.queue), maxBatch))
	rest := r.queue[:0]
	for _, c := range r.queue {
		switch {
		case !c.until.IsZero() && now.After(c.until):
			c.Err = ErrUnavailable // not sent
			c.done <- struct{}{}
		case len(batch) < maxBatch:
			batch = append(batch, c)
		default:
			rest = append(rest, c)
		}
	}
	clear(r.queue[len(rest):])
	r.queue = rest
	return batch
}

// batch sends one pipeline and gives each call its result.
func (r *Runner) batch(ctx context.Context, batch []*Call) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, r.pipeFor)
	defer cancel()
	short := r.exchange(ctx, batch)
	// NOSCRIPT means not executed: after a restart or failover the script is
	// sent once, and those calls again.
	var again []*Call
	loaded := map[*Script]error{}
	for _, c := range batch {
		if c.Err == nil || !redis.HasErrorPrefix(c.Err, "NOSCRIPT") {
			continue
		}
		if _, ok := loaded[c.Script]; !ok {
			loaded[c.Script] = r.rdb.ScriptLoad(ctx, c.Script.Text).Err()
		}
		if err := loaded[c.Script]; err != nil {
			c.Err = fmt.Errorf("load %s: %w", c.Script.Where(err), err)
			continue
		}
		again = append(again, c)
	}
	if len(again) > 0 {
		short = r.exchange(ctx, again) || short
	}
	if !r.unmeasured {
		r.metrics.batch(len(batch), time.Since(start), short)
	}
}

func (r *Runner) exchange(ctx context.Context, batch []*Call) (short bool) {
	pipe := r.rdb.Pipeline()
	runs := runsOf(batch)
	replies, sent := make([]*redis.StringSliceCmd, len(runs)), make([]redis.Cmder, len(runs), len(runs)+1)
	for i, each := range runs {
		replies[i] = redis.NewStringSliceCmd(ctx, each.command()...)
		sent[i] = replies[i]
		_ = pipe.Process(ctx, replies[i])
	}
	var wait *redis.Cmd
	if r.primary.waits(ctx) {
		wait = pipe.Do(ctx, "wait", 1, waitTimeout.Milliseconds())
		sent = append(sent, wait)
	}
	if _, err := pipe.Exec(ctx); unsent(sent, err) { // else each command has its own error
		for _, c := range batch {
			c.Reply, c.Err = nil, &RefusedError{err}
		}
		return false
	}
	if wait != nil {
		n, err := wait.Int()
		short = err != nil || n < 1
	}
	for i, each := range runs {
		each.answer(replies[i].Result())
	}
	for _, c := range batch {
		if c.Err == nil && short {
			c.Err = errShortWait
		}
	}
	return short
}

// Pipe sends calls in one pipeline, past the queue and never again, for who
// measures the scripts without a hub around them (hubbench).
func (r *Runner) Pipe(ctx context.Context, calls []*Call) { r.exchange(ctx, calls) }

// Load loads scripts. A runner itself loads each when it is missed.
func (r *Runner) Load(ctx context.Context, scripts ...*Script) error {
	for _, s := range scripts {
		if err := r.rdb.ScriptLoad(ctx, s.Text).Err(); err != nil {
			return fmt.Errorf("load %s: %w", s.Where(err), err)
		}
	}
	return nil
}
