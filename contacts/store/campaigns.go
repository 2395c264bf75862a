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
		keys.Escape(string(id)), "json", string(whole),
		"max", strconv.Itoa(r.Attempts()), "offer", offerTerms(r), "skip", skipTerms(r), "pace", paceTerms(r),
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

// rulesFor is how long a campaign's rules are taken from memory for what is shown
// beside a contact; what may be offered or dialled is always checked in Redis.
const rulesFor = 5 * time.Second

type rulesAt struct {
	contacts.Rules
	at time.Time
}

// RecentRules are a campaign's rules, at most five seconds old.
func (s *Store) RecentRules(ctx context.Context, id contacts.CampaignID) (contacts.Rules, error) {
	r, err := s.cachedRules(ctx, id)
	if err != nil {
		return contacts.Rules{}, err
	}
	return r.Rules, nil
}

func (s *Store) cachedRules(ctx context.Context, id contacts.CampaignID) (*rulesAt, error) {
	if v, ok := s.rules.Load(id); ok && time.Since(v.(*rulesAt).at) < rulesFor {
		return v.(*rulesAt), nil
	}
	rules, err := s.Campaign(ctx, id)
	if err != nil {
		return nil, err
	}
	r := &rulesAt{Rules: rules, at: time.Now()}
	s.rules.Store(id, r)
	return r, nil
}
