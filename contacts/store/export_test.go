package store

import "context"

// Trim is one look at the age and the number of events.
func (s *Store) Trim(ctx context.Context) error { return s.trim(ctx) }
