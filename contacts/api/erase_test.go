package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/session"
)

// everything is what stands in the store, by key.
func everything(s *contactstest.Node) map[string]string {
	s.T.Helper()
	ctx, all := s.T.Context(), map[string]string{}
	scan := s.RDB.Scan(ctx, 0, s.Keys.Pattern(""), 1000).Iterator()
	for scan.Next(ctx) {
		key := scan.Val()
		var value any
		var err error
		switch kind := s.RDB.Type(ctx, key).Val(); kind {
		case "hash":
			value, err = s.RDB.HGetAll(ctx, key).Result()
		case "set":
			value, err = s.RDB.SMembers(ctx, key).Result()
		case "zset":
			value, err = s.RDB.ZRangeWithScores(ctx, key, 0, -1).Result()
		case "stream":
			value, err = s.RDB.XRange(ctx, key, "-", "+").Result()
		case "string":
			value, err = s.RDB.Get(ctx, key).Result()
		default:
			err = fmt.Errorf("a key of type %s", kind)
		}
		if err != nil && err != redis.Nil { //nolint:errorlint // the client's own
			s.T.Fatal(err)
		}
		all[key] = fmt.Sprintf("%q", value)
	}
	if err := scan.Err(); err != nil {
		s.T.Fatal(err)
	}
	return all
}

// An erased contact leaves nothing that names it, whatever agents did with it: no number,
// no name, no field, no account, and its id in events alone. What said that its number must
// not be called stays.
func TestErasedContactLeavesNothing(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		a := newTestAPI(t, over(s))
		ask := func(want int, method, path, contentType, body string) string {
			t.Helper()
			status, got, _ := a.call(t, "campaign", method, path, contentType, body)
			if status != want {
				t.Fatalf("%s %s: %d %s, want %d", method, path, status, got, want)
			}
			return got
		}
		for range 2 { // the first beat makes the node known
			_ = s.Beat(t.Context())
		}
		ask(204, http.MethodPut, "/campaigns/c", "application/json", `{}`)
		agent, other := s.SignIn("agent1"), s.SignIn("agent2")
		left := []string{"Zebulon", "acct-77", "5550142", "5550143", "10473", "queue-x"}
		load := func(id, phone string) {
			t.Helper()
			got := ask(200, http.MethodPost, "/contacts", "text/csv", "contactId,campaignId,phoneNumber,accountNumber,name,mode,queue,postalCode\n"+
				id+",c,"+phone+",acct-77,Zebulon,mode-x,queue-x,10473\n")
			if !strings.Contains(got, `"rejectedTotal":0`) {
				t.Fatal(got)
			}
		}
		before := everything(s)
		reserve := func(as, id string) {
			t.Helper()
			ask(200, http.MethodPut, "/agents/"+as+"/reservation", "application/json", `{"contactId":"`+id+`"}`)
		}
		say := func(c *session.Claim, h session.Handler, data string) {
			t.Helper()
			if _, err := s.Ask(c, h, data); err != nil {
				t.Fatal(err)
			}
		}
		for name, do := range map[string]func(id string){
			"new":      func(string) {},
			"reserved": func(id string) { reserve("agent1", id) },
			"skipped": func(id string) {
				reserve("agent1", id)
				say(agent, s.Skip, `{"ContactId":"`+id+`"}`)
			},
			"closed": func(id string) { ask(204, http.MethodDelete, "/contacts/"+id, "", "") },
			"called by two, with two numbers": func(id string) {
				reserve("agent1", id)
				say(agent, s.Dial, `{"ContactId":"`+id+`"}`)
				say(agent, s.SetOutcome, `{"AccountNumber":"acct-77","OutcomeId":8}`)
				s.After(2 * time.Hour)
				s.Reap()
				load(id, "+1 212 555 0143")
				reserve("agent2", id)
				say(other, s.Dial, `{"ContactId":"`+id+`"}`)
				ask(409, http.MethodDelete, "/contacts/"+id+"?erase=true", "", "")
				say(other, s.SetOutcome, `{"AccountNumber":"acct-77","OutcomeId":0}`)
				ask(409, http.MethodDelete, "/contacts/"+id+"?erase=true", "", "") // who called may still say: no more calls
				s.After(25 * time.Hour)
			},
		} {
			id := "id-" + strings.NewReplacer(" ", "-", ",", "").Replace(name)
			load(id, "+1 212 555 0142")
			do(id)
			ask(204, http.MethodDelete, "/contacts/"+id+"?erase=true", "", "")
			ask(404, http.MethodGet, "/contacts/"+id, "", "")
			ask(404, http.MethodDelete, "/contacts/"+id+"?erase=true", "", "")
			s.ForgetReplies()
			for key, value := range everything(s) {
				if slices.ContainsFunc(left, func(one string) bool { return strings.Contains(key+value, one) }) {
					t.Errorf("%s: left in %s: %s", name, key, value)
				}
				if strings.Contains(key+value, id) && !strings.HasSuffix(key, "}:ev") && !strings.Contains(key, ":ag:") && !strings.Contains(key, ":hub:") {
					t.Errorf("%s: its id is left in %s: %s", name, key, value)
				}
			}
			s.Check()
		}
		ask(200, http.MethodPut, "/dnc", "text/plain", "+1 212 555 0142\n")
		if got := ask(200, http.MethodGet, "/dnc?number=%2B12125550142", "", ""); !strings.Contains(got, `"blocked":true`) {
			t.Error(got)
		}
		if len(before) == 0 {
			t.Error("there was nothing before")
		}
	})
}

// Closed contacts leave the store when they are old enough, and no others.
func TestClosedContactsArePurged(t *testing.T) {
	policy := store.DefaultPolicy()
	policy.KeepClosed = 90 * 24 * time.Hour
	contactstest.ForEach(t, policy, func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		rows := make([]contacts.Row, 250)
		for i := range rows {
			id := fmt.Sprintf("c%d", i)
			rows[i] = contacts.Row{ID: contacts.ID(id), Campaign: "c", AccountNumber: id, E164: fmt.Sprintf("+1212555%04d", i)}
		}
		s.Imports(rows...)
		for i := range 150 {
			if err := s.Store.Withdraw(t.Context(), rows[i].ID, "a", "withdrawn"); err != nil {
				t.Fatal(err)
			}
		}
		purge := func(want ...int) {
			t.Helper()
			for _, n := range want {
				if got, err := s.Store.Purge(t.Context()); err != nil || got != n {
					t.Fatalf("%d left, %v, want %d", got, err, n)
				}
			}
			s.Check()
		}
		s.After(89 * 24 * time.Hour)
		if err := s.Store.Withdraw(t.Context(), rows[150].ID, "a", "withdrawn"); err != nil {
			t.Fatal(err)
		}
		purge(0)
		s.After(25 * time.Hour)
		events := len(s.Events())
		purge(100, 50, 0)
		if made := len(s.Events()) - events; made != 0 {
			t.Errorf("%d events of what nobody did", made)
		}
		counts, err := s.Read.Campaigns(t.Context())
		if err != nil || len(counts) != 1 || counts[0].Counts[contacts.Closed] != 1 || counts[0].Counts[contacts.Available] != 99 {
			t.Errorf("%+v, %v", counts, err)
		}
		s.After(90 * 24 * time.Hour)
		purge(1, 0)
	})
}

// What purged contacts took comes back: of 5,000, each with events that stay.
func TestPurgeGivesMemoryBack(t *testing.T) {
	redis, err := contactstest.StartRedis(t.TempDir())
	contactstest.NeedRedis(t, err)
	t.Cleanup(redis.Kill)
	s := contactstest.On(t, script.Target{URL: "unix://" + redis.Socket})
	policy := store.DefaultPolicy()
	policy.KeepClosed = time.Nanosecond
	s.Start("node1", policy)
	s.Put("c", contacts.Rules{})
	used := func() (n int) {
		t.Helper()
		info, err := s.RDB.Info(t.Context(), "memory").Result()
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(info, "used_memory_dataset:")
		_, _ = fmt.Sscanf(after, "%d", &n)
		return n
	}
	rows := make([]contacts.Row, 5000)
	for i := range rows {
		id := fmt.Sprintf("c%d", i)
		rows[i] = contacts.Row{ID: contacts.ID(id), Campaign: "c", AccountNumber: id, Name: "Contact " + id, E164: fmt.Sprintf("+1212555%04d", i)}
	}
	empty := used()
	s.Imports(rows...)
	full := used()
	for _, row := range rows {
		if err := s.Store.Withdraw(t.Context(), row.ID, "a", "withdrawn"); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; n > 0; {
		if n, err = s.Store.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.RDB.Del(t.Context(), s.Keys.One("ev"))
	left := used()
	t.Logf("a contact took %d bytes, and leaves %d", (full-empty)/len(rows), (left-empty)/len(rows))
	if left-empty > (full-empty)/10 {
		t.Errorf("empty %d, full %d, purged %d", empty, full, left)
	}
	s.Check()
}
