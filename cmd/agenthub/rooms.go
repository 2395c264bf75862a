package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/cmd/agenthub/admin"
	"agenthub/cmd/agenthub/command"
	"agenthub/cmd/agenthub/target"
	"agenthub/contacts"
	"agenthub/contacts/desk"
	"agenthub/contacts/feed"
	"agenthub/contacts/history"
	"agenthub/contacts/lookup"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/contacts/tickets"
	"agenthub/contacts/uploads"
	"agenthub/contacts/zones"
)

// rooms are what works on the contacts, over one pair of clients.
type rooms struct {
	store   *store.Store
	read    *lookup.Reader
	past    *history.Log
	feed    *feed.Feed
	desk    *desk.Desk
	zones   *zones.Current
	tickets *tickets.Office
	uploads *uploads.Uploads

	rdb    redis.UniversalClient
	follow *script.Follower
}

func openRooms(ctx context.Context, cfg *config, t *target.Target, node string, metrics prometheus.Registerer, log *zap.Logger) (*rooms, error) {
	vault, err := contacts.NewVault(cfg.phoneKey, cfg.Tenant)
	if err != nil {
		return nil, err
	}
	r := &rooms{}
	if r.zones, err = zones.Watch(zones.Options{Dir: cfg.Zoneinfo}); err != nil {
		return nil, err
	}
	if r.rdb, r.follow, err = script.Dial(t.Redis); err != nil {
		return nil, err
	}
	log = log.Named("contacts")
	r.store, err = store.New(ctx, store.Options{
		Redis: r.rdb, Tenant: cfg.Tenant, Node: node, Vault: vault, Policy: policyOf(cfg), Zones: r.zones, Durability: script.Durability(cfg.Durability),
		Embedded: t.Embedded(), BuiltIn: cfg.Rules != "none" && !t.Embedded(),
		Unbatched: cfg.Unbatched, Unmade: unmade(cfg), Log: log, Metrics: metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	r.tellZones(log)
	if err := r.store.Ready(ctx); errors.Is(err, script.ErrOld) {
		return nil, errors.Join(err, r.close())
	} else if err == nil {
		r.fill(ctx, log)
	} else { // it says why itself; this is what follows for those who are called
		log.Warn("the store does not have the rule packs yet")
	}
	r.read, r.past = lookup.New(r.rdb, r.store.Keys(), vault), history.New(r.rdb, r.store.Keys(), log)
	r.feed = feed.New(feed.Options{
		Redis: r.rdb, Follow: r.follow, Store: r.store, Past: r.past, Node: node, FeedAge: cfg.FeedAge, Alerts: alertLimits(cfg), Log: log, Metrics: metrics,
	})
	r.desk, r.tickets, r.uploads = desk.New(r.store, r.read, r.zones), tickets.New(r.rdb, r.store.Keys()), uploads.New(r.rdb, r.store.Keys())
	return r, nil
}

// count is what the store holds, for the figures.
func (r *rooms) count(ctx context.Context) (admin.Counted, error) {
	connected, grace, states, err := r.read.Census(ctx)
	counted := admin.Counted{Agents: map[string]int{"connected": connected, "grace": grace}, Contacts: map[string]int{}}
	for state, n := range states {
		counted.Contacts[string(state)] = n
	}
	return counted, err //nolint:wrapcheck // it says all
}

// fill brings the store's rows of zones and texts of rule packs up to date before
// anybody is called by them. A store that is away gets them when it is there (store.Reap).
func (r *rooms) fill(ctx context.Context, log *zap.Logger) {
	if err := r.store.KeepZones(ctx); err != nil {
		log.Warn("the rows of zones are not written yet", zap.Error(err))
	}
	if err := r.store.KeepLaw(ctx); err != nil {
		log.Warn("the store does not have the rule packs yet", zap.Error(err))
	}
}

// tellZones says which zone data are in use.
func (r *rooms) tellZones(log *zap.Logger) {
	data := r.zones.Data()
	log.Info("time zones", zap.String("release", string(data.Release)), zap.String("source", data.Source), zap.Duration("age", data.Age(time.Now()).Truncate(time.Hour)))
	for _, warning := range data.Warnings(time.Now()) {
		log.Warn("time zones: " + warning)
	}
}

// close waits for what is under way and closes both clients.
func (r *rooms) close() error {
	r.store.Shutdown()
	return errors.Join(r.rdb.Close(), r.follow.Close())
}

func policyOf(cfg *config) store.Policy {
	policy := store.DefaultPolicy()
	policy.ReservationTTL, policy.DialledTTL, policy.LegacyRequeue = cfg.ReservationTTL, cfg.DialledTTL, cfg.LegacyDrop == "requeue"
	policy.Grace, policy.MinHold = cfg.Grace, cfg.MinHold
	policy.SkipDelay, policy.SkipAvoid, policy.SkipLimit = cfg.SkipDelay, cfg.SkipAvoid, cfg.SkipLimit
	policy.FeedMax, policy.FeedAge, policy.KeepClosed = cfg.FeedMax, cfg.FeedAge, time.Duration(cfg.KeepClosed)
	return policy
}

func unmade(cfg *config) store.Unmade {
	if cfg.UnknownCampaign == "accept" {
		return store.UnmadeTaken
	}
	return store.Unmade(cfg.UnknownCampaign)
}

func alertLimits(cfg *config) feed.AlertLimits {
	return feed.AlertLimits{
		Rate: cfg.AlertRate, Reason: cfg.AlertReason, Least: cfg.AlertLeast, Window: cfg.AlertWindow, Row: cfg.AlertRow, Burst: cfg.AlertBurst,
	}
}

// fillDemo loads the demo contacts and gives one to testagent.
func fillDemo(ctx context.Context, s *store.Store) error {
	rows := demoRows()
	for _, campaign := range demoCampaigns {
		// From midnight to midnight: a newcomer tries it at any hour, and its numbers belong to nobody.
		if _, err := s.PutCampaign(ctx, campaign, contacts.Rules{CallFrom: "00:00", CallUntil: "24:00"}, nil); err != nil {
			return fmt.Errorf("make the demo campaigns: %w", err)
		}
	}
	// Few at a time: on a slow machine this store takes its time over each, and
	// a call has a second.
	for some := range slices.Chunk(rows, 20) {
		if _, err := s.Import(ctx, some, nil); err != nil {
			return fmt.Errorf("load the demo contacts: %w", err)
		}
	}
	if _, err := s.Assign(ctx, demoHolder, rows[0].ID, "", 24*time.Hour, "hub"); err != nil {
		return fmt.Errorf("reserve a demo contact: %w", err)
	}
	return nil
}

// banner tells a person what to open and what to try.
func banner(out io.Writer, cfg *config, address string, admin net.Listener) {
	file, ok := out.(*os.File)
	if !cfg.SignIn.Demo() && (!ok || !command.IsTerminal(file)) {
		return
	}
	base := cfg.PublicURL
	if base == "" {
		base = "http://" + address
	}
	text := "agenthub serves " + base + "\n\n" +
		"  agents       " + base + "/\n" +
		"  supervisors  " + base + "/supervisor\n" +
		"  HTTP API     " + base + "/api/v1/openapi.json\n"
	switch {
	case admin == nil:
	case admin.Addr().Network() == "unix":
		text += "  metrics      curl --unix-socket " + admin.Addr().String() + " http://hub/metrics\n"
	default:
		text += "  metrics      http://" + admin.Addr().String() + "/metrics\n"
	}
	if cfg.SignIn.Demo() {
		text += "\nThis is a demo: " + fmt.Sprint(demoContacts) + " contacts with numbers that belong to nobody, and NOTHING IS KEPT when it ends.\n" +
			"Anybody on this machine may sign in. " + demoHolder + " already holds a contact. In another terminal, try\n\n" +
			"  agenthub send --sub " + demoHolder + ` '{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"userID":"` + demoHolder + `"}}'` + "\n" +
			"  agenthub watch\n"
	}
	_, _ = io.WriteString(out, text+"\n")
}
