package feed_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/feed"
	"agenthub/contacts/history"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// follow runs the follower of a node until the test ends.
func follow(t *testing.T, s *contactstest.Node) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		s.Feed.Follow(ctx, feed.Signals{
			Wake: func(identity.AgentID) {}, Kick: func(string, int, string) {}, Revoke: func(identity.AgentID, time.Time) {},
		})
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	for {
		if _, placed := s.Feed.Placed(); placed {
			return
		}
		<-time.After(time.Millisecond)
	}
}

// emit appends n events to the stream as the scripts do.
func emit(t *testing.T, s *contactstest.Node, n int) {
	t.Helper()
	packed := strings.Join([]string{"skip", "agent1", "agent1", "spring", "c1", "0101", "busy", "", "10", "1", "node1", "0"}, "\x1f")
	for range n { // in one step, as every script does: a seq without its event is history that was lost
		err := s.RDB.Eval(t.Context(), "return redis.call('XADD', KEYS[1], '*', 's', redis.call('INCR', KEYS[2]), 'e', ARGV[1])",
			[]string{s.Keys.One("ev"), s.Keys.One("seq")}, packed).Err()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// id is the stream id of the event with that seq.
func id(t *testing.T, s *contactstest.Node, seq int64) string {
	t.Helper()
	var id string
	if err := s.Past.Walk(t.Context(), contacts.Filter{}, time.Time{}, time.Time{}, func(e contacts.Event) error {
		if e.Seq == seq {
			id = e.ID
		}
		return nil
	}); err != nil || id == "" {
		t.Fatalf("event %d: %q, %v", seq, id, err)
	}
	return id
}

// subscribe asks as a supervisor's frame would, and runs what follows the answer.
func subscribe(t *testing.T, s *contactstest.Node, c *fakeConn, data string) feed.Subscribed {
	t.Helper()
	env, err := envelope.Decode([]byte(`{"channel":"HUB","topic":"Skips","subtopic":"Subscribe","data":` + data + `}`))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Feed.Subscribe(t.Context(), &session.Request{Claim: c.Claim(), Data: env.Data, Conn: c})
	if err != nil {
		t.Fatalf("Subscribe(%s): %v", data, err)
	}
	then := answer.(session.Then)
	c.Do(context.WithoutCancel(t.Context()), then.Do)
	return then.Answer.(feed.Subscribed)
}

func TestFeedJoinsHistoryToLive(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		emit(t, s, 5)
		follow(t, s)
		now, past, all := newConn(t), newConn(t), newConn(t)
		if got := subscribe(t, s, now, `{}`); got.Seq != 5 || got.ID != id(t, s, 5) || got.Recovered {
			t.Errorf("Subscribed = %+v, want seq 5", got)
		}
		if got := subscribe(t, s, past, fmt.Sprintf(`{"since":%q,"seq":3}`, id(t, s, 3))); got.Seq != 3 || !got.Recovered {
			t.Errorf("Subscribed = %+v, want recovered at 3", got)
		}
		subscribe(t, s, all, `{"since":"0"}`)
		emit(t, s, 1200) // more than a page, and more than any backlog
		now.sees(t, numbers(6, 1205)...)
		past.sees(t, numbers(4, 1205)...)
		all.sees(t, numbers(1, 1205)...)
	})
}

func TestSlowSupervisorIsFedFromHistory(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		follow(t, s)
		slow, quick := newConn(t), newConn(t)
		slow.most = 10
		subscribe(t, s, slow, `{}`)
		subscribe(t, s, quick, `{}`)
		emit(t, s, 700)
		quick.sees(t, numbers(1, 700)...)
		slow.sees(t, numbers(1, 700)...)
	})
}

func TestSubscribingAgainReplacesTheFilter(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		follow(t, s)
		c, witness := newConn(t), newConn(t)
		subscribe(t, s, witness, `{}`)
		subscribe(t, s, c, `{}`)
		emit(t, s, 3)
		c.sees(t, numbers(1, 3)...)
		subscribe(t, s, c, `{"filter":{"campaign":"autumn"}}`)
		emit(t, s, 3)
		witness.sees(t, numbers(1, 6)...)
		subscribe(t, s, c, fmt.Sprintf(`{"since":%q,"seq":6,"filter":{"reason":"busy"}}`, id(t, s, 6)))
		emit(t, s, 1)
		c.sees(t, "1", "2", "3", "7")
	})
}

// A token that was refreshed with fewer campaigns narrows the subscription that
// is there, live and from history.
func TestFewerRightsNarrowTheFeedAtOnce(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		follow(t, s)
		live, slow, witness := newConn(t), newConn(t), newConn(t)
		live.serves("spring", "autumn")
		slow.serves("spring", "autumn")
		slow.most = 2
		for _, c := range []*fakeConn{live, slow, witness} {
			subscribe(t, s, c, `{}`)
		}
		emit(t, s, 2)
		live.sees(t, "1", "2")
		slow.sees(t, "1", "2")
		live.serves("autumn")
		slow.serves("autumn")
		emit(t, s, 3)
		witness.sees(t, numbers(1, 5)...)
		live.serves("autumn", "spring")
		slow.serves("autumn", "spring")
		emit(t, s, 1)
		live.sees(t, "1", "2", "6")
		slow.sees(t, "1", "2", "6")
	})
}

func TestSupervisorAheadOfTheFollowerWaits(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		other := s.Another("node2")
		other.Feed.PlaceAtStart()
		emit(t, s, 5)
		c := newConn(t)
		if got := subscribe(t, other, c, fmt.Sprintf(`{"since":%q,"seq":4}`, id(t, s, 4))); got.Seq != 4 {
			t.Errorf("Subscribed = %+v, want 4", got)
		}
		follow(t, other)
		emit(t, s, 2)
		c.sees(t, "5", "6", "7")
	})
}

func TestGapOnlyWhereHistoryIsGone(t *testing.T) {
	type place struct{ since, seq, want string }
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		emit(t, s, 10)
		ids := make([]string, 11)
		for n := int64(1); n <= 10; n++ {
			ids[n] = id(t, s, n)
		}
		s.Command(t, "XTRIM", "ev", "MAXLEN", 4) // 7 8 9 10 are left
		follow(t, s)
		first, _ := history.ParseStreamID(ids[7])
		for name, p := range map[string]place{
			"the newest":                  {ids[10], "10", ""},
			"without seq":                 {ids[8], "", "9 10"},
			"trimmed":                     {ids[4], "4", "trimmed 7 8 9 10"},
			"trimmed as far as seen":      {ids[6], "6", "7 8 9 10"},
			"trimmed, seq unknown":        {ids[4], "", "trimmed 7 8 9 10"},
			"from the beginning, trimmed": {"0", "", "trimmed 7 8 9 10"},
			"where a gap ended":           {first.Before().String(), "", "7 8 9 10"},
			"rolled back":                 {ids[9], "12", "rolled_back 10"},
			"the future":                  {"9999999999999-0", "", "rolled_back"},
			"the last id there can be":    {history.LastID.String(), "", "rolled_back"},
			"the last id, with a seq":     {history.LastID.String(), "10", "rolled_back"},
		} {
			data := fmt.Sprintf(`{"since":%q}`, p.since)
			if p.seq != "" {
				data = fmt.Sprintf(`{"since":%q,"seq":%s}`, p.since, p.seq)
			}
			c := newConn(t)
			got := subscribe(t, s, c, data)
			if got.Recovered == (strings.Contains(p.want, "trimmed") || strings.Contains(p.want, "rolled")) {
				t.Errorf("%s: Subscribed = %+v", name, got)
			}
			c.sees(t, strings.Fields(p.want)...)
		}
		s.Command(t, "XTRIM", "ev", "MAXLEN", 0)
		idle, last := newConn(t), newConn(t)
		subscribe(t, s, last, fmt.Sprintf(`{"since":%q}`, history.LastID.String()))
		subscribe(t, s, idle, fmt.Sprintf(`{"since":%q,"seq":10}`, ids[10]))
		emit(t, s, 1)
		idle.sees(t, "11") // a quiet weekend is no gap
		last.sees(t, "trimmed", "11")
	})
}

func TestFollowerTellsLostHistoryOnce(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		follow(t, s)
		c := newConn(t)
		subscribe(t, s, c, `{}`)
		emit(t, s, 5)
		c.sees(t, numbers(1, 5)...)
		last, _ := s.Feed.Placed()
		for now := last.Ms; now <= last.Ms; { // else the new history may begin with an id that the old one had
			at, err := s.RDB.Time(t.Context()).Result()
			if err != nil {
				t.Fatal(err)
			}
			now = uint64(at.UnixMilli())
		}
		s.Command(t, "DEL", "ev")
		s.Command(t, "SET", "seq", 3)
		emit(t, s, 2)
		c.sees(t, "1", "2", "3", "4", "5", "rolled_back", "4", "5")
	})
}

func TestAnUnreadableEventIsNotTheEndOfTheFeed(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Broken = true
		follow(t, s)
		c := newConn(t)
		subscribe(t, s, c, `{}`)
		emit(t, s, 1)
		s.Command(t, "INCR", "seq")
		s.Command(t, "XADD", "ev", "*", "s", 2, "e", "from another time")
		emit(t, s, 1)
		c.sees(t, "1", "trimmed", "3")
		late := newConn(t)
		subscribe(t, s, late, `{"since":"0"}`)
		late.sees(t, "1", "trimmed", "3")
		s.Command(t, "DEL", "ev") // Check would find it too
	})
}

func TestSupervisorThatIsGoneIsForgottenWithTheNextEvent(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		follow(t, s)
		gone, stays := newConn(t), newConn(t)
		subscribe(t, s, gone, `{}`)
		subscribe(t, s, stays, `{}`)
		gone.jobs.Wait()
		stays.jobs.Wait()
		gone.close()
		s.Feed.DeliverNext(t.Context())
		if n, has := s.Feed.Subscribers(stays); n != 1 || !has {
			t.Errorf("%d subscriptions are left", n)
		}
	})
}

func TestClosedSupervisorsAreForgotten(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		follow(t, s)
		c := newConn(t)
		subscribe(t, s, c, `{"filter":{"agent":"nobody"}}`)
		c.jobs.Wait()
		c.close()
		s.Feed.Sweep()
		if n, _ := s.Feed.Subscribers(c); n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
	})
}
