//go:build linux

package crowd

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/redis/go-redis/v9"

	"agenthub/cmd/hubbench/lab"
	"agenthub/cmd/hubbench/wire"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/session/identity"
)

// The pipelined client that the hub is compared with.
const (
	PipelineDepth   = 16
	PipelineWorkers = 4
)

// cycle is the shortest script that does a skip and a fetch at all, without one
// of the hub's guarantees: the floor of what Redis costs.
const cycle = `local r = redis.call('HMGET', KEYS[1], 'contact', 'at')
if not r[1] then r = {ARGV[2], ARGV[3]} end
redis.call('DEL', KEYS[1])
redis.call('ZADD', KEYS[2], ARGV[3], r[1])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'type', 'skip', 'agent', ARGV[1], 'contact', r[1], 'at', ARGV[3], 'node', ARGV[4])
redis.call('HSET', KEYS[1], 'contact', r[1], 'at', ARGV[3])
return {'ok', r[1]}`

// caller is an agent without a hub.
type caller struct {
	name  string
	turn  uint64
	head  []string        // how calls of ours begin
	calls [2]*script.Call // ours only, in turn
	cycle []any           // the command of the cycle script
}

// next gives our next call, with a request id of its own.
func (c *caller) next() *script.Call {
	call := c.calls[c.turn&1]
	key := []byte(call.Words[1])
	number(key, len(key)-idDigits, c.turn)
	call.Words[1] = string(key) // the stored reply's
	c.turn++
	return call
}

// Callers are agents without a hub: clients of Redis.
type Callers struct {
	rdb   *redis.Client
	list  []*caller
	Pool  *lab.Pool   // ours only
	books *lab.Ledger // ours only
}

// OurScripts signs agents in at a tenant of their own and prepares the hub's own
// commands for them.
func OurScripts(ctx context.Context, l *lab.Lab, agents, campaigns int) (*Callers, error) {
	tenant, p, scripts, err := openScripts(ctx, l, "raw", campaigns)
	if err != nil {
		return nil, err
	}
	b := &Callers{rdb: l.Redis, Pool: p, books: l.OpenLedger(tenant)}
	for i := range agents {
		c, err := signIn(ctx, p, "agent"+lab.Digits(i, 5))
		if err != nil {
			return nil, err
		}
		for i, args := range [2][]string{{"180000", "", "bench", "", ""}, {"", "", "", ""}} { // what store/lua says of their arguments
			c.calls[i] = scripts[i].CallOf(append(slices.Clone(c.head), args...))
		}
		b.list = append(b.list, c)
	}
	return b, nil
}

// openScripts opens a tenant of its own and loads what fetches and skips.
func openScripts(ctx context.Context, l *lab.Lab, name string, campaigns int) (string, *lab.Pool, [2]*script.Script, error) {
	var scripts [2]*script.Script
	tenant := lab.TenantPrefix + name + strconv.FormatInt(time.Now().UnixMilli(), 36)
	p, err := l.OpenPool(ctx, tenant, campaigns)
	if err != nil {
		return "", nil, scripts, err
	}
	for i, name := range []string{"reserve", "skip"} {
		if scripts[i], err = store.Script(tenant, store.DefaultPolicy(), name); err != nil {
			return "", nil, scripts, err
		}
	}
	return tenant, p, scripts, p.Runner.Load(ctx, scripts[:]...)
}

// OpenPeer signs agents in at a tenant of their own and starts a peer for them, which
// calls the hub's own scripts.
func OpenPeer(ctx context.Context, l *lab.Lab, agents, campaigns int) (*lab.Site, error) {
	tenant, p, scripts, err := openScripts(ctx, l, "peer", campaigns)
	if err != nil {
		return nil, err
	}
	told := lab.PeerConfig{Scripts: map[string]string{}, Agents: map[string][]string{}}
	for _, s := range scripts {
		told.Scripts[s.Name] = s.SHA
	}
	for i := range agents {
		c, err := signIn(ctx, p, "agent"+lab.Digits(i, 5))
		if err != nil {
			return nil, err
		}
		c.head[1] = p.Store.Keys().Reply(c.name, "")
		told.Agents[c.name] = c.head
	}
	proc, err := l.StartPeer(ctx, tenant, told)
	if err != nil {
		return nil, err
	}
	return &lab.Site{Process: proc, Pool: p, Books: l.OpenLedger(tenant)}, nil
}

// signIn opens a session without a hub, and begins the calls of its agent: keys of its record and of a reply, then what
// every script of an agent is told first.
func signIn(ctx context.Context, p *lab.Pool, name string) (*caller, error) {
	c := &store.Caller{Agent: identity.AgentID(name), Session: "s" + name, Joined: new(uint64)}
	if _, err := p.Store.Open(ctx, c, store.OpenArgs{Issued: time.Now(), IssuedAt: time.Now()}); err != nil {
		return nil, fmt.Errorf("sign in without a hub: %w", err)
	}
	k := p.Store.Keys()
	return &caller{name: name, head: []string{k.Agent(name), k.Reply(name, "r000"+string(mark)), name, c.Epoch, "print", "600000", "hubbench"}}, nil
}

// CycleScript prepares the cycle script for as many agents.
func CycleScript(ctx context.Context, l *lab.Lab, agents int) (*Callers, error) {
	sha, err := l.Redis.ScriptLoad(ctx, cycle).Result()
	if err != nil {
		return nil, fmt.Errorf("load the cycle script: %w", err)
	}
	b := &Callers{rdb: l.Redis}
	for i := range agents {
		name := "agent" + lab.Digits(i, 5)
		b.list = append(b.list, &caller{name: name, cycle: []any{
			"evalsha", sha, 3, lab.TenantPrefix + "r:" + name, lab.TenantPrefix + "queue", lab.TenantPrefix + "events",
			name, "c" + name, "1700000000000", "node",
		}})
	}
	return b, nil
}

// Run drives the callers with that many workers and that deep pipelines. Each
// caller has one command under way at most, like an agent.
func (b *Callers) Run(ctx context.Context, workers, depth int, p Plan, rpid int) (Result, error) {
	if p.Meet != nil {
		p.Meet()
	}
	var measuring, stop atomic.Bool
	var done atomic.Int64
	hists := make([]*hdrhistogram.Histogram, workers)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		share := b.list[w*len(b.list)/workers : (w+1)*len(b.list)/workers]
		hists[w] = hdrhistogram.New(1, 60_000_000, 3)
		wg.Go(func() {
			for at := 0; errs[w] == nil && !stop.Load(); at += depth {
				start := time.Now()
				errs[w] = b.batch(ctx, share, at, depth)
				if measuring.Load() {
					done.Add(int64(depth))
					_ = hists[w].RecordValue(max(1, time.Since(start).Microseconds())) // within its bounds
				}
			}
		})
	}
	res := Result{Valid: true, hist: hdrhistogram.New(1, 60_000_000, 3)}
	wire.Pause(ctx, p.Warm)
	m, err := lab.StartMeter(p.PIDs(map[string]int{"client": os.Getpid(), "redis": rpid}))
	measuring.Store(true)
	wire.Pause(ctx, p.Window)
	measuring.Store(false)
	if err == nil {
		res.Usage, err = m.Stop()
	}
	stop.Store(true)
	wg.Wait()
	for w := range workers {
		res.hist.Merge(hists[w])
		if err == nil {
			err = errs[w]
		}
	}
	if err != nil {
		return res, err
	}
	res.Answered = int(done.Load())
	res.finish(p)
	return res, b.settle(ctx)
}

// Count is how many instructions of a counted Redis one call takes, of so many that
// each caller makes in pipelines of that depth. What only the first calls do is not in it.
func (b *Callers) Count(ctx context.Context, l *lab.Lab, times, depth int) (float64, error) {
	turns := func(times int) error {
		for at := 0; at < times*len(b.list); at += depth {
			if err := b.batch(ctx, b.list, at, depth); err != nil {
				return err
			}
		}
		return nil
	}
	if err := turns(2); err != nil {
		return 0, err
	}
	n, err := l.Instructions(ctx, func() error { return turns(times) })
	if err != nil {
		return 0, err
	}
	return n / float64(times*len(b.list)), b.settle(ctx)
}

// batch sends the next command of depth callers in one pipeline.
func (b *Callers) batch(ctx context.Context, share []*caller, at, depth int) error {
	if b.Pool != nil {
		calls := make([]*script.Call, depth)
		for i := range depth {
			calls[i] = share[(at+i)%len(share)].next()
		}
		return send(ctx, b.Pool.Runner, calls)
	}
	pipe := b.rdb.Pipeline()
	replies := make([]*redis.StringSliceCmd, depth)
	for i := range depth {
		replies[i] = redis.NewStringSliceCmd(ctx, share[(at+i)%len(share)].cycle...)
		_ = pipe.Process(ctx, replies[i])
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("cycle script: %w", err)
	}
	for i, r := range replies {
		if words := r.Val(); len(words) == 0 || words[0] != "ok" {
			return fmt.Errorf("cycle script: %s: %q", share[(at+i)%len(share)].name, words)
		}
	}
	return nil
}

// settle lets whoever holds a contact skip it, and audits.
func (b *Callers) settle(ctx context.Context) error {
	if b.Pool == nil {
		return nil
	}
	var fetches, skips uint64
	for i, c := range b.list {
		if c.turn&1 == skip {
			if err := b.batch(ctx, b.list, i, 1); err != nil {
				return err
			}
		}
		fetches += c.turn / 2
		skips += c.turn / 2
	}
	b.Pool.Used = int(fetches)
	return b.books.Audit(ctx, b.Pool, fetches, skips)
}

// send sends calls as the hub would send them, in one pipeline. All must succeed.
func send(ctx context.Context, runner *script.Runner, calls []*script.Call) error {
	runner.Pipe(ctx, calls)
	for _, c := range calls {
		if c.Err != nil {
			return fmt.Errorf("script %s: %w", c.Script.Name, c.Err)
		}
		if c.Reply[0] != "ok" {
			return fmt.Errorf("script %s: %q", c.Script.Name, c.Reply)
		}
	}
	return nil
}
