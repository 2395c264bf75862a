package store

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"

	"agenthub/contacts/script"
	"agenthub/contacts/zones"
)

// zonesFor is how old the rows of zones may get: they look two changes ahead, and
// a newer release on this machine is looked for as often.
const zonesFor = time.Hour

// zoneKeeper is what this node knows of the rows.
type zoneKeeper struct {
	*zones.Current

	mu      sync.Mutex // guards the following
	written time.Time  // zero: not yet
	newer   string     // the release of another node that is newer than ours, "" for none
}

// agreed is the release that the rows are of as far as this node knows, and when
// it saw to them last.
func (z *zoneKeeper) agreed() (string, time.Time) {
	z.mu.Lock()
	defer z.mu.Unlock()
	return cmp.Or(z.newer, string(z.Data().Release)), z.written
}

// begun reports whether this node saw to the rows at all.
func (z *zoneKeeper) begun() bool {
	_, written := z.agreed()
	return !written.IsZero()
}

// saw notes who decides, and reports whether that is news.
func (z *zoneKeeper) saw(newer string) bool {
	z.mu.Lock()
	defer z.mu.Unlock()
	news := newer != z.newer
	z.written, z.newer = time.Now(), newer
	return news
}

// notes are what an operator should know of the zone data.
func (z *zoneKeeper) notes() []string {
	notes := z.Data().Warnings(time.Now())
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.newer != "" {
		notes = append(notes, "another node has newer zone data: "+z.newer+", not "+string(z.Data().Release))
	}
	return notes
}

// KeepZones sees to the rows by which the scripts know the clocks of the world: it
// writes them when the hub starts, once an hour, and when a newer release appears
// here or the store has lost them. The newest release among the nodes decides, and
// a node that has an older one reads what it wrote and says so.
func (s *Store) KeepZones(ctx context.Context) error {
	v, err := s.rdb.HMGet(ctx, s.keys.One("tz"), "release").Result()
	if err != nil {
		return fmt.Errorf("read the release of the zones: %w: %w", script.ErrUnavailable, err)
	}
	agreed, written := s.zones.agreed()
	if there, _ := v[0].(string); there == agreed && time.Since(written) < zonesFor {
		return nil
	}
	if newer, err := s.zones.Renew(); err != nil {
		s.log.Warn("zone data cannot be looked for", zap.Error(err))
	} else if newer {
		s.log.Info("newer zone data", zap.String("release", string(s.zones.Data().Release)), zap.String("source", s.zones.Data().Source))
	}
	return s.WriteZones(ctx)
}

// WriteZones writes the rows of all zones by the store's own clock, unless a newer
// release did.
func (s *Store) WriteZones(ctx context.Context) error {
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	data := s.zones.Data()
	args := []string{string(data.Release), s.node}
	for _, name := range data.Names() {
		row, err := data.Row(name, now)
		if err != nil {
			return err //nolint:wrapcheck // it says all
		}
		args = append(args, name, row)
	}
	r, err := s.run(ctx, s.lua.zones, s.keys.One("tz"), s.keys.One("zones"), args...)
	if err != nil {
		return fmt.Errorf("write the zones: %w", err)
	}
	newer := ""
	if r[0] == "newer" {
		newer = r[1]
	}
	if s.zones.saw(newer) && newer != "" {
		s.log.Warn("another node has newer zone data: theirs decide", zap.String("release", newer))
	}
	s.met.zones(data)
	return nil
}

// now is the store's own time.
func (s *Store) now(ctx context.Context) (time.Time, error) {
	r, err := s.run(ctx, s.lua.clock, "", "")
	if err != nil {
		return time.Time{}, err
	}
	us, err := strconv.ParseInt(r[1], 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the time: %w", err)
	}
	return time.UnixMicro(us).UTC(), nil
}
