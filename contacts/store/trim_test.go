package store_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

func TestTrimKeepsAgeAndNumber(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		kept := func() int64 {
			t.Helper()
			if err := s.Store.Trim(t.Context()); err != nil {
				t.Fatal(err)
			}
			return s.RDB.XLen(t.Context(), s.Keys.One("ev")).Val()
		}
		n := 40_000 // four times what one XTRIM takes off
		if s.Target.URL == "" {
			n = 4000 // it is slow, and takes all off at once
		}
		emit(t, s, n)
		over := func() float64 {
			t.Helper()
			return gauge(t, s, "agenthub_feed_over_half")
		}
		policy := s.Policy
		policy.FeedMax = 2000
		s.Start("node2", policy)
		if got := kept(); got < 2000 || got > 2200 { // whole nodes of a hundred go
			t.Fatalf("%d events are kept of at most 2000", got)
		}
		if over() != 1 {
			t.Fatal("no alarm")
		}
		policy.FeedAge = time.Millisecond
		s.Start("node3", policy)
		if got := kept(); got > 200 {
			t.Fatalf("%d events are kept, all of them too old", got)
		}
		if over() != 0 {
			t.Fatal("the alarm stays")
		}
	})
}

// emit appends n events to the stream as the scripts do.
func emit(t *testing.T, s *contactstest.Node, n int) {
	t.Helper()
	pipe := s.RDB.Pipeline()
	for i := range n {
		pipe.XAdd(t.Context(), &redis.XAddArgs{Stream: s.Keys.One("ev"), Values: []any{"s", i + 1, "e", "skip"}})
		if i%1000 == 999 || i == n-1 {
			if _, err := pipe.Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.Broken = true // events without a change
}

// gauge is a figure of the node.
func gauge(t *testing.T, s *contactstest.Node, name string) float64 {
	t.Helper()
	families, err := s.Metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("no figure %s", name)
	return 0
}
