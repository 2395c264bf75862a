// Package lookup reads the store for who looks and changes nothing: campaign
// managers and supervisors. One answer may be made of several reads; what an agent
// is told comes from a script of its own (store).
package lookup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/session/identity"
)

// Reader reads one tenant. It is safe for concurrent use.
type Reader struct {
	rdb  redis.UniversalClient
	keys keys.Keys
}

// New makes a reader of the tenant with these keys.
func New(rdb redis.UniversalClient, k keys.Keys) *Reader { return &Reader{rdb, k} }

// contactFields is what GET /contacts/{id} and reviews read.
var contactFields = []string{"cp", "st", "ag", "dl", "sk", "tc", "l4", "pr", "ty", "tz", "xp", "oc", "im", "why"}

func (r *Reader) parseContact(id contacts.ID, v []any) (contacts.Contact, string, error) {
	f := make([]string, len(contactFields))
	for i := range v {
		f[i], _ = v[i].(string)
	}
	if f[1] == "" {
		return contacts.Contact{}, "", contacts.ErrNotFound
	}
	im, ok := keys.UnpackShown(f[12])
	if !ok {
		return contacts.Contact{}, "", fmt.Errorf("contact %s: shown fields are unreadable", id)
	}
	c := contacts.Contact{
		ID: id, Campaign: contacts.CampaignID(keys.Unescape(f[0])), State: contacts.StateOf(f[1]), Agent: identity.AgentID(keys.Unescape(f[2])), Skips: keys.Int(f[4]),
		Attempts: keys.Int(f[5]), LastFour: f[6], Name: im.Name, Mode: im.Mode, Priority: keys.Int(f[7]), CallType: keys.Int(f[8]), TimeZone: f[9],
		ExpiryTime: keys.Time(f[10]), Outcome: f[11],
	}
	switch c.State {
	case contacts.Reserved, contacts.Dialled:
		c.ReservedUntil = keys.Time(f[3])
	case contacts.Scheduled, contacts.Wrapup:
		c.Due = keys.Time(f[3])
	case contacts.Available, contacts.Review, contacts.Closed:
	}
	return c, f[13], nil
}

// Contact returns one contact, or ErrNotFound.
func (r *Reader) Contact(ctx context.Context, id contacts.ID) (contacts.Contact, error) {
	v, err := r.rdb.HMGet(ctx, r.keys.Contact(id), contactFields...).Result()
	if err != nil {
		return contacts.Contact{}, fmt.Errorf("read contact: %w: %w", script.ErrUnavailable, err)
	}
	c, _, err := r.parseContact(id, v)
	return c, err
}

// Campaigns counts the contacts of every campaign by state.
func (r *Reader) Campaigns(ctx context.Context) ([]contacts.CampaignCounts, error) {
	names, err := r.rdb.SMembers(ctx, r.keys.One("camps")).Result()
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w: %w", script.ErrUnavailable, err)
	}
	slices.Sort(names) // miniredis has no SORT
	pipe := r.rdb.Pipeline()
	counts := make([]*redis.MapStringStringCmd, len(names))
	states := make([]*redis.SliceCmd, len(names))
	for i, n := range names {
		id := contacts.CampaignID(keys.Unescape(n))
		counts[i] = pipe.HGetAll(ctx, r.keys.Counts(id))
		states[i] = pipe.HMGet(ctx, r.keys.Campaign(id), "paused", "draft")
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("count campaigns: %w: %w", script.ErrUnavailable, err)
	}
	out := make([]contacts.CampaignCounts, len(names))
	for i, n := range names {
		out[i] = contacts.CampaignCounts{Campaign: contacts.CampaignID(keys.Unescape(n)), State: stateOf(states[i].Val()), Counts: map[contacts.State]int{}}
		for step, count := range counts[i].Val() {
			if from := contacts.StateOf(step[:1]); from != "" {
				out[i].Counts[from] -= keys.Int(count)
			}
			if to := contacts.StateOf(step[1:]); to != "" {
				out[i].Counts[to] += keys.Int(count)
			}
		}
	}
	return out, nil
}

// stateOf reads a campaign's state from the fields paused and draft.
func stateOf(v []any) string {
	switch {
	case len(v) == 2 && v[1] == "1":
		return contacts.CampaignDraft
	case len(v) == 2 && v[0] == "1":
		return contacts.CampaignPaused
	}
	return contacts.CampaignRunning
}
