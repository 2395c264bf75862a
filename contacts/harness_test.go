package contacts

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// redisSocket starts one private redis-server for the package, on a unix socket.
var redisSocket = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "agenthub-redis-")
	if err != nil {
		return "", err
	}
	server, err := startRedis(dir, "--appendonly", "no")
	stopRedis = func() {
		server.kill()
		_ = os.RemoveAll(dir)
	}
	return server.socket, err
})

// redisServer is a redis-server of the test's own.
type redisServer struct {
	socket  string
	process *exec.Cmd
}

// startRedis starts a redis-server in a directory and waits until it answers.
func startRedis(dir string, args ...string) (*redisServer, error) {
	r := &redisServer{socket: filepath.Join(dir, "redis.sock")}
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return r, errors.New("redis-server is not installed: run `make deps`")
	}
	r.process = exec.Command(path, append([]string{"--port", "0", "--unixsocket", r.socket, "--save", "", "--dir", dir}, args...)...)
	if err := r.process.Start(); err != nil {
		return r, err
	}
	rdb, follow, err := Dial(Target{URL: "unix://" + r.socket})
	if err != nil {
		return r, err
	}
	defer func() { _ = errors.Join(rdb.Close(), follow.Close()) }()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for rdb.Ping(ctx).Err() != nil && ctx.Err() == nil {
		<-time.After(5 * time.Millisecond)
	}
	return r, ctx.Err()
}

// kill ends it as a crash would.
func (r *redisServer) kill() {
	if r.process == nil {
		return
	}
	_ = r.process.Process.Kill()
	_ = r.process.Wait()
}

var stopRedis = func() {}

func TestMain(m *testing.M) {
	LogDriver(zap.NewNop())
	flag.Parse()
	if asked := flag.Lookup("rapid.checks"); asked.Value.String() == asked.DefValue {
		_ = asked.Value.Set(strconv.Itoa(modelChecks))
	}
	code := m.Run()
	stopRedis()
	os.Exit(code)
}

// testClock puts a clock of the test's own in place of Redis' TIME; every call
// takes one microsecond.
const testClock = `local M = call('GET', P .. 'clock') * 1000 + call('INCRBY', P .. 'tick', #ALL / 2) - #ALL / 2 + 1
local US = M
local NOW = (US - US % 1000) / 1000`

// testStore is a store of a tenant of its own, with a clock the test moves.
type testStore struct {
	*Store
	t      testing.TB
	target Target
	tenant string
	clock  string
	now    time.Time
	frame  *atomic.Int64 // numbers frames over all nodes
	broken bool          // on purpose: what must never be is not checked
}

var morning = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)

// forEachStore runs a test on a real Redis and on the embedded store.
func forEachStore(t *testing.T, policy Policy, test func(t *testing.T, s *testStore)) {
	t.Helper()
	for _, kind := range []string{"redis", "embedded"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newTestStore(t, kind, policy)
			test(t, s)
			if !s.broken {
				s.check()
			}
		})
	}
}

func newTestStore(tb testing.TB, kind string, policy Policy) *testStore {
	tb.Helper()
	var target Target
	if kind == "redis" {
		socket, err := redisSocket()
		needRedis(tb, err)
		target.URL = "unix://" + socket
	} else {
		e := NewEmbedded()
		tb.Cleanup(e.Close)
		target.Dialer = e.Dial
	}
	s := &testStore{t: tb, target: target, tenant: "t" + rand.Text(), clock: testClock, frame: new(atomic.Int64)}
	s.start("node1", policy)
	s.at(morning)
	return s
}

// start makes the Store: one node of the tenant.
func (s *testStore) start(node string, policy Policy) {
	s.t.Helper()
	rdb, follow, err := Dial(s.target)
	if err != nil {
		s.t.Fatal(err)
	}
	vault, err := NewVault(nil, s.tenant)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Store, err = NewStore(s.t.Context(), Options{
		Redis: rdb, Follow: follow, Tenant: s.tenant, Node: node, Vault: vault, Policy: policy,
		Embedded: s.target.Dialer != nil && s.target.URL == "", Log: zap.NewNop(), clock: s.clock,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	started := s.Store
	s.t.Cleanup(func() {
		if err := started.Shutdown(); err != nil {
			s.t.Errorf("Shutdown: %v", err)
		}
	})
}

// another starts a second node of the same tenant. The clock is moved on the first.
func (s *testStore) another(node string) *testStore {
	s.t.Helper()
	n := *s
	n.start(node, s.policy)
	return &n
}

// redis runs a bare command on a key of the tenant, to look or to damage.
func (s *testStore) redis(tb testing.TB, command, key string, args ...any) any {
	tb.Helper()
	v, err := s.rdb.Do(tb.Context(), append([]any{command, s.keys.one(key)}, args...)...).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		tb.Fatalf("%s %s: %v", command, key, err)
	}
	return v
}

// at sets the clock; after moves it.
func (s *testStore) at(now time.Time) {
	s.t.Helper()
	s.now = now
	if err := s.rdb.MSet(s.t.Context(), s.keys.one("clock"), now.UnixMilli(), s.keys.one("tick"), 0).Err(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *testStore) after(d time.Duration) {
	s.t.Helper()
	s.at(s.now.Add(d))
}

// load imports n contacts of a campaign, c1 first.
func (s *testStore) load(campaign string, n int) {
	s.t.Helper()
	rows := make([]Row, n)
	for i := range rows {
		id := fmt.Sprintf("%s-%d", campaign, i+1)
		rows[i] = Row{
			ID: ID(id), Campaign: CampaignID(campaign), Phone: Phone("+1 555 01" + fmt.Sprintf("%02d", i)), AccountNumber: id,
			E164: "+1555" + campaign + strconv.Itoa(100+i),
		}
	}
	s.imports(rows...)
}

func (s *testStore) imports(rows ...Row) []ImportResult {
	s.t.Helper()
	var all []ImportResult
	for _, r := range rows { // one by one, so that order of arrival is theirs
		got, err := s.Import(s.t.Context(), []Row{r})
		if err != nil {
			s.t.Fatalf("Import(%s): %v", r.ID, err)
		}
		all = append(all, got...)
	}
	return all
}

// signIn opens a session that speaks agenthub.v1.
func (s *testStore) signIn(agent string, change ...func(*session.Claim)) *session.Claim {
	s.t.Helper()
	c := &session.Claim{
		Identity: identity.Identity{Agent: identity.AgentID(agent), Role: identity.RoleAgent, IssuedAt: s.now},
		Session:  rand.Text(), Instance: "tab-" + agent, Issued: s.now.UnixMilli(),
	}
	for _, f := range change {
		f(c)
	}
	if _, err := s.Open(s.t.Context(), c); err != nil {
		s.t.Fatalf("Open(%s): %v", agent, err)
	}
	return c
}

// ask runs one handler as a frame of the session would, with these data fields.
func (s *testStore) ask(c *session.Claim, h session.Handler, data string) (any, error) {
	s.t.Helper()
	return s.askID(c, h, data, "")
}

func (s *testStore) askID(c *session.Claim, h session.Handler, data, requestID string) (any, error) {
	s.t.Helper()
	return s.askAs("x", c, h, data, requestID)
}

// askAs names the subtopic too, which is part of what makes a request the same.
func (s *testStore) askAs(subtopic string, c *session.Claim, h session.Handler, data, requestID string) (any, error) {
	s.t.Helper()
	if data == "" {
		data = "{}"
	}
	env, err := envelope.Decode([]byte(`{"channel":"LCM","topic":"WebService","subtopic":"x","data":` + data + `}`))
	if err != nil {
		s.t.Fatalf("Decode(%s): %v", data, err)
	}
	return h(s.t.Context(), &session.Request{
		Claim: c, Subtopic: subtopic, ID: requestID, Frame: strconv.FormatInt(s.frame.Add(1), 10), Data: env.Data,
	})
}

// next reserves and returns the contact's id.
func (s *testStore) next(c *session.Claim) string {
	s.t.Helper()
	got, err := s.ask(c, s.GetContact, "")
	if err != nil {
		return code(err)
	}
	return got.(*contactOD).ContactID
}

// code is what the client is told: "ok", or the refusal's code.
func code(err error) string {
	if err == nil {
		return "ok"
	}
	return string(envelope.AsError(err).Code)
}

func (s *testStore) state(id string) State {
	s.t.Helper()
	c, err := s.Contact(s.t.Context(), ID(id))
	if err != nil {
		s.t.Fatalf("Contact(%s): %v", id, err)
	}
	return c.State
}

// reap runs the reaper until nothing is due.
func (s *testStore) reap() {
	s.t.Helper()
	for {
		again, err := s.reapOnce(s.t.Context(), true)
		if err != nil {
			s.t.Fatalf("reap: %v", err)
		}
		if !again {
			return
		}
	}
}

// check fails the test if the store is in a state that must never be.
func (s *testStore) check() {
	s.t.Helper()
	problems, err := s.Check(s.t.Context())
	if err != nil {
		s.t.Fatalf("Check: %v", err)
	}
	for _, p := range problems {
		s.t.Errorf("Check: %s", p)
	}
	if len(problems) > 0 {
		s.t.FailNow()
	}
}

// events returns the types of all events, oldest first, as "type agent contact reason".
func (s *testStore) events() []string {
	s.t.Helper()
	var got []string
	err := s.Walk(s.t.Context(), Filter{}, time.Time{}, time.Time{}, func(e Event) error {
		got = append(got, fmt.Sprintf("%s %s %s %s", e.Type, e.Agent, e.ContactID, e.Reason))
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// legacy is a client that never says that it dials.
func legacy(c *session.Claim) { c.Legacy = true }
