package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts/script"
)

// checkChunk is how many ids one run of the check looks at: short enough to run
// beside agents at work.
const checkChunk = 100

// Check looks through the whole store for what must never be: a contact in two
// sets or none, a hold that only one side knows of, two holders of one number,
// counts that do not add up. It changes nothing and can run on a live system. No
// problem means none found; history.Check looks for holes in the events.
func (s *Store) Check(ctx context.Context) (problems []string, err error) {
	c := &checker{s: s}
	for what, pattern := range map[string]string{
		"contacts": "c:", "agents": "ag:", "phones": "ph:", "numbers": "num:", "calls": "at:", "nodes": "nag:",
	} {
		err = errors.Join(err, c.each(ctx, what, s.names(ctx, pattern)))
	}
	sets := []string{"sched", "lease", "review", "exp", "pcbdue"}
	for _, pattern := range []string{"avail:", "pcb:", "own:", "closed:", "hours:"} {
		err = errors.Join(err, s.names(ctx, pattern)(func(name string) error {
			sets = append(sets, pattern+name)
			return nil
		}))
	}
	for _, set := range sets {
		err = errors.Join(err, c.each(ctx, set, s.members(ctx, set)))
	}
	err = errors.Join(err, c.run(ctx, s.lua.checkTotals, s.keys.One("camps")))
	return c.problems, err
}

// idSource calls visit for one id after the other.
type idSource func(visit func(id string) error) error

// checker gathers what is wrong.
type checker struct {
	s        *Store
	problems []string
}

// each checks all ids of a source, a chunk at a time.
func (c *checker) each(ctx context.Context, what string, ids idSource) error {
	args := []string{what}
	flush := func() error {
		err := c.run(ctx, c.s.lua.checkMembers, "", args...)
		args = args[:1]
		return err
	}
	err := ids(func(id string) error {
		if args = append(args, id); len(args) <= checkChunk {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush())
}

func (c *checker) run(ctx context.Context, sc *script.Script, key string, args ...string) error {
	r, err := c.s.run(ctx, sc, key, "", args...)
	if err != nil {
		return err
	}
	c.problems = append(c.problems, r[1:]...)
	return nil
}

// names gives the ids of all keys that begin with this.
func (s *Store) names(ctx context.Context, begin string) idSource {
	glob := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`).Replace(s.keys.One(begin)) + "*"
	return func(visit func(string) error) error {
		return scanPages(visit, 1, func(cursor uint64) *redis.ScanCmd { return s.rdb.Scan(ctx, cursor, glob, 1000) },
			func(key string) string { return key[len(s.keys.One(begin)):] })
	}
}

// members gives the members of a sorted set.
func (s *Store) members(ctx context.Context, set string) idSource {
	return func(visit func(string) error) error {
		return scanPages(visit, 2, func(cursor uint64) *redis.ScanCmd { return s.rdb.ZScan(ctx, s.keys.One(set), cursor, "", 1000) },
			func(id string) string { return id })
	}
}

func scanPages(visit func(string) error, step int, scan func(cursor uint64) *redis.ScanCmd, id func(string) string) error {
	var cursor uint64
	for {
		page, next, err := scan(cursor).Result()
		if err != nil {
			return fmt.Errorf("scan the store: %w: %w", script.ErrUnavailable, err)
		}
		for i := 0; i < len(page); i += step {
			if err := visit(id(page[i])); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}
