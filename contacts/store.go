package contacts

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/session"
)

// Policy is how long things last; design.md names the flags. Zero values mean the defaults of DefaultPolicy.
type Policy struct {
	ReservationTTL time.Duration // lease of a reservation
	DialledTTL     time.Duration // lease of a dialled contact, and of one shown to a legacy client
	LegacyRequeue  bool          // --legacy-drop requeue: a legacy client's contact is treated like a reserved one
	Grace          time.Duration // a lost socket may come back for this long
	MinHold        time.Duration // an unnamed skip never releases a younger reservation
	SkipDelay      time.Duration // a skipped contact is not offered before
	SkipAvoid      time.Duration // nor to the same agent before
	SkipLimit      int           // skips by different agents that bring it to review
	ExtendStep     time.Duration // what Keep adds
	WrapupTTL      time.Duration // a disposition must follow within
	FeedMax        int64         // most events kept
	FeedAge        time.Duration // oldest event kept
}

// DefaultPolicy returns the defaults of protocol.md and design.md section 10.
func DefaultPolicy() Policy {
	return Policy{
		ReservationTTL: 3 * time.Minute, DialledTTL: 4 * time.Hour, Grace: 20 * time.Second,
		SkipDelay: 15 * time.Minute, SkipAvoid: 24 * time.Hour, SkipLimit: 5,
		ExtendStep: 2 * time.Minute, WrapupTTL: 15 * time.Minute, FeedMax: 2_000_000, FeedAge: 24 * time.Hour,
	}
}

// Options make a Store.
type Options struct {
	Redis      redis.UniversalClient // required; MaxRetries must be -1, see Dial
	Follow     redis.UniversalClient // required; a client of its own for blocking reads
	Tenant     string                // required
	Node       string                // required; this process's incarnation, unique over restarts
	Vault      *Vault                // required
	Policy     Policy
	Durability Durability // "" is primary
	Embedded   bool       // the store is in this process: nothing to check, key expiry needs a ticker
	Unbatched  bool       // one call at a time, for comparison
	Alerts     AlertLimits
	Log        *zap.Logger
	Metrics    prometheus.Registerer // nil: none

	clock string // tests: replaces the line that reads TIME
}

// Store is the only way to the contacts in Redis. It is safe for concurrent use.
type Store struct {
	// Set by NewStore, read-only after.
	rdb    redis.UniversalClient
	follow redis.UniversalClient
	keys   keys
	lua    *scripts
	batch  *batcher
	loads  *batcher // imports: their own connections, so that a load never delays an agent
	vault  *Vault
	policy Policy
	node   string
	log    *zap.Logger
	met    *storeMetrics
	dur    *durability
	embed  bool

	feed   *Feed
	alerts *detector
	lost   atomic.Pointer[func()] // tells the hub that sessions must rejoin; set by Follow
	times  atomic.Uint64          // how often the store may have forgotten this node's sessions
	beat   atomic.Int64           // when the last beat was that arrived, Unix ms, 0 before the first
	rules  sync.Map               // CampaignID → rulesAt, for shown times
	stop   context.CancelFunc
}

// loadLanes share each sync to disk: 100,000 rows in 8 s instead of 30 with one.
const loadLanes = 4

// NewStore checks the options and loads the scripts lazily: Redis may be away.
func NewStore(ctx context.Context, o Options) (*Store, error) {
	k := newKeys(o.Tenant)
	lua, err := newScripts(k, o.Policy, o.clock)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Store{
		rdb: o.Redis, follow: o.Follow, keys: k, lua: lua, vault: o.Vault, policy: o.Policy, node: o.Node, log: o.Log,
		met: newStoreMetrics(o.Metrics), dur: newDurability(o.Durability), embed: o.Embedded, stop: stop,
	}
	for _, sc := range lua.all {
		sc.met = s.met.script(sc.Name)
	}
	lanes, loads := 2, loadLanes
	if o.Embedded { // one lock in the same process
		lanes, loads = 1, 1
	}
	s.batch = newBatcher(ctx, o.Redis, lanes, o.Unbatched, s.replicated, s.met.batch)
	// With every change synced to disk, Redis takes 16 KiB of calls a sync from each lane.
	s.loads = newBatcher(ctx, o.Redis, loads, false, s.replicated, func(int, time.Duration, bool) {})
	s.feed, s.alerts = newFeed(s), newDetector(o.Alerts)
	return s, nil
}

// Shutdown waits for what is under way and closes both clients.
func (s *Store) Shutdown() error {
	s.batch.close()
	s.loads.close()
	s.stop()
	return errors.Join(s.rdb.Close(), s.follow.Close())
}

// run runs a script until it has a definite reply: the only retry loop there
// is. The script must be safe to repeat: it carries a request id, or repeating
// it changes nothing.
func (s *Store) run(ctx context.Context, sc *script, k1, k2 string, args ...string) ([]string, error) {
	return s.runOn(ctx, s.batch, newCall(sc, k1, k2, args...))
}

func (s *Store) runOn(ctx context.Context, b *batcher, c *call) ([]string, error) {
	start := time.Now()
	c.until = start.Add(sendFor)
	sent := false
	for try := 0; ; try++ {
		err := b.do(ctx, c)
		if err == nil {
			c.script.met.observe(c.reply[0], time.Since(start))
			return c.reply, nil
		}
		if !transient(err) {
			return nil, fmt.Errorf("%s: %w", c.script.Where(err), err)
		}
		sent = sent || maybeExecuted(err)
		pause := time.Duration(rand.Int64N(int64(min(20*time.Millisecond<<min(try, 6), time.Second)))) + time.Millisecond
		if errors.Is(err, ErrUnavailable) || time.Since(start)+pause > sendFor || !sleep(ctx, pause) {
			if sent {
				return nil, fmt.Errorf("script %s: %w: %w", c.script.Name, ErrPending, err)
			}
			return nil, fmt.Errorf("script %s: %w: %w", c.script.Name, ErrUnavailable, err)
		}
		s.met.retries.Inc()
		c = &call{script: c.script, words: c.words, until: c.until, done: make(chan struct{}, 1)}
	}
}

// sleep reports whether the pause passed before the context ended.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// transient errors may pass: everything but a reply that says our call was wrong.
func transient(err error) bool {
	if _, replied := errors.AsType[redis.Error](err); !replied {
		return true
	}
	for _, p := range []string{"LOADING", "READONLY", "MASTERDOWN", "NOREPLICAS", "TRYAGAIN", "CLUSTERDOWN", "OOM", "BUSY", "MISCONF", "UNBLOCKED", "NOSCRIPT"} {
		if redis.HasErrorPrefix(err, p) {
			return true
		}
	}
	return false
}

// maybeExecuted reports whether the call may have been executed although it
// failed: not when Redis refused it, nor when no connection was made, nor when
// the batcher is closed.
func maybeExecuted(err error) bool {
	if errors.Is(err, ErrUnavailable) {
		return false
	}
	if _, replied := errors.AsType[redis.Error](err); replied || errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrPoolExhausted) {
		return false
	}
	op, network := errors.AsType[*net.OpError](err)
	return !network || op.Op != "dial"
}

// nonce is 64 random bits, which make a reservation id unique.
func nonce() string {
	return strconv.FormatUint(rand.Uint64(), 36)
}

func ms(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

func unixMs(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

func parseMs(s string) time.Time {
	if s == "" { // most times are not set
		return time.Time{}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// lease is how long a contact stays with the client it is shown to.
func (s *Store) lease(c *session.Claim) (lease time.Duration, legacy string) {
	if c.Legacy && !s.policy.LegacyRequeue {
		return s.policy.DialledTTL, "1"
	}
	return s.policy.ReservationTTL, ""
}

// serving are a token's campaigns in key form, each between line ends; "" is
// all. One argument, however many they are, is what a script reads fastest.
func serving(names []string) string {
	if names == nil {
		return ""
	}
	var b strings.Builder
	b.WriteByte('\n')
	for _, n := range names {
		b.WriteString(esc(n))
		b.WriteByte('\n')
	}
	return b.String()
}

// served reads what serving wrote.
func served(lines string) []string {
	if lines == "" {
		return nil
	}
	names := []string{}
	for name := range strings.SplitSeq(lines[1:], "\n") {
		if name != "" {
			names = append(names, unesc(name))
		}
	}
	return names
}

// Ready reports why agents cannot work now, or nil: Redis answers a script, and
// is set up so that it cannot lose what was acknowledged.
func (s *Store) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := s.rdb.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("redis does not answer: %w", err)
	}
	if s.embed {
		return s.feed.ready()
	}
	if err := s.dur.check(ctx, s.rdb, s.log); err != nil {
		return err
	}
	return s.feed.ready()
}

// Notes are what an operator should change about Redis, "" for nothing.
func (s *Store) Notes() string {
	if s.embed {
		return "the store is in this process: nothing is kept when it ends"
	}
	return s.dur.notes()
}

func classOf(err error) string {
	switch {
	case errors.Is(err, ErrPending):
		return "pending"
	case errors.Is(err, ErrUnavailable):
		return "unavailable"
	case strings.Contains(err.Error(), "script"):
		return "script"
	}
	return "other"
}
