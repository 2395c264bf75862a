package layers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/script"
)

// Pages of what is walked through.
const (
	pageOfBuckets  = 100
	pageOfContacts = 1000
)

// sweep takes out what is left of layers that do not hold any more: replaced, taken
// away, broken off, or overtaken while they were loaded. What it cannot, and what a hub
// that ended leaves behind, goes with the next load.
func (l *Layers) sweep(ctx context.Context) {
	if err := l.sweepAll(ctx); err != nil {
		l.Log.Warn("what is left of do-not-call layers stays for now", zap.Error(err))
	}
}

func (l *Layers) sweepAll(ctx context.Context) error {
	layers := l.Keys.One("layers")
	stored, err := l.Redis.HGetAll(ctx, layers).Result()
	if err != nil {
		return fmt.Errorf("read the layers: %w: %w", script.ErrUnavailable, err)
	}
	var dead []string
	for field, value := range stored {
		if value == "dead" {
			dead = append(dead, field, "n"+field)
		}
	}
	if len(dead) == 0 {
		return nil
	}
	var cursor uint64
	for {
		page, next, err := l.Redis.HScan(ctx, l.Keys.One("lists"), cursor, "", pageOfBuckets).Result()
		if err != nil {
			return fmt.Errorf("walk through the layers: %w: %w", script.ErrUnavailable, err)
		}
		var buckets []string
		for i := 0; i < len(page); i += 2 { // what is in them is the script's to read; HSCAN has no NOVALUES before Redis 7.4
			buckets = append(buckets, page[i])
		}
		for some := range slices.Chunk(buckets, mostBuckets) {
			if _, err := l.run(ctx, l.Scripts.Sweep, "lists", "layers", some...); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	if err := l.Redis.HDel(ctx, layers, dead...).Err(); err != nil { // their ids may be used again
		return fmt.Errorf("forget layers: %w: %w", script.ErrUnavailable, err)
	}
	return nil
}

// placeContacts writes to the contacts that have none where on every layer their number is:
// they were loaded before there was a layer. An import does so from the first load on.
func (l *Layers) placeContacts(ctx context.Context) error {
	prefix := l.Keys.One("c:")
	var cursor uint64
	unread := 0
	for {
		page, next, err := l.Redis.Scan(ctx, cursor, l.Keys.Pattern("c:"), pageOfContacts).Result()
		if err != nil {
			return fmt.Errorf("walk through the contacts: %w: %w", script.ErrUnavailable, err)
		}
		closed, err := l.placePage(ctx, page, prefix)
		if err != nil {
			return err
		}
		unread += closed
		if cursor = next; cursor == 0 {
			if unread > 0 { // nobody can dial them either
				l.Log.Warn("contacts are on no do-not-call layer: their numbers cannot be opened", zap.Int("n", unread))
			}
			return nil
		}
	}
}

func (l *Layers) placePage(ctx context.Context, page []string, prefix string) (unread int, err error) {
	pipe := l.Redis.Pipeline()
	records := make([]*redis.SliceCmd, len(page))
	for i, key := range page {
		records[i] = pipe.HMGet(ctx, key, "pt", "pn", "bk")
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return 0, fmt.Errorf("read the contacts' numbers: %w: %w", script.ErrUnavailable, err)
	}
	var words []string
	for i, key := range page {
		field := func(n int) string { text, _ := records[i].Val()[n].(string); return text }
		token, sealed := field(0), field(1)
		if token == "" || sealed == "" || field(2) != "" {
			continue
		}
		number, err := l.Vault.Open(contacts.ID(token), sealed)
		if err != nil {
			unread++
			continue
		}
		words = append(words, strings.TrimPrefix(key, prefix), token, l.Buckets.Of(number.Reveal()))
	}
	for some := range slices.Chunk(words, 3*pageOfBuckets) {
		if _, err := l.run(ctx, l.Scripts.Bucket, "layers", "lists", some...); err != nil {
			return 0, err
		}
	}
	return unread, nil
}
