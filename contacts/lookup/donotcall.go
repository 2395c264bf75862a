package lookup

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

// Blocks are why nobody calls a number; none if it may be called.
func (r *Reader) Blocks(ctx context.Context, e164 string) (blocks []contacts.Block, err error) {
	var entry string
	err = script.Read(ctx, func() (err error) {
		entry, err = r.rdb.HGet(ctx, r.keys.One("dnc"), r.vault.Token(e164)).Result()
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
func (r *Reader) Blocked(ctx context.Context, fn func(e164 string) error) error {
	var cursor uint64
	for {
		page, next, err := r.rdb.HScan(ctx, r.keys.One("dnc"), cursor, "", 500).Result()
		if err != nil {
			return fmt.Errorf("list blocked numbers: %w: %w", script.ErrUnavailable, err)
		}
		for i := 0; i+1 < len(page); i += 2 {
			sealed, _ := unpackBlocked(page[i+1])
			p, err := r.vault.Open(contacts.ID(page[i]), sealed)
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
