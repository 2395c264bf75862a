package contacts

import (
	"context"
	"fmt"

	"agenthub/session"
)

// Bare is a fetch or a skip for who measures the scripts without a hub around them (hubbench).
type Bare struct {
	call *call
	// Reply is the key of the stored reply. It ends with the request id; each use needs one of its own.
	Reply *string
}

// BareCalls gives the fetch and the skip that this request becomes.
func (s *Store) BareCalls(r *session.Request) (reserve, skip Bare) {
	bare := func(c *call) Bare { return Bare{c, &c.words[1]} }
	return bare(s.mutation(r, s.lua.reserve, s.reserveArgs(r.Claim))),
		bare(s.mutation(r, s.lua.skip, []string{"", "", "", ""}))
}

// BareRun sends calls as the hub would send them, in one pipeline. All must succeed.
func (s *Store) BareRun(ctx context.Context, calls []Bare) error {
	batch := make([]*call, len(calls))
	for i, b := range calls {
		batch[i] = b.call
	}
	s.batch.exchange(ctx, batch)
	for _, c := range batch {
		if c.err != nil {
			return fmt.Errorf("%s: %w", c.script.Where(c.err), c.err)
		}
		if c.reply[0] != "ok" {
			return fmt.Errorf("script %s: %q", c.script.Name, c.reply)
		}
	}
	return nil
}

// LoadScripts loads all scripts. The store itself loads each when it is missed.
func (s *Store) LoadScripts(ctx context.Context) error {
	for _, sc := range s.lua.all {
		if err := s.rdb.ScriptLoad(ctx, sc.Text).Err(); err != nil {
			return fmt.Errorf("load %s: %w", sc.Where(err), err)
		}
	}
	return nil
}
