package desk_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/internal/pace"
	"agenthub/contacts/store"
)

var paceDials = flag.Int("pace.dials", 1000, "how many dials TestNobodyIsCalledTooOften makes")

// caller dials contacts that share numbers, accounts and campaigns, while rules
// change and lists bring history. It keeps its own account of the calls and asks
// pace.Pace, which knows no store, before each.
type caller struct {
	*player
	throw    func(n int) int
	fail     func(format string, args ...any)
	rules    map[string]contacts.Rules
	calls    map[string][]pace.Attempt // by number
	due      map[string]time.Time      // of a contact that is scheduled
	contacts []line                    // as they were loaded
	dials    int
	refused  map[string]int // by code
}

func newCaller(p *player, throw func(n int) int, fail func(format string, args ...any)) *caller {
	c := &caller{
		player: p, throw: throw, fail: fail, rules: map[string]contacts.Rules{}, calls: map[string][]pace.Attempt{}, due: map[string]time.Time{},
		refused: map[string]int{},
	}
	for _, x := range []string{"x", "y", "z"} {
		c.change(x)
	}
	for i := range 9 {
		text := fmt.Sprintf("import c%d campaign=%s phone=+1555000%d account=k%d", i, "xyz"[i%3:i%3+1], i/3, i%2)
		c.contacts = append(c.contacts, parseLine(text))
		p.do(text)
	}
	p.do("open agent1")
	return c
}

// change gives a campaign other rules.
func (c *caller) change(campaign string) {
	p := func(texts ...string) string { return texts[c.throw(len(texts))] }
	text := "campaign " + campaign + p("", " max=1", " max=4", " calls=2/1h", " calls=1/1h/account,3/24h", " calls=5/720h,2/3h/contact",
		" calls=1/4h/person/3+7,9/24h", " calls=9/24h,4/2h/account/0") + p("", "", " gap=20m", " gap=3h") + p("", "", " pause=0/4h", " pause=3+7/30m,0/48h")
	r := parseLine(text).rules()
	for _, id := range []contacts.RuleID{"0", "3", "7"} {
		r.Outcomes = append(r.Outcomes, contacts.OutcomeRule{ID: id, Label: "x", Effect: contacts.EffectRetry, Delay: contacts.Duration(time.Second)})
	}
	c.Put(contacts.CampaignID(campaign), r)
	c.rules[campaign] = r
}

func (c *caller) judge(one line) *pace.Refusal {
	return plainPace(c.rules[one.opts["campaign"]]).Refuses(c.calls[one.opts["phone"]], one.who, one.opts["account"], c.Now)
}

// history loads a contact again, with a call that was made elsewhere.
func (c *caller) history(one line) {
	ago := time.Duration(1+c.throw(300)) * time.Minute
	at := c.Now.Add(-ago).Truncate(time.Second)
	text := fmt.Sprintf("import %s campaign=%s phone=%s account=%s tried=-%s", one.who, one.opts["campaign"], one.opts["phone"], one.opts["account"], ago)
	known := slices.ContainsFunc(c.calls[one.opts["phone"]], func(a pace.Attempt) bool { return a.Contact == one.who && a.At.Unix() == at.Unix() })
	if c.do(text) == "updated" && !known {
		c.calls[one.opts["phone"]] = append(c.calls[one.opts["phone"]], pace.Attempt{At: at, Contact: one.who, Account: one.opts["account"]})
	}
}

// wait moves the clock, mostly to about when something opens.
func (c *caller) wait() {
	d := []time.Duration{time.Second, time.Minute, 19 * time.Minute, time.Hour, 5 * time.Hour, 30 * time.Hour}[c.throw(6)]
	for _, at := range c.due {
		if left := at.Sub(c.Now); left > 0 && left < d {
			d = left
		}
	}
	if d > time.Millisecond && c.throw(3) == 0 {
		d -= time.Millisecond
	}
	c.pass(d)
}

// pass moves the clock; what is due then is offered again.
func (c *caller) pass(d time.Duration) {
	c.After(d)
	due := len(c.due)
	maps.DeleteFunc(c.due, func(_ string, at time.Time) bool { return !at.After(c.Now) })
	if len(c.due) < due {
		c.do("reap")
	}
}

// step tries to call somebody.
func (c *caller) step() {
	one := c.contacts[c.throw(len(c.contacts))]
	number := one.opts["phone"]
	if c.throw(12) == 0 {
		c.change(one.opts["campaign"])
	}
	if c.throw(12) == 0 {
		c.history(one)
	}
	want, verdict := one.who, c.judge(one)
	switch at, waits := c.due[one.who]; {
	case waits && at.After(c.Now):
		want = "the contact cannot be reserved now: scheduled"
	case verdict != nil:
		want = "the contact cannot be reserved now: " + verdict.Code
		c.due[one.who] = verdict.Opens
		c.refused[verdict.Code]++
	}
	if got := c.do("assign agent1 " + one.who); got != want {
		c.fail("assign %s = %q, want %q: %+v after %v at %v", one.who, got, want, verdict, c.calls[number], c.Now)
	}
	if want != one.who {
		c.wait()
		return
	}
	c.do("held agent1")
	switch c.throw(6) { // while it is held
	case 0:
		c.change(one.opts["campaign"])
	case 1:
		c.history(c.contacts[(c.throw(3) + 3*(int(one.who[1]-'0')/3))]) // of the same number
	case 2:
		c.pass(time.Second)
	}
	want, verdict = "ok", c.judge(one)
	if verdict != nil {
		want = verdict.Code
		c.refused["dial "+verdict.Code]++
	}
	if got := c.do("dial agent1"); got != want {
		c.fail("dial %s = %q, want %q: %+v after %v at %v", one.who, got, want, verdict, c.calls[number], c.Now)
	}
	if verdict != nil {
		c.do("takeback agent1")
		return
	}
	c.dials++
	code := []string{"0", "3", "7"}[c.throw(3)]
	c.calls[number] = slices.DeleteFunc(c.calls[number], func(a pace.Attempt) bool { return c.Now.Sub(a.At) > 31*24*time.Hour })
	c.calls[number] = append(c.calls[number], pace.Attempt{At: c.Now, Outcome: code, Contact: one.who, Account: one.opts["account"]})
	c.pass(time.Millisecond)
	c.do("outcome agent1 " + one.who + " code=" + code)
	c.due[one.who] = c.Now.Add(time.Second)
	if verdict := c.judge(one); verdict != nil && verdict.Opens.After(c.due[one.who]) {
		c.due[one.who] = verdict.Opens
	}
}

// TestPaceIsTheStores plays short walks that rapid shrinks.
func TestPaceIsTheStores(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := newCaller(newPlayer(contactstest.New(t, "redis", store.DefaultPolicy())),
			func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "d") }, rt.Fatalf)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			c.step()
		}
	})
}

// TestNobodyIsCalledTooOften dials and dials: make pace does for long.
func TestNobodyIsCalledTooOften(t *testing.T) {
	t.Parallel()
	walks := 1
	if *paceDials > 100_000 {
		walks = 2 * runtime.GOMAXPROCS(0)
	}
	for i := range walks {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			s := contactstest.New(t, "redis", store.DefaultPolicy())
			c := newCaller(newPlayer(s), rand.New(rand.NewPCG(7, uint64(i))).IntN, t.Fatalf)
			for c.dials < *paceDials/walks {
				c.step()
			}
			var seen []string
			for _, code := range []string{"too_many_attempts", "too_soon", "dial too_many_attempts", "dial too_soon"} {
				if c.refused[code] == 0 {
					t.Errorf("nobody was refused with %s", code)
				}
				seen = append(seen, fmt.Sprint(c.refused[code], " × ", code))
			}
			t.Logf("%d dials, refused %s", c.dials, strings.Join(seen, ", "))
			s.Check()
		})
	}
}
