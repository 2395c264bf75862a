package script

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// What a caller of Run branches on. ErrUnavailable: nothing was done. ErrPending:
// it may have been done; asking again with the same id tells.
var (
	ErrUnavailable = errors.New("script: store unavailable")
	ErrPending     = errors.New("script: outcome not known yet")
)

// Run runs a script until it has a definite reply: the only retry loop there is.
// The script must be safe to repeat: it carries a request id, or repeating it
// changes nothing.
func (r *Runner) Run(ctx context.Context, c *Call) ([]string, error) {
	start := time.Now()
	c.until = start.Add(r.sendFor)
	sent := false
	for try := 0; ; try++ {
		reply, err := r.do(ctx, c)
		if err == nil {
			c.Script.stats.observe(reply[0], time.Since(start))
			return reply, nil
		}
		if !Transient(err) {
			return nil, fmt.Errorf("%s: %w", c.Script.Where(err), err)
		}
		sent = sent || maybeExecuted(err)
		pause := Jitter(try)
		if errors.Is(err, ErrUnavailable) || time.Since(start)+pause > r.sendFor || !Sleep(ctx, nil, pause) {
			if sent {
				return nil, fmt.Errorf("script %s: %w: %w", c.Script.Name, ErrPending, err)
			}
			return nil, fmt.Errorf("script %s: %w: %w", c.Script.Name, ErrUnavailable, err)
		}
		r.metrics.retries.Inc()
		c = &Call{Script: c.Script, Words: c.Words, until: c.until, done: make(chan struct{}, 1)}
	}
}

// Once runs a script that is not asked again: it comes anew with the next beat.
func (r *Runner) Once(ctx context.Context, c *Call) ([]string, error) {
	return r.do(ctx, c)
}

// Jitter is how long to wait before the next try: a random time, longer after more tries.
func Jitter(try int) time.Duration {
	return rand.N(min(20*time.Millisecond<<min(try, 6), time.Second)) + time.Millisecond
}

// Sleep reports whether the time passed before the context or done ended. A nil done never ends.
func Sleep(ctx context.Context, done <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-done:
	}
	return false
}

// Transient errors may pass: everything but a reply that says our call was wrong.
func Transient(err error) bool {
	if _, refused := errors.AsType[*RefusedError](err); refused {
		return true
	}
	if _, replied := errors.AsType[redis.Error](err); !replied {
		return true
	}
	for _, p := range []string{"LOADING", "READONLY", "MASTERDOWN", "NOREPLICAS", "TRYAGAIN", "MOVED", "ASK", "CLUSTERDOWN", "OOM", "BUSY", "MISCONF", "UNBLOCKED", "NOSCRIPT"} {
		if redis.HasErrorPrefix(err, p) {
			return true
		}
	}
	return false
}

// maybeExecuted reports whether the call may have been executed although it
// failed: not when Redis refused it, nor when no connection was made or taken, nor
// when the runner is closed.
func maybeExecuted(err error) bool {
	if _, refused := errors.AsType[*RefusedError](err); refused || errors.Is(err, ErrUnavailable) {
		return false
	}
	if _, replied := errors.AsType[redis.Error](err); replied || errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrPoolExhausted) {
		return false
	}
	op, network := errors.AsType[*net.OpError](err)
	return !network || op.Op != "dial"
}

// readFor is how long a read is tried again.
const readFor = 3 * time.Second

// Read repeats a read that failed because of the connection: reading twice does no harm.
func Read(ctx context.Context, read func() error) error {
	start := time.Now()
	for try := 0; ; try++ {
		err := read()
		if err == nil {
			return nil
		}
		if !Transient(err) || ctx.Err() != nil || time.Since(start) > readFor {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		Sleep(ctx, nil, Jitter(try))
	}
}

// Class says in one word what kind of error it is, for a log that must not quote it.
func Class(err error) string {
	switch {
	case errors.Is(err, ErrPending):
		return "pending"
	case errors.Is(err, ErrUnavailable):
		return "unavailable"
	case strings.Contains(err.Error(), "script"):
		return "script"
	}
	return "other"
}
