package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// The short run is for every day; `make feed` takes a minute at 500 skips a second.
var (
	feedFor    = flag.Duration("feed.for", 6*time.Second, "how long the agents of the feed tests skip")
	feedAgents = flag.Int("feed.agents", 6, "how many agents do, each some 18 times a second")
)

// listener is a supervisor that reads: when its socket ends it goes on, on any
// node, directly after the last event it has seen.
type listener struct {
	nodes             []*node
	name, token, kind string // kind: the type of events it asks for, "" for all
	seen              func(heard)

	mu      sync.Mutex // guards the following
	events  []heard
	gaps    []string // their causes
	answers []heard  // to Subscribe
	sockets int
}

// heard is what the tests look at of a message of the feed.
type heard struct {
	ID        string
	Seq       int64
	Type      string
	ContactID string `json:"contactId"`
	Cause     string
	Recovered bool
	Response  *response
}

func newListener(t *testing.T, name, kind string, nodes ...*node) *listener {
	t.Helper()
	return &listener{nodes: nodes, name: name, kind: kind, token: token(t, as(identity.RoleSupervisor, name)), seen: func(heard) {}}
}

// start listens until the test ends.
func (l *listener) start(t *testing.T) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var works sync.WaitGroup
	works.Go(func() { l.listen(ctx, "0") })
	t.Cleanup(func() {
		cancel()
		works.Wait()
	})
	return l
}

// listen goes on from a place until the context ends.
func (l *listener) listen(ctx context.Context, since string) {
	place := `"since":"` + since + `"`
	for ctx.Err() == nil {
		c, err := connect(ctx, l.nodes[rand.IntN(len(l.nodes))].url, http.Header{"Authorization": {"Bearer " + l.token}}, envelope.ProtocolV1)
		if err != nil {
			pause(200 * time.Millisecond)
			continue
		}
		l.mu.Lock()
		l.sockets++
		l.mu.Unlock()
		if c.write(ctx, subscribeTo(place, l.kind)) == nil {
			l.read(ctx, c, &place)
		}
		_ = c.conn.CloseNow()
	}
}

func subscribeTo(place, kind string) string {
	filter := "{}"
	if kind != "" {
		filter = `{"type":"` + kind + `"}`
	}
	return `{"channel":"HUB","topic":"Skips","subtopic":"Subscribe","data":{` + place + `,"filter":` + filter + `}}`
}

// read takes what one socket says, until it ends.
func (l *listener) read(ctx context.Context, c *client, place *string) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.gone:
			return
		case frame := <-c.in:
			var m struct {
				Subtopic string
				Message  heard
			}
			if json.Unmarshal([]byte(frame), &m) != nil {
				continue
			}
			e := m.Message
			if m.Subtopic == "Subscribed" && e.Response != nil {
				pause(200 * time.Millisecond)
				return // unavailable: somewhere else, or later
			}
			l.mu.Lock()
			switch m.Subtopic {
			case "Subscribed":
				l.answers = append(l.answers, e)
			case "Gap":
				l.gaps = append(l.gaps, e.Cause)
			case "Event":
				l.events = append(l.events, e)
				*place = fmt.Sprintf(`"since":%q,"seq":%d`, e.ID, e.Seq)
			}
			l.mu.Unlock()
			if m.Subtopic == "Event" {
				l.seen(e)
			}
		}
	}
}

func (l *listener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.events)
}

// compareWith waits for the last event and fails unless the supervisor has
// exactly those of the stream, in order, once, without a gap.
func (l *listener) compareWith(t *testing.T, stream []event) {
	t.Helper()
	var want []int64
	for _, e := range stream {
		if l.kind == "" || e.Type == l.kind {
			want = append(want, e.Seq)
		}
	}
	eventually(t, fmt.Sprintf("%s has all %d events", l.name, len(want)), func() bool { return l.count() >= len(want) })
	l.mu.Lock()
	defer l.mu.Unlock()
	got := make([]int64, len(l.events))
	for i, e := range l.events {
		got[i] = e.Seq
	}
	if !slices.Equal(got, want) || len(l.gaps) > 0 {
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		t.Errorf("%s has %d events and gaps %v, want %d and none; they differ at %d: %v, want %v", l.name, len(got), l.gaps, len(want),
			i, got[i:min(i+5, len(got))], want[i:min(i+5, len(want))])
	}
}

// deaf opens sockets of a supervisor that never reads, again and again: the hub
// closes each, and cannot tell it.
func deaf(t *testing.T, name string, nodes ...*node) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	header := http.Header{"Authorization": {"Bearer " + token(t, as(identity.RoleSupervisor, name))}}
	var works sync.WaitGroup
	works.Go(func() {
		for ctx.Err() == nil {
			within, stop := context.WithTimeout(ctx, 8*time.Second)
			conn, _, err := websocket.Dial(within, nodes[rand.IntN(len(nodes))].url+"/ws", &websocket.DialOptions{
				HTTPHeader: header, Subprotocols: []string{envelope.ProtocolV1},
			})
			if err != nil {
				stop()
				pause(300 * time.Millisecond)
				continue
			}
			_ = conn.Write(within, websocket.MessageText, []byte(subscribeTo(`"since":"0"`, "")))
			<-within.Done()
			stop()
			_ = conn.CloseNow()
		}
	})
	end = sync.OnceFunc(func() {
		cancel()
		works.Wait()
	})
	t.Cleanup(end)
	return end
}

// watching is the program's own supervisor, as a process.
func watching(t *testing.T, n *node, args ...string) *process {
	t.Helper()
	return startProcess(t, hubCommand(t, []string{"AGENTHUB_JWT_SECRET=" + testSecret}, append([]string{"watch", "--url", n.url}, args...)...))
}

// lines are the events and gaps a watch printed so far.
func (p *process) lines(t *testing.T) (all []heard) {
	t.Helper()
	text := p.out.String()
	for line := range strings.Lines(text[:strings.LastIndexByte(text, '\n')+1]) {
		var e heard
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("watch printed %s", line)
		}
		all = append(all, e)
	}
	return all
}

func (p *process) printed() int { return strings.Count(p.out.String(), "\n") }

// stream is the whole history, oldest first.
func (n *node) stream(t *testing.T) []event {
	t.Helper()
	all := n.events(t)
	slices.Reverse(all)
	return all
}

// metric adds up a metric of the node.
func (n *node) metric(t *testing.T, name string) (sum float64) {
	t.Helper()
	_, text := get(t, n.admin+"/metrics")
	for line := range strings.Lines(text) {
		var value float64
		if rest, ok := strings.CutPrefix(line, name); ok && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '{') {
			_, _ = fmt.Sscan(rest[strings.LastIndexByte(rest, ' '):], &value)
			sum += value
		}
	}
	return sum
}

// TestFeedUnderFaults has 50 supervisors on two nodes, a third of them slow, while
// agents skip, Redis connections are killed each second and a node is killed.
// Every one that reads ends with exactly the events of the stream, in order, once.
func TestFeedUnderFaults(t *testing.T) {
	a, b, redis := twoNodes(t)
	contacts := 1000 + int(feedFor.Seconds()*float64(*feedAgents)*30)
	a.load(t, "c", contacts)

	var listeners []*listener
	for i := range 33 {
		kind := []string{"", "skip", "reserve"}[i%3]
		listeners = append(listeners, newListener(t, fmt.Sprintf("supervisor%d", i+1), kind, a, b).start(t))
	}
	for i := range 14 {
		deaf(t, fmt.Sprintf("deaf%d", i+1), a, b)
	}
	patient, moving, stopped := watching(t, a, "--since", "0"), watching(t, b, "--since", "0"), watching(t, a, "--since", "0")

	work := startCrew(t, *feedAgents, a, b)
	eventually(t, "every watch shows something", func() bool {
		return patient.printed() > 0 && moving.printed() > 0 && stopped.printed() > 0
	})
	stopped.pause(t)
	began := time.Now()
	end := make(chan struct{})
	var faults sync.WaitGroup
	faults.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				redis.do("CLIENT KILL TYPE normal")
			}
		}
	})
	lasting(*feedFor / 2)
	b.kill(t)
	lasting(time.Second)
	b.restart(t)
	lasting(*feedFor - time.Since(began))
	work.end(t)
	took := time.Since(began)
	close(end)
	faults.Wait()
	stopped.resume(t)

	work.account(t, a, contacts)
	stream := a.stream(t)
	for i, e := range stream {
		if e.Seq != int64(i+1) {
			t.Fatalf("the stream has seq %d at place %d", e.Seq, i+1)
		}
	}
	sockets := 0
	for _, l := range listeners {
		l.compareWith(t, stream)
		sockets += l.sockets
	}
	for name, watch := range map[string]*process{"patient": patient, "moving": moving, "stopped": stopped} {
		eventually(t, "the "+name+" watch shows everything", func() bool { return watch.printed() >= len(stream) })
		for i, e := range watch.lines(t) {
			if e.Seq != int64(i+1) {
				t.Fatalf("the %s watch shows %+v at place %d", name, e, i+1)
			}
		}
	}
	t.Logf("%d events in %s (%.0f skips/s), %d supervisors on %d sockets; slow %v times on one node, %v on the other since its restart",
		len(stream), took.Truncate(time.Millisecond), float64(work.done())/took.Seconds(), len(listeners), sockets,
		a.metric(t, "agenthub_feed_slow_total"), b.metric(t, "agenthub_feed_slow_total"))
}
