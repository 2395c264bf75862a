package store

import "context"

// KeepPlaces places persons anew, as the reaper does step by step.
func (s *Store) KeepPlaces(ctx context.Context) error { return s.places.Walk(ctx) }

// FailedOver is one look at which Redis is the primary.
func (s *Store) FailedOver(ctx context.Context) bool { return s.primary.Failover(ctx) }

// Trim is one look at the age and the number of events.
func (s *Store) Trim(ctx context.Context) error { return s.trim(ctx) }
