package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"agenthub/contacts"
)

// place is where the contacts are kept: in this process, in a redis-server of
// our own, or in one somewhere else.
type place struct {
	target   contacts.Target
	embedded *contacts.Embedded // nil unless --redis embedded
	managed  *managed           // nil unless --redis managed
}

func openPlace(ctx context.Context, cfg *config, log *zap.Logger) (*place, error) {
	switch cfg.Redis {
	case storeEmbedded:
		e := contacts.NewEmbedded()
		return &place{embedded: e, target: contacts.Target{Dialer: e.Dial}}, nil
	case storeManaged:
		m, err := startManaged(ctx, cfg.DataDir, log)
		if err != nil {
			return nil, err
		}
		return &place{managed: m, target: contacts.Target{URL: m.url()}}, nil
	}
	target := contacts.Target{URL: cfg.Redis, Master: cfg.RedisMaster, Near: cfg.phoneKey == nil}
	if cfg.RedisMaster != "" {
		address, err := parseRedis(cfg.Redis, sentinelPort)
		if err != nil {
			return nil, err
		}
		target.Sentinels = address.hosts
		target.URL = address.before + address.hosts[0] + address.after // for user and database
	}
	return &place{target: target}, nil
}

func (p *place) close() error {
	if p.embedded != nil {
		p.embedded.Close()
	}
	if p.managed != nil {
		return p.managed.close()
	}
	return nil
}

func openStore(ctx context.Context, cfg *config, p *place, node string, metrics prometheus.Registerer, log *zap.Logger) (*contacts.Store, error) {
	vault, err := contacts.NewVault(cfg.phoneKey, cfg.Tenant)
	if err != nil {
		return nil, err
	}
	rdb, follow, err := contacts.Dial(p.target)
	if err != nil {
		return nil, err
	}
	policy := contacts.DefaultPolicy()
	policy.ReservationTTL, policy.DialledTTL, policy.LegacyRequeue = cfg.ReservationTTL, cfg.DialledTTL, cfg.LegacyDrop == "requeue"
	policy.Grace, policy.MinHold = cfg.Grace, cfg.MinHold
	policy.SkipDelay, policy.SkipAvoid, policy.SkipLimit = cfg.SkipDelay, cfg.SkipAvoid, cfg.SkipLimit
	policy.FeedMax, policy.FeedAge = cfg.FeedMax, cfg.FeedAge
	store, err := contacts.NewStore(ctx, contacts.Options{
		Redis: rdb, Follow: follow, Tenant: cfg.Tenant, Node: node, Vault: vault, Policy: policy,
		Durability: contacts.Durability(cfg.Durability), Embedded: p.embedded != nil, Alerts: alertLimits(cfg),
		Unbatched: cfg.Unbatched, Log: log.Named("contacts"), Metrics: metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return store, nil
}

func alertLimits(cfg *config) contacts.AlertLimits {
	return contacts.AlertLimits{
		Rate: cfg.AlertRate, Reason: cfg.AlertReason, Least: cfg.AlertLeast, Window: cfg.AlertWindow, Row: cfg.AlertRow, Burst: cfg.AlertBurst,
	}
}

// fillDemo loads the demo contacts and gives one to testagent.
func fillDemo(ctx context.Context, store *contacts.Store) error {
	rows := demoRows()
	// Few at a time: on a slow machine this store takes its time over each, and
	// a call has a second.
	for some := range slices.Chunk(rows, 20) {
		if _, err := store.Import(ctx, some); err != nil {
			return fmt.Errorf("load the demo contacts: %w", err)
		}
	}
	if _, err := store.Assign(ctx, demoHolder, rows[0].ID, "", 24*time.Hour, "hub"); err != nil {
		return fmt.Errorf("reserve a demo contact: %w", err)
	}
	return nil
}

// banner tells a person what to open and what to try.
func banner(out io.Writer, cfg *config, address string, admin net.Listener) {
	file, ok := out.(*os.File)
	if !cfg.demo() && (!ok || !isTerminal(file)) {
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
	if admin != nil {
		text += "  metrics      http://" + admin.Addr().String() + "/metrics\n"
	}
	if cfg.demo() {
		text += "\nThis is a demo: " + fmt.Sprint(demoContacts) + " contacts with numbers that belong to nobody, and NOTHING IS KEPT when it ends.\n" +
			"Anybody on this machine may sign in. " + demoHolder + " already holds a contact. In another terminal, try\n\n" +
			"  agenthub send --sub " + demoHolder + ` '{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"userID":"` + demoHolder + `"}}'` + "\n" +
			"  agenthub watch\n"
	}
	_, _ = io.WriteString(out, text+"\n")
}
