//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
)

// Ledger counts what Redis says happened in a tenant, to hold it against what
// the agents were told: a hub that is fast and wrong must lose.
type Ledger struct {
	rdb    *redis.Client
	prefix string

	last   string // newest event counted
	seq    int64
	events map[string]int // by type
	states map[contacts.State]int
	sched  int64
}

// OpenLedger begins the books of a tenant.
func (l *Lab) OpenLedger(tenant string) *Ledger {
	return &Ledger{rdb: l.Redis, prefix: "ah:{" + tenant + "}:", last: "0-0", events: map[string]int{}}
}

// read brings the ledger up to now.
func (g *Ledger) read(ctx context.Context, p *Pool) error {
	for {
		page, err := g.rdb.XRangeN(ctx, g.prefix+"ev", "("+g.last, "+", 10_000).Result()
		if err != nil {
			return fmt.Errorf("count the events: %w", err)
		}
		for _, e := range page {
			text, _ := e.Values["e"].(string)
			kind, _, _ := strings.Cut(text, "\x1f")
			g.events[kind]++
			g.last = e.ID
			seq, _ := e.Values["s"].(string)
			n, _ := strconv.ParseInt(seq, 10, 64)
			if n != g.seq+1 {
				return fmt.Errorf("the events have a hole: %d follows %d", n, g.seq)
			}
			g.seq = n
		}
		if len(page) < 10_000 {
			break
		}
	}
	campaigns, err := p.read.Campaigns(ctx)
	if err != nil {
		return fmt.Errorf("count the contacts: %w", err)
	}
	g.states = map[contacts.State]int{}
	for _, c := range campaigns {
		for state, n := range c.Counts {
			g.states[state] += n
		}
	}
	if g.sched, err = g.rdb.ZCard(ctx, g.prefix+"sched").Result(); err != nil {
		return fmt.Errorf("count the requeued: %w", err)
	}
	return nil
}

// Audit compares: acknowledged skips = skip events = requeued, acknowledged
// fetches = reserve events, and no contact is anywhere else than it must be.
func (g *Ledger) Audit(ctx context.Context, p *Pool, fetches, skips uint64) error {
	// The follower's probes and beats change nothing here, so one look is enough.
	if err := g.read(ctx, p); err != nil {
		return err
	}
	var err error
	expect := func(what string, got, want int) {
		if got != want {
			err = errors.Join(err, fmt.Errorf("%s: %d, acknowledged %d", what, got, want))
		}
	}
	expect("skip events", g.events["skip"], int(skips))         //nolint:gosec // counts
	expect("reserve events", g.events["reserve"], int(fetches)) //nolint:gosec // counts
	// Who skips everything raises alerts, which move no contact.
	expect("all events but alerts", int(g.seq)-g.events["alert"], int(fetches+skips)) //nolint:gosec // counts
	expect("requeued contacts", int(g.sched), int(skips))                             //nolint:gosec // counts
	expect("contacts scheduled", g.states[contacts.Scheduled], int(skips))            //nolint:gosec // counts
	expect("contacts available", g.states[contacts.Available], p.loaded-p.Used)       // used: what agents were shown
	expect("contacts shown", p.Used, int(fetches))                                    //nolint:gosec // counts
	expect("contacts held", g.states[contacts.Reserved], 0)
	if err != nil {
		return fmt.Errorf("the books of %s do not balance: %w", p.tenant, err)
	}
	return nil
}

// Site is a hub with its contacts, its books and what its agents were told.
type Site struct {
	*Process
	Pool           *Pool
	Books          *Ledger
	fetches, skips uint64
}

// OpenSite starts a hub with a new tenant of its own.
func (l *Lab) OpenSite(ctx context.Context, name string, campaigns int, args ...string) (*Site, error) {
	tenant := TenantPrefix + name + strconv.FormatInt(time.Now().UnixMilli(), 36)
	pool, err := l.OpenPool(ctx, tenant, campaigns)
	if err != nil {
		return nil, err
	}
	proc, err := l.StartHub(ctx, name, tenant, args...)
	if err != nil {
		return nil, err
	}
	s := &Site{Process: proc, Pool: pool, Books: l.OpenLedger(tenant)}
	return s, l.lay(ctx, s)
}

// Settle adds acknowledgements and audits everything so far.
func (s *Site) Settle(ctx context.Context, fetches, skips uint64) error {
	s.fetches += fetches
	s.skips += skips
	return s.Books.Audit(ctx, s.Pool, s.fetches, s.skips)
}
