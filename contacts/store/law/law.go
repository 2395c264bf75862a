// Package law keeps the rule packs of a tenant, and the texts of them that the scripts
// read. Every node keeps them: whoever comes first writes, and a second time changes
// nothing.
package law

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/packs"
	"agenthub/contacts/script"
	"agenthub/contacts/store/terms"
)

// Options make a Keeper.
type Options struct {
	Redis       redis.UniversalClient                        // required
	Keys        keys.Keys                                    // required
	Runner      *script.Runner                               // required
	Bring, Text *script.Script                               // required: bring.lua and law.lua
	Now         func(ctx context.Context) (time.Time, error) // required; the store's own time
	BuiltIn     bool                                         // the store gets the built-in pack of this hub, see KeepLaw
	Holidays    prometheus.Gauge                             // required; the last date of the list of holidays that ends first
	Log         *zap.Logger                                  // required
}

// Keeper is safe for concurrent use.
type Keeper struct {
	o    Options              // set by New, read-only after
	told atomic.Pointer[told] // what was said of the rule packs last, nil before
}

// New makes a keeper, and asks nothing yet.
func New(o Options) *Keeper { return &Keeper{o: o} }

// run runs one of the two scripts.
func (k *Keeper) run(ctx context.Context, sc *script.Script, k1, k2 string, args ...string) ([]string, error) {
	return k.o.Runner.Run(ctx, sc.Call(k1, k2, args...)) //nolint:wrapcheck // who asks says what for
}

// PutPack lays a rule pack over the others, in place of the one of its name, and
// makes it hold with this call. It must have passed packs.Parse. It is marked as
// put, so that no hub renews it; to hubs that know no marks that is a deleted pack.
func (k *Keeper) PutPack(ctx context.Context, name string, text []byte) error {
	return k.changePacks(ctx, func() error { return k.o.Redis.HSet(ctx, k.o.Keys.One("packs"), name, text, "="+name, "").Err() })
}

// DeletePack takes a pack away; ErrNotFound if there is none. Its name stays, so
// that no hub brings it again.
func (k *Keeper) DeletePack(ctx context.Context, name string) error {
	all, err := k.Packs(ctx)
	if err != nil {
		return err
	}
	if all[name] == "" {
		return contacts.ErrNotFound
	}
	return k.changePacks(ctx, func() error { return k.o.Redis.HSet(ctx, k.o.Keys.One("packs"), name, "").Err() })
}

// RestorePack puts the built-in pack of this hub back in its place, as if nobody had
// ever put or deleted one of its name; ErrNotFound for any other name.
func (k *Keeper) RestorePack(ctx context.Context, name string) error {
	own, text := packs.BuiltInText()
	if name != own {
		return contacts.ErrNotFound
	}
	return k.changePacks(ctx, func() error {
		_, err := k.o.Redis.Pipelined(ctx, func(p redis.Pipeliner) error { // half of it does no harm: it is asked again
			p.HSet(ctx, k.o.Keys.One("packs"), name, text)
			p.HDel(ctx, k.o.Keys.One("packs"), "="+name)
			return nil
		})
		return err //nolint:wrapcheck // changePacks says what for
	})
}

func (k *Keeper) changePacks(ctx context.Context, change func() error) error {
	if err := change(); err != nil {
		return fmt.Errorf("change rule packs: %w: %w", script.ErrUnavailable, err)
	}
	return k.KeepLaw(ctx)
}

// Packs are the rule packs as they were put, by name.
func (k *Keeper) Packs(ctx context.Context) (map[string]string, error) {
	all, err := k.o.Redis.HGetAll(ctx, k.o.Keys.One("packs")).Result()
	if err != nil {
		return nil, fmt.Errorf("read rule packs: %w: %w", script.ErrUnavailable, err)
	}
	maps.DeleteFunc(all, func(_, text string) bool { return text == "" })
	return all, nil
}

// bringPack gives the built-in pack to a store that never had it, and in place of
// an earlier hub's.
func (k *Keeper) bringPack(ctx context.Context) error {
	name, text := packs.BuiltInText()
	there, err := k.o.Redis.HGet(ctx, k.o.Keys.One("packs"), name).Result()
	if err == nil && !packs.Outdated(there) {
		return nil
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("look for the built-in rule pack: %w: %w", script.ErrUnavailable, err)
	}
	r, err := k.run(ctx, k.o.Bring, k.o.Keys.One("packs"), "", name, string(text), there)
	if err != nil {
		return fmt.Errorf("bring the built-in rule pack: %w", err)
	}
	if r[0] == "renewed" {
		k.o.Log.Info("the built-in rule pack of an earlier hub is renewed", zap.String("pack", name))
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
func (k *Keeper) tellEndings(all map[string]string, of string, today packs.Day) {
	if was := k.told.Load(); was != nil && was.packs == of && was.today == today {
		return
	}
	notes, first := packs.Endings(all, today)
	k.told.Store(&told{of, today, notes})
	k.o.Holidays.Set(float64(first.Unix()))
	for _, note := range notes {
		k.o.Log.Warn("holidays end", zap.String("reason", note))
	}
}

// Notes say which holidays end soon, as far as it was said.
func (k *Keeper) Notes() []string {
	if told := k.told.Load(); told != nil {
		return told.notes
	}
	return nil
}

// KeepLaw sees to it that the store has the built-in pack of this hub or a newer
// one, but where somebody put or deleted it, and that the texts which the scripts
// read are those of the packs there are and of today. Every node does so at its
// start and each minute: whoever comes first. It says when holidays end.
func (k *Keeper) KeepLaw(ctx context.Context) error {
	if k.o.BuiltIn {
		if err := k.bringPack(ctx); err != nil {
			return err
		}
	}
	all, err := k.Packs(ctx)
	if err != nil {
		return err
	}
	now, err := k.o.Now(ctx)
	if err != nil {
		return err
	}
	today := packs.DayOf(now)
	of := terms.Packs(all)
	k.tellEndings(all, of, today)
	v, err := k.o.Redis.HMGet(ctx, k.o.Keys.One("law"), "=packs", "=day").Result()
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
	if _, err := k.run(ctx, k.o.Text, k.o.Keys.One("law"), k.o.Keys.One("camps"), args...); err != nil {
		return fmt.Errorf("write the law: %w", err)
	}
	return nil
}
