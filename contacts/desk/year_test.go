package desk_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session/identity"
)

var yearDays = flag.Int("year.days", 30, "how many days TestListsSentAgainChangeNothing lives through")

// twins are two tenants in which the same things happen. To one of them its lists are sent again.
type twins struct {
	sent, untouched *player
	rows            []contacts.Row
	throw           func(n int) int
	told            map[string]int // answers, by their first word
	again           int            // rows that were sent again
	states          map[contacts.State]int
}

// both does a thing to both, who must answer the same.
func (w *twins) both(text string) string {
	w.sent.T.Helper()
	is, was := w.sent.do(text), w.untouched.do(text)
	if is != was {
		w.sent.T.Fatalf("%s, %s: %s, untouched %s", w.sent.Now.Format(time.RFC3339), text, is, was)
	}
	w.told[strings.Fields(parseLine(text).verb + " " + is)[0]+" "+word1(is)]++
	return is
}

// word1 is an answer without the ids in it.
func word1(answer string) string {
	if strings.HasPrefix(answer, "p") && strings.ContainsAny(answer, "0123456789") {
		return "contact"
	}
	return answer
}

// newTwins loads contacts of all kinds into both.
func newTwins(s *contactstest.Node, kind string, throw func(n int) int) *twins {
	other := contactstest.New(s.T, kind, store.DefaultPolicy())
	w := &twins{sent: newPlayer(s), untouched: newPlayer(other), throw: throw, told: map[string]int{}, states: map[contacts.State]int{}}
	for _, n := range []*contactstest.Node{s, other} {
		n.At(inNewYork(s.T, "2026-12-01T12:00"))
		n.ReadClocks()
		putLaw(s.T, n)
		n.Put("x", contacts.Rules{
			Hours:    &contacts.Hours{Week: map[string]string{"mon-fri": "09:00-18:00", "sat": "10:00-14:00"}},
			Holidays: contacts.HolidaysClosed, DefaultTimeZone: "America/New_York", ZoneFrom: contacts.ZoneStrictest,
			MinGap: contacts.Duration(2 * time.Hour), PauseAfter: []contacts.Pause{{Outcomes: []contacts.RuleID{"7"}, For: contacts.Duration(48 * time.Hour)}},
		})
	}
	areas := []string{"+1212555", "+1312555", "+1213555", "+1401555", "+1305555", "+1604555", "+1808555", "+1423555"}
	for i := range 40 {
		row := contacts.Row{
			ID: contacts.ID(fmt.Sprint("p", i)), Campaign: "x", AccountNumber: fmt.Sprint("k", i), E164: fmt.Sprint(areas[i%len(areas)], 1000+i/2), // two share a number now and then
			Priority: i % 3,
		}
		switch i % 8 {
		case 3:
			row.PersonalAgent, row.CallType, row.NotBefore = "agent1", contacts.CallPersonalCallback, s.Now.Add(time.Duration(i)*9*24*time.Hour)
			if i%40 != 3 {
				row.PersonalAgent = "absent"
			}
		case 5:
			row.NotBefore = s.Now.Add(time.Duration(i) * 7 * 24 * time.Hour)
		case 6:
			row.ExpiryTime = s.Now.Add(time.Duration(i) * 8 * 24 * time.Hour)
		}
		w.rows = append(w.rows, row)
	}
	s.Imports(w.rows...)
	other.Imports(w.rows...)
	w.both("open agent1")
	w.both("open agent2")
	return w
}

// resend sends some or all rows again, whatever state their contacts are in.
func (w *twins) resend() {
	rows := w.rows
	if w.throw(3) > 0 {
		from := w.throw(len(rows))
		rows = rows[from:min(len(rows), from+1+w.throw(8))]
	}
	for _, row := range rows {
		w.states[w.sent.State(string(row.ID))]++
	}
	w.again += len(rows)
	w.sent.Imports(rows...)
}

// work is what an agent does with a contact, if it gets one.
func (w *twins) work(agent string) {
	id := w.both("next " + agent)
	if !strings.HasPrefix(id, "p") {
		return
	}
	one := "k" + id[1:]
	maybe := func() {
		if w.throw(3) == 0 {
			w.resend()
		}
	}
	maybe()
	switch w.throw(6) {
	case 0:
		w.both(fmt.Sprintf("skip %s %s reason=bad_time", agent, id))
		return
	case 1: // the lease runs out
		return
	}
	if w.both("dial "+agent+" "+id) != "ok" {
		w.both(fmt.Sprintf("skip %s %s reason=other", agent, id)) // refused: it needs a note
		w.both(fmt.Sprintf("skip %s %s reason=bad_time", agent, id))
		return
	}
	maybe()
	switch w.throw(12) {
	case 0: // nobody says how it was: review
	case 1:
		w.both(fmt.Sprintf("callback %s %s at=%dh mine", agent, one, 2+w.throw(300)))
	case 2:
		w.both(fmt.Sprintf("callback %s %s at=%dh", agent, one, 2+w.throw(300)))
	case 3:
		w.both(fmt.Sprintf("outcome %s %s code=0", agent, one))
	default:
		w.both(fmt.Sprintf("outcome %s %s code=%d", agent, one, []int{1, 3, 7, 8}[w.throw(4)]))
	}
}

// compare finds every contact the same in both.
func (w *twins) compare() {
	w.sent.T.Helper()
	for _, row := range w.rows {
		is, err := w.sent.Read.Contact(w.sent.T.Context(), row.ID)
		was, err2 := w.untouched.Read.Contact(w.sent.T.Context(), row.ID)
		if err != nil || err2 != nil {
			w.sent.T.Fatal(err, err2)
		}
		if is.State != was.State || !is.Due.Equal(was.Due) || is.Agent != was.Agent || is.Skips != was.Skips || is.Attempts != was.Attempts ||
			is.CallType != was.CallType || is.Outcome != was.Outcome || is.Priority != was.Priority {
			w.sent.T.Fatalf("%s, %s:\n%+v, untouched\n%+v", w.sent.Now.Format(time.RFC3339), row.ID, is, was)
		}
	}
}

// A year in fast time: the hub's own clock stands still, the store's goes on by
// hours, days and, with all hubs off, weeks. Lists are sent again in every state of
// their contacts, and nothing differs from a tenant to which they were sent once.
func TestListsSentAgainChangeNothing(t *testing.T) {
	for _, kind := range []string{"redis", "embedded"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := contactstest.New(t, kind, store.DefaultPolicy())
			w := newTwins(s, kind, rand.New(rand.NewPCG(14, 2026)).IntN)
			end := s.Now.Add(time.Duration(*yearDays) * 24 * time.Hour)
			for s.Now.Before(end) {
				pause := time.Duration(10+w.throw(20)) * time.Minute
				switch w.throw(60) {
				default:
					pause = time.Duration(1+w.throw(240)) * time.Minute
				case 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25: // shorter than a callback may be missed
				case 0:
					pause = time.Duration(1+w.throw(3)) * 7 * 24 * time.Hour // all hubs are off
				case 1:
					pause = 36 * time.Hour
				}
				for _, p := range []*player{w.sent, w.untouched} {
					p.After(pause)
					if err := p.Store.KeepLaw(t.Context()); err != nil {
						t.Fatal(err)
					}
					p.Reap()
				}
				if pause < 30*time.Minute || w.throw(4) == 0 {
					w.resend()
				}
				for _, agent := range []identity.AgentID{"agent1", "agent2"} {
					w.work(string(agent))
				}
				if w.throw(40) == 0 {
					w.both(fmt.Sprintf("review p%d reopen", []int{w.throw(len(w.rows)), 11, 19}[w.throw(3)])) // the last two are callbacks that nobody takes
				}
				w.compare()
			}
			w.sent.Check()
			for _, state := range []contacts.State{contacts.Available, contacts.Scheduled, contacts.Reserved, contacts.Dialled, contacts.Review, contacts.Closed} {
				if w.states[state] == 0 {
					t.Errorf("nothing was sent again while it was %s", state)
				}
			}
			t.Logf("to %s: %d rows sent again (%v), answers %v", s.Now.Format(time.DateOnly), w.again, w.states, w.told)
		})
	}
}
