package audit_test

import (
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

func TestCheckFindsWhatMustNeverBe(t *testing.T) {
	for _, c := range []struct {
		name, want string
		damage     func(s *contactstest.Node)
	}{
		{"two sets", "sched has spring-2", func(s *contactstest.Node) {
			s.Command(s.T, "zadd", "sched", 5, "spring-2")
		}},
		{"no set", "contact spring-2 is A but avail:spring", func(s *contactstest.Node) {
			s.Command(s.T, "zrem", "avail:spring", "spring-2")
		}},
		{"forgotten holder", "contact spring-1 is held but not by", func(s *contactstest.Node) {
			s.Command(s.T, "hset", "ag:testagent", "h", "")
		}},
		{"another reservation", "agent testagent points at spring-1", func(s *contactstest.Node) {
			s.Command(s.T, "hset", "ag:testagent", "h", "spring-1\x1f7.x\x1f1\x1f\x1f\x1f")
		}},
		{"second holder", "agent agent1 points at spring-1", func(s *contactstest.Node) {
			s.Command(s.T, "hset", "ag:agent1", "h", s.Command(s.T, "hget", "ag:testagent", "h"))
		}},
		{"no phone guard", "spring-1 is held without a phone guard", func(s *contactstest.Node) {
			s.Command(s.T, "del", "ph:"+s.Vault.Token("+999spring100"))
		}},
		{"guard of nobody", "phone guard of nobody", func(s *contactstest.Node) {
			s.Command(s.T, "set", "ph:x", "spring-2")
		}},
		{"wrong count", "count A is 3, not 2", func(s *contactstest.Node) {
			s.Command(s.T, "hincrby", "n:spring", "-A", 1)
		}},
		{"no reason", "contact waits is not in no_zone:autumn", func(s *contactstest.Node) {
			s.Command(s.T, "zrem", "no_zone:autumn", "waits")
		}},
		{"a reason, and no hour", "contact waits is not in hours:autumn", func(s *contactstest.Node) {
			s.Command(s.T, "zrem", "hours:autumn", "waits")
		}},
		{"another reason", "too_soon:autumn has waits", func(s *contactstest.Node) {
			s.Command(s.T, "zadd", "too_soon:autumn", 5, "waits")
		}},
		{"a reason of another campaign", "no_zone:spring has waits", func(s *contactstest.Node) {
			s.Command(s.T, "zadd", "no_zone:spring", 5, "waits")
		}},
		{"a reason to be called", "too_many_attempts:spring has spring-2", func(s *contactstest.Node) {
			s.Command(s.T, "zadd", "too_many_attempts:spring", 5, "spring-2")
		}},
		{"no head", "head of spring", func(s *contactstest.Node) { s.Command(s.T, "zrem", "heads", "spring") }},
		{"open but blocked", "contact spring-2 is open but blocked", func(s *contactstest.Node) {
			s.Command(s.T, "hset", "dnc", s.Vault.Token("+999spring101"), "x")
		}},
		{"hole in the events", "has seq 3 after 1", func(s *contactstest.Node) {
			s.Command(s.T, "incr", "seq")
			s.Ask(s.SignIn("agent2"), s.GetContact, "")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := contactstest.New(t, "embedded", store.DefaultPolicy())
			s.Stock("spring", 3)
			s.Next(s.SignIn("testagent"))
			s.Put("autumn", contacts.Rules{CallFrom: "08:00", CallUntil: "21:00"})
			s.Imports(contacts.Row{ID: "waits", Campaign: "autumn", AccountNumber: "waits", E164: "+9990001"}) // nobody knows where
			if _, err := s.Store.Assign(t.Context(), "agent9", "waits", "", time.Hour, "campaign1"); err == nil {
				t.Fatal("a contact without a zone is given")
			}
			s.Check()
			c.damage(s)
			problems, err := s.Problems(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(problems, "\n"); !strings.Contains(got, c.want) {
				t.Errorf("Check = %q, want %q", got, c.want)
			}
		})
	}
}
