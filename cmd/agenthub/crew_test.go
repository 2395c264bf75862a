package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// crew are agents at work on any of some nodes: each reserves a contact and skips
// it, again and again. Like a real desktop an agent that loses its socket, or is
// told to move, signs in elsewhere and asks again with the same request id.
type crew struct {
	nodes []*node
	stop  chan struct{}
	works sync.WaitGroup

	asked, again, moved atomic.Int64 // requests, those asked again, sockets opened
	longest             atomic.Int64 // what a request took until its answer, whoever gave it, in ns

	mu       sync.Mutex // guards the following
	reserved []string   // contacts whose reservation was acknowledged
	skipped  []string   // contacts whose skip was acknowledged
	faults   []string
}

// agentAtWork is one of them.
type agentAtWork struct {
	*crew
	name, token string
	socket      *client
	seen        string // why the last answer was none
}

func startCrew(t *testing.T, agents int, nodes ...*node) *crew {
	t.Helper()
	c := &crew{nodes: nodes, stop: make(chan struct{})}
	for i := range agents {
		name := fmt.Sprintf("agent%d", i+1)
		a := &agentAtWork{crew: c, name: name, token: token(t, as(identity.RoleAgent, name))}
		c.works.Go(func() { a.run(context.WithoutCancel(t.Context())) })
	}
	t.Cleanup(func() { c.end(t) })
	return c
}

// end stops the agents and reports what went wrong for them.
func (c *crew) end(t *testing.T) {
	t.Helper()
	for _, fault := range c.finish(t) {
		t.Error(fault)
	}
}

// finish stops the agents and returns what went wrong for them.
func (c *crew) finish(t *testing.T) (faults []string) {
	t.Helper()
	if c.stopping() {
		return nil
	}
	close(c.stop)
	c.works.Wait()
	t.Logf("%d requests, %d of them asked again, %d sockets; %d skips acknowledged",
		c.asked.Load(), c.again.Load(), c.moved.Load(), len(c.skipped))
	return c.faults
}

// done is how many skips were acknowledged so far.
func (c *crew) done() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.skipped)
}

func (c *crew) blame(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func (c *crew) note(list *[]string, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*list = append(*list, id)
}

func (c *crew) stopping() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}

// pause waits a random time; a crew that marches in step proves less.
func pause(most time.Duration) { <-time.After(time.Duration(rand.Int64N(int64(most)))) }

func (a *agentAtWork) run(ctx context.Context) {
	defer a.leave()
	for n := 0; !a.stopping(); n++ {
		got, err := a.ask(ctx, "GetContactOD", fmt.Sprintf("get-%d", n), `{"UserID":"`+a.name+`"}`)
		if err != nil {
			a.blame("%s: reserve: %v", a.name, err)
			return
		}
		if got.ContactID == "" {
			pause(300 * time.Millisecond) // nothing there now
			continue
		}
		a.note(&a.reserved, got.ContactID)
		done, err := a.ask(ctx, "SkipNonPEWCContact", fmt.Sprintf("skip-%d", n), `{"UserID":"`+a.name+`","ContactId":"`+got.ContactID+`"}`)
		switch {
		case err != nil:
			a.blame("%s: skip %s: %v", a.name, got.ContactID, err)
			return
		case !done.ok():
			a.blame("%s lost %s: %s", a.name, got.ContactID, done.raw)
		default:
			a.note(&a.skipped, got.ContactID)
		}
		pause(400 * time.Millisecond)
	}
}

// ask sends a request until it has a definite answer.
func (a *agentAtWork) ask(ctx context.Context, subtopic, id, data string) (response, error) {
	frame := `{"channel":"LCM","topic":"WebService","subtopic":"` + subtopic + `","requestId":"` + id + `","data":` + data + `}`
	began := time.Now()
	limit := began.Add(patience) // for one answer, on whichever nodes
	a.asked.Add(1)
	for try := 0; time.Now().Before(limit); try++ {
		if try > 0 {
			a.again.Add(1)
			pause(200 * time.Millisecond)
		}
		if a.socket == nil {
			if err := a.enter(ctx); err != nil {
				a.seen = err.Error()
				continue
			}
		}
		got, err := a.exchange(ctx, frame, id)
		if err != nil {
			a.seen = err.Error()
			a.leave()
			continue
		}
		if code := envelope.Code(got.Code); code == envelope.CodeSessionSuperseded {
			return got, errors.New("superseded, and nobody else has signed in")
		} else if code != envelope.CodePending && code != envelope.CodeUnavailable {
			for took := int64(time.Since(began)); ; {
				if before := a.longest.Load(); took <= before || a.longest.CompareAndSwap(before, took) {
					return got, nil
				}
			}
		}
		a.seen = got.raw
	}
	return response{}, fmt.Errorf("no answer within %s; last: %s", patience, a.seen)
}

// exchange sends one frame and waits for its answer. Who is told to move does so
// when the answer is there.
func (a *agentAtWork) exchange(ctx context.Context, frame, id string) (response, error) {
	if err := a.socket.write(ctx, frame); err != nil {
		return response{}, err
	}
	limit := time.After(12 * time.Second)
	draining := false
	for {
		select {
		case text := <-a.socket.in:
			if strings.Contains(text, `"subtopic":"Draining"`) {
				draining = true
			}
			if got, ok := answerTo(text, id); ok {
				if draining {
					a.move(ctx)
				}
				return got, nil
			}
		case <-a.socket.gone:
			return response{}, fmt.Errorf("closed with %d %s", a.socket.code, a.socket.why)
		case <-limit:
			return response{}, errors.New("no answer on this socket")
		}
	}
}

// move opens the next socket before it gives up the present one.
func (a *agentAtWork) move(ctx context.Context) {
	old := a.socket
	if err := a.enter(ctx); err != nil {
		return // the old one will be closed
	}
	_ = old.conn.CloseNow()
}

// enter signs in on a random node.
func (a *agentAtWork) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, err := a.nodes[rand.IntN(len(a.nodes))].tab(ctx, a.token, "tab-"+a.name)
	if err != nil {
		return err
	}
	a.moved.Add(1)
	a.socket = c
	return nil
}

func (a *agentAtWork) leave() {
	if a.socket != nil {
		_ = a.socket.conn.CloseNow()
		a.socket = nil
	}
}

// event is what the tests look at of the history.
type event struct {
	Seq       int64
	Type      string
	ContactID string `json:"contactId"`
}

// events reads the whole history.
func (n *node) events(t *testing.T) (all []event) {
	t.Helper()
	for cursor := ""; ; {
		var page struct {
			Events []event
			Next   string
		}
		n.call(t, boss, http.MethodGet, "/api/v1/skips?limit=1000&cursor="+cursor, "", &page)
		all = append(all, page.Events...)
		if page.Next == "" || len(page.Events) == 0 {
			return all
		}
		cursor = page.Next
	}
}

// account compares what the agents were told with what the store says: each
// acknowledged skip has exactly one event, no contact was lost, none was given to
// two agents.
func (c *crew) account(t *testing.T, n *node, loaded int) {
	t.Helper()
	if faults := c.losses(t, n, loaded); len(faults) > 0 {
		t.Errorf("%d differences, the first: %s", len(faults), faults[0])
	}
}

func (c *crew) losses(t *testing.T, n *node, loaded int) (faults []string) {
	t.Helper()
	blame := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	reserves, skips, seqs := map[string]int{}, map[string]int{}, map[int64]bool{}
	for _, e := range n.events(t) {
		switch e.Type {
		case "reserve":
			reserves[e.ContactID]++
		case "skip":
			skips[e.ContactID]++
		}
		if seqs[e.Seq] {
			blame("seq %d twice", e.Seq)
		}
		seqs[e.Seq] = true
	}
	told := map[string]int{}
	for _, id := range c.skipped {
		if told[id]++; told[id] > 1 {
			blame("%s was skipped for two agents", id)
		}
		if skips[id] != 1 {
			blame("the acknowledged skip of %s has %d events", id, skips[id])
		}
	}
	for id, k := range skips {
		if told[id] != k {
			blame("%s has %d skips that nobody was told of", id, k-told[id])
		}
	}
	for _, id := range c.reserved {
		if reserves[id] == 0 {
			blame("the acknowledged reservation of %s has no event", id)
		}
	}
	if counts := n.campaign(t, "c"); sum(counts) != loaded || counts["scheduled"] != len(told) {
		blame("contacts by state %v, want %d, %d of them scheduled", counts, loaded, len(told))
	}
	return faults
}
