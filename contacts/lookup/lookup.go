// Package lookup reads the store for who looks and changes nothing: campaign
// managers and supervisors. One answer may be made of several reads; what an agent
// is told comes from a script of its own (store), but for the rules of its
// campaign, which this node remembers for some seconds.
package lookup

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/session/identity"
)

// Reader reads one tenant. It is safe for concurrent use.
type Reader struct {
	rdb   redis.UniversalClient
	keys  keys.Keys
	vault *contacts.Vault
	rules rulebook
}

// New makes a reader of the tenant with these keys and this vault.
func New(rdb redis.UniversalClient, k keys.Keys, vault *contacts.Vault) *Reader {
	return &Reader{rdb: rdb, keys: k, vault: vault}
}

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
