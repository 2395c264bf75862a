package desk_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/internal/pace"
	"agenthub/contacts/store"
)

var (
	paceDials = flag.Int("pace.dials", 1000, "how many dials TestNobodyIsCalledTooOften makes")
	paceSeed  = flag.Uint64("pace.seed", 7, "what they are drawn from")
)

// caller dials contacts that share numbers, accounts and campaigns, while rules
// change and lists bring history. It keeps its own account of the calls and asks
// pace.Pace, which knows no store, before each.
type caller struct {
	*player
	agent    string
	throw    func(n int) int
	fail     func(format string, args ...any)
	rules    map[string]contacts.Rules
	calls    map[string][]pace.Attempt // by number
	due      map[string]time.Time      // of a contact that is scheduled
	contacts []line                    // as they were loaded
	dials    int
	refused  map[string]int // by code

	one   line // whom it tries to call
	holds bool // it has it
}

// newCaller is the n-th on its store: nobody else has its campaigns and numbers.
func newCaller(p *player, n int, throw func(n int) int, fail func(format string, args ...any)) *caller {
	c := &caller{
		player: p, agent: fmt.Sprint("agent", n), throw: throw, fail: fail, rules: map[string]contacts.Rules{}, calls: map[string][]pace.Attempt{},
		due: map[string]time.Time{}, refused: map[string]int{},
	}
	for _, x := range "xyz" {
		c.change(fmt.Sprintf("%c%d", x, n))
	}
	for i := range 9 {
		text := fmt.Sprintf("import c%d-%d campaign=%c%d phone=+1555%03d000%d account=k%d", i, n, "xyz"[i%3], n, n, i/3, i%2)
		c.contacts = append(c.contacts, parseLine(text))
		p.do(text)
	}
	p.do("open " + c.agent)
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

// try reserves somebody.
func (c *caller) try() {
	one := c.contacts[c.throw(len(c.contacts))]
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
	if got := c.do("assign " + c.agent + " " + one.who); got != want {
		c.fail("assign %s = %q, want %q: %+v after %v at %v", one.who, got, want, verdict, c.calls[one.opts["phone"]], c.Now)
	}
	c.one, c.holds = one, want == one.who
	if !c.holds {
		return
	}
	c.do("held " + c.agent)
	switch c.throw(6) { // while it is held
	case 0:
		c.change(one.opts["campaign"])
	case 1:
		c.history(c.contacts[(c.throw(3) + 3*(int(one.who[1]-'0')/3))]) // of the same number
	}
}

// dial calls whom it holds.
func (c *caller) dial() {
	if !c.holds {
		return
	}
	number := c.one.opts["phone"]
	want, verdict := "ok", c.judge(c.one)
	if verdict != nil {
		want = verdict.Code
		c.refused["dial "+verdict.Code]++
	}
	if got := c.do("dial " + c.agent); got != want {
		c.fail("dial %s = %q, want %q: %+v after %v at %v", c.one.who, got, want, verdict, c.calls[number], c.Now)
	}
	if verdict != nil {
		c.do("takeback " + c.agent)
		c.holds = false
		return
	}
	c.dials++
	c.calls[number] = slices.DeleteFunc(c.calls[number], func(a pace.Attempt) bool { return c.Now.Sub(a.At) > 31*24*time.Hour })
	c.calls[number] = append(c.calls[number], pace.Attempt{At: c.Now, Contact: c.one.who, Account: c.one.opts["account"]})
}

// tell says what came of the call.
func (c *caller) tell() {
	if !c.holds {
		return
	}
	code := []string{"0", "3", "7"}[c.throw(3)]
	all := c.calls[c.one.opts["phone"]]
	all[len(all)-1].Outcome = code
	c.do("outcome " + c.agent + " " + c.one.who + " code=" + code)
	c.due[c.one.who] = c.Now.Add(time.Second)
	if verdict := c.judge(c.one); verdict != nil && verdict.Opens.After(c.due[c.one.who]) {
		c.due[c.one.who] = verdict.Opens
	}
}

// floor are callers at the same time on one store, whose clock is theirs.
type floor struct {
	callers []*caller
	throw   func(n int) int
}

// round lets each try to call somebody.
func (w *floor) round() {
	w.each((*caller).try)
	w.pass([]time.Duration{time.Second, time.Millisecond}[min(1, w.throw(6))])
	w.each((*caller).dial)
	w.pass(time.Millisecond)
	w.each((*caller).tell)
	without := 0
	for _, c := range w.callers {
		if !c.holds {
			without++
		}
	}
	if 2*without >= len(w.callers) {
		w.wait()
	}
}

func (w *floor) each(do func(*caller)) {
	if len(w.callers) == 1 {
		do(w.callers[0]) // rapid ends a test in its own goroutine alone
		return
	}
	var all sync.WaitGroup
	for _, c := range w.callers {
		all.Go(func() { do(c) })
	}
	all.Wait()
}

// wait moves the clock, mostly to about when something opens for one of them.
func (w *floor) wait() {
	c := w.callers[w.throw(len(w.callers))]
	d := []time.Duration{time.Second, time.Minute, 19 * time.Minute, time.Hour, 5 * time.Hour, 30 * time.Hour}[w.throw(6)]
	for _, at := range c.due {
		if left := at.Sub(c.Now); left > 0 && left < d {
			d = left
		}
	}
	if d > time.Millisecond && w.throw(3) == 0 {
		d -= time.Millisecond
	}
	w.pass(d)
}

// pass moves the clock; what is due then is offered again.
func (w *floor) pass(d time.Duration) {
	w.callers[0].After(d)
	opened := false
	for _, c := range w.callers {
		due := len(c.due)
		maps.DeleteFunc(c.due, func(_ string, at time.Time) bool { return !at.After(c.Now) })
		opened = opened || len(c.due) < due
	}
	if opened {
		w.callers[0].do("reap")
	}
}

// TestPaceIsTheStores plays short walks that rapid shrinks.
func TestPaceIsTheStores(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		throw := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "d") }
		c := newCaller(newPlayer(contactstest.New(t, "redis", store.DefaultPolicy())), 0, throw, rt.Fatalf)
		w := &floor{[]*caller{c}, throw}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			w.round()
		}
	})
}

// TestNobodyIsCalledTooOften dials and dials: make pace does for long.
func TestNobodyIsCalledTooOften(t *testing.T) {
	t.Parallel()
	const callers = 48 // whose calls of a moment are fewer than the microseconds of its millisecond
	s := contactstest.New(t, "redis", store.DefaultPolicy())
	w := &floor{throw: rand.New(rand.NewPCG(*paceSeed, callers)).IntN}
	for i := range uint64(callers) {
		w.callers = append(w.callers, newCaller(newPlayer(s), int(i), rand.New(rand.NewPCG(*paceSeed, i)).IntN, t.Errorf))
	}
	w.pass(time.Millisecond)
	dials, began, told := 0, time.Now(), 0
	for dials < *paceDials && !t.Failed() {
		w.round()
		dials = 0
		for _, c := range w.callers {
			dials += c.dials
		}
		if dials/100_000 > told {
			told = dials / 100_000
			t.Logf("%d dials in %s", dials, time.Since(began).Round(time.Second))
		}
	}
	refused := map[string]int{}
	for _, c := range w.callers {
		for code, n := range c.refused {
			refused[code] += n
		}
	}
	var seen []string
	for _, code := range []string{"too_many_attempts", "too_soon", "dial too_many_attempts", "dial too_soon"} {
		if refused[code] == 0 {
			t.Errorf("nobody was refused with %s", code)
		}
		seen = append(seen, fmt.Sprint(refused[code], " × ", code))
	}
	t.Logf("%d dials, refused %s", dials, strings.Join(seen, ", "))
	s.Check()
}
