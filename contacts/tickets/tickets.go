// Package tickets issues and redeems the one-time tickets of a browser's upgrade,
// and knows which tokens a supervisor has revoked (admission.Tickets).
package tickets

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/session/identity"
)

// storedTicket carries its own expiry: key expiry is housekeeping alone.
type storedTicket struct {
	identity.Ticket
	Until time.Time
}

// Office issues and redeems the tickets of one tenant. It is safe for concurrent use.
type Office struct {
	rdb  redis.UniversalClient
	keys keys.Keys
}

// New makes the office of the tenant with these keys.
func New(rdb redis.UniversalClient, k keys.Keys) *Office { return &Office{rdb, k} }

// Issue makes a one-time ticket; only its hash is stored. When it was issued, and
// until when it holds, the store's clock tells: it may be redeemed on another node,
// and is compared with the sign-ins of all of them.
func (o *Office) Issue(ctx context.Context, t identity.Ticket) (string, error) {
	pipe := o.rdb.Pipeline()
	own := o.clock(ctx, pipe)
	_, _ = pipe.Exec(ctx) // told by the commands
	now, err := own()
	if err != nil {
		return "", fmt.Errorf("issue ticket: %w: %w", script.ErrUnavailable, err)
	}
	t.IssuedAt = now
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	ticket := base64.RawURLEncoding.EncodeToString(raw[:])
	value, err := json.Marshal(storedTicket{t, now.Add(identity.TicketLife)})
	if err != nil {
		return "", fmt.Errorf("encode ticket: %w", err)
	}
	if err := o.rdb.Set(ctx, o.keys.Ticket(hashed(ticket)), value, identity.TicketLife).Err(); err != nil {
		return "", fmt.Errorf("store ticket: %w: %w", script.ErrUnavailable, err)
	}
	return ticket, nil
}

// Redeem uses a ticket up.
func (o *Office) Redeem(ctx context.Context, ticket string) (identity.Ticket, error) {
	pipe := o.rdb.Pipeline()
	used, own := pipe.GetDel(ctx, o.keys.Ticket(hashed(ticket))), o.clock(ctx, pipe)
	_, _ = pipe.Exec(ctx) // told by the commands
	value, err := used.Bytes()
	if errors.Is(err, redis.Nil) {
		return identity.Ticket{}, identity.ErrTicket
	}
	if err != nil {
		return identity.Ticket{}, fmt.Errorf("redeem ticket: %w: %w", script.ErrUnavailable, err)
	}
	var t storedTicket
	now, err := own()
	if json.Unmarshal(value, &t) != nil || err != nil || now.After(t.Until) {
		return identity.Ticket{}, identity.ErrTicket
	}
	return t.Ticket, nil
}

// clock asks for the tenant's own clock (lib/time.lua), which goes on where the store's is put back.
func (o *Office) clock(ctx context.Context, pipe redis.Pipeliner) func() (time.Time, error) {
	now, age := pipe.Time(ctx), pipe.HMGet(ctx, o.keys.One("age"), "mark", "lag")
	return func() (time.Time, error) {
		own := now.Val()
		if v := age.Val(); len(v) == 2 && v[0] != nil && now.Err() == nil {
			mark, _ := v[0].(string)
			lag, _ := v[1].(string)
			own = own.Add(keys.Lag(lag))
			if until := keys.Time(mark); own.Before(until) || own.After(until.Add(2*time.Minute)) && lag != "0" {
				own = later(now.Val(), until)
			}
		}
		return own, now.Err()
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func hashed(ticket string) string {
	h := sha256.Sum256([]byte(ticket))
	return hex.EncodeToString(h[:])
}

// Revoked reports whether a supervisor signed the bearer out after the token was issued. Its
// issuer's clock may be wrong by identity.ClockSkew: a token with an id is known to be of before if
// it was seen before, and taken to be of later if not; then it counts as issued at the sign-out.
// One without an id is of when it says.
func (o *Office) Revoked(ctx context.Context, id *identity.Identity) (bool, error) {
	pipe := o.rdb.Pipeline()
	signedOut := pipe.HGet(ctx, o.keys.Agent(string(id.Agent)), "rv")
	var first *redis.StringCmd
	if id.TokenID != "" {
		first = pipe.Get(ctx, o.keys.Token(id.TokenID))
	}
	_, _ = pipe.Exec(ctx) // told by the commands
	text, err := signedOut.Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return false, fmt.Errorf("look up revocation: %w: %w", script.ErrUnavailable, err)
	}
	var before time.Time
	if text != "" {
		before = keys.Time(text)
	}
	if first == nil {
		return id.IssuedAt.Before(before), nil
	}
	switch was, err := first.Result(); {
	case err != nil && !errors.Is(err, redis.Nil):
		return false, fmt.Errorf("look up token: %w: %w", script.ErrUnavailable, err)
	case err == nil && was != text, err != nil && id.IssuedAt.Before(before.Add(-identity.ClockSkew)):
		return true, nil
	case err != nil:
		if err := o.remember(ctx, id, text); err != nil {
			return false, err
		}
	}
	if id.IssuedAt.Before(before) {
		id.IssuedAt = before
	}
	return false, nil
}

// remember notes that a token was seen, and which sign-out of its bearer was the last one then, until the
// token is over. One that is of long before needs none: its time tells.
func (o *Office) remember(ctx context.Context, id *identity.Identity, signedOut string) error {
	life := time.Until(id.Expires)
	if time.Since(id.IssuedAt) > 2*identity.ClockSkew || life <= 0 {
		return nil
	}
	if err := o.rdb.SetNX(ctx, o.keys.Token(id.TokenID), signedOut, life).Err(); err != nil {
		return fmt.Errorf("note token: %w: %w", script.ErrUnavailable, err)
	}
	return nil
}
