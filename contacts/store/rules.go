package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/packs"
	"agenthub/contacts/script"
	"agenthub/contacts/store/terms"
)

// lawDays is how far ahead the scripts know the law; it is written anew each day.
const lawDays = 400

// PutPack lays a rule pack over the others, in place of the one of its name, and
// makes it hold with this call. It must have passed packs.Parse.
func (s *Store) PutPack(ctx context.Context, name string, text []byte) error {
	return s.changePacks(ctx, func() error { return s.rdb.HSet(ctx, s.keys.One("packs"), name, text).Err() })
}

// BringPack puts a pack that comes with the hub, unless one of its name is there
// or was deleted.
func (s *Store) BringPack(ctx context.Context, name string, text []byte) error {
	return s.changePacks(ctx, func() error { return s.rdb.HSetNX(ctx, s.keys.One("packs"), name, text).Err() })
}

// DeletePack takes a pack away; ErrNotFound if there is none. Its name stays, so
// that a hub that starts does not bring it again.
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

// KeepLaw sees to it that the texts which the scripts read are those of the packs
// there are and of today. Every node does so each minute: whoever comes first.
func (s *Store) KeepLaw(ctx context.Context) error {
	all, err := s.Packs(ctx)
	if err != nil {
		return err
	}
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	today := packs.DayOf(now)
	of := sumOf(all)
	v, err := s.rdb.HMGet(ctx, s.keys.One("law"), "=packs", "=day").Result()
	if err != nil {
		return fmt.Errorf("read the law: %w: %w", script.ErrUnavailable, err)
	}
	if was, _ := v[0].(string); was == of && (of == "" || v[1] == today.String()) {
		return nil
	}
	law, err := lawOf(all)
	if err != nil {
		return err
	}
	args := []string{of, today.String()}
	for region, text := range law.Compile(today-2, lawDays) { // the day before yesterday: somewhere it is yesterday still
		args = append(args, region, text)
	}
	for region, limits := range law.CompileLimits() {
		args = append(args, region+"#", terms.Limits(limits))
	}
	if _, err := s.run(ctx, s.lua.law, s.keys.One("law"), s.keys.One("camps"), args...); err != nil {
		return fmt.Errorf("write the law: %w", err)
	}
	return nil
}

func lawOf(all map[string]string) (*packs.Law, error) {
	list := make([]packs.Pack, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p, err := packs.Parse([]byte(all[name]))
		if err != nil {
			return nil, fmt.Errorf("rule pack %s: %w", name, err)
		}
		list = append(list, p)
	}
	law, err := packs.NewLaw(list...)
	if err != nil {
		return nil, fmt.Errorf("lay rule packs over each other: %w", err)
	}
	return law, nil
}

// sumOf tells sets of packs apart.
func sumOf(all map[string]string) string {
	if len(all) == 0 {
		return ""
	}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		_, _ = fmt.Fprintf(sum, "%q %q\n", name, all[name])
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// where is what a row says of the place of its person, for lib/lawTexts.lua:
// regions, zones and mode. "" if it says nothing.
func (s *Store) where(r contacts.Row, now time.Time) string {
	data := s.zones.Data()
	place, regions := data.Whereabouts(r.Person(), now)
	if len(place.Zones) == 0 && len(regions) == 0 {
		return ""
	}
	mode := r.Mode
	if strings.ContainsAny(mode, ";/,") {
		mode = ""
	}
	return strings.Join(regions, ",") + ";" + strings.Join(place.Zones, ",") + ";" + mode
}
