package hub

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"go.uber.org/zap"

	"agenthub/session"

	"agenthub/session/envelope"
)

const (
	drainStep    = 100 * time.Millisecond // between two batches
	drainReserve = time.Second            // of the limit, for the close handshakes
	drainWindow  = 5 * time.Second        // at most: how long clients have to move
	drainClose   = 500 * time.Millisecond // over how long those are closed that did not
	killLimit    = time.Second            // for the readers of sockets that were cut
)

// gate counts what a drain waits for, until it is shut.
type gate struct {
	mu      sync.Mutex     // guards the following
	shut    bool           // nothing is added to readers any more, but by one of them
	readers sync.WaitGroup // of all sockets, and upgrades in progress
}

// enter counts an upgrade, unless the gate is shut.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shut {
		g.readers.Add(1)
	}
	return !g.shut
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
}

func (g *gate) isShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// Draining reports whether the node takes no more sockets.
func (h *Hub) Draining() bool { return h.gate.isShut() }

type drainingMessage struct {
	ReconnectWithinMs int64 `json:"reconnectWithinMs"`
}

// Drain empties the node: no upgrades from now on, clients that can hear it are
// told to connect elsewhere within a part of the time the context leaves, the
// others are closed with 1012 in the course of it, and at its end who is still
// here, all in jittered batches. Requests in flight are answered. It returns when
// the last socket is gone; when the context ends it cuts what is left.
func (h *Hub) Drain(ctx context.Context) {
	h.gate.close()
	window := drainWindow
	if deadline, ok := ctx.Deadline(); ok {
		window = min(window, max(0, time.Until(deadline)-drainReserve)*3/4)
	}
	var v1, legacy []*session.Session
	for _, s := range h.registry.all() {
		if s.V1() {
			v1 = append(v1, s)
		} else {
			legacy = append(legacy, s)
		}
	}
	h.log.Info("draining", zap.Int("n", len(v1)+len(legacy)), zap.Duration("took", window))
	end := time.Now().Add(window)
	leave := func(s *session.Session) { s.End(session.CloseComeBack, reasonDraining) }
	h.registry.inBatches(ctx, v1, window/4, func(s *session.Session) { h.tell(s, time.Until(end)) })
	h.registry.inBatches(ctx, legacy, time.Until(end), leave)
	// Who was told goes by himself; the store ends his old socket here.
	h.registry.inBatches(ctx, nil, time.Until(end), leave)
	h.registry.inBatches(ctx, h.registry.all(), drainClose, leave)
	h.await(ctx)
}

// await waits for all readers, and cuts their sockets when the context ends.
func (h *Hub) await(ctx context.Context) {
	gone := make(chan struct{})
	go func() { // ends with the last reader, whose every wait has a limit
		h.gate.readers.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return
	case <-ctx.Done():
	}
	for _, s := range h.registry.all() {
		s.Kill()
	}
	t := time.NewTimer(killLimit)
	defer t.Stop()
	select {
	case <-gone:
	case <-t.C: // a request is still waiting for the store
		h.log.Warn("drained with requests in flight", zap.Int("n", h.Sockets()))
	}
}

func (h *Hub) tell(s *session.Session, left time.Duration) {
	frame, err := envelope.Frame(envelope.TopicSession, "Draining", drainingMessage{ReconnectWithinMs: left.Milliseconds()})
	if err != nil {
		h.log.Error("draining not encoded", zap.Error(err))
		return
	}
	s.Push(frame)
}

// inBatches does something to all these sessions, in random order, spread over a
// time, and waits for its end, or until no session is left.
func (r *registry) inBatches(ctx context.Context, all []*session.Session, over time.Duration, do func(*session.Session)) {
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	steps := max(1, int(over/drainStep))
	t := time.NewTicker(drainStep)
	defer t.Stop()
	for i := range steps {
		if r.size() == 0 {
			return // all have gone by themselves
		}
		for _, s := range all[len(all)*i/steps : len(all)*(i+1)/steps] {
			do(s)
		}
		if i == steps-1 || r.size() == 0 {
			return
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// leaveIfCutOff closes the sockets of a node that has not reached the store for
// so long that its lease is about to end: its agents can work elsewhere.
func (h *Hub) leaveIfCutOff(now time.Time) {
	since, ok := h.lease.ending(now)
	if !ok {
		return
	}
	// Called once a second until a beat succeeds: each time a random part goes,
	// the rest when the time is over.
	rest := beatLeave + leaveWithin - since
	for _, s := range h.registry.all() {
		if rest <= 0 || rand.Int64N(int64(rest+time.Second)) < int64(time.Second) {
			s.End(session.CloseTryLater, "node cannot reach the store")
		}
	}
}
