package layers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// All are the layers that hold, by name.
func (l *Layers) All(ctx context.Context) ([]Layer, error) {
	stored, err := l.Redis.HGetAll(ctx, l.Keys.One("layers")).Result()
	if err != nil {
		return nil, fmt.Errorf("read the layers: %w: %w", script.ErrUnavailable, err)
	}
	all := []Layer{}
	for field, value := range stored {
		if name, ok := strings.CutPrefix(field, "="); ok {
			layer, id, err := parse(name, value)
			if err != nil {
				return nil, err
			}
			layer.Count = keys.Int(stored["n"+id])
			all = append(all, layer)
		}
	}
	slices.SortFunc(all, func(a, b Layer) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Get is one of them; ErrNone if there is none of this name.
func (l *Layers) Get(ctx context.Context, name string) (Layer, error) {
	layer, id, err := l.get(ctx, name)
	if err != nil {
		return layer, err
	}
	layer.Count, err = l.count(ctx, id)
	return layer, err
}

func (l *Layers) get(ctx context.Context, name string) (layer Layer, id string, err error) {
	value, err := l.Redis.HGet(ctx, l.Keys.One("layers"), "="+name).Result()
	if errors.Is(err, redis.Nil) {
		return Layer{}, "", ErrNone
	}
	if err != nil {
		return Layer{}, "", fmt.Errorf("read a layer: %w: %w", script.ErrUnavailable, err)
	}
	return parse(name, value)
}

// parse reads a layer's record: its section's id, then the JSON of put.
func parse(name, value string) (layer Layer, id string, err error) {
	id, record, _ := strings.Cut(value, keys.Unit)
	if err := json.Unmarshal([]byte(record), &layer); err != nil {
		return layer, id, fmt.Errorf("the record of layer %s is unreadable: %w", name, err)
	}
	return layer, id, nil
}

// count is how many numbers a section has.
func (l *Layers) count(ctx context.Context, id string) (int, error) {
	n, err := l.Redis.HGet(ctx, l.Keys.One("layers"), "n"+id).Int()
	if err != nil && !errors.Is(err, redis.Nil) {
		return 0, fmt.Errorf("count a layer: %w: %w", script.ErrUnavailable, err)
	}
	return n, nil
}

// With are the layers that a number is on, whatever they are for, by name.
func (l *Layers) With(ctx context.Context, e164 string) ([]Layer, error) {
	begin, last, ok := cut(e164)
	if !ok {
		return nil, nil
	}
	bucket := l.Buckets.bucket(begin)
	all, err := l.Redis.HGet(ctx, l.Keys.One("lists"), bucket.name).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for a number on the layers: %w: %w", script.ErrUnavailable, err)
	}
	ids := sectionsWith(all, l.Buckets.bit(bucket, last))
	if len(ids) == 0 {
		return nil, nil
	}
	stored, err := l.Redis.HGetAll(ctx, l.Keys.One("layers")).Result()
	if err != nil {
		return nil, fmt.Errorf("read the layers: %w: %w", script.ErrUnavailable, err)
	}
	var out []Layer
	for field, value := range stored {
		name, isLayer := strings.CutPrefix(field, "=")
		if !isLayer {
			continue
		}
		layer, id, err := parse(name, value)
		if err != nil {
			return nil, err
		}
		if slices.Contains(ids, id) {
			out = append(out, layer)
		}
	}
	slices.SortFunc(out, func(a, b Layer) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
