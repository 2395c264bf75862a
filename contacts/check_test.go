package contacts

import (
	"strings"
	"testing"
)

func TestCheckFindsWhatMustNeverBe(t *testing.T) {
	for _, c := range []struct {
		name, want string
		damage     func(s *testStore)
	}{
		{"two sets", "sched has spring-2", func(s *testStore) {
			s.redis(s.t, "zadd", "sched", 5, "spring-2")
		}},
		{"no set", "contact spring-2 is A but avail:spring", func(s *testStore) {
			s.redis(s.t, "zrem", "avail:spring", "spring-2")
		}},
		{"forgotten holder", "contact spring-1 is held but not by", func(s *testStore) {
			s.redis(s.t, "hset", "ag:testagent", "h", "")
		}},
		{"another reservation", "agent testagent points at spring-1", func(s *testStore) {
			s.redis(s.t, "hset", "ag:testagent", "h", "spring-1\x1f7.x\x1f1\x1f\x1f\x1f")
		}},
		{"second holder", "agent agent1 points at spring-1", func(s *testStore) {
			s.redis(s.t, "hset", "ag:agent1", "h", s.redis(s.t, "hget", "ag:testagent", "h"))
		}},
		{"no phone guard", "spring-1 is held without a phone guard", func(s *testStore) {
			s.redis(s.t, "del", "ph:"+s.vault.Token("+1555spring100"))
		}},
		{"guard of nobody", "phone guard of nobody", func(s *testStore) {
			s.redis(s.t, "set", "ph:x", "spring-2")
		}},
		{"wrong count", "count A is 3, not 2", func(s *testStore) {
			s.redis(s.t, "hincrby", "n:spring", "-A", 1)
		}},
		{"no head", "head of spring", func(s *testStore) { s.redis(s.t, "zrem", "heads", "spring") }},
		{"open but blocked", "contact spring-2 is open but blocked", func(s *testStore) {
			s.redis(s.t, "hset", "dnc", s.vault.Token("+1555spring101"), "x")
		}},
		{"hole in the events", "has seq 3 after 1", func(s *testStore) {
			s.redis(s.t, "incr", "seq")
			s.ask(s.signIn("agent2"), s.GetContact, "")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTestStore(t, "embedded", DefaultPolicy())
			s.load("spring", 3)
			s.next(s.signIn("testagent"))
			s.check()
			c.damage(s)
			problems, err := s.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(problems, "\n"); !strings.Contains(got, c.want) {
				t.Errorf("Check = %q, want %q", got, c.want)
			}
		})
	}
}
