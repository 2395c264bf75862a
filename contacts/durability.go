package contacts

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
)

// Durability says when a change counts as done.
type Durability string

// The values of --durability.
const (
	DurabilityAuto    Durability = "auto"    // replica once a replica was seen, until restart
	DurabilityPrimary Durability = "primary" // the primary has it
	DurabilityReplica Durability = "replica" // one replica has it too (WAIT 1)
)

type durability struct {
	mode   Durability
	wait   atomic.Bool  // latched: WAIT goes with every pipeline
	looked atomic.Bool  // wait is not just the preset
	tried  atomic.Int64 // when that was last asked, Unix ms

	mu       sync.Mutex // guards the following
	replid   string     // the primary's replication id, "" before the first look
	quiet    time.Time  // no reaping before
	warnings string
}

func newDurability(mode Durability) *durability {
	d := &durability{mode: mode}
	d.wait.Store(mode == DurabilityReplica)
	return d
}

func (d *durability) replicated() bool { return d.wait.Load() }

// settling reports whether a failover is less than one lease ago: the new
// primary may not know every session yet.
func (d *durability) settling() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Now().Before(d.quiet)
}

// check reads INFO (never CONFIG: a hub needs no such right), refuses a Redis
// that evicts, and notes replicas and failovers.
func (d *durability) check(ctx context.Context, rdb redis.UniversalClient, log *zap.Logger) error {
	_, err := d.look(ctx, rdb, log)
	return err
}

// look is check; it also reports whether the primary is another one than before.
func (d *durability) look(ctx context.Context, rdb redis.UniversalClient, log *zap.Logger) (failover bool, err error) {
	text, err := rdb.Info(ctx).Result()
	if err != nil {
		return false, fmt.Errorf("read INFO: %w", err)
	}
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[k] = v
		}
	}
	replicas, _ := strconv.Atoi(info["connected_slaves"])
	if d.mode == DurabilityAuto && replicas > 0 && !d.wait.Swap(true) {
		log.Info("a replica was seen: every change now waits for one")
	}
	d.looked.Store(true)
	if p := info["maxmemory_policy"]; p != "" && p != "noeviction" && info["maxmemory"] != "0" {
		return false, fmt.Errorf("redis evicts keys (maxmemory-policy %s): set it to noeviction, else contacts are lost", p)
	}
	if info["role"] == "slave" {
		return false, errors.New("redis is a replica: point --redis at the primary or use --redis-master")
	}
	var warn []string
	if info["aof_enabled"] == "0" {
		warn = append(warn, "the append-only file is off: a Redis restart loses contacts")
	}
	if d.replicated() && replicas == 0 {
		warn = append(warn, "no replica is connected: changes wait for one")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if w := strings.Join(warn, "; "); w != d.warnings {
		if d.warnings = w; w != "" {
			log.Warn("redis is not set up to keep everything", zap.String("reason", w))
		}
	}
	id := info["master_replid"]
	failover = d.replid != "" && id != d.replid
	if d.replid = id; failover {
		d.quiet = time.Now().Add(2 * nodeLease)
	}
	return failover, nil
}

// notes are what the operator should change, "" for nothing.
func (d *durability) notes() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.warnings
}
