package contacts

import (
	"context"
	"fmt"

	"agenthub/session"
)

// BareReplyKey is the argument of a bare call that names its stored reply. It
// ends with the request id.
const BareReplyKey = 4

// BareCalls gives the commands that the fetch and the skip of this request
// become, for who measures the scripts without a hub around them (hubbench).
// Each use needs a request id of its own: see BareReplyKey.
func (s *Store) BareCalls(r *session.Request) (reserve, skip []any) {
	return bare(s.mutation(r, s.lua.reserve, s.reserveArgs(r.Claim))),
		bare(s.mutation(r, s.lua.skip, []string{"", "", "", ""}))
}

func bare(c *call) []any {
	args := make([]any, len(c.args))
	for i, a := range c.args {
		if p, ok := a.(*string); ok {
			a = *p
		}
		args[i] = a
	}
	return args
}

// LoadScripts loads all scripts. The store itself loads each when it is missed.
func (s *Store) LoadScripts(ctx context.Context) error {
	for _, sc := range s.lua.all {
		if err := s.rdb.ScriptLoad(ctx, sc.text).Err(); err != nil {
			return fmt.Errorf("load script %s: %w", sc.name, err)
		}
	}
	return nil
}
