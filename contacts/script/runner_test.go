package script

import (
	"context"
	"errors"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts/script/embedded"
)

// cut ends a call's context while its pipeline is on its way.
type cut struct{ end context.CancelFunc }

func (c *cut) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (c *cut) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (c *cut) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.end()
		return next(ctx, cmds)
	}
}

// Who stops waiting reads nothing of a call that its lane still writes: the race
// detector looks on.
func TestWhoStopsWaitingHasNoReply(t *testing.T) {
	asks := map[string]func(*Runner, context.Context, *Call) ([]string, error){"Run": (*Runner).Run, "Once": (*Runner).Once}
	for name, ask := range asks {
		t.Run(name, func(t *testing.T) {
			store := embedded.New()
			defer store.Close()
			rdb := redis.NewClient(&redis.Options{Dialer: store.Dial, MaxRetries: -1})
			defer rdb.Close()
			hook := &cut{}
			rdb.AddHook(hook)
			sc, err := source().Script("main")
			if err != nil {
				t.Fatal(err)
			}
			primary := NewPrimary(PrimaryOptions{Redis: rdb, Embedded: true, Log: zap.NewNop()})
			r := NewRunner(t.Context(), Options{Redis: rdb, Primary: primary, Metrics: NewMetrics(nil), Lanes: 1})
			defer r.Close()
			ctx, cancel := context.WithCancel(t.Context())
			hook.end = cancel
			if reply, err := ask(r, ctx, sc.Call("k", "", "id")); (reply == nil) != errors.Is(err, context.Canceled) {
				t.Errorf("%q, %v", reply, err)
			}
		})
	}
}
