package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"go.uber.org/zap"

	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

const (
	reapEvery = time.Second
	reapMost  = 100 // per step of one script
	reapAfter = nodeLease
	lookEvery = 2 * time.Second

	purgeMost = 100         // contacts a second: a script of 2 ms
	purgeRest = time.Minute // where there are fewer
)

// look sees replicas and failovers. After a failover the new primary may not
// know every session: no reaping for two node leases, and all rejoin.
func (s *Store) look(ctx context.Context) {
	if s.primary.Failover(ctx) {
		s.log.Warn("another redis is the primary now: no reaping for a while, all sessions rejoin")
		s.Forget()
	}
}

// Reap runs everything that time does until ctx ends: due contacts into the
// pool, or to where new calling hours put them, leases over, contacts expired,
// callbacks missed, agents of dead nodes into grace, persons to where newer tables
// have them. Every node runs it; a step done twice is done once. A node gives
// others' agents away only after 15 s of its own beats (alive), else a Redis that
// comes back would drop everybody, and not for two leases after a failover.
func (s *Store) Reap(ctx context.Context, alive func(time.Duration) bool) {
	tick := time.NewTicker(reapEvery)
	defer tick.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	lawful, purged := false, time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-minute.C:
			if err := s.KeepZones(ctx); err != nil && !script.Transient(err) {
				s.log.Error("the rows of zones are not up to date", zap.Error(err))
			}
			if err := s.KeepLaw(ctx); err != nil && ctx.Err() == nil { // for whatever reason: agents may call without
				s.log.Error("the texts of the rule packs are not up to date", zap.Error(err))
			}
			if err := s.trim(ctx); err != nil && !script.Transient(err) {
				s.log.Error("the event stream is not trimmed", zap.Error(err))
			}
		case <-look.C:
			s.look(ctx)
			if _, written := s.zones.Release(); written.IsZero() { // the store was away when the hub started
				_ = s.KeepZones(ctx)
			}
			if !lawful { // likewise
				lawful = s.KeepLaw(ctx) == nil
			}
		case <-tick.C:
			s.reapAll(ctx, alive(reapAfter) && !s.primary.Settling())
			if s.policy.KeepClosed > 0 && time.Since(purged) >= purgeRest {
				if n, err := s.Purge(ctx); n < purgeMost {
					purged = time.Now()
					if err != nil && ctx.Err() == nil && !script.Transient(err) {
						s.log.Error("closed contacts are not purged", zap.Error(err))
					}
				}
			}
			if _, err := s.places.Step(ctx); err != nil && ctx.Err() == nil && !script.Transient(err) {
				s.log.Error("persons are not placed anew", zap.Error(err))
			}
		}
	}
}

// reapAll reaps until nothing is due, bounded so that a beat is never far.
func (s *Store) reapAll(ctx context.Context, leases bool) {
	for range 50 {
		again, err := s.ReapOnce(ctx, leases)
		if err != nil {
			if ctx.Err() == nil && !script.Transient(err) { // a store that is away is told by the beat
				s.log.Error("reaping failed", zap.String("reason", script.Class(err)))
			}
			return
		}
		if !again {
			return
		}
	}
}

var reapCauses = [6]string{"promoted", "lease", "expired", "callback", "node", "hours"}

// ReapOnce is one step of Reap, and reports whether more may be due. leases says
// that others may be taken for dead.
func (s *Store) ReapOnce(ctx context.Context, leases bool) (again bool, err error) {
	flag := ""
	if leases {
		flag = "1"
	}
	reply, err := s.runner.Once(ctx, s.lua.reap.Call(s.keys.One("nodes"), "", s.node, strconv.Itoa(reapMost), ms(s.policy.Grace), flag))
	if err != nil {
		return false, fmt.Errorf("reap: %w", err)
	}
	for i, cause := range reapCauses {
		s.met.reaped.WithLabelValues(cause).Add(float64(keys.Int(reply[i])))
	}
	lost := int64(keys.Int(reply[len(reapCauses)+1]))
	s.met.lost.Set(float64(lost))
	if lost > s.lost.Swap(lost) {
		s.log.Error("records of contacts are gone from redis: see agenthub check --repair", zap.Int64("n", lost))
	}
	s.tellClock(time.Duration(keys.Int(reply[len(reapCauses)+2])) * time.Millisecond)
	return keys.Int(reply[len(reapCauses)]) >= reapMost, nil
}

// tellClock tells of a store's clock that was put back, by all until now.
func (s *Store) tellClock(all time.Duration) {
	s.met.back.Set(all.Seconds())
	if more := all - time.Duration(s.back.Swap(int64(all))); more > time.Second {
		s.log.Warn("the clock of redis was put back: what lasts goes on by the tenant's own", zap.Duration("took", more))
	}
}

// Purge takes some of the contacts that were closed longer ago than the policy keeps
// them out of the store, and says how many.
func (s *Store) Purge(ctx context.Context) (int, error) {
	r, err := s.runner.Once(ctx, s.lua.purge.Call("", "", ms(s.policy.KeepClosed), strconv.Itoa(purgeMost)))
	if err != nil {
		return 0, fmt.Errorf("purge: %w", err)
	}
	n := keys.Int(r[0])
	s.met.reaped.WithLabelValues("purged").Add(float64(n))
	return n, nil
}

// trim keeps the stream within --feed-max and its age, by Redis' own clock. One
// XTRIM takes off some ten thousand entries at most, so that it is short.
func (s *Store) trim(ctx context.Context) error {
	now, err := s.rdb.Time(ctx).Result()
	if err != nil {
		return fmt.Errorf("trim events: %w", err)
	}
	ev, oldest := s.keys.One("ev"), strconv.FormatInt(now.Add(-s.policy.FeedAge).UnixMilli(), 10)
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
