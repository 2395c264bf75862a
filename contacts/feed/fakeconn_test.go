package feed_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agenthub/session"
	"agenthub/session/identity"
)

// fakeConn is a supervisor's socket: it takes frames until it is full.
type fakeConn struct {
	done  chan struct{}
	jobs  sync.WaitGroup
	claim atomic.Pointer[session.Claim]

	mu     sync.Mutex // guards the following
	frames []string
	most   int // frames Offer takes, 0: any number
}

func newConn(t *testing.T) *fakeConn {
	t.Helper()
	c := &fakeConn{done: make(chan struct{})}
	c.serves()
	t.Cleanup(func() {
		c.close()
		c.jobs.Wait()
	})
	return c
}

// serves gives the supervisor a token for these campaigns, none for all.
func (c *fakeConn) serves(campaigns ...string) {
	c.claim.Store(&session.Claim{Identity: identity.Identity{Agent: "supervisor", Role: identity.RoleSupervisor, Campaigns: campaigns}})
}

func (c *fakeConn) Claim() *session.Claim { return c.claim.Load() }

func (c *fakeConn) close() {
	select {
	case <-c.done:
	default:
		close(c.done)
	}
}

func over(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

func (c *fakeConn) Push(frame []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, string(frame))
	return true
}

func (c *fakeConn) Offer(frame []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.most > 0 && len(c.frames) >= c.most || over(c.done) {
		return false
	}
	c.frames = append(c.frames, string(frame))
	return true
}

func (c *fakeConn) PushWait(ctx context.Context, frame []byte) error {
	select {
	case <-c.done:
		return session.ErrEnded
	case <-ctx.Done():
		return ctx.Err()
	default:
		c.Push(frame)
		return nil
	}
}

func (c *fakeConn) Do(ctx context.Context, job func(context.Context)) {
	c.jobs.Go(func() { job(ctx) })
}

func (c *fakeConn) Done() <-chan struct{} { return c.done }

// seen is what came: the seq of an event, or "from>to cause" of a gap.
func (c *fakeConn) seen(t *testing.T) (all []string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, frame := range c.frames {
		var m struct {
			Subtopic string
			Message  struct {
				Seq             int
				From, To, Cause string
			}
		}
		if err := json.Unmarshal([]byte(frame), &m); err != nil {
			t.Fatalf("frame %s: %v", frame, err)
		}
		if m.Subtopic == "Gap" {
			all = append(all, m.Message.Cause)
			continue
		}
		all = append(all, fmt.Sprint(m.Message.Seq))
	}
	return all
}

// sees waits until exactly this has come.
func (c *fakeConn) sees(t *testing.T, want ...string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		got := c.seen(t)
		if slices.Equal(got, want) {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("supervisor sees %v, want %v", got, want)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func numbers(from, to int) (all []string) {
	for n := from; n <= to; n++ {
		all = append(all, fmt.Sprint(n))
	}
	return all
}
