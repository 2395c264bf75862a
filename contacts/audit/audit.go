// Package audit looks through a tenant for what must never be, and mends what can be
// mended of records that are gone. It can run on a live system: each look is one script
// over a few ids, true at one instant, and so is each repair.
package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts/history"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
)

// checkChunk is how many ids one run of the check looks at: short enough to run
// beside agents at work.
const checkChunk = 100

// patience is what one look may take: agents at work go first.
const patience = 10 * time.Second

// Tenant says whose contacts are looked through, and where.
type Tenant struct {
	Redis redis.UniversalClient
	Name  string
	Log   *zap.Logger
}

// Check gives what is wrong: a contact in two sets or none, a hold that only one
// side knows of, two holders of one number, counts that do not add up, a hole in
// the events. No problem means none found.
func Check(ctx context.Context, t Tenant) (problems []string, err error) {
	c, err := open(ctx, t)
	if err != nil {
		return nil, err
	}
	defer c.runner.Close()
	for what, pattern := range map[string]string{
		"contacts": "c:", "agents": "ag:", "phones": "ph:", "numbers": "num:", "calls": "at:", "nodes": "nag:",
	} {
		err = errors.Join(err, c.each(ctx, c.members, what, c.names(ctx, pattern)))
	}
	sets, listErr := c.sets(ctx)
	err = errors.Join(err, listErr)
	for _, set := range sets {
		err = errors.Join(err, c.each(ctx, c.members, set, c.membersOf(ctx, set)))
	}
	lost, lostErr := c.lost(ctx)
	for id := range lost {
		c.said = append(c.said, fmt.Sprintf("contact %s has no record any more", id))
	}
	err = errors.Join(err, lostErr, c.run(ctx, c.totals, c.keys.One("camps")), c.events(ctx))
	return c.said, err
}

// open makes a checker; its runner is to be closed.
func open(ctx context.Context, t Tenant) (*checker, error) {
	c := &checker{rdb: t.Redis, keys: keys.New(t.Name)}
	for name, to := range map[string]**script.Script{"check_members": &c.members, "check_totals": &c.totals, "mend": &c.mend} {
		var err error
		if *to, err = store.Script(t.Name, store.DefaultPolicy(), name); err != nil {
			return nil, err
		}
	}
	c.past = history.New(t.Redis, c.keys, t.Log)
	c.runner = script.NewRunner(ctx, script.Options{
		Redis: t.Redis, Primary: script.NewPrimary(script.PrimaryOptions{Redis: t.Redis, Log: t.Log}), Metrics: script.NewMetrics(nil), Lanes: 1,
		Timeout: patience,
	})
	return c, nil
}

// sets are the names of all sorted sets that have contacts.
func (c *checker) sets(ctx context.Context) ([]string, error) {
	var sets []string
	var err error
	for _, pattern := range []string{"avail:", "pcb:", "own:", "closed:", "hours:", "no_zone:", "not_matchable:", "too_soon:", "too_many_attempts:", "blocked:"} {
		err = errors.Join(err, c.names(ctx, pattern)(func(name string) error {
			sets = append(sets, pattern+name)
			return nil
		}))
	}
	return append(sets, "sched", "lease", "review", "exp", "pcbdue"), err // last: those of campaigns say more
}

// idSource calls visit for one id after the other.
type idSource func(visit func(id string) error) error

// checker gathers what is wrong, or was mended.
type checker struct {
	rdb                   redis.UniversalClient
	keys                  keys.Keys
	past                  *history.Log
	runner                *script.Runner
	members, totals, mend *script.Script
	said                  []string
}

// each runs a script over all ids of a source, a chunk at a time.
func (c *checker) each(ctx context.Context, sc *script.Script, what string, ids idSource) error {
	args := []string{what}
	flush := func() error {
		err := c.run(ctx, sc, "", args...)
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
	r, err := c.runner.Run(ctx, sc.Call(key, "", args...))
	if err != nil {
		return err
	}
	c.said = append(c.said, r[1:]...)
	return nil
}

// names gives the ids of all keys that begin with this.
func (c *checker) names(ctx context.Context, begin string) idSource {
	return func(visit func(string) error) error {
		return scanPages(visit, 1, func(cursor uint64) *redis.ScanCmd { return c.rdb.Scan(ctx, cursor, c.keys.Pattern(begin), 1000) },
			func(key string) string { return key[len(c.keys.One(begin)):] })
	}
}

// membersOf gives the members of a sorted set.
func (c *checker) membersOf(ctx context.Context, set string) idSource {
	return func(visit func(string) error) error {
		return scanPages(visit, 2, func(cursor uint64) *redis.ScanCmd { return c.rdb.ZScan(ctx, c.keys.One(set), cursor, "", 1000) },
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

// events checks that seq is dense from the oldest event that is kept to the newest.
func (c *checker) events(ctx context.Context) error {
	last := int64(0)
	err := c.past.Each(ctx, "-", "+", func(e history.Entry) error {
		if last != 0 && e.Seq != last+1 {
			c.said = append(c.said, fmt.Sprintf("event %s has seq %d after %d", e.ID, e.Seq, last))
		}
		last = e.Seq
		return nil
	})
	if err != nil || last == 0 {
		return err
	}
	seq, err := c.rdb.Get(ctx, c.keys.One("seq")).Int64()
	if err != nil {
		return fmt.Errorf("read seq: %w: %w", script.ErrUnavailable, err)
	}
	if seq < last {
		c.said = append(c.said, fmt.Sprintf("seq is %d, the newest event has %d", seq, last))
	}
	return nil
}
