package store

import (
	"context"
	"fmt"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// Block puts numbers on the do-not-call list; their contacts close in every
// campaign, each number in one script. It returns how many were new.
func (s *Store) Block(ctx context.Context, e164s []string, actor string) (int, error) {
	added := 0
	for _, n := range e164s {
		token := s.vault.Token(n)
		r, err := s.run(ctx, s.lua.block, s.keys.One("dnc"), "", token, s.vault.Seal(contacts.ID(token), contacts.Phone(n)), keys.Escape(actor), s.node)
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
	n, err := s.rdb.HDel(ctx, s.keys.One("dnc"), tokens...).Result()
	if err != nil {
		return 0, fmt.Errorf("unblock: %w: %w", script.ErrUnavailable, err)
	}
	return int(n), nil
}

// Blocked calls fn with every number on the list, in no order; a number may come
// twice if the list changes meanwhile.
func (s *Store) Blocked(ctx context.Context, fn func(e164 string) error) error {
	var cursor uint64
	for {
		page, next, err := s.rdb.HScan(ctx, s.keys.One("dnc"), cursor, "", 500).Result()
		if err != nil {
			return fmt.Errorf("list blocked numbers: %w: %w", script.ErrUnavailable, err)
		}
		for i := 0; i+1 < len(page); i += 2 {
			p, err := s.vault.Open(contacts.ID(page[i]), page[i+1])
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
