package script

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Look runs a script that changes nothing: past the queue of those that do, and
// with no replica to wait for, so that who looks is answered while nobody may change
// anything.
func (r *Runner) Look(ctx context.Context, c *Call) ([]string, error) {
	start := time.Now()
	err := Read(ctx, func() error {
		ctx, cancel := context.WithTimeout(ctx, r.pipeFor)
		defer cancel()
		err := r.lookOnce(ctx, c)
		if redis.HasErrorPrefix(err, "NOSCRIPT") {
			if err = r.Load(ctx, c.Script); err == nil {
				err = r.lookOnce(ctx, c)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Script.Where(err), err)
	}
	c.Script.stats.observe(c.Reply[0], time.Since(start))
	return c.Reply, nil
}

func (r *Runner) lookOnce(ctx context.Context, c *Call) error {
	alone := run{c}
	reply := redis.NewStringSliceCmd(ctx, alone.command()...)
	_ = r.rdb.Process(ctx, reply) // the command has its own error
	alone.answer(reply.Result())
	return c.Err
}
