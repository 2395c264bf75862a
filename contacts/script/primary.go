package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	DurabilityAuto    Durability = "auto"    // replica once a replica has confirmed a change, until restart
	DurabilityPrimary Durability = "primary" // the primary has it
	DurabilityReplica Durability = "replica" // one replica has it too (WAIT 1)
)

// leastRelease of Redis, and of what Valkey says that it is.
const leastRelease = "7"

// ErrOld is a Redis that the hub cannot work on: an error of a command in a script is
// another there, and so READONLY would not be known.
var ErrOld = errors.New("the hub needs Redis 7.0 or newer, or Valkey")

// ErrMoving is a slot of a cluster that is moved key by key: a script would find some of
// its keys gone in the midst, and what it wrote by then would stay.
var ErrMoving = errors.New("the cluster moves the tenant's slot key by key, and nothing is changed until that is over: " +
	"finish it, and move slots atomically (CLUSTER MIGRATESLOTS of Valkey 9, CLUSTER MIGRATION of Redis 8.4)")

// Primary is what is known of the Redis that takes the writes: whether it has
// replicas, whether it is still the same one, and what it is not set up for. It
// is safe for concurrent use.
type Primary struct {
	// Set by NewPrimary, read-only after.
	rdb      redis.UniversalClient
	embedded bool
	mode     Durability
	settle   time.Duration
	log      *zap.Logger
	metrics  *Metrics // nil: none
	probe    string   // a key to write, see confirm
	nokey    string   // a key that is never there

	wait   atomic.Bool               // latched: WAIT goes with every pipeline, and must be met
	looked atomic.Bool               // wait is not just the preset
	tried  atomic.Pointer[time.Time] // when that was last asked, nil if never

	mu       sync.Mutex // guards the following
	run      string     // the primary's run id, "" before the first look
	quiet    time.Time  // no reaping before
	warnings string
	said     string // why it cannot be used, as the log has it
	clock    reading
	drift    time.Duration // of the clock of Redis, 0 while it may be
}

// PrimaryOptions make a Primary.
type PrimaryOptions struct {
	Redis      redis.UniversalClient // required
	Embedded   bool                  // in this process: there is nothing to look at
	Durability Durability            // "" is primary
	Settle     time.Duration         // after a failover, how long the new one may not know every session
	Log        *zap.Logger           // required
	Metrics    *Metrics              // nil: none
	Probe      string                // a key to write; required with auto
	NoKey      string                // of the tenant, never there: whether its slot of a cluster is whole; "" to ask not
}

// NewPrimary looks at nothing yet: Redis may be away.
func NewPrimary(o PrimaryOptions) *Primary {
	p := &Primary{rdb: o.Redis, embedded: o.Embedded, mode: o.Durability, settle: o.Settle, log: o.Log, metrics: o.Metrics, probe: o.Probe, nokey: o.NoKey}
	p.wait.Store(o.Durability == DurabilityReplica)
	return p
}

// waits reports whether WAIT goes with a pipeline, and must be met. Before the first
// pipeline it looks, since what is acknowledged at once counts too.
func (p *Primary) waits(ctx context.Context) bool {
	if p.mode == DurabilityAuto && !p.embedded && !p.looked.Load() {
		// Once a second, should Redis not let us look.
		now := time.Now()
		if tried := p.tried.Load(); tried == nil || now.Sub(*tried) >= time.Second {
			ctx, cancel := context.WithTimeout(ctx, callTimeout)
			_, _ = p.look(ctx) // a Redis that does not answer is told by Ready
			cancel()
			p.tried.Store(&now)
		}
	}
	return p.wait.Load()
}

// confirm asks a replica that is online to confirm a write of our own, on the write's own
// connection: WAIT after no write says nothing. Just after its first sync a replica may
// need a second for that, and one that hangs never does; until one has, nobody else waits.
func (p *Primary) confirm(ctx context.Context) error {
	pipe := p.rdb.Pipeline()
	pipe.Set(ctx, p.probe, "", time.Minute)
	wait := pipe.Do(ctx, "wait", 1, waitTimeout.Milliseconds())
	if _, err := pipe.Exec(ctx); err != nil {
		return err //nolint:wrapcheck // the caller explains it
	}
	if n, err := wait.Int(); err == nil && n > 0 && !p.wait.Swap(true) {
		p.log.Info("a replica has confirmed a change: every change now waits for one")
	}
	return nil
}

// Settling reports whether a failover is less than Settle ago: the new
// primary may not know every session yet.
func (p *Primary) Settling() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.quiet)
}

// Ready is an error while Redis does not answer, or is set up so that it can lose what
// was acknowledged. It names the cause and, where it is known, the cure. The log has it too, once.
func (p *Primary) Ready(ctx context.Context) error {
	_, err := p.check(ctx)
	return err
}

// Failover looks for replicas, and reports whether another Redis is the primary
// now. A Redis that cannot be used is told as by Ready.
func (p *Primary) Failover(ctx context.Context) bool {
	failover, err := p.check(ctx)
	return err == nil && failover
}

func (p *Primary) check(ctx context.Context) (failover bool, err error) {
	within, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err = p.rdb.Ping(within).Err()
	switch {
	case err != nil && !redis.HasErrorPrefix(err, "NOPERM"):
		err = explain("redis does not answer", err)
	case p.embedded:
		return false, nil
	default:
		failover, err = p.look(within)
	}
	p.tell(ctx, err)
	return failover, err
}

// tell logs why Redis cannot be used, when that changes.
func (p *Primary) tell(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	said := ""
	if err != nil {
		said = strings.Map(func(r rune) rune { // without the port that a try came from
			if r >= '0' && r <= '9' {
				return -1
			}
			return r
		}, err.Error())
	}
	p.mu.Lock()
	was := p.said
	p.said = said
	p.mu.Unlock()
	switch {
	case said == was:
	case err != nil:
		p.log.Warn("the store cannot be used", zap.Error(err))
	default:
		p.log.Info("the store can be used again")
	}
}

// look reads INFO (never CONFIG: a hub needs no such right), refuses a Redis
// that evicts, and notes replicas and failovers.
func (p *Primary) look(ctx context.Context) (failover bool, err error) {
	asked := time.Now()
	text, err := p.rdb.Info(ctx).Result()
	if err != nil {
		return false, explain("read INFO", err)
	}
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[k] = v
		}
	}
	if major, _, _ := strings.Cut(info["redis_version"], "."); len(major) == 1 && major < leastRelease {
		return false, fmt.Errorf("redis %s is too old: %w", info["redis_version"], ErrOld)
	}
	p.mu.Lock()
	p.compare(info["server_time_usec"], asked)
	p.mu.Unlock()
	replicas := 0
	for i := 0; info["slave"+strconv.Itoa(i)] != ""; i++ {
		if strings.Contains(info["slave"+strconv.Itoa(i)], ",state=online,") {
			replicas++
		}
	}
	if p.metrics != nil {
		p.metrics.replicas.Set(float64(replicas))
	}
	online := replicas > 0
	p.looked.Store(true)
	if policy := info["maxmemory_policy"]; policy != "" && policy != "noeviction" && info["maxmemory"] != "0" {
		return false, fmt.Errorf("redis evicts keys (maxmemory-policy %s): set it to noeviction, else contacts are lost", policy)
	}
	if info["role"] == "slave" {
		return false, errors.New("redis is a replica: point --redis at the primary or use --redis-master")
	}
	switch {
	case p.wait.Load():
		err = p.rdb.Do(ctx, "wait", 0, 1).Err()
	case p.mode == DurabilityAuto && online:
		err = p.confirm(ctx)
	}
	if err != nil {
		return false, explain("ask for replicas", err)
	}
	if p.nokey != "" {
		if err := p.rdb.Exists(ctx, p.nokey).Err(); redis.HasErrorPrefix(err, "ASK ") {
			return false, ErrMoving
		} else if err != nil {
			return false, explain("look for the tenant", err)
		}
	}
	var warn []string
	if info["aof_enabled"] == "0" {
		warn = append(warn, "the append-only file is off: a Redis restart loses contacts")
	}
	switch waits := p.wait.Load(); {
	case waits && !online:
		warn = append(warn, "no replica is connected: changes wait for one")
	case !waits && online && p.mode == DurabilityAuto:
		warn = append(warn, "a replica is connected that confirms nothing: changes are on the primary alone until it does")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := strings.Join(warn, "; "); w != p.warnings {
		if p.warnings = w; w != "" {
			p.log.Warn("redis is not set up to keep everything", zap.String("reason", w))
		}
	}
	// Not its replication id: that changes when the first replica comes.
	failover = p.run != "" && info["run_id"] != p.run
	if p.run = info["run_id"]; failover {
		p.quiet = time.Now().Add(p.settle)
	}
	return failover, nil
}

// Notes are what an operator should change, "" for nothing.
func (p *Primary) Notes() string {
	if p.embedded {
		return "the store is in this process: nothing is kept when it ends"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(slices.DeleteFunc([]string{p.warnings, p.apart()}, func(s string) bool { return s == "" }), "; ")
}
