package judge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/identity"
)

// edge is a person, when the calls to it end, and when they begin again.
type edge struct {
	who          *person
	closes, back int64
}

// edges are of days with a holiday, a change of the clock, or a first or last day of a rule: so
// many of a person, spread over the year.
func edges(who *person, most int) []edge {
	var all []edge
	for day := yearBegins; day.Before(yearEnds.AddDate(0, 0, -7)); day = day.AddDate(0, 0, 1) {
		at := day.Unix()
		if !who.eventful(at, at+86400, true) {
			continue
		}
		closes := who.turn(at, true)
		if back := who.turn(closes, false); closes != 0 && back != 0 && (len(all) == 0 || all[len(all)-1].closes < closes) {
			all = append(all, edge{who, closes, back})
		}
	}
	var some []edge
	for i := range min(most, len(all)) {
		some = append(some, all[i*len(all)/min(most, len(all))])
	}
	return some
}

// turn is the first quarter hour that is closed and had an open one before it, or open
// and a closed one; 0 for none within ten days.
func (p *person) turn(at int64, open bool) int64 {
	if at == 0 {
		return 0
	}
	for i := range int64(ahead) {
		if p.open(at+i*step) == open && p.open(at+(i+1)*step) != open {
			return at + (i+1)*step
		}
	}
	return 0
}

// visitor goes through the doors: what the hub answers agents and campaign managers.
type visitor struct {
	*trial
	t       *testing.T
	numbers int
	asked   int
}

// guest is a contact at the place of the edge's person, with a number of its own.
func (v *visitor) guest(e edge, campaign string) contacts.ID {
	v.t.Helper()
	v.numbers++
	s := e.who.somebody
	s.id, s.campaign = fmt.Sprintf("%s-%d", s.id, v.numbers), campaign
	if s.phone == "" { // of no country, so that the zone alone decides
		s.phone = "+9995550000"
	}
	s.phone = fmt.Sprintf("%s%04d", s.phone[:len(s.phone)-4], 1000+v.numbers)
	v.load(v.t, []somebody{s})
	return contacts.ID(s.id)
}

func (v *visitor) assign(agent string, id contacts.ID) error {
	v.asked++
	_, err := v.Store.Assign(v.t.Context(), identity.AgentID(agent), id, "", 24*time.Hour, "manager1")
	return err
}

// agent signs in, and is shown what it holds.
func (v *visitor) agent(name, campaign string) *store.Caller {
	v.t.Helper()
	c := v.SignIn(name, func(c *session.Claim) { c.Campaigns = []string{campaign} })
	return &store.Caller{Agent: c.Agent, Epoch: c.Epoch, Session: c.Session, Campaigns: c.Campaigns, Joined: &c.Joined, Frame: v.Number()}
}

func (v *visitor) dial(c *store.Caller) error {
	v.asked++
	c.Frame = v.Number()
	_, err := v.Store.Dial(v.t.Context(), c, "")
	return err
}

func (v *visitor) reserve(c *store.Caller) (contacts.ID, error) {
	v.asked++
	c.Frame = v.Number()
	got, err := v.Store.Reserve(v.t.Context(), c)
	if err != nil {
		return "", err
	}
	return got.ID, nil
}

// refuses holds a refusal against the judge: its rule, and when it opens.
func (v *visitor) refuses(e edge, at int64, err error) {
	v.t.Helper()
	refused, ok := errors.AsType[*contacts.HoursError](err)
	if !ok || refused.Opens.Unix() != e.back || !slices.Contains(e.who.forbids(at), refused.Rule) {
		v.t.Errorf("%s at %s: %v %+v, want closed until %s by one of %v", e.who.id, stamp(at), err, refused, stamp(e.back), e.who.forbids(at))
	}
}

func (v *visitor) must(e edge, at int64, what string, err error) {
	v.t.Helper()
	if err != nil {
		v.t.Errorf("%s at %s: %s: %v", e.who.id, stamp(at), what, err)
	}
}

// visit is what is done at a time.
type visit struct {
	at int64
	do func(at int64)
}

// visits go around an edge: what is held over it may be dialled until its last second, from
// its opening on, and not between; and what is not held is given then, and not between.
func (v *visitor) visits(n int, e edge) []visit {
	campaign := fmt.Sprintf("%s-edge%d", e.who.campaign, n)
	night, last, next := fmt.Sprint("night", n), fmt.Sprint("last", n), fmt.Sprint("next", n)
	var held *store.Caller
	var waits contacts.ID
	return []visit{
		{e.closes - 60, func(at int64) {
			if e.who.campaign != "law" {
				v.Put(contacts.CampaignID(campaign), campaigns[e.who.campaign].put())
			}
			v.must(e, at, "assign", v.assign(night, v.guest(e, campaign)))
			held = v.agent(night, campaign)
		}},
		{e.closes - 1, func(at int64) {
			v.must(e, at, "assign", v.assign(last, v.guest(e, campaign)))
			v.must(e, at, "dial", v.dial(v.agent(last, campaign)))
		}},
		{e.closes, func(at int64) {
			v.refuses(e, at, v.dial(held))
			waits = v.guest(e, campaign)
			err := v.assign(next, waits)
			if taken, ok := errors.AsType[*contacts.TakenError](err); !ok || taken.Why != "outside_hours" || taken.Until.Unix() != e.back {
				v.t.Errorf("%s at %s: assign: %v, want outside_hours until %s", e.who.id, stamp(at), err, stamp(e.back))
			}
		}},
		{e.back - 1, func(at int64) {
			v.refuses(e, at, v.dial(held))
			v.guest(e, campaign)
			if id, err := v.reserve(v.agent(next, campaign)); !errors.Is(err, contacts.ErrNoContacts) {
				v.t.Errorf("%s at %s: reserve: %s %v, want none", e.who.id, stamp(at), id, err)
			}
		}},
		{e.back, func(at int64) {
			v.must(e, at, "dial", v.dial(held))
			agent := v.agent(next, campaign)
			id, err := v.reserve(agent)
			v.must(e, at, "reserve", err)
			if id != waits {
				v.t.Errorf("%s at %s: reserve gave %s, want %s, which waited", e.who.id, stamp(at), id, waits)
			}
			v.must(e, at, "dial", v.dial(agent))
		}},
	}
}

// What the doors answer is what the judge says, around the edges of special days: reserve,
// assign and dial, with what was held over the closing, and the clock of the hub at each.
func TestDoorsOpenAndCloseOnTime(t *testing.T) {
	for kind, most := range map[string]int{"redis": 4, "embedded": 1} {
		t.Run(kind, func(t *testing.T) {
			policy := store.DefaultPolicy()
			policy.ReservationTTL = 60 * 24 * time.Hour // what is held over a night, or a storm, stays held
			tr := newTrial(t, kind, policy, func(_ int, s somebody) bool { return slices.Contains(visited, s.id) })
			if len(tr.people) != len(visited) {
				t.Fatalf("%d of %d people are there", len(tr.people), len(visited))
			}
			v := &visitor{trial: tr, t: t}
			var all []visit
			n := 0
			for _, who := range tr.people {
				for _, e := range edges(who, most) {
					n++
					all = append(all, v.visits(n, e)...)
				}
			}
			slices.SortStableFunc(all, func(a, b visit) int { return cmp.Compare(a.at, b.at) })
			today := int64(0)
			for _, one := range all {
				now := time.Unix(one.at, 0)
				v.At(now)
				if day := one.at / 86400; day != today {
					v.beat(t, now)
					today = day
				}
				reap(t, v.trial)
				one.do(one.at)
			}
			t.Logf("%d edges, asked %d times", n, v.asked)
			if n < len(visited)*most/2 {
				t.Errorf("%d edges of %d people: the year has more", n, len(visited))
			}
		})
	}
}

// reap brings back what is due, and nothing else: nobody's node beats here.
func reap(t *testing.T, tr *trial) {
	t.Helper()
	for again := true; again; {
		var err error
		if again, err = tr.Store.ReapOnce(context.Background(), false); err != nil {
			t.Fatal(err)
		}
	}
}

// visited are people whose days, clocks and rules are of every kind.
var visited = []string{
	"law-RI", "law-PA", "law-LA", "law-UT", "law-TX", "law-AL", "law-FL", "law-IN", "law-AK", "law-PR", "law-ME", "law-VT-sms", "law-BC", "law-AB",
	"law-ON", "law-NL", "law-SK", "law-867", "law-MB-moved", "hours-NY", "home-CA", "given-ND-America/North_Dakota/Center",
	"zones-America/Havana", "zones-Asia/Kathmandu", "before-America/Detroit", "law-somewhere-US",
}
