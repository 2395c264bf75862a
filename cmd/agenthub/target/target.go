// Package target is where the contacts are kept: in this process, in a redis-server
// of the hub's own, or in one somewhere else. It has the flags that say which, refuses
// those that cannot be meant, and opens it. Goroutines: those that keep a redis-server
// of our own running (Open … Close).
package target

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"strings"

	"go.uber.org/zap"

	"agenthub/contacts/script"
	"agenthub/contacts/script/embedded"
	"agenthub/hub/admission"
)

// Stores that are no URL.
const (
	Embedded = "embedded"
	Managed  = "managed"
)

// Flags say where the contacts are kept.
type Flags struct {
	Redis string `default:"embedded" help:"embedded (nothing survives a restart), managed (a redis-server of its own in --data-dir), or redis://host:port/db. With --redis-master the sentinels', with --redis-cluster some nodes' redis://host:port,host:port."`
	Access
	DataDir string `placeholder:"DIR" help:"Where --redis managed keeps its files."`
}

// Access says how a Redis somewhere else is reached.
type Access struct {
	RedisMaster       string `placeholder:"NAME" help:"Ask the sentinels in --redis for this master."`
	RedisCluster      bool   `help:"Ask the Redis Cluster nodes in --redis which of them has the tenant, and work on that one. All of a tenant is in one slot: have slots moved atomically, never key by key."`
	RedisPasswordFile string `placeholder:"FILE" help:"File with the password of Redis, of the user in --redis if that names one. Or $$AGENTHUB_REDIS_PASSWORD."`
	RedisCAFile       string `name:"redis-ca-file" placeholder:"FILE" help:"File with the PEM certificates of those who may sign the certificates of rediss:// addresses, instead of whom the system trusts."`
	RedisCertFile     string `placeholder:"FILE" help:"File with the hub's own PEM certificate, for a rediss:// that asks for one."`
	RedisKeyFile      string `placeholder:"FILE" help:"File with the key of --redis-cert-file."`

	SentinelUser         string `placeholder:"NAME" help:"Whom the hub signs in as with the sentinels; their default user without."`
	SentinelPasswordFile string `placeholder:"FILE" help:"File with the password of the sentinels. Or $$AGENTHUB_SENTINEL_PASSWORD."`

	// Read by Check.
	password, watch string
	tls             *tls.Config
}

// Check refuses what cannot be opened, or should not be: without a phone key numbers
// stay on this machine.
func (f *Flags) Check(phoneKey bool) error {
	if f.Access != (Access{}) && (f.Redis == Embedded || f.Redis == Managed) {
		return errors.New("--redis-master, --redis-cluster, --redis-…-file and --sentinel-… need an address in --redis, such as redis://host:6379/0")
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
	if f.RedisCluster && (f.RedisMaster != "" || len(address.hosts) == 0) {
		return errors.New("--redis-cluster needs the addresses of nodes in --redis, and no --redis-master: a cluster sees to its failovers itself")
	}
	if database, _, _ := strings.Cut(address.after, "?"); f.RedisCluster && strings.Trim(database, "/0") != "" {
		return errors.New("--redis-cluster has no database but /0")
	}
	if f.RedisMaster != "" && len(address.hosts) == 0 {
		return errors.New("--redis-master needs the sentinels' addresses in --redis")
	}
	for _, read := range []func(redisAddress) error{f.readPassword, f.readSentinels, f.readCertificates} {
		if err := read(address); err != nil {
			return err
		}
	}
	if len(address.hosts) > 1 && f.RedisMaster == "" && !f.RedisCluster {
		return errors.New("--redis names several hosts: name the master of these sentinels with --redis-master, or say --redis-cluster")
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
	Redis    script.Target   // how it is dialled
	embedded *embedded.Store // nil unless --redis embedded
	managed  *managed        // nil unless --redis managed
}

// Open opens what Check took, for the tenant of this key that is never there. Redis may be
// away, unless it is our own.
func (f *Flags) Open(ctx context.Context, phoneKey bool, nokey string, log *zap.Logger) (*Target, error) {
	switch f.Redis {
	case Embedded:
		e := embedded.New()
		return &Target{embedded: e, Redis: script.Target{Dialer: e.Dial}}, nil
	case Managed:
		m, err := startManaged(ctx, f.DataDir, log)
		if err != nil {
			return nil, err
		}
		return &Target{managed: m, Redis: script.Target{URL: m.url()}}, nil
	}
	port := redisPort
	if f.RedisMaster != "" {
		port = sentinelPort
	}
	address, err := parseRedis(f.Redis, port)
	if err != nil {
		return nil, err
	}
	t := &Target{Redis: script.Target{
		URL: f.Redis, Username: address.user, Password: cmp.Or(f.password, address.password), Near: !phoneKey,
		Master: f.RedisMaster, Watch: script.User{Name: f.SentinelUser, Password: f.watch}, TLS: f.tls,
	}}
	if len(address.hosts) > 0 {
		t.Redis.URL = address.url(address.hosts[0])
	}
	switch {
	case f.RedisMaster != "":
		t.Redis.Sentinels = address.hosts
	case f.RedisCluster:
		t.Redis.Nodes, t.Redis.Key = address.hosts, nokey
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
