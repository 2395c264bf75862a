package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// PutCampaign replaces a campaign's rules whole. Paused takes effect with this
// call: nothing of the campaign is reserved or dialled after it. The rules must
// have passed Validate.
func (s *Store) PutCampaign(ctx context.Context, id contacts.CampaignID, r contacts.Rules) error {
	_, err := s.ReplaceCampaign(ctx, id, r, nil)
	return err
}

// ReplaceCampaign is PutCampaign for who knows which versions of the rules it
// replaces, nil for any; ErrVersion if they are another by now. It gives the new one.
func (s *Store) ReplaceCampaign(ctx context.Context, id contacts.CampaignID, r contacts.Rules, versions []string) (string, error) {
	whole, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("encode rules of %s: %w", id, err)
	}
	args := []string{
		keys.Escape(string(id)), keys.Lines(versions), nonce(), "json", string(whole),
		"max", strconv.Itoa(r.Attempts()), "offer", offerTerms(r), "skip", skipTerms(r), "pace", paceTerms(r),
	}
	if !r.Running() {
		args = append(args, "paused", "1")
	}
	if r.State == contacts.CampaignDraft {
		args = append(args, "draft", "1")
	}
	for _, reason := range r.Reasons() {
		args = append(args, "s:"+string(reason.ID), terms(reason))
	}
	for _, o := range r.OutcomeTable() {
		args = append(args, "o:"+string(o.ID), effectOf(o))
	}
	reply, err := s.run(ctx, s.lua.campaign, s.keys.Campaign(id), "", args...)
	s.ForgetRules(id) // also if nobody knows whether they were put
	if err == nil {
		err = refusal(reply)
	}
	if err != nil {
		return "", err
	}
	return reply[1], nil
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
	if id == "" {
		return contacts.Rules{}, nil
	}
	r, _, err := s.CampaignVersion(ctx, id)
	if errors.Is(err, contacts.ErrNoCampaign) {
		err = nil
	}
	return r, err
}

// CampaignVersion returns a campaign's rules and which version of them that is;
// ErrNoCampaign if nobody made it, with the defaults all the same.
func (s *Store) CampaignVersion(ctx context.Context, id contacts.CampaignID) (r contacts.Rules, version string, err error) {
	pipe := s.rdb.Pipeline()
	made := pipe.SIsMember(ctx, s.keys.One("camps"), keys.Escape(string(id)))
	stored := pipe.HMGet(ctx, s.keys.Campaign(id), "json", "v")
	if _, err := pipe.Exec(ctx); err != nil {
		return r, "", fmt.Errorf("read rules of %s: %w: %w", id, script.ErrUnavailable, err)
	}
	if version, _ = stored.Val()[1].(string); version == "" {
		version = "0" // put by nobody, or by a hub that counted none
	}
	if text, ok := stored.Val()[0].(string); ok {
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return r, "", fmt.Errorf("rules of %s are unreadable: %w", id, err)
		}
	}
	if !made.Val() {
		err = contacts.ErrNoCampaign
	}
	return r, version, err
}

// NearCampaign is the campaign that was probably meant by a name that nobody made,
// among those that the caller serves (nil: all); "" if none is near.
func (s *Store) NearCampaign(ctx context.Context, name contacts.CampaignID, serves []string) (contacts.CampaignID, error) {
	made, err := s.rdb.SMembers(ctx, s.keys.One("camps")).Result()
	if err != nil {
		return "", fmt.Errorf("list campaigns: %w: %w", script.ErrUnavailable, err)
	}
	all := make([]string, 0, len(made))
	for _, one := range made {
		if one = keys.Unescape(one); serves == nil || slices.Contains(serves, one) {
			all = append(all, one)
		}
	}
	return contacts.CampaignID(contacts.Nearest(string(name), all)), nil
}
