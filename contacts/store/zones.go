package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"go.uber.org/zap"

	"agenthub/contacts/script"
)

// zonesFor is how old the rows of zones may get: they look two changes ahead, and
// a newer release on this machine is looked for as often.
const zonesFor = time.Hour

// KeepZones sees to the rows by which the scripts know the clocks of the world: it
// writes them when the hub starts, once an hour, and when a newer release appears
// here or the store has lost them. The newest release among the nodes decides, and
// a node that has an older one reads what it wrote and says so.
func (s *Store) KeepZones(ctx context.Context) error {
	v, err := s.rdb.HMGet(ctx, s.keys.One("tz"), "release").Result()
	if err != nil {
		return fmt.Errorf("read the release of the zones: %w: %w", script.ErrUnavailable, err)
	}
	agreed, written := s.zones.Release()
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
	now, _, err := s.Times(ctx)
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
	if s.zones.Saw(newer) && newer != "" {
		s.log.Warn("another node has newer zone data: theirs decide", zap.String("release", newer))
	}
	s.met.zones(data)
	return nil
}

// Times are what the store's clock says, and the tenant's own, by which whatever lasts
// is counted: that goes on where the store's is put back.
func (s *Store) Times(ctx context.Context) (wall, own time.Time, err error) {
	r, err := s.run(ctx, s.lua.clock, "", "")
	if err != nil {
		return wall, own, err
	}
	for i, at := range []*time.Time{&wall, &own} {
		us, err := strconv.ParseInt(r[1+i], 10, 64)
		if err != nil {
			return wall, own, fmt.Errorf("read the time: %w", err)
		}
		*at = time.UnixMicro(us).UTC()
	}
	return wall, own, nil
}
