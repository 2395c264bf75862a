package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// PutCampaign replaces a campaign's rules whole. Paused takes effect with this
// call: nothing of the campaign is reserved or dialled after it. The rules must
// have passed Validate.
func (s *Store) PutCampaign(ctx context.Context, id contacts.CampaignID, r contacts.Rules) error {
	whole, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode rules of %s: %w", id, err)
	}
	args := []string{
		keys.Escape(string(id)), r.DefaultTimeZone, zoneRow(r.DefaultTimeZone, time.Now()), "json", string(whole),
		"max", strconv.Itoa(r.Attempts()), "offer", offerTerms(r), "skip", skipTerms(r),
	}
	if !r.Running() {
		args = append(args, "paused", "1")
	}
	for _, reason := range r.Reasons() {
		args = append(args, "s:"+string(reason.ID), terms(reason))
	}
	for _, o := range r.OutcomeTable() {
		args = append(args, "o:"+string(o.ID), effectOf(o))
	}
	_, err = s.run(ctx, s.lua.campaign, s.keys.Campaign(id), "", args...)
	s.ForgetRules(id) // also if nobody knows whether they were put
	return err
}

// offerTerms are what a fetch and a dial must know: paused;from;until;attempts a day;zone, see lib/offerRules.lua.
func offerTerms(r contacts.Rules) string {
	paused, from, until := "", "", ""
	if !r.Running() {
		paused = "1"
	}
	if opens, closes, limited := r.Hours(); limited {
		from, until = strconv.Itoa(opens), strconv.Itoa(closes)
	}
	return strings.Join([]string{paused, from, until, strconv.Itoa(r.Attempts()), r.DefaultTimeZone}, ";")
}

// skipTerms are what a skip must know: delay;avoid;limit, "" where the hub's own hold.
func skipTerms(r contacts.Rules) string {
	delay, avoid, limit := "", "", ""
	if r.SkipDelay != nil {
		delay = ms(time.Duration(*r.SkipDelay))
	}
	if r.SkipAvoid != nil {
		avoid = ms(time.Duration(*r.SkipAvoid))
	}
	if r.SkipLimit > 0 {
		limit = strconv.Itoa(r.SkipLimit)
	}
	return strings.Join([]string{delay, avoid, limit}, ";")
}

// Campaign returns a campaign's rules, the defaults if nobody configured it.
func (s *Store) Campaign(ctx context.Context, id contacts.CampaignID) (contacts.Rules, error) {
	var r contacts.Rules
	if id == "" {
		return r, nil
	}
	text, err := s.rdb.HGet(ctx, s.keys.Campaign(id), "json").Bytes()
	if errors.Is(err, redis.Nil) {
		return r, nil
	}
	if err != nil {
		return r, fmt.Errorf("read rules of %s: %w: %w", id, script.ErrUnavailable, err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("rules of %s are unreadable: %w", id, err)
	}
	return r, nil
}

// zoneRow tells the scripts a zone's clock: offset;change;offset after, minutes
// and Unix ms. "" for no zone.
func zoneRow(zone string, now time.Time) string {
	if zone == "" {
		return ""
	}
	loc, err := contacts.Location(zone)
	if err != nil {
		return ""
	}
	at := now.In(loc)
	_, offset := at.Zone()
	_, change := at.ZoneBounds()
	after := offset
	if change.IsZero() {
		change = now.AddDate(10, 0, 0)
	} else {
		_, after = change.Zone()
	}
	return fmt.Sprintf("%d;%d;%d", offset/60, change.UnixMilli(), after/60)
}

// RefreshZones brings the rows of all zones in use up to date; the scripts look
// one change ahead, so once an hour is often enough.
func (s *Store) RefreshZones(ctx context.Context, now time.Time) error {
	zones, err := s.rdb.HKeys(ctx, s.keys.One("zones")).Result()
	if err != nil {
		return fmt.Errorf("list zones: %w", err)
	}
	for _, z := range zones {
		if err := s.rdb.HSet(ctx, s.keys.One("zones"), z, zoneRow(z, now)).Err(); err != nil {
			return fmt.Errorf("refresh zone: %w", err)
		}
	}
	return nil
}
