package contacts

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"go.uber.org/zap"
)

const (
	reapEvery = time.Second
	reapMost  = 100 // per step of one script
	reapAfter = nodeLease
	lookEvery = 2 * time.Second
)

// look sees replicas and failovers. After a failover the new primary may not
// know every session: no reaping for two node leases, and all rejoin.
func (s *Store) look(ctx context.Context) {
	if s.embed {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	failover, err := s.dur.look(ctx, s.rdb, s.log)
	if err != nil || !failover {
		return // a Redis that does not answer is told by /readyz
	}
	s.log.Warn("another redis is the primary now: no reaping for a while, all sessions rejoin")
	s.forgotten()
}

// replicated reports whether WAIT goes with a pipeline. Before the first one it
// looks, since Reap does so only later: what is acknowledged at once counts too.
func (s *Store) replicated(ctx context.Context) bool {
	if s.dur.mode == DurabilityAuto && !s.dur.looked.Load() {
		// Once a second, should Redis not let us look.
		if now := time.Now().UnixMilli(); now-s.dur.tried.Load() >= 1000 {
			s.look(ctx)
			s.dur.tried.Store(now)
		}
	}
	return s.dur.replicated()
}

// Reap runs everything that time does until ctx ends: due contacts into the
// pool, or to where new calling hours put them, leases over, contacts expired, callbacks missed, agents of dead nodes
// into grace. Every node runs it; a step done twice is done once. A node gives
// others' agents away only after 15 s of its own beats (alive), else a Redis
// that comes back would drop everybody, and not for one lease after a failover.
func (s *Store) Reap(ctx context.Context, alive func(time.Duration) bool) {
	tick := time.NewTicker(reapEvery)
	defer tick.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	minute, hour := time.NewTicker(time.Minute), time.NewTicker(time.Hour)
	defer minute.Stop()
	defer hour.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hour.C:
			if err := s.refreshZones(ctx, time.Now()); err != nil {
				s.log.Warn("zones are not up to date", zap.Error(err))
			}
		case <-minute.C:
			if err := s.trim(ctx); err != nil && !transient(err) {
				s.log.Error("the event stream is not trimmed", zap.Error(err))
			}
		case <-look.C:
			s.look(ctx)
		case <-tick.C:
			s.reapAll(ctx, alive(reapAfter) && !s.dur.settling())
		}
	}
}

// reapAll reaps until nothing is due, bounded so that a beat is never far.
func (s *Store) reapAll(ctx context.Context, leases bool) {
	for range 50 {
		again, err := s.reapOnce(ctx, leases)
		if err != nil {
			if ctx.Err() == nil && !transient(err) { // a store that is away is told by the beat
				s.log.Error("reaping failed", zap.String("reason", classOf(err)))
			}
			return
		}
		if !again {
			return
		}
	}
}

var reapCauses = [6]string{"promoted", "lease", "expired", "callback", "node", "hours"}

// reapOnce runs the script once and reports whether more may be due.
func (s *Store) reapOnce(ctx context.Context, leases bool) (again bool, err error) {
	flag := ""
	if leases {
		flag = "1"
	}
	c := newCall(s.lua.reap, s.keys.one("nodes"), "", s.node, strconv.Itoa(reapMost), ms(s.policy.Grace), flag)
	if err := s.batch.do(ctx, c); err != nil {
		return false, err
	}
	for i, n := range c.reply {
		count := atoi(n)
		s.met.reaped.WithLabelValues(reapCauses[i]).Add(float64(count))
		again = again || count >= reapMost
	}
	return again, nil
}

// trim keeps the stream within --feed-max and its age, by Redis' own clock. One
// XTRIM takes off some ten thousand entries at most, so that it is short.
func (s *Store) trim(ctx context.Context) error {
	now, err := s.rdb.Time(ctx).Result()
	if err != nil {
		return fmt.Errorf("trim events: %w", err)
	}
	ev, oldest := s.keys.one("ev"), strconv.FormatInt(now.Add(-s.policy.FeedAge).UnixMilli(), 10)
	for n := int64(1); n > 0 && err == nil; {
		n, err = s.rdb.XTrimMinIDApprox(ctx, ev, oldest, 0).Result()
	}
	for n := int64(1); n > 0 && err == nil; {
		n, err = s.rdb.XTrimMaxLenApprox(ctx, ev, s.policy.FeedMax, 0).Result()
	}
	if err != nil {
		return fmt.Errorf("trim events: %w", err)
	}
	n, err := s.rdb.XLen(ctx, ev).Result()
	if err != nil {
		return fmt.Errorf("count events: %w", err)
	}
	if s.met.fill(n, s.policy.FeedMax) {
		s.log.Warn("the event stream is over half of --feed-max")
	}
	return nil
}
