package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/session"
)

// A batch is done as if each of its calls came alone, in their order: each fetch
// takes the next contact, each skip puts its own behind those before it, and the
// one call that fails fails alone.
func TestRunIsItsCalls(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		rows := make([]contacts.Row, 60)
		for i := range rows {
			rows[i] = contacts.Row{ID: contacts.ID(fmt.Sprint("k", i)), Campaign: "c0", Phone: "+1 212 555 0100", E164: fmt.Sprint("+1212", 1_000_000+i), AccountNumber: fmt.Sprint("k", i)}
		}
		s.Imports(rows...)
		const agents = 2*16 + 3 // two whole runs, and some
		var claims []*session.Claim
		for i := range agents {
			claims = append(claims, s.SignIn(fmt.Sprint("agent", i)))
		}
		const sick = 5 // its record is none
		key := s.Keys.Agent(string(claims[sick].Agent))
		record := s.RDB.HGetAll(t.Context(), key).Val()
		if err := errors.Join(s.RDB.Del(t.Context(), key).Err(), s.RDB.Set(t.Context(), key, "no hash", 0).Err()); err != nil {
			t.Fatal(err)
		}

		runner := runnerOf(t, s)
		other := mustScript(t, s, "clock")
		run := func(name string, args ...string) [][]string {
			t.Helper()
			sc := mustScript(t, s, name)
			if err := runner.Load(t.Context(), sc, other); err != nil {
				t.Fatal(err)
			}
			var batch []*script.Call
			for i, c := range claims {
				agent := string(c.Agent)
				batch = append(batch, sc.CallOf(append([]string{
					s.Keys.Agent(agent), s.Keys.Frame(c.Session, name), agent, c.Epoch, "f", "60000", "node1",
				}, args...)))
				if i == 0 { // of another script, in the middle of the batch
					batch = append(batch, other.Call("", ""))
				}
			}
			runner.Pipe(t.Context(), batch)
			var replies [][]string
			for _, c := range batch {
				if c.Script != sc {
					if c.Err != nil || len(c.Reply) != 3 {
						t.Errorf("now: %q %v", c.Reply, c.Err)
					}
					continue
				}
				if i := len(replies); i == sick {
					if genuine := s.Target.URL != ""; c.Err == nil || script.Transient(c.Err) || genuine != redis.HasErrorPrefix(c.Err, "WRONGTYPE") {
						t.Errorf("%s of the agent without a record: %q %v", name, c.Reply, c.Err)
					}
				} else if c.Err != nil || c.Reply[0] != "ok" {
					t.Errorf("%s of agent %d: %q %v", name, i, c.Reply, c.Err)
				}
				replies = append(replies, c.Reply)
			}
			return replies
		}

		next := 0
		var held []string
		for i, r := range run("reserve", "180000", "", "nonce", "", "") {
			if i == sick {
				continue
			}
			if want := fmt.Sprint("k", next); len(r) < 4 || r[1] != want {
				t.Fatalf("agent %d got %q, want %s", i, r, want)
			}
			held = append(held, r[1])
			next++
		}
		run("skip", "", "", "", "")

		var places []string
		for _, id := range held {
			places = append(places, s.RDB.HGet(t.Context(), s.Keys.Contact(contacts.ID(id)), "sc").Val())
		}
		if !slices.IsSorted(places) || len(slices.Compact(slices.Clone(places))) != len(held) {
			t.Errorf("skipped in one batch, the places are %s", strings.Join(places, " "))
		}
		s.RDB.Del(t.Context(), key)
		s.RDB.HSet(t.Context(), key, record)
		s.Check()
	})
}

// A primary that has become a replica refuses a whole run, so that the client
// drops the connection and finds the new one.
func TestRunOnAReplica(t *testing.T) {
	server, err := contactstest.StartRedis(t.TempDir(), "--appendonly", "no")
	contactstest.NeedRedis(t, err)
	t.Cleanup(server.Kill)
	s := contactstest.On(t, script.Target{URL: "unix://" + server.Socket})
	s.Start("node1", store.DefaultPolicy())
	runner := runnerOf(t, s)
	beat := mustScript(t, s, "beat")
	if err := runner.Load(t.Context(), beat); err != nil {
		t.Fatal(err)
	}
	batch := make([]*script.Call, 3)
	for i := range batch {
		batch[i] = beat.Call(s.Keys.One("nodes"), "", fmt.Sprint("node", i), "1000")
	}
	runner.Pipe(t.Context(), batch)
	if batch[2].Err != nil {
		t.Fatal(batch[2].Err)
	}
	if err := s.RDB.Do(t.Context(), "replicaof", "127.0.0.1", "1").Err(); err != nil {
		t.Fatal(err)
	}
	was := s.RDB.Do(t.Context(), "client", "id").Val()
	runner.Pipe(t.Context(), batch)
	for _, c := range batch {
		if !redis.HasErrorPrefix(c.Err, "READONLY") || !script.Transient(c.Err) {
			t.Errorf("on a replica: %v", c.Err)
		}
	}
	if is := s.RDB.Do(t.Context(), "client", "id").Val(); is == was {
		t.Error("the connection to what is a replica now was kept")
	}
}

func mustScript(t *testing.T, s *contactstest.Node, name string) *script.Script {
	t.Helper()
	sc, err := store.Script(s.Tenant, s.Policy, name)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// runnerOf runs scripts on the node's Redis beside its store.
func runnerOf(t *testing.T, s *contactstest.Node) *script.Runner {
	t.Helper()
	r := script.NewRunner(t.Context(), script.Options{
		Redis: s.RDB, Primary: script.NewPrimary(script.PrimaryOptions{Redis: s.RDB, Log: s.Log}), Metrics: script.NewMetrics(nil), Lanes: 1,
	})
	t.Cleanup(r.Close)
	return r
}
