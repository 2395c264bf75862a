package contacts

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// checkChunk is how many ids one run of the check looks at: short enough to run
// beside agents at work.
const checkChunk = 100

// Check looks through the whole store for what must never be (design.md section
// 2): a contact in two sets or none, a hold that only one side knows of, two
// holders of one number, counts that do not add up, a hole in the events. It
// changes nothing and can run on a live system. No problem means none found.
func (s *Store) Check(ctx context.Context) (problems []string, err error) {
	w := &checkWalk{s: s}
	for what, pattern := range map[string]string{
		"contacts": "c:", "agents": "ag:", "phones": "ph:", "numbers": "num:", "nodes": "nag:",
	} {
		err = errors.Join(err, w.each(ctx, what, s.names(ctx, pattern)))
	}
	sets := []string{"sched", "lease", "review", "exp", "pcbdue"}
	for _, pattern := range []string{"avail:", "pcb:", "own:", "closed:", "hours:"} {
		err = errors.Join(err, s.names(ctx, pattern)(func(name string) error {
			sets = append(sets, pattern+name)
			return nil
		}))
	}
	for _, set := range sets {
		err = errors.Join(err, w.each(ctx, set, s.members(ctx, set)))
	}
	err = errors.Join(err, w.run(ctx, s.lua.checkTotals, s.keys.one("camps")), w.events(ctx))
	return w.problems, err
}

// walk calls visit for one id after the other.
type walk func(visit func(id string) error) error

// checkWalk gathers what is wrong.
type checkWalk struct {
	s        *Store
	problems []string
}

// each checks all ids of a walk, a chunk at a time.
func (w *checkWalk) each(ctx context.Context, what string, ids walk) error {
	args := []string{what}
	flush := func() error {
		err := w.run(ctx, w.s.lua.checkMembers, "", args...)
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

func (w *checkWalk) run(ctx context.Context, sc *script, key string, args ...string) error {
	r, err := w.s.run(ctx, sc, key, "", args...)
	if err != nil {
		return err
	}
	w.problems = append(w.problems, r[1:]...)
	return nil
}

// events checks that seq is dense from the oldest kept event to the newest.
func (w *checkWalk) events(ctx context.Context) error {
	last := int64(0)
	err := w.s.walk(ctx, "-", "+", func(e entry) error {
		if last != 0 && e.Seq != last+1 {
			w.problems = append(w.problems, fmt.Sprintf("event %s has seq %d after %d", e.ID, e.Seq, last))
		}
		last = e.Seq
		return nil
	})
	if err != nil || last == 0 {
		return err
	}
	seq, err := w.s.rdb.Get(ctx, w.s.keys.one("seq")).Int64()
	if err != nil {
		return fmt.Errorf("read seq: %w: %w", ErrUnavailable, err)
	}
	if seq < last {
		w.problems = append(w.problems, fmt.Sprintf("seq is %d, the newest event has %d", seq, last))
	}
	return nil
}

// names walks over the ids of all keys that begin with this.
func (s *Store) names(ctx context.Context, begin string) walk {
	glob := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`).Replace(s.keys.one(begin)) + "*"
	return func(visit func(string) error) error {
		return pages(visit, 1, func(cursor uint64) *redis.ScanCmd { return s.rdb.Scan(ctx, cursor, glob, 1000) },
			func(key string) string { return key[len(s.keys.one(begin)):] })
	}
}

// members walks over the members of a sorted set.
func (s *Store) members(ctx context.Context, set string) walk {
	return func(visit func(string) error) error {
		return pages(visit, 2, func(cursor uint64) *redis.ScanCmd { return s.rdb.ZScan(ctx, s.keys.one(set), cursor, "", 1000) },
			func(id string) string { return id })
	}
}

func pages(visit func(string) error, step int, scan func(cursor uint64) *redis.ScanCmd, id func(string) string) error {
	var cursor uint64
	for {
		page, next, err := scan(cursor).Result()
		if err != nil {
			return fmt.Errorf("walk over the store: %w: %w", ErrUnavailable, err)
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
