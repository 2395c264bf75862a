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

// Contact returns one contact, or ErrNotFound.
func (r *Reader) Contact(ctx context.Context, id contacts.ID) (contacts.Contact, error) {
	pipe := r.rdb.Pipeline()
	v, lag := pipe.HMGet(ctx, r.keys.Contact(id), keys.ContactFields...), pipe.HGet(ctx, r.keys.One("age"), "lag")
	_, _ = pipe.Exec(ctx) // told by the commands
	if err := v.Err(); err != nil {
		return contacts.Contact{}, fmt.Errorf("read contact: %w: %w", script.ErrUnavailable, err)
	}
	c, err := keys.ParseContact(id, texts(v.Val()))
	switch c.State {
	case contacts.Reserved, contacts.Dialled:
		c.ReservedUntil = c.ReservedUntil.Add(-keys.Lag(lag.Val()))
	case contacts.Wrapup:
		c.Due = c.Due.Add(-keys.Lag(lag.Val()))
	case contacts.Available, contacts.Scheduled, contacts.Review, contacts.Closed:
	}
	return c, err //nolint:wrapcheck // it says all
}

// texts are the values of fields, "" for one that is not there.
func texts(v []any) []string {
	out := make([]string, len(v))
	for i := range v {
		out[i], _ = v[i].(string)
	}
	return out
}
