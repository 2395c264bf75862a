package desk_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/lists"
	"agenthub/contacts/packs"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/session"
)

// pool is contacts of one kind and the agents who reserve of them.
type pool struct {
	name                        string
	contacts, campaigns, agents int
	named                       int // campaigns in each agent's token, 0 for all
	avoided, hours, behind      bool
	rules, calls                int // of the law for each person's state; made to each person before
	week                        bool
}

// BenchmarkReserve measures what one reserve costs Redis, from its own
// commandstats, in pools of all kinds, in turns with the simplest one on the same
// server; it must not grow (x-simplest, the median of the turns). The largest pool
// is left out by -short.
func BenchmarkReserve(b *testing.B) {
	simplest := pool{name: "simplest", contacts: 10_000, campaigns: 1, agents: 200}
	for _, p := range []pool{
		simplest,
		{name: "contacts=10", contacts: 10, campaigns: 1, agents: 8},
		{name: "contacts=100000", contacts: 100_000, campaigns: 1, agents: 200},
		{name: "contacts=1000000", contacts: 1_000_000, campaigns: 1, agents: 200},
		{name: "campaigns=200", contacts: 10_000, campaigns: 200, agents: 200},
		{name: "campaigns=200 named in the token", contacts: 10_000, campaigns: 200, agents: 200, named: 200},
		{name: "3 of 20 campaigns named in the token", contacts: 10_000, campaigns: 20, agents: 200, named: 3},
		{name: "500 avoided elsewhere in the pool", contacts: 10_000, campaigns: 1, agents: 200, avoided: true, behind: true},
		{name: "500 avoided at its head", contacts: 10_000, campaigns: 1, agents: 200, avoided: true},
		{name: "500 avoided at the head of one of 4 campaigns", contacts: 10_000, campaigns: 4, agents: 200, avoided: true},
		{name: "half outside its hours", contacts: 10_000, campaigns: 1, agents: 200, hours: true},
		{name: "hours of a campaign", contacts: 10_000, campaigns: 1, agents: 200, week: true},
		{name: "1 rule", contacts: 10_000, campaigns: 1, agents: 200, week: true, rules: 1},
		{name: "2000 rules", contacts: 10_000, campaigns: 1, agents: 200, week: true, rules: 2000},
		{name: "2000 rules, 1 call before", contacts: 400, campaigns: 1, agents: 200, week: true, rules: 2000, calls: 1},
		{name: "2000 rules, 99 calls before", contacts: 400, campaigns: 1, agents: 200, week: true, rules: 2000, calls: 99},
	} {
		b.Run(p.name, func(b *testing.B) {
			if testing.Short() && p.contacts > 100_000 {
				b.Skip("large")
			}
			server, err := contactstest.StartRedis(b.TempDir(), "--appendonly", "no")
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(server.Kill)
			floor, it := simplest.fill(b, server.Socket), p.fill(b, server.Socket)
			floor.round(b)
			first := it.round(b)
			var floors, rounds []time.Duration
			var ratios []float64
			for b.Loop() {
				was, is := floor.round(b), it.round(b)
				floors, rounds, ratios = append(floors, was), append(rounds, is), append(ratios, float64(is)/float64(was))
			}
			for _, of := range []struct {
				took []time.Duration
				unit string
			}{{floors, "simplest-µs"}, {rounds, "redis-µs"}, {[]time.Duration{first}, "first-µs"}} {
				slices.Sort(of.took)
				b.ReportMetric(float64(of.took[len(of.took)/2].Nanoseconds())/1000, of.unit)
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "x-simplest")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// reservers are agents before a pool.
type reservers struct {
	*contactstest.Node
	agents []*session.Claim
	fresh  bool // each round comes upon new contacts
}

func (p pool) fill(b *testing.B, socket string) *reservers {
	b.Helper()
	s := contactstest.On(b, script.Target{URL: "unix://" + socket})
	s.Start("node1", store.DefaultPolicy())
	s.ReadClocks()
	inside, outside := zonesNow(b)
	stock(s, p.contacts, p.campaigns, p.calls, func(i int) string {
		if p.hours && i%2 == 0 {
			return outside
		}
		return inside
	})
	if p.hours {
		newPlayer(s).do("campaign c0 hours=08:00-21:00")
	}
	p.lay(b, s)
	r := &reservers{Node: s, fresh: p.hours}
	for i := range p.agents {
		r.agents = append(r.agents, s.SignIn(fmt.Sprint("agent", i), func(c *session.Claim) {
			for n := range p.named {
				c.Campaigns = append(c.Campaigns, fmt.Sprint("c", (i*p.named+n)%p.campaigns))
			}
		}))
		if p.avoided {
			avoidSome(b, s, i, p.behind)
		}
	}
	return r
}

// round lets all agents reserve and tells what one took. It takes from them
// unmeasured what they hold: back into its place, or for good.
func (r *reservers) round(b *testing.B) time.Duration {
	b.Helper()
	held := make([]string, len(r.agents))
	before := scriptTime(b, r.Node)
	for i, a := range r.agents {
		if held[i] = r.Next(a); held[i] == "no_contacts" {
			b.Fatal("the pool is empty")
		}
	}
	took := scriptTime(b, r.Node) - before
	for i, a := range r.agents {
		err := r.Store.TakeBack(b.Context(), a.Agent, "supervisor")
		if err == nil && r.fresh {
			err = r.Store.Withdraw(b.Context(), contacts.ID(held[i]), "campaign", "consent")
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	return took / time.Duration(len(r.agents))
}

// scriptTime is what Redis has spent in scripts.
func scriptTime(b *testing.B, s *contactstest.Node) time.Duration {
	b.Helper()
	info, err := s.RDB.Info(b.Context(), "commandstats").Result()
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(info, "cmdstat_evalsha:")
	_, rest, _ = strings.Cut(rest, "usec=")
	text, _, _ := strings.Cut(rest, ",")
	usec, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(usec) * time.Microsecond
}

// lay gives the campaign hours and each person a law, which forbid nothing: it may be any hour.
func (p pool) lay(b *testing.B, s *contactstest.Node) {
	b.Helper()
	if !p.week {
		return
	}
	s.Put("c0", contacts.Rules{
		Hours:  &contacts.Hours{Week: map[string]string{"mon-sat": "00:00-24:00", "sun": "00:00-23:59"}},
		Limits: []contacts.AttemptLimit{{Max: 5, Window: contacts.Duration(24 * time.Hour)}, {Max: 30, Window: contacts.Duration(168 * time.Hour)}},
		MinGap: contacts.Duration(time.Hour), PauseAfter: []contacts.Pause{{Outcomes: []contacts.RuleID{"0"}, For: contacts.Duration(48 * time.Hour)}},
	})
	pack := packs.Pack{Pack: "bench", Seen: "2026-11-28"}
	for i := range p.rules {
		rule := packs.Rule{ID: fmt.Sprint("rule-", i), Region: "NY", From: "00:00", Until: "24:00", Source: "bench"}
		pack.Rules = append(pack.Rules, rule)
	}
	text, err := json.Marshal(pack)
	if err == nil && p.rules > 0 {
		err = s.Store.PutPack(b.Context(), pack.Pack, text)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func stock(s *contactstest.Node, most, campaigns, calls int, zone func(i int) string) {
	s.T.Helper()
	var before []time.Time
	for i := range calls {
		before = append(before, s.Now.Add(-time.Duration(i+1)*7*time.Hour))
	}
	rows := make([]contacts.Row, 0, lists.Batch) // as a load does: the time for one call is limited
	for i := range most {
		id := fmt.Sprint("k", i)
		rows = append(rows, contacts.Row{
			ID: contacts.ID(id), Campaign: contacts.CampaignID(fmt.Sprint("c", i%campaigns)), Phone: "+1 212 555 0100", E164: fmt.Sprint("+1212", 1_000_000+i),
			AccountNumber: id, TimeZone: zone(i), AttemptsBefore: before,
		})
		if len(rows) == cap(rows) || i == most-1 {
			if _, err := s.Store.Import(s.T.Context(), rows, nil); err != nil {
				s.T.Fatal(err)
			}
			rows = rows[:0]
		}
	}
}

// avoidSome makes an agent avoid 500 contacts: the first of the pool, or the last.
func avoidSome(tb testing.TB, s *contactstest.Node, agent int, last bool) {
	tb.Helper()
	from, to := int64(0), int64(499)
	if last {
		from, to = -500, -1
	}
	ids, err := s.RDB.ZRange(tb.Context(), s.Keys.One("avail:c0"), from, to).Result()
	if err != nil {
		tb.Fatal(err)
	}
	avoid := make([]redis.Z, len(ids))
	pipe := s.RDB.Pipeline()
	for i, id := range ids {
		avoid[i] = redis.Z{Score: float64(time.Now().Add(time.Hour).UnixMilli()), Member: id}
		pipe.HSet(tb.Context(), s.Keys.Contact(contacts.ID(id)), "by", "\nagent0\n", "sk", 1)
	}
	if _, err := pipe.Exec(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if err := s.RDB.ZAdd(tb.Context(), s.Keys.One("avoid:agent"+strconv.Itoa(agent)), avoid...).Err(); err != nil {
		tb.Fatal(err)
	}
}

// zonesNow are a zone where calls are allowed now and one where they are not.
func zonesNow(b *testing.B) (inside, outside string) {
	b.Helper()
	for h := range 24 {
		zone := fmt.Sprintf("Etc/GMT%+d", h-12)
		loc, err := time.LoadLocation(zone)
		if err != nil {
			b.Fatal(err)
		}
		switch hour := time.Now().In(loc).Hour(); {
		case hour >= 10 && hour < 18:
			inside = zone
		case hour >= 22 || hour < 6:
			outside = zone
		}
	}
	return inside, outside
}
