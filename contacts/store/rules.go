package store

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/packs"
	"agenthub/contacts/script"
	"agenthub/contacts/store/terms"
)

// PutPack lays a rule pack over the others, in place of the one of its name, and
// makes it hold with this call. It must have passed packs.Parse. It is marked as
// put, so that no hub renews it; to hubs that know no marks that is a deleted pack.
func (s *Store) PutPack(ctx context.Context, name string, text []byte) error {
	return s.changePacks(ctx, func() error { return s.rdb.HSet(ctx, s.keys.One("packs"), name, text, "="+name, "").Err() })
}

// DeletePack takes a pack away; ErrNotFound if there is none. Its name stays, so
// that no hub brings it again.
func (s *Store) DeletePack(ctx context.Context, name string) error {
	all, err := s.Packs(ctx)
	if err != nil {
		return err
	}
	if all[name] == "" {
		return contacts.ErrNotFound
	}
	return s.changePacks(ctx, func() error { return s.rdb.HSet(ctx, s.keys.One("packs"), name, "").Err() })
}

func (s *Store) changePacks(ctx context.Context, change func() error) error {
	if err := change(); err != nil {
		return fmt.Errorf("change rule packs: %w: %w", script.ErrUnavailable, err)
	}
	return s.KeepLaw(ctx)
}

// Packs are the rule packs as they were put, by name.
func (s *Store) Packs(ctx context.Context) (map[string]string, error) {
	all, err := s.rdb.HGetAll(ctx, s.keys.One("packs")).Result()
	if err != nil {
		return nil, fmt.Errorf("read rule packs: %w: %w", script.ErrUnavailable, err)
	}
	maps.DeleteFunc(all, func(_, text string) bool { return text == "" })
	return all, nil
}

// bringPack gives the built-in pack to a store that never had it, and in place of
// an earlier hub's.
func (s *Store) bringPack(ctx context.Context) error {
	name, text := packs.BuiltInText()
	there, err := s.rdb.HGet(ctx, s.keys.One("packs"), name).Result()
	if err == nil && !packs.Outdated(there) {
		return nil
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("look for the built-in rule pack: %w: %w", script.ErrUnavailable, err)
	}
	r, err := s.run(ctx, s.lua.bring, s.keys.One("packs"), "", name, string(text), there)
	if err != nil {
		return fmt.Errorf("bring the built-in rule pack: %w", err)
	}
	if r[0] == "renewed" {
		s.log.Info("the built-in rule pack of an earlier hub is renewed", zap.String("pack", name))
	}
	return nil
}

// told is what was said of the packs there are, on a day.
type told struct {
	packs string
	today packs.Day
	notes []string
}

// tellEndings says which holidays end soon: at the start, once a day, and when the
// packs are others.
func (s *Store) tellEndings(all map[string]string, of string, today packs.Day) {
	if was := s.told.Load(); was != nil && was.packs == of && was.today == today {
		return
	}
	notes, first := packs.Endings(all, today)
	s.told.Store(&told{of, today, notes})
	s.met.holidays.Set(float64(first.Unix()))
	for _, note := range notes {
		s.log.Warn("holidays end", zap.String("reason", note))
	}
}

// KeepLaw sees to it that the store has the built-in pack of this hub or a newer
// one, but where somebody put or deleted it, and that the texts which the scripts
// read are those of the packs there are and of today. Every node does so at its
// start and each minute: whoever comes first. It says when holidays end.
func (s *Store) KeepLaw(ctx context.Context) error {
	if s.builtIn {
		if err := s.bringPack(ctx); err != nil {
			return err
		}
	}
	all, err := s.Packs(ctx)
	if err != nil {
		return err
	}
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	today := packs.DayOf(now)
	of := terms.Packs(all)
	s.tellEndings(all, of, today)
	v, err := s.rdb.HMGet(ctx, s.keys.One("law"), "=packs", "=day").Result()
	if err != nil {
		return fmt.Errorf("read the law: %w: %w", script.ErrUnavailable, err)
	}
	if was, _ := v[0].(string); was == of && (of == "" || v[1] == today.String()) {
		return nil
	}
	texts, err := terms.Law(all, today)
	if err != nil {
		return err
	}
	args := append([]string{of, today.String()}, texts...)
	if _, err := s.run(ctx, s.lua.law, s.keys.One("law"), s.keys.One("camps"), args...); err != nil {
		return fmt.Errorf("write the law: %w", err)
	}
	return nil
}
