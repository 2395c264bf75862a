// Package target is where the contacts are kept: in this process, in a redis-server
// of the hub's own, or in one somewhere else. It has the flags that say which, refuses
// those that cannot be meant, and opens it. Goroutines: those that keep a redis-server
// of our own running (Open … Close).
package target

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"agenthub/contacts/script"
	"agenthub/hub/admission"
)

// Stores that are no URL.
const (
	Embedded = "embedded"
	Managed  = "managed"
)

// Flags say where the contacts are kept.
type Flags struct {
	Redis string `default:"embedded" help:"embedded (nothing survives a restart), managed (a redis-server of its own in --data-dir), or redis://host:port/db. With --redis-master the sentinels' redis://host:port,host:port."`
	Access
	DataDir string `placeholder:"DIR" help:"Where --redis managed keeps its files."`
}

// Access says how a Redis somewhere else is reached.
type Access struct {
	RedisMaster string `placeholder:"NAME" help:"Ask the sentinels in --redis for this master."`
}

// Check refuses what cannot be opened, or should not be: without a phone key numbers
// stay on this machine.
func (f *Flags) Check(phoneKey bool) error {
	if f.RedisMaster != "" && (f.Redis == Embedded || f.Redis == Managed) {
		return errors.New("--redis-master needs the sentinels' addresses in --redis")
	}
	switch f.Redis {
	case Embedded:
		return nil
	case Managed:
		if f.DataDir == "" {
			return errors.New("--redis managed needs --data-dir")
		}
		return nil
	}
	address, err := parseRedis(f.Redis, redisPort)
	if err != nil {
		return err
	}
	if len(address.hosts) > 1 && f.RedisMaster == "" {
		return errors.New("--redis names several hosts, which only sentinels may be: name their master with --redis-master")
	}
	if phoneKey {
		return nil
	}
	for _, host := range address.hosts {
		if !admission.IsLoopback(host) {
			return errors.New("numbers would leave this machine unencrypted: set AGENTHUB_PHONE_KEY or --phone-key-file, or use a Redis on loopback")
		}
	}
	return nil
}

// Target is an open place; Close ends it.
type Target struct {
	Redis    script.Target    // how it is dialled
	embedded *script.Embedded // nil unless --redis embedded
	managed  *managed         // nil unless --redis managed
}

// Open opens it. Redis may be away, unless it is our own.
func (f *Flags) Open(ctx context.Context, phoneKey bool, log *zap.Logger) (*Target, error) {
	switch f.Redis {
	case Embedded:
		e := script.NewEmbedded()
		return &Target{embedded: e, Redis: script.Target{Dialer: e.Dial}}, nil
	case Managed:
		m, err := startManaged(ctx, f.DataDir, log)
		if err != nil {
			return nil, err
		}
		return &Target{managed: m, Redis: script.Target{URL: m.url()}}, nil
	}
	t := &Target{Redis: script.Target{URL: f.Redis, Master: f.RedisMaster, Near: !phoneKey}}
	if f.RedisMaster != "" {
		address, err := parseRedis(f.Redis, sentinelPort)
		if err != nil {
			return nil, err
		}
		t.Redis.Sentinels = address.hosts
		t.Redis.URL = address.before + address.hosts[0] + address.after // for user and database
	}
	return t, nil
}

// Embedded reports whether the store is in this process, and ends with it.
func (t *Target) Embedded() bool { return t.embedded != nil }

// Close ends what Open began.
func (t *Target) Close() error {
	if t.embedded != nil {
		t.embedded.Close()
	}
	if t.managed != nil {
		return t.managed.close()
	}
	return nil
}
