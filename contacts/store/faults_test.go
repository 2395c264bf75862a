package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/envelope"
)

// tally is what clients were told.
type tally struct{ reserved, skipped, lostSkips atomic.Int64 }

// shift lets agents fetch and skip by name until the pool is empty; what is
// pending is asked again with the same request id, as protocol.md says.
func shift(s *contactstest.Node, agents int) *tally {
	told := &tally{}
	var wg sync.WaitGroup
	for i := range agents {
		c := s.SignIn(fmt.Sprint("agent", i))
		wg.Go(func() {
			for n := 0; ; n++ {
				got, err := s.Insist(c, "next", s.GetContact, "{}", fmt.Sprint("n", n))
				if contactstest.Code(err) == "no_contacts" {
					return
				}
				if err != nil {
					s.T.Errorf("next: %v", err)
					return
				}
				told.reserved.Add(1)
				id := contactstest.ContactID(got)
				switch _, err = s.Insist(c, "skip", s.Skip, fmt.Sprintf(`{"ContactId":%q}`, id), fmt.Sprint("s", n)); contactstest.Code(err) {
				case "ok":
					told.skipped.Add(1)
				case "contact_not_found":
					told.lostSkips.Add(1)
				default:
					s.T.Errorf("skip: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	return told
}

// kinds counts events by type.
func kinds(s *contactstest.Node) map[string]int64 {
	n := map[string]int64{}
	for _, e := range s.Events() {
		kind, _, _ := strings.Cut(e, " ")
		n[kind]++
	}
	return n
}

func TestLostRepliesHappenOnce(t *testing.T) {
	t.Parallel()
	s, cut := contactstest.Faulty(t, contactstest.SharedRedis(t), contactstest.Never)
	s.Stock("x", 200)
	cut.Lose = contactstest.Often(8)
	told := shift(s, 6)
	cut.Lose = contactstest.Never
	n := kinds(s)
	if told.reserved.Load() != 200 || told.skipped.Load() != 200 || n["reserve"] != 200 || n["skip"] != 200 {
		t.Errorf("told %d reserved and %d skipped of 200 contacts, events say %v", told.reserved.Load(), told.skipped.Load(), n)
	}
	if cut.Cuts.Load() < 10 {
		t.Errorf("only %d connections were cut: the test shows nothing", cut.Cuts.Load())
	}
	s.Check()
}

// Without the stored reply the same faults must show, else the test above proves
// nothing.
func TestWithoutStoredRepliesSkipsAreLost(t *testing.T) {
	t.Parallel()
	s, cut := contactstest.Faulty(t, contactstest.SharedRedis(t), contactstest.Never)
	s.Stock("x", 200)
	s.ForgetReplies()
	cut.Lose = contactstest.Often(8)
	told := shift(s, 6)
	cut.Lose = contactstest.Never
	if told.lostSkips.Load() == 0 {
		t.Errorf("all skips were told right without stored replies, %d connections were cut", cut.Cuts.Load())
	}
}

func TestForgottenScriptsAreLoadedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, err := contactstest.StartRedis(dir, "--appendonly", "no")
	contactstest.NeedRedis(t, err)
	t.Cleanup(server.Kill)
	s, _ := contactstest.Faulty(t, server.Socket, contactstest.Never)
	s.Stock("x", 200)
	done := make(chan struct{})
	var flushes int
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(3 * time.Millisecond):
				if s.RDB.ScriptFlush(context.WithoutCancel(t.Context())).Err() == nil {
					flushes++
				}
			}
		}
	})
	told := shift(s, 4)
	close(done)
	wg.Wait()
	if n := kinds(s); told.skipped.Load() != 200 || n["skip"] != 200 || flushes == 0 {
		t.Errorf("%d skips told, events %v, after %d flushes", told.skipped.Load(), n, flushes)
	}
	s.Check()
}

func TestKilledRedisKeepsWhatWasTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"--appendonly", "yes", "--appendfsync", "always"}
	server, err := contactstest.StartRedis(dir, args...)
	contactstest.NeedRedis(t, err)
	t.Cleanup(func() { server.Kill() })
	s, _ := contactstest.Faulty(t, filepath.Join(dir, "redis.sock"), contactstest.Never)
	s.Stock("x", 300)
	var told *tally
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		told = shift(s, 4)
	}()
	for range 2 {
		before := made(s)
		for made(s) < before+40 { // some work between two crashes
			select {
			case <-finished:
			case <-time.After(5 * time.Millisecond):
				continue
			}
			break
		}
		server.Kill()
		if server, err = contactstest.StartRedis(dir, args...); err != nil {
			t.Fatal(err)
		}
	}
	<-finished
	if n := kinds(s); told.reserved.Load() != 300 || told.skipped.Load() != 300 || n["reserve"] != 300 || n["skip"] != 300 {
		t.Errorf("told %d reserved, %d skipped, events say %v", told.reserved.Load(), told.skipped.Load(), n)
	}
	s.Check()
}

// made is how many events there are, 0 while Redis is away.
func made(s *contactstest.Node) int64 {
	n, _ := s.RDB.Get(context.Background(), s.Keys.One("seq")).Int64()
	return n
}

func TestFiftySkipsOfOneReservation(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.Stock("x", 2)
		c := s.SignIn("testagent")
		s.Next(c)
		var told atomic.Int64
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				copied := *c // as if each came from another goroutine of another node
				if _, err := s.AskID(&copied, s.Skip, "{}", fmt.Sprint("r", i)); err == nil {
					told.Add(1)
				} else if contactstest.Code(err) != "contact_not_found" {
					t.Errorf("skip: %v", err)
				}
			})
		}
		wg.Wait()
		if n := kinds(s); told.Load() != 1 || n["skip"] != 1 {
			t.Errorf("%d skips were told ok, events %v, want one", told.Load(), n)
		}
		s.Check()
	})
}

func TestWhatIsNotKnownIsPending(t *testing.T) {
	t.Parallel()
	socket := contactstest.SharedRedis(t)
	s, cut := contactstest.Faulty(t, socket, contactstest.Never)
	s.Stock("x", 1)
	c := s.SignIn("testagent")
	ask := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		data, err := envelope.ParseFields([]byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.GetContact(ctx, &session.Request{Claim: c, Subtopic: "next", ID: "r1", Data: data})
		return err
	}
	cut.Mute.Store(true)
	if err := ask(); !errors.Is(err, script.ErrPending) || contactstest.Code(err) != "pending" {
		t.Errorf("with a mute Redis: %v, want pending", err)
	}
	cut.Mute.Store(false)
	if err := ask(); err != nil {
		t.Errorf("asked again: %v", err)
	}
	if n := kinds(s); n["reserve"] != 1 {
		t.Errorf("events %v, want one reserve", n)
	}

	gone, _ := contactstest.Faulty(t, filepath.Join(t.TempDir(), "nobody"), contactstest.Never)
	if _, err := gone.Open(timeLimited(t), &session.Claim{Session: "s"}); !errors.Is(err, script.ErrUnavailable) || errors.Is(err, script.ErrPending) {
		t.Errorf("without a Redis: %v, want unavailable", err)
	}
	closed, _ := contactstest.Faulty(t, socket, contactstest.Never)
	closed.Store.Shutdown()
	began := time.Now()
	if _, err := closed.Open(t.Context(), &session.Claim{Session: "s"}); !errors.Is(err, script.ErrUnavailable) || time.Since(began) > time.Second {
		t.Errorf("after the end: %v in %s, want unavailable at once", err, time.Since(began))
	}
}

func timeLimited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// A supervisor's call whose answer was lost must not hit the next contact.
func TestLostRepliesOfSupervisors(t *testing.T) {
	t.Parallel()
	s, cut := contactstest.Faulty(t, contactstest.SharedRedis(t), contactstest.Never)
	s.Stock("x", 60)
	var once atomic.Bool
	cut.Lose = func() bool { return once.CompareAndSwap(true, false) }
	c := s.SignIn("agent1")
	for i := range 10 {
		once.Store(true)
		if _, err := s.Store.Assign(t.Context(), "agent1", "", "x", time.Hour, "supervisor"); err != nil {
			t.Fatalf("Assign: %v", err)
		}
		held := s.Next(c)
		once.Store(true)
		if err := s.Store.TakeBack(t.Context(), "agent1", "supervisor"); err != nil {
			t.Fatalf("TakeBack: %v", err)
		}
		if _, err := s.Ask(c, s.GetReserved, ""); contactstest.Code(err) != "contact_not_found" {
			t.Fatalf("held after TakeBack: %v", err)
		}
		if err := s.Store.Withdraw(t.Context(), contacts.ID(held), "campaign", "consent"); err != nil {
			t.Fatal(err)
		}
		if n := kinds(s); n["reserve"] != int64(i+1) || n["release"] != int64(i+1) {
			t.Fatalf("round %d: events %v", i, n)
		}
	}
	once.Store(true)
	if err := s.Close(t.Context(), c); err != nil {
		t.Errorf("Close: %v", err)
	}
	s.Check()
}

// A sign-in whose answer was lost must not stand as a session without a socket.
func TestSessionInDoubtIsDropped(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		lost, moved := s.SignIn("lost"), s.SignIn("moved")
		s.SignIn("moved") // and was quicker than the news
		for _, c := range []*session.Claim{lost, moved} {
			c.Epoch = "" // Open could not tell
			if err := s.Drop(t.Context(), c, session.CloseLost, "upgrade failed"); err != nil {
				t.Errorf("Drop: %v", err)
			}
		}
		for agent, want := range map[string]bool{"lost": false, "moved": true} {
			grace, err := s.RDB.HGet(t.Context(), s.Keys.Agent(agent), "gr").Result()
			if got := grace == ""; err != nil || got != want {
				t.Errorf("%s is connected: %v (%v), want %v", agent, got, err, want)
			}
		}
	})
}
