package lookup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/nearest"
	"agenthub/contacts/script"
)

// checks put contacts off; what waits for one stands in a set.
var checks = []string{ //nolint:gochecknoglobals // a constant
	contacts.OutsideHours, contacts.RuleNoZone, contacts.NotMatchable, contacts.Blocked, contacts.TooSoon, contacts.TooManyAttempts,
}

// Campaigns counts the contacts of every campaign by state, and those that wait by
// what holds them back.
func (r *Reader) Campaigns(ctx context.Context) ([]contacts.CampaignCounts, error) {
	names, err := r.rdb.SMembers(ctx, r.keys.One("camps")).Result()
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w: %w", script.ErrUnavailable, err)
	}
	slices.Sort(names) // miniredis has no SORT
	pipe := r.rdb.Pipeline()
	counts := make([]*redis.MapStringStringCmd, len(names))
	states := make([]*redis.SliceCmd, len(names))
	waiting, lost := make([][]*redis.IntCmd, len(names)), make([]map[string]*redis.IntCmd, len(names))
	for i, n := range names {
		id := contacts.CampaignID(keys.Unescape(n))
		counts[i] = pipe.HGetAll(ctx, r.keys.Counts(id))
		states[i] = pipe.HMGet(ctx, r.keys.Campaign(id), "paused", "draft", "group")
		for _, check := range checks {
			waiting[i] = append(waiting[i], pipe.ZCard(ctx, r.keys.Waiting(check, id)))
		}
		lost[i] = map[string]*redis.IntCmd{}
		for _, why := range []string{contacts.Nowhere, contacts.InCountry} {
			lost[i][why] = pipe.SCard(ctx, r.keys.Waiting(why, id))
		}
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("count campaigns: %w: %w", script.ErrUnavailable, err)
	}
	out := make([]contacts.CampaignCounts, len(names))
	for i, n := range names {
		out[i] = contacts.CampaignCounts{Campaign: contacts.CampaignID(keys.Unescape(n)), State: stateOf(states[i].Val()), Group: groupOf(states[i].Val()), Counts: map[contacts.State]int{}}
		add(out[i].Counts, counts[i].Val())
		out[i].Why = whyOf(out[i], waiting[i])
		out[i].Unplaced = map[string]int{}
		for why, n := range lost[i] {
			if n.Val() > 0 {
				out[i].Unplaced[why] = int(n.Val())
			}
		}
	}
	return out, nil
}

// whyOf says what holds back the contacts that wait, as the script contact says of
// each: where nothing is called at all, nothing else is asked.
func whyOf(c contacts.CampaignCounts, waiting []*redis.IntCmd) map[string]int {
	why := map[string]int{}
	if c.State != contacts.CampaignRunning {
		why[contacts.Paused] = c.Counts[contacts.Available] + c.Counts[contacts.Scheduled]
	} else {
		for i, check := range checks {
			why[check] = int(waiting[i].Val())
		}
		why[contacts.OutsideHours] -= why[contacts.RuleNoZone] // they wait for an hour, too
	}
	maps.DeleteFunc(why, func(_ string, n int) bool { return n <= 0 })
	return why
}

// stateOf reads a campaign's state from the fields paused and draft.
func stateOf(v []any) string {
	switch {
	case len(v) > 1 && v[1] == "1":
		return contacts.CampaignDraft
	case len(v) > 1 && v[0] == "1":
		return contacts.CampaignPaused
	}
	return contacts.CampaignRunning
}

// groupOf reads the field group behind them.
func groupOf(v []any) string {
	if len(v) < 3 {
		return ""
	}
	group, _ := v[2].(string)
	return keys.Unescape(group)
}

// Campaign returns a campaign's rules, the defaults if nobody configured it.
func (r *Reader) Campaign(ctx context.Context, id contacts.CampaignID) (contacts.Rules, error) {
	if id == "" {
		return contacts.Rules{}, nil
	}
	rules, _, err := r.CampaignVersion(ctx, id)
	if errors.Is(err, contacts.ErrNoCampaign) {
		err = nil
	}
	return rules, err
}

// CampaignVersion returns a campaign's rules and which version of them that is;
// ErrNoCampaign if nobody made it, with the defaults all the same.
func (r *Reader) CampaignVersion(ctx context.Context, id contacts.CampaignID) (rules contacts.Rules, version string, err error) {
	pipe := r.rdb.Pipeline()
	made := pipe.SIsMember(ctx, r.keys.One("camps"), keys.Escape(string(id)))
	stored := pipe.HMGet(ctx, r.keys.Campaign(id), "json", "v")
	if _, err := pipe.Exec(ctx); err != nil {
		return rules, "", fmt.Errorf("read rules of %s: %w: %w", id, script.ErrUnavailable, err)
	}
	if version, _ = stored.Val()[1].(string); version == "" {
		version = "0" // put by nobody, or by a hub that counted none
	}
	if text, ok := stored.Val()[0].(string); ok {
		if err := json.Unmarshal([]byte(text), &rules); err != nil {
			return rules, "", fmt.Errorf("rules of %s are unreadable: %w", id, err)
		}
	}
	if !made.Val() {
		err = contacts.ErrNoCampaign
	}
	return rules, version, err
}

// slip is of how many letters one may be wrong for a name to be the one that was meant.
const slip = 3

// NearCampaign is the campaign that was probably meant by a name that nobody made,
// among those that the caller serves (nil: all); "" if none is near.
func (r *Reader) NearCampaign(ctx context.Context, name contacts.CampaignID, serves []string) (contacts.CampaignID, error) {
	made, err := r.rdb.SMembers(ctx, r.keys.One("camps")).Result()
	if err != nil {
		return "", fmt.Errorf("list campaigns: %w: %w", script.ErrUnavailable, err)
	}
	all := make([]string, 0, len(made))
	for _, one := range made {
		if one = keys.Unescape(one); serves == nil || slices.Contains(serves, one) {
			all = append(all, one)
		}
	}
	return contacts.CampaignID(nearest.Name(string(name), all, slip)), nil
}
