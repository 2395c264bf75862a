package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agenthub/session/identity"
)

// durations are what somebody measured.
type durations struct {
	mu  sync.Mutex // guards the following
	all []time.Duration
}

func (d *durations) add(one time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, one)
}

func (d *durations) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.all) == 0 {
		return "nothing measured"
	}
	slices.Sort(d.all)
	at := func(share float64) time.Duration {
		return d.all[int(share*float64(len(d.all)-1))].Round(10 * time.Microsecond)
	}
	return fmt.Sprintf("p50 %s, p99 %s, n %d", at(0.5), at(0.99), len(d.all))
}

// TestSlowSupervisorsAreNobodysProblem measures, in turns, agents without and
// with slow supervisors beside those that read, and how long an event takes from
// an agent on one node to a screen on the other. It fails only if one is missing:
// figures of a shared machine prove nothing. They are in the log.
func TestSlowSupervisorsAreNobodysProblem(t *testing.T) {
	a, b, _ := twoNodes(t)
	a.load(t, "c", 1000+int(feedFor.Seconds()*float64(*feedAgents)*60))

	var sent sync.Map // contact → when its skip was sent
	var delivery, quiet, beset durations
	var slow atomic.Bool
	screen := newListener(t, "screen", "skip", b)
	screen.seen = func(e heard) {
		if at, ok := sent.Load(e.ContactID); ok {
			delivery.add(time.Since(at.(time.Time))) //nolint:forcetypeassert // nothing else is in it
		}
	}
	screen.start(t)
	for i := range 33 {
		newListener(t, fmt.Sprintf("supervisor%d", i+1), "", a, b).start(t)
	}
	work := &crew{nodes: []*node{a}, stop: make(chan struct{})}
	for i := range *feedAgents {
		name := fmt.Sprintf("agent%d", i+1)
		agent := &agentAtWork{crew: work, name: name, token: token(t, as(identity.RoleAgent, name))}
		data := `{"UserID":"` + name + `"}`
		work.works.Go(func() {
			defer agent.leave()
			for n := 0; !work.stopping(); n++ {
				got, err := agent.ask(context.WithoutCancel(t.Context()), "GetContactOD", fmt.Sprintf("get-%d", n), data)
				if err != nil || got.ContactID == "" {
					work.blame("%s: %v %s", name, err, got.raw)
					return
				}
				began := time.Now()
				sent.Store(got.ContactID, began)
				if _, err = agent.ask(context.WithoutCancel(t.Context()), "SkipNonPEWCContact", fmt.Sprintf("skip-%d", n), data); err != nil {
					work.blame("%s: %v", name, err)
					return
				}
				if slow.Load() {
					beset.add(time.Since(began))
				} else {
					quiet.add(time.Since(began))
				}
				work.note(&work.skipped, got.ContactID)
				pause(80 * time.Millisecond)
			}
		})
	}
	const turns = 3
	for range turns {
		lasting(*feedFor / (2 * turns))
		var ends []func()
		for i := range 17 {
			ends = append(ends, deaf(t, fmt.Sprintf("deaf%d", i+1), a, b))
		}
		slow.Store(true)
		lasting(*feedFor / (2 * turns))
		slow.Store(false)
		for _, end := range ends {
			end()
		}
	}
	work.end(t)
	screen.compareWith(t, a.stream(t))
	t.Logf("skip answered: %v without slow supervisors; %v with 17 of 51 slow", &quiet, &beset)
	t.Logf("agent on one node to screen on the other, the skip included: %v", &delivery)
}
