// Package contactstest gives tests a tenant of their own on a real Redis or on the
// embedded store: all rooms of contacts as main connects them, agents who sign in,
// and a clock that the test moves.
package contactstest

import (
	"context"
	"crypto/rand"
	"encoding/json"
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
	"agenthub/contacts/audit"
	"agenthub/contacts/desk"
	"agenthub/contacts/feed"
	"agenthub/contacts/history"
	"agenthub/contacts/keys"
	"agenthub/contacts/lookup"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/contacts/tickets"
	"agenthub/contacts/zones"
	"agenthub/session"
	"agenthub/session/envelope"
	"agenthub/session/identity"
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

	RDB, Following redis.UniversalClient
	Keys           keys.Keys
	Vault          *contacts.Vault
	Policy         store.Policy
	Metrics        *prometheus.Registry
	Zones          *zones.Current // of nodes started from now on; default Zones

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
		target.URL = "unix://" + socket
	} else {
		e := script.NewEmbedded()
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
	if s.rewrite != nil {
		rdb.AddHook(&rewriter{rewrite: s.rewrite, shas: map[string]string{}})
	}
	if s.ownClock {
		rdb.AddHook(&rewriter{rewrite: ownTime(s.Tenant), shas: map[string]string{}})
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
		Durability: s.Durability, Unmade: s.Unmade, Timeout: s.Target.Timeout, Log: s.Log, Metrics: s.Metrics,
	})
	if err != nil {
		s.T.Fatal(err)
	}
	s.Store, s.RDB, s.Following, s.Keys, s.Vault, s.Policy = made, rdb, follow, made.Keys(), vault, policy
	s.Read, s.Past = lookup.New(rdb, s.Keys), history.New(rdb, s.Keys, s.Log)
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

// Another starts a second node of the same tenant. The clock is moved on the first.
func (s *Node) Another(node string) *Node {
	s.T.Helper()
	n := *s
	n.Start(node, s.Policy)
	return &n
}

// Command runs a bare command on a key of the tenant, to look or to damage.
func (s *Node) Command(tb testing.TB, command, key string, args ...any) any {
	tb.Helper()
	v, err := s.RDB.Do(tb.Context(), append([]any{command, s.Keys.One(key)}, args...)...).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		tb.Fatalf("%s %s: %v", command, key, err)
	}
	return v
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
			E164: "+1555" + campaign + strconv.Itoa(100+i),
		}
	}
	s.Imports(rows...)
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

// SignIn opens a session that speaks agenthub.v1.
func (s *Node) SignIn(agent string, change ...func(*session.Claim)) *session.Claim {
	s.T.Helper()
	c := &session.Claim{
		Identity: identity.Identity{Agent: identity.AgentID(agent), Role: identity.RoleAgent, IssuedAt: s.Now},
		Session:  rand.Text(), Instance: "tab-" + agent, Issued: s.Now.UnixMilli(),
	}
	for _, f := range change {
		f(c)
	}
	if _, err := s.Open(s.T.Context(), c); err != nil {
		s.T.Fatalf("Open(%s): %v", agent, err)
	}
	return c
}

// Number is one that no frame or session had before.
func (s *Node) Number() string { return strconv.FormatInt(s.frame.Add(1), 10) }

// Ask runs one handler as a frame of the session would, with these data fields.
func (s *Node) Ask(c *session.Claim, h session.Handler, data string) (any, error) {
	s.T.Helper()
	return s.AskID(c, h, data, "")
}

// AskID is Ask with a request id.
func (s *Node) AskID(c *session.Claim, h session.Handler, data, requestID string) (any, error) {
	s.T.Helper()
	return s.AskAs("x", c, h, data, requestID)
}

// AskAs names the subtopic too, which is part of what makes a request the same.
func (s *Node) AskAs(subtopic string, c *session.Claim, h session.Handler, data, requestID string) (any, error) {
	s.T.Helper()
	if data == "" {
		data = "{}"
	}
	env, err := envelope.Decode([]byte(`{"channel":"LCM","topic":"WebService","subtopic":"x","data":` + data + `}`))
	if err != nil {
		s.T.Fatalf("Decode(%s): %v", data, err)
	}
	return h(s.T.Context(), &session.Request{
		Claim: c, Subtopic: subtopic, ID: requestID, Frame: strconv.FormatInt(s.frame.Add(1), 10), Data: env.Data,
	})
}

// Next reserves and returns the contact's id.
func (s *Node) Next(c *session.Claim) string {
	s.T.Helper()
	got, err := s.Ask(c, s.GetContact, "")
	if err != nil {
		return Code(err)
	}
	return ContactID(got)
}

// Code is what the client is told: "ok", or the refusal's code.
func Code(err error) string {
	if err == nil {
		return "ok"
	}
	return string(envelope.AsError(err).Code)
}

// State is where a contact is.
func (s *Node) State(id string) contacts.State {
	s.T.Helper()
	c, err := s.Read.Contact(s.T.Context(), contacts.ID(id))
	if err != nil {
		s.T.Fatalf("Contact(%s): %v", id, err)
	}
	return c.State
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

// Check fails the test if the store is in a state that must never be.
func (s *Node) Check() {
	s.T.Helper()
	problems, err := s.Problems(s.T.Context())
	if err != nil {
		s.T.Fatalf("Check: %v", err)
	}
	for _, p := range problems {
		s.T.Errorf("Check: %s", p)
	}
	if len(problems) > 0 {
		s.T.FailNow()
	}
}

// Problems are what the checks of all rooms find.
func (s *Node) Problems(ctx context.Context) ([]string, error) {
	return audit.Check(ctx, audit.Tenant{Redis: s.RDB, Name: s.Tenant, Log: s.Log})
}

// Events returns the types of all events, oldest first, as "type agent contact reason".
func (s *Node) Events() []string {
	s.T.Helper()
	var got []string
	err := s.Past.Walk(s.T.Context(), contacts.Filter{}, time.Time{}, time.Time{}, func(e contacts.Event) error {
		got = append(got, fmt.Sprintf("%s %s %s %s", e.Type, e.Agent, e.ContactID, e.Reason))
		return nil
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return got
}

// Legacy is a client that never says that it dials.
func Legacy(c *session.Claim) { c.Legacy = true }

// ContactID is the id in an answer with a contact.
func ContactID(answer any) string {
	var shown struct {
		ContactID any `json:"ContactId"`
	}
	text, err := json.Marshal(answer)
	if err == nil {
		err = json.Unmarshal(text, &shown)
	}
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(shown.ContactID)
}

// Insist asks until the answer is definite.
func (s *Node) Insist(c *session.Claim, subtopic string, h session.Handler, data, id string) (any, error) {
	for {
		got, err := s.AskAs(subtopic, c, h, data, id)
		if Code(err) != "pending" && Code(err) != "unavailable" {
			return got, err
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
