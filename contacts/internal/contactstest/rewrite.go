package contactstest

import (
	"context"
	"crypto/sha1" //nolint:gosec // Redis names scripts by SHA-1
	"encoding/hex"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// rewriter changes the scripts of a client on their way to Redis, so that no
// script needs a hook for tests.
type rewriter struct {
	rewrite func(text string) string

	mu   sync.Mutex // guards the following
	shas map[string]string
}

// ownTime gives the scripts of a tenant a time that the test moves: where they
// ask for TIME they are made to ask for two keys. Every call takes one microsecond.
func ownTime(tenant string) func(text string) string {
	prefix := "ah:{" + tenant + "}:"
	line := "local M = call('GET', '" + prefix + "clock') * 1000 + call('INCRBY', '" + prefix +
		"tick', (#ALL - 1) / 2) - (#ALL - 1) / 2 + 1\nlocal TIME = {math.floor(M / 1000000), M % 1000000}"
	return func(text string) string { return strings.Replace(text, "local TIME = call('TIME')", line, 1) }
}

// mend changes a command that loads or runs a script.
func (c *rewriter) mend(cmd redis.Cmder) {
	args := cmd.Args()
	switch name, _ := args[0].(string); {
	case len(args) == 3 && strings.EqualFold(name, "script"):
		text, ok := args[2].(string)
		if !ok {
			return
		}
		mended := c.rewrite(text)
		c.mu.Lock()
		c.shas[sha(text)] = sha(mended)
		c.mu.Unlock()
		args[2] = mended
	case strings.EqualFold(name, "evalsha"):
		was, _ := args[1].(*string)
		if was == nil {
			return
		}
		c.mu.Lock()
		mended, known := c.shas[*was]
		c.mu.Unlock()
		if !known {
			mended = strings.Repeat("0", len(*was)) // no script has it: the runner loads its own
		}
		args[1] = &mended
	}
}

func sha(text string) string {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// DialHook changes nothing.
func (c *rewriter) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook mends one command.
func (c *rewriter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.mend(cmd)
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook mends the commands of a pipeline.
func (c *rewriter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			c.mend(cmd)
		}
		return next(ctx, cmds)
	}
}
