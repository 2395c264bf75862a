package desk_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"agenthub/contacts"
	"agenthub/contacts/history"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/keys"
	"agenthub/contacts/store"
)

// dice throws random commands. The numbers are rapid's, so that it can shrink,
// or a seeded generator's.
type dice struct {
	throw func(n int) int
	first int    // contacts are c<first+1> to c<first+10>: a long trace uses them up
	m     *model // what there is, so that most commands make sense
}

func (d dice) of(words ...string) string { return words[d.throw(len(words))] }

func (d dice) agent() string { return d.of("a1", "a2", "a3") }

// handle is mostly a session that lives.
func (d dice) handle() string {
	all := slices.Sorted(maps.Keys(d.m.sessions))
	live := slices.DeleteFunc(slices.Clone(all), func(h string) bool { return d.m.sessions[h].agent.session != d.m.sessions[h] })
	switch {
	case len(all) == 0:
		return "a1"
	case len(live) == 0 || d.throw(10) == 0:
		return d.of(all...)
	}
	return d.of(live...)
}

// mine is mostly the contact that the session's agent holds, or has held.
func (d dice) mine(handle string) string {
	agent := agentOf(handle)
	if held := d.m.agent(agent).contact; held != "" && d.throw(6) > 0 {
		return held
	}
	var had []string
	for _, c := range d.m.sorted(func(c *modelContact) bool { return c.lastHolder == agent && c.state != contacts.Closed }) {
		had = append(had, c.id)
	}
	if len(had) > 0 && d.throw(6) > 0 {
		return d.of(had...)
	}
	return d.contact()
}

// next lets go of the first contact in use and takes a new one.
func (d *dice) next() {
	d.first++
	maps.DeleteFunc(d.m.contacts, func(id string, c *modelContact) bool { return c.seen && keys.Int(id[1:]) <= d.first })
}

// account names it as an outcome does.
func (d dice) account(handle string) string {
	id := d.mine(handle)
	if c := d.m.contacts[id]; c != nil && d.throw(4) > 0 {
		return c.account
	}
	return id
}
func (d dice) contact() string { return fmt.Sprint("c", d.first+1+d.throw(10)) }

// phone is nobody's, of no country: the model knows no zones but those that are given.
func (d dice) phone() string { return fmt.Sprint("+99950", 100+d.first/2+d.throw(6)) }

func (d dice) campaign() string {
	return d.of("x", "y", "z")
}

// request is sometimes one that was sent before.
func (d dice) request() string {
	if d.throw(2) == 0 {
		return ""
	}
	return fmt.Sprint(" id=r", d.first*2+d.throw(30))
}

func (d dice) pause() string {
	return d.of("1ms", "1ms", "400ms", "1s", "1s", "5s", "5s", "10s", "20s", "20s", "1m", "1m", "3m", "3m", "15m", "15m", "30m", "1h", "4h", "24h")
}

// line is a random command of the player's language.
func (d dice) line() string {
	h := d.handle()
	switch d.throw(36) {
	case 0, 1, 2:
		id := d.contact()
		text := fmt.Sprintf("import %s campaign=%s phone=%s prio=%d", id, d.campaign(), d.phone(), d.throw(3))
		return text + d.of("", "", "", " owner="+d.agent(), " expiry=1h", " expiry=5m", " at=15m", " tried=-2h,-1h30m", " zone=Asia/Kolkata", " account=k"+id,
			fmt.Sprint(" account=s", (d.first+d.throw(10))/4))
	case 3, 4:
		return "open " + d.of("a1", "a1/2", "a2", "a2/2", "a3") + d.of("", "", " legacy") + " tab=" + d.of("t1", "t2") +
			" node=" + d.of("node1", "node2") + d.of("", "", "", " serves=x", " serves=y,z", " ticket=-30s")
	case 5:
		if s := d.m.sessions[h]; s != nil && s.closed {
			return "open " + h + " node=node1" // a second close is answered from a stored reply, which ends in real time
		}
		return d.of("drop "+h, "drop "+h, "close "+h, "signout "+agentOf(h))
	case 6:
		return "takeback " + agentOf(h)
	case 7, 8, 9, 10, 11, 12:
		return "next " + h + d.request()
	case 13:
		return "held " + h + d.request()
	case 14, 15, 16, 17:
		return "skip " + h + d.of("", "", " "+d.mine(h), " account="+d.account(h), " reason=bad_time", " reason=do_not_call", " reason=own", " "+d.mine(h)+" reason=do_not_call") + d.request()
	case 18, 19, 20, 21:
		return "dial " + h + d.of("", "", " "+d.mine(h)) + d.request()
	case 22:
		return "keep " + h + d.of("", " "+d.mine(h)) + d.request()
	case 23, 24, 25, 26:
		return "outcome " + h + " " + d.account(h) + d.of("", "", " code=0", " code=3", " code=3", " code=4", " code=5", " code=77") + d.request()
	case 27:
		return d.of("skipclose "+h+" "+d.account(h)+" code=9", "callback "+h+" "+d.account(h)+" at=1h",
			"callback "+h+" "+d.account(h)+" mine at=30m") + d.request()
	case 28:
		return "assign " + d.agent() + d.of(" "+d.contact(), " campaign="+d.campaign())
	case 29:
		return d.of("block "+d.phone(), "unblock "+d.phone(), "unblock "+d.phone(), "withdraw "+d.contact(), "erase "+d.contact())
	case 30:
		id := d.contact()
		if waiting := d.m.sorted(func(c *modelContact) bool { return c.state == contacts.Review }); len(waiting) > 0 {
			id = waiting[d.throw(len(waiting))].id
		}
		return "review " + id + d.of(" reopen", " reopen", " close")
	case 31:
		return "campaign " + d.campaign() + d.of("", "", "", " paused", " hours=08:00-21:00", " hours=08:00-21:00 zone=America/Phoenix",
			" hours=09:30-17:00 zone=Asia/Tokyo", " max=1", " limit=2 delay=1m avoid=5m", " own", " own",
			" calls=2/2h,1/1h/account,3/24h/contact gap=1m", " calls=2/24h/person/3+7 pause=0+4/4h,3/20m", " max=9 gap=16m")
	case 32:
		if s := d.m.sessions[h]; d.throw(4) == 0 && s != nil && (s.serves == nil || slices.Contains(s.serves, "x")) {
			return "narrow " + h + " serves=x"
		}
		return d.of("count "+h+d.request(), "beat node1", "beat node2")
	default:
		return "after " + d.pause()
	}
}

// duel plays the same lines to the store and to the model.
type duel struct {
	p    *player
	m    *model
	seen string // newest event compared
	log  []string
}

func newDuel(s *contactstest.Node) *duel {
	return &duel{p: newPlayer(s), m: newModel(s.T, s.Policy, s.Now), seen: "-"}
}

// step plays a line, one millisecond after the last one, and compares.
func (d *duel) step(t rapid.TB, text string) {
	lines := []string{"after 1ms", text}
	if strings.HasPrefix(text, "after") {
		lines = []string{text, "reap"}
	}
	for _, text := range lines {
		got, want := d.p.do(text), d.m.do(text)
		d.log = append(d.log, text+" -> "+got)
		if got != want {
			t.Fatalf("%s = %q, the model says %q\n%s", text, got, want, strings.Join(d.log, "\n"))
		}
	}
	d.compare(t)
}

// compare looks at every contact and at the events since the last time.
func (d *duel) compare(t rapid.TB) {
	ctx := d.p.T.Context()
	pipe := d.p.RDB.Pipeline()
	found := map[string]*redis.SliceCmd{}
	for id, c := range d.m.contacts {
		if c.seen && c.state == contacts.Closed {
			continue // for good
		}
		c.seen = c.state == contacts.Closed
		found[id] = pipe.HMGet(ctx, d.p.Keys.Contact(contacts.ID(id)), "st", "ag", "dl", "sk", "tc", "cp", "lh", "why")
	}
	news := pipe.XRangeN(ctx, d.p.Keys.One("ev"), d.seen, "+", 1000)
	if _, err := pipe.Exec(ctx); err != nil {
		t.Fatal(err)
	}
	fail := func(format string, args ...any) {
		t.Fatalf(format+"\n%s", append(args, strings.Join(d.log, "\n"))...)
	}
	for id, cmd := range found {
		c, f := d.m.contacts[id], cmd.Val()
		text := func(i int) string { v, _ := f[i].(string); return v }
		until := ""
		if c.until != 0 {
			until = fmt.Sprint(c.until)
		}
		check := c.check
		if c.state != contacts.Scheduled || check == contacts.OutsideHours {
			check = text(7) // of the others it says something else, and what waits for an hour stands in a set alone
		}
		got := fmt.Sprint(contacts.StateOf(text(0)), text(1), " until ", text(2), " skips ", keys.Int(text(3)), " attempts ", keys.Int(text(4)), text(5), " last ", text(6), " waits for ", text(7))
		want := fmt.Sprint(c.state, c.holder, " until ", until, " skips ", len(c.skippers), " attempts ", c.attempts, c.campaign, " last ", c.lastHolder, " waits for ", check)
		if got != want {
			fail("%s is %s, the model says %s", id, got, want)
		}
	}
	for _, m := range news.Val() {
		e, err := history.ParseEntry(m)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%s %s %s %s", e.Type, e.Agent, e.ContactID, e.Reason)
		if len(d.m.events) == 0 || got != d.m.events[0] {
			fail("event %q, the model says %q", got, d.m.events)
		}
		d.m.events, d.seen = d.m.events[1:], "("+m.ID
	}
	if len(d.m.events) > 0 {
		fail("no event %q", d.m.events)
	}
}

func (d *duel) check(t rapid.TB) {
	problems, err := d.p.Problems(d.p.T.Context())
	if err != nil || len(problems) > 0 {
		t.Fatalf("Check = %q, %v\n%s", problems, err, strings.Join(d.log, "\n"))
	}
	d.reasons(t)
}

// opening is a state worth starting from: three agents at work on ten contacts.
func (d *duel) opening(t rapid.TB) {
	for i := 1; i <= 10; i++ {
		d.step(t, fmt.Sprintf("import c%d campaign=%s phone=+99950%d prio=%d", i, "xyz"[i%3:i%3+1], 100+i%6, i%2))
	}
	for _, a := range []string{"a1", "a2", "a3"} {
		d.step(t, "open "+a+" tab=t1 node=node1")
	}
}

// TestStoreIsItsModel plays random commands against the model; more of them with
// -rapid.checks.
func TestStoreIsItsModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := newDuel(contactstest.New(t, "redis", store.DefaultPolicy()))
		d.opening(rt)
		throw := dice{throw: func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "d") }, m: d.m}
		for range rapid.IntRange(10, 60).Draw(rt, "steps") {
			d.step(rt, throw.line())
		}
		d.check(rt)
	})
}

// TestLongTraceIsItsModel plays one long seeded trace without a full check after
// each line.
func TestLongTraceIsItsModel(t *testing.T) {
	t.Parallel()
	d := newDuel(contactstest.New(t, "redis", store.DefaultPolicy()))
	d.opening(t)
	seeded := dice{throw: rand.New(rand.NewPCG(1, 2)).IntN, m: d.m}
	for i := range modelTrace {
		d.step(t, seeded.line())
		d.log = d.log[max(0, len(d.log)-400):]
		if i%6 == 5 {
			seeded.next()
			d.step(t, fmt.Sprintf("import c%d campaign=%s phone=%s", seeded.first+10, seeded.campaign(), seeded.phone()))
		}
		if i%50 == 49 {
			d.check(t)
		}
	}
}

// TestEmbeddedStoreIsRedis plays one seeded trace to both stores: every answer
// and every event must be the same.
func TestEmbeddedStoreIsRedis(t *testing.T) {
	t.Parallel()
	stores := map[string]*player{}
	for _, kind := range []string{"redis", "embedded"} {
		stores[kind] = newPlayer(contactstest.New(t, kind, store.DefaultPolicy()))
	}
	m := newModel(t, store.DefaultPolicy(), contactstest.Morning) // guides the dice alone
	var log []string
	play := func(text string) {
		m.do(text)
		got, want := stores["embedded"].do(text), stores["redis"].do(text)
		log = append(log[max(0, len(log)-400):], text+" -> "+want)
		if got != want {
			t.Fatalf("%s = %q on the embedded store, %q on Redis\n%s", text, got, want, strings.Join(log, "\n"))
		}
	}
	seeded := dice{throw: rand.New(rand.NewPCG(3, 4)).IntN, m: m}
	for i := range bothStores / 2 {
		if i%6 == 0 {
			for _, c := range m.contacts {
				c.seen = c.state == contacts.Closed
			}
			seeded.next()
			play(fmt.Sprintf("import c%d campaign=%s phone=%s", seeded.first+10, seeded.campaign(), seeded.phone()))
		}
		text := seeded.line()
		if strings.HasPrefix(text, "after") {
			play(text)
			play("reap")
		} else {
			play("after 1ms")
			play(text)
		}
	}
	got, want := stores["embedded"].Events(), stores["redis"].Events()
	if !slices.Equal(got, want) {
		t.Errorf("%d events on the embedded store, %d on Redis", len(got), len(want))
	}
	for _, p := range stores {
		p.Check()
	}
}
