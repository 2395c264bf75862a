package contacts

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/session"
)

// A batch is done as if each of its calls came alone, in their order: each fetch
// takes the next contact, each skip puts its own behind those before it, and the
// one call that fails fails alone.
func TestRunIsItsCalls(t *testing.T) {
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		s.stock(60, 1, func(int) string { return "" })
		const agents = 2*maxRun + 3
		var claims []*session.Claim
		for i := range agents {
			claims = append(claims, s.signIn(fmt.Sprint("agent", i)))
		}
		const sick = 5 // its record is none
		key := s.keys.agent(string(claims[sick].Agent))
		record := s.rdb.HGetAll(t.Context(), key).Val()
		if err := errors.Join(s.rdb.Del(t.Context(), key).Err(), s.rdb.Set(t.Context(), key, "no hash", 0).Err()); err != nil {
			t.Fatal(err)
		}

		run := func(sc *script, args func(*session.Claim) []string) [][]string {
			t.Helper()
			var batch []*call
			for i, c := range claims {
				r := &session.Request{Claim: c, Subtopic: sc.Name, Frame: strconv.FormatInt(s.frame.Add(1), 10)}
				batch = append(batch, s.mutation(r, sc, args(c)))
				if i == 0 { // of another script, in the middle of the batch
					batch = append(batch, newCall(s.lua.clock, "", ""))
				}
			}
			if n := len(runsOf(batch)); n != 4 {
				t.Errorf("a batch of %d in %d runs, want 16, 16, 3 and the other", len(batch), n)
			}
			s.batch.run(t.Context(), batch)
			var replies [][]string
			for _, c := range batch {
				if c.script != sc {
					if c.err != nil || len(c.reply) != 1 {
						t.Errorf("now: %q %v", c.reply, c.err)
					}
					continue
				}
				if i := len(replies); i == sick {
					if genuine := s.target.URL != ""; c.err == nil || transient(c.err) || genuine != redis.HasErrorPrefix(c.err, "WRONGTYPE") {
						t.Errorf("%s of the agent without a record: %q %v", sc.Name, c.reply, c.err)
					}
				} else if c.err != nil || c.reply[0] != "ok" {
					t.Errorf("%s of agent %d: %q %v", sc.Name, i, c.reply, c.err)
				}
				replies = append(replies, c.reply)
			}
			return replies
		}

		next := 0
		var held []string
		for i, r := range run(s.lua.reserve, s.reserveArgs) {
			if i == sick {
				continue
			}
			if want := fmt.Sprint("k", next); len(r) != 3+shownFields || r[1] != want {
				t.Fatalf("agent %d got %q, want %s", i, r, want)
			}
			held = append(held, r[1])
			next++
		}
		run(s.lua.skip, func(*session.Claim) []string { return []string{"", "", "", ""} })

		var places []string
		for _, id := range held {
			places = append(places, s.rdb.HGet(t.Context(), s.keys.contact(ID(id)), "sc").Val())
		}
		if !slices.IsSorted(places) || len(slices.Compact(slices.Clone(places))) != len(held) {
			t.Errorf("skipped in one batch, the places are %s", strings.Join(places, " "))
		}
		s.rdb.Del(t.Context(), key)
		s.rdb.HSet(t.Context(), key, record)
		s.check()
	})
}

// A primary that has become a replica refuses a whole run, so that the client
// drops the connection and finds the new one.
func TestRunOnAReplica(t *testing.T) {
	server, err := startRedis(t.TempDir(), "--appendonly", "no")
	needRedis(t, err)
	t.Cleanup(server.kill)
	s := &testStore{t: t, target: Target{URL: "unix://" + server.socket}, tenant: "t" + rand.Text(), now: time.Now(), frame: new(atomic.Int64)}
	s.start("node1", DefaultPolicy())
	batch := make([]*call, 3)
	for i := range batch {
		batch[i] = newCall(s.lua.beat, s.keys.one("nodes"), "", fmt.Sprint("node", i), "1000")
	}
	s.batch.run(t.Context(), batch)
	if batch[2].err != nil {
		t.Fatal(batch[2].err)
	}
	if err := s.rdb.Do(t.Context(), "replicaof", "127.0.0.1", "1").Err(); err != nil {
		t.Fatal(err)
	}
	was := s.rdb.Do(t.Context(), "client", "id").Val()
	s.batch.run(t.Context(), batch)
	for _, c := range batch {
		if !redis.HasErrorPrefix(c.err, "READONLY") || !transient(c.err) || maybeExecuted(c.err) {
			t.Errorf("on a replica: %v", c.err)
		}
	}
	if is := s.rdb.Do(t.Context(), "client", "id").Val(); is == was {
		t.Error("the connection to what is a replica now was kept")
	}
}

func TestCutReply(t *testing.T) {
	for _, tt := range []struct {
		words       string
		reply, rest string
		err         error
	}{
		{"1 ok", "ok", "", nil},
		{"2 ok c1 1 no_contacts", "ok c1", "1 no_contacts", nil},
		{"2 ! OOM", "", "", scriptError("OOM")},
		{"1 !", "!", "", nil},
		{"", "", "", errCutReply},
		{"0 ok", "", "", errCutReply},
		{"-1 ok", "", "", errCutReply},
		{"2 ok", "", "", errCutReply},
		{"ok", "", "", errCutReply},
	} {
		reply, rest, err := cutReply(strings.Fields(tt.words))
		if strings.Join(reply, " ") != tt.reply || strings.Join(rest, " ") != tt.rest || !errors.Is(err, tt.err) {
			t.Errorf("cutReply(%s) = %q, %q, %v", tt.words, reply, rest, err)
		}
	}
}
