// Package contactstest gives tests a tenant of their own on a real Redis or on the
// embedded store: all rooms of contacts as main connects them, agents who sign in,
// and a clock that the test moves.
package contactstest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/desk"
	"agenthub/contacts/feed"
	"agenthub/contacts/history"
	"agenthub/contacts/keys"
	"agenthub/contacts/lookup"
	"agenthub/contacts/script"
	"agenthub/contacts/script/embedded"
	"agenthub/contacts/store"
	"agenthub/contacts/tickets"
	"agenthub/contacts/zones"
)

// Node is one node of a tenant. What agents ask is the desk's, and stands here as
// if it were the node's own.
type Node struct {
	*desk.Desk
	Store   *store.Store
	Read    *lookup.Reader
	Past    *history.Log
	Feed    *feed.Feed
	Tickets *tickets.Office

	RDB       redis.UniversalClient // may do anything, the rooms what SECURITY.md says
	Following *script.Follower
	Keys      keys.Keys
	Vault     *contacts.Vault
	Policy    store.Policy
	Metrics   *prometheus.Registry
	Zones     *zones.Current // of nodes started from now on; default Zones

	T      testing.TB
	Target script.Target
	Tenant string
	Now    time.Time
	Broken bool // on purpose: what must never be is not checked
	// Alerts are the limits of nodes started from now on.
	Alerts feed.AlertLimits
	Log    *zap.Logger // default: none

	Unmade store.Unmade // of nodes started from now on; default: taken

	Durability script.Durability // of nodes started from now on; default primary

	BuiltIn bool // nodes started from now on bring the built-in rule pack

	hub      redis.UniversalClient // the rooms'
	ownClock bool
	rewrite  func(text string) string // of nodes started from now on; nil: none
	frame    *atomic.Int64            // numbers frames over all nodes
}

// patience is what a call may take where no fault is tested: on a loaded machine
// one that is asked again is done again, a microsecond later.
const patience = time.Minute

// Morning is when a tenant's clock begins: nine o'clock in Chicago.
var Morning = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant

// ForEach runs a test on a real Redis and on the embedded store.
func ForEach(t *testing.T, policy store.Policy, test func(t *testing.T, s *Node)) {
	t.Helper()
	for _, kind := range []string{"redis", "embedded"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := New(t, kind, policy)
			test(t, s)
			if !s.Broken {
				s.Check()
			}
		})
	}
}

// New makes a tenant on "redis" or "embedded", its clock at Morning.
func New(tb testing.TB, kind string, policy store.Policy) *Node {
	tb.Helper()
	var target script.Target
	if kind == "redis" {
		socket, err := redisSocket()
		NeedRedis(tb, err)
		target.URL, target.Username, target.Password = "unix://"+socket, hubUser, hubPassword
	} else {
		e := embedded.New()
		tb.Cleanup(e.Close)
		target.Dialer = e.Dial
	}
	target.Timeout = patience
	s := On(tb, target)
	s.ownClock = true
	s.Start("node1", policy)
	s.At(Morning)
	s.ReadClocks()
	return s
}

// On prepares a tenant somewhere, on real time; Start starts its nodes.
func On(tb testing.TB, target script.Target) *Node {
	tb.Helper()
	return &Node{T: tb, Target: target, Tenant: "t" + rand.Text(), Now: time.Now(), frame: new(atomic.Int64)}
}

// Zones are the embedded zone data, opened once for all tests: the machine decides nothing.
var Zones = sync.OnceValue(func() *zones.Current { //nolint:gochecknoglobals // what never changes
	data, err := zones.Watch(zones.Options{System: "none"})
	if err != nil {
		panic(err) // it is part of the program
	}
	return data
})

// ReadClocks writes the rows of all zones, as a hub does that starts now.
func (s *Node) ReadClocks() {
	s.T.Helper()
	if err := s.Store.WriteZones(s.T.Context()); err != nil {
		s.T.Fatal(err)
	}
}

// Start makes all rooms: one node of the tenant.
func (s *Node) Start(node string, policy store.Policy) {
	s.T.Helper()
	rdb, follow, err := script.Dial(s.Target)
	if err != nil {
		s.T.Fatal(err)
	}
	admin := s.admin(rdb)
	for _, client := range []redis.UniversalClient{rdb, admin} {
		if s.rewrite != nil {
			client.AddHook(&rewriter{rewrite: s.rewrite, shas: map[string]string{}})
		}
		if s.ownClock {
			client.AddHook(&rewriter{rewrite: ownTime(s.Tenant), shas: map[string]string{}})
		}
		if admin == rdb {
			break
		}
	}
	vault, err := contacts.NewVault(nil, s.Tenant)
	if err != nil {
		s.T.Fatal(err)
	}
	if s.Log == nil {
		s.Log = zap.NewNop()
	}
	if s.Zones == nil {
		s.Zones = Zones()
	}
	s.Metrics = prometheus.NewRegistry()
	made, err := store.New(s.T.Context(), store.Options{
		Redis: rdb, Tenant: s.Tenant, Node: node, Vault: vault, Policy: policy, Zones: s.Zones, Embedded: s.Target.Dialer != nil && s.Target.URL == "",
		Durability: s.Durability, BuiltIn: s.BuiltIn, Unmade: s.Unmade, Timeout: s.Target.Timeout, Log: s.Log, Metrics: s.Metrics,
	})
	if err != nil {
		s.T.Fatal(err)
	}
	s.Store, s.RDB, s.hub, s.Following, s.Keys, s.Vault, s.Policy = made, admin, rdb, follow, made.Keys(), vault, policy
	s.Read, s.Past = lookup.New(rdb, s.Keys, vault), history.New(rdb, s.Keys, s.Log)
	s.Feed = feed.New(feed.Options{
		Redis: rdb, Follow: follow, Store: made, Past: s.Past, Node: node, FeedAge: policy.FeedAge, Alerts: s.Alerts, Log: s.Log, Metrics: s.Metrics,
	})
	s.Desk, s.Tickets = desk.New(made, s.Read, s.Zones), tickets.New(rdb, s.Keys)
	s.T.Cleanup(func() {
		made.Shutdown()
		if err := errors.Join(rdb.Close(), follow.Close()); err != nil {
			s.T.Errorf("close the clients: %v", err)
		}
	})
}

// admin is a client that may do anything on the store of the rooms' client.
func (s *Node) admin(rooms redis.UniversalClient) redis.UniversalClient {
	s.T.Helper()
	if s.Target.Username == "" {
		return rooms
	}
	target := s.Target
	target.Username, target.Password = "", ""
	rdb, follow, err := script.Dial(target)
	if err == nil {
		err = follow.Close()
	}
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// Another starts a second node of the same tenant. The clock is moved on the first.
func (s *Node) Another(node string) *Node {
	s.T.Helper()
	n := *s
	n.Start(node, s.Policy)
	return &n
}

// At sets the clock; After moves it.
func (s *Node) At(now time.Time) {
	s.T.Helper()
	s.Now = now
	if err := s.RDB.MSet(s.T.Context(), s.Keys.One("clock"), now.UnixMilli(), s.Keys.One("tick"), 0).Err(); err != nil {
		s.T.Fatal(err)
	}
}

// After moves the clock on.
func (s *Node) After(d time.Duration) {
	s.T.Helper()
	s.At(s.Now.Add(d))
}

// Stock imports n contacts of a campaign, c1 first.
func (s *Node) Stock(campaign string, n int) {
	s.T.Helper()
	rows := make([]contacts.Row, n)
	for i := range rows {
		id := fmt.Sprintf("%s-%d", campaign, i+1)
		rows[i] = contacts.Row{
			ID: contacts.ID(id), Campaign: contacts.CampaignID(campaign), Phone: contacts.Phone("+1 555 01" + fmt.Sprintf("%02d", i)), AccountNumber: id,
			E164: "+999" + campaign + strconv.Itoa(100+i),
		}
	}
	s.Imports(rows...)
}

// Put sets a campaign's rules, as the API of this node does.
func (s *Node) Put(id contacts.CampaignID, r contacts.Rules) {
	s.T.Helper()
	if _, err := s.Store.PutCampaign(s.T.Context(), id, r, nil); err != nil {
		s.T.Fatal(err)
	}
	s.Read.ForgetRules(id)
}

// Imports loads rows, one by one, and says what became of each.
func (s *Node) Imports(rows ...contacts.Row) []contacts.ImportResult {
	s.T.Helper()
	var all []contacts.ImportResult
	for _, r := range rows { // one by one, so that order of arrival is theirs
		got, err := s.Store.Import(s.T.Context(), []contacts.Row{r}, nil)
		if err != nil {
			s.T.Fatalf("Import(%s): %v", r.ID, err)
		}
		all = append(all, got...)
	}
	return all
}

// Reap runs the reaper until nothing is due.
func (s *Node) Reap() {
	s.T.Helper()
	for {
		again, err := s.Store.ReapOnce(s.T.Context(), true)
		if err != nil {
			s.T.Fatalf("reap: %v", err)
		}
		if !again {
			return
		}
	}
}

// ForgetReplies makes the scripts of all nodes look up no stored reply, those of
// this one, which starts anew, too.
func (s *Node) ForgetReplies() {
	s.T.Helper()
	s.rewrite = func(text string) string { return strings.ReplaceAll(text, "call('GET', KEYS[2])", "false") }
	s.Start("forgetful", s.Policy)
}
