// Package store is the truth about contacts: who holds which, and what became
// of it. One method is one transition, and one transition is one Lua script
// (lua/*.lua), run atomically in one round trip. What it promises:
//
//   - A contact is in exactly one state and held by at most one agent; an agent
//     holds at most one contact; one number is never in two agents' hands.
//   - What was answered ok has happened, once: a repeated request id gets the
//     first reply again, on any socket, on any node.
//   - A session that was taken over can change nothing: every script compares
//     the epoch before it compares anything else but the request id.
//   - A dialled contact is never offered again by a timer.
//   - One event per change, with a dense seq, appended by the script of the
//     change itself; no number is ever in one.
//
// It takes and gives typed values: what a client sends and is told, in whatever
// form, is the business of desk and api. Goroutines: those of its two runners
// (New … Shutdown), and Reap, which main starts and waits for.
//
//	Skip(ctx, Caller, SkipArgs) ─▶ change ─▶ script.Runner ─▶ EVALSHA ─▶ word ─▶ View or error
//
// It does not promise consensus: with durability "replica" an acknowledged
// change is on two machines, and is lost if the third is promoted.
package store

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/layers"
	"agenthub/contacts/script"
	"agenthub/contacts/store/law"
	"agenthub/contacts/store/places"
	"agenthub/contacts/store/terms"
	"agenthub/contacts/zones"
)

// Policy is how long things last. No field has a default of its own: start from DefaultPolicy.
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
	KeepClosed     time.Duration // how long closed contacts are kept; 0: for good
}

// DefaultPolicy returns the defaults of the flags.
func DefaultPolicy() Policy {
	return Policy{
		ReservationTTL: 3 * time.Minute, DialledTTL: 4 * time.Hour, Grace: 20 * time.Second,
		SkipDelay: 15 * time.Minute, SkipAvoid: 24 * time.Hour, SkipLimit: 5,
		ExtendStep: 2 * time.Minute, WrapupTTL: 15 * time.Minute, FeedMax: 2_000_000, FeedAge: 24 * time.Hour,
	}
}

// Options make a Store.
type Options struct {
	Redis      redis.UniversalClient // required; MaxRetries must be -1, see script.Dial
	Tenant     string                // required
	Node       string                // required; this process's incarnation, unique over restarts
	Vault      *contacts.Vault       // required
	Policy     Policy                // required
	Zones      *zones.Current        // required; whose rows the scripts read
	Durability script.Durability     // "" is primary
	Embedded   bool                  // the store is in this process: nothing to check
	BuiltIn    bool                  // the store gets the built-in rule pack, see KeepLaw
	Unmade     Unmade                // of rows that an import names; "" takes them
	Unbatched  bool                  // one call at a time, for comparison
	Timeout    time.Duration         // of one call; default 1 s, as in script.Target
	Log        *zap.Logger           // required
	Metrics    prometheus.Registerer // nil: none
}

// Store is the only way to change a contact. It is safe for concurrent use.
type Store struct {
	*law.Keeper // the rule packs

	// Set by New, read-only after.
	rdb     redis.UniversalClient
	keys    keys.Keys
	lua     *scripts
	runner  *script.Runner
	loads   *script.Runner // imports: their own connections, so that a load never delays an agent
	primary *script.Primary
	vault   *contacts.Vault
	buckets *layers.Buckets
	policy  Policy
	node    string
	zones   *zones.Agreed
	places  *places.Walker
	log     *zap.Logger
	met     *metrics
	stop    context.CancelFunc

	onForgotten atomic.Pointer[func()]    // tells the hub that sessions must rejoin
	forgotten   atomic.Uint64             // how often the store may have forgotten this node's sessions
	beat        atomic.Pointer[time.Time] // when the last beat was that arrived, nil before the first
	lost        atomic.Int64              // records that are gone, by the last reaping
	back        atomic.Int64              // ns that the store's clock was put back, by the last reaping
	unmade      Unmade                    // set by New, read-only after
}

// loadLanes share each sync to disk: 100,000 rows in 8 s instead of 30 with one.
const loadLanes = 4

// New checks the options and loads the scripts lazily: Redis may be away.
func New(ctx context.Context, o Options) (*Store, error) {
	k, figures := keys.New(o.Tenant), script.NewMetrics(o.Metrics)
	lua, err := newScripts(k, o.Policy, figures)
	if err != nil {
		return nil, err
	}
	buckets, err := layers.NewBuckets(o.Vault)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	primary := script.NewPrimary(script.PrimaryOptions{
		Redis: o.Redis, Embedded: o.Embedded, Durability: o.Durability, Settle: 2 * nodeLease, Log: o.Log, Metrics: figures, Probe: k.One("probe"), NoKey: NoKey(o.Tenant),
	})
	lanes, loads := 2, loadLanes
	if o.Embedded { // one lock in the same process
		lanes, loads = 1, 1
	}
	runner := script.Options{Redis: o.Redis, Primary: primary, Metrics: figures, Lanes: lanes, Unbatched: o.Unbatched, Timeout: o.Timeout}
	// With every change synced to disk, Redis takes 16 KiB of calls a sync from each lane.
	loader := script.Options{Redis: o.Redis, Primary: primary, Metrics: figures, Lanes: loads, Unmeasured: true, Timeout: o.Timeout}
	s := &Store{
		rdb: o.Redis, keys: k, lua: lua, runner: script.NewRunner(ctx, runner), loads: script.NewRunner(ctx, loader), primary: primary,
		vault: o.Vault, buckets: buckets, policy: o.Policy, unmade: o.Unmade, node: o.Node, zones: &zones.Agreed{Current: o.Zones}, log: o.Log, met: newMetrics(o.Metrics), stop: stop,
	}
	now := func(ctx context.Context) (time.Time, error) {
		wall, _, err := s.Times(ctx)
		return wall, err
	}
	s.Keeper = law.New(law.Options{
		Redis: o.Redis, Keys: k, Runner: s.runner, Bring: lua.bring, Text: lua.law, Now: now, BuiltIn: o.BuiltIn, Holidays: s.met.holidays, Log: o.Log,
	})
	s.places = places.New(places.Options{
		Redis: o.Redis, Keys: k, Vault: o.Vault, Zones: o.Zones, Runner: s.loads, Place: lua.place, Now: now, Log: o.Log,
	})
	return s, nil
}

// Shutdown waits for what is under way. The client stays open.
func (s *Store) Shutdown() {
	s.runner.Close()
	s.loads.Close()
	s.stop()
}

// Ready is an error while agents cannot work: Redis answers no script, or is set
// up so that it can lose what was acknowledged.
func (s *Store) Ready(ctx context.Context) error { return s.primary.Ready(ctx) }

// Notes are what an operator should change about Redis, the zone data and the rule packs.
func (s *Store) Notes() []string {
	notes := append(s.zones.Notes(), s.Keeper.Notes()...)
	if n := s.lost.Load(); n > 0 {
		notes = append(notes, strconv.FormatInt(n, 10)+" records of contacts are gone from redis and set aside: see agenthub check --repair")
	}
	if note := s.primary.Notes(); note != "" {
		notes = append([]string{note}, notes...)
	}
	return notes
}

// Now is the time by the store's clock, as of the last look at it.
func (s *Store) Now() time.Time { return s.primary.Now() }

// NoKey is a key of the tenant that is never there: who looks for the tenant in a cluster asks for it.
func NoKey(tenant string) string { return keys.New(tenant).One("nokey") }

// Keys are those of the store's tenant.
func (s *Store) Keys() keys.Keys { return s.keys }

// run runs a script that nobody's session stands behind.
func (s *Store) run(ctx context.Context, sc *script.Script, k1, k2 string, args ...string) ([]string, error) {
	return s.runner.Run(ctx, sc.Call(k1, k2, args...))
}

// once runs a script for somebody who is no agent: asked again because its reply
// was lost, it does nothing twice.
func (s *Store) once(ctx context.Context, sc *script.Script, key, subject, actor string, args ...string) ([]string, error) {
	head := [5]string{keys.Escape(subject), keys.Escape(actor), "f", rememberFrame, s.node}
	r, err := s.run(ctx, sc, key, s.keys.Frame("api", nonce()), append(head[:], args...)...)
	if err != nil {
		return nil, err
	}
	r[0] = terms.Word(r[0])
	return r, nil
}

// nonce is 64 random bits, which make a reservation id unique.
func nonce() string {
	return strconv.FormatUint(rand.Uint64(), 36)
}

func ms(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
