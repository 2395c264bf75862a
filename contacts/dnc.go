package contacts

import (
	"context"
	"fmt"
)

// Block puts numbers on the do-not-call list; their contacts close in every
// campaign, each number in one script. It returns how many were new.
func (s *Store) Block(ctx context.Context, e164s []string, actor string) (int, error) {
	added := 0
	for _, n := range e164s {
		token := s.vault.Token(n)
		r, err := s.run(ctx, s.lua.block, s.keys.one("dnc"), "", token, s.vault.Seal(ID(token), Phone(n)), esc(actor), s.node)
		if err != nil {
			return added, err
		}
		if r[0] == "ok" {
			added++
		}
	}
	return added, nil
}

// Unblock takes numbers off the list. What was closed stays closed.
func (s *Store) Unblock(ctx context.Context, e164s []string) (int, error) {
	tokens := make([]string, len(e164s))
	for i, n := range e164s {
		tokens[i] = s.vault.Token(n)
	}
	if len(tokens) == 0 {
		return 0, nil
	}
	n, err := s.rdb.HDel(ctx, s.keys.one("dnc"), tokens...).Result()
	if err != nil {
		return 0, fmt.Errorf("unblock: %w: %w", ErrUnavailable, err)
	}
	return int(n), nil
}

// Blocked calls fn with every number on the list, in no order; a number may come
// twice if the list changes meanwhile.
func (s *Store) Blocked(ctx context.Context, fn func(e164 string) error) error {
	var cursor uint64
	for {
		page, next, err := s.rdb.HScan(ctx, s.keys.one("dnc"), cursor, "", 500).Result()
		if err != nil {
			return fmt.Errorf("list blocked numbers: %w: %w", ErrUnavailable, err)
		}
		for i := 0; i+1 < len(page); i += 2 {
			p, err := s.vault.Open(ID(page[i]), page[i+1])
			if err != nil {
				return err
			}
			if err := fn(p.Reveal()); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}
