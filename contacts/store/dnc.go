package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// Block puts numbers on the do-not-call list; their contacts close in every
// campaign, each number in one script. It returns how many were new: of one that is
// there the first word stays.
func (s *Store) Block(ctx context.Context, e164s []string, actor, reason string) (int, error) {
	return s.editBlocked(e164s, func(n, token string) ([]string, error) {
		sealed := s.vault.Seal(contacts.ID(token), contacts.Phone(n))
		return s.run(ctx, s.lua.block, s.keys.One("dnc"), "", token, sealed, keys.Escape(actor), reason, s.node)
	})
}

// Unblock takes numbers off the list, each with an event. What was closed stays
// closed.
func (s *Store) Unblock(ctx context.Context, e164s []string, actor, reason string) (int, error) {
	return s.editBlocked(e164s, func(n, token string) ([]string, error) {
		return s.run(ctx, s.lua.unblock, s.keys.One("dnc"), "", token, lastFour(n), keys.Escape(actor), reason, s.node)
	})
}

// editBlocked runs a script for each number and counts those that it changed.
func (s *Store) editBlocked(e164s []string, edit func(n, token string) ([]string, error)) (int, error) {
	count := 0
	for _, n := range e164s {
		r, err := edit(n, s.vault.Token(n))
		if err != nil {
			return count, err
		}
		if r[0] == "ok" {
			count++
		}
	}
	return count, nil
}

// Blocks are why nobody calls a number; none if it may be called.
func (s *Store) Blocks(ctx context.Context, e164 string) (blocks []contacts.Block, err error) {
	var entry string
	err = script.Read(ctx, func() (err error) {
		entry, err = s.rdb.HGet(ctx, s.keys.One("dnc"), s.vault.Token(e164)).Result()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up a blocked number: %w", err)
	}
	if entry == "" {
		return nil, nil
	}
	_, block := unpackBlocked(entry)
	return []contacts.Block{block}, nil
}

// unpackBlocked reads an entry of the list, as blockNumber.lua writes it: the
// sealed number, then its record, which older ones do not have.
func unpackBlocked(entry string) (sealed string, b contacts.Block) {
	parts := strings.Split(entry, keys.Unit)
	b.Layer = contacts.LayerOwn
	if len(parts) >= 6 {
		b = contacts.Block{Layer: parts[1], Since: keys.Time(parts[2]), Actor: keys.Unescape(parts[3]), Source: parts[4], Reason: parts[5]}
	}
	return parts[0], b
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
			sealed, _ := unpackBlocked(page[i+1])
			p, err := s.vault.Open(contacts.ID(page[i]), sealed)
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
