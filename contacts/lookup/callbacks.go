package lookup

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/session/identity"
)

// Callback is a personal callback of an agent that nobody holds.
type Callback struct {
	contacts.Contact
	From, Until time.Time // Until is zero if no end was agreed
	Clocks      contacts.Clocks
}

// Callbacks lists an agent's, soonest first, so many behind the first skip; zero
// times are open ends. last says that there are no more.
func (r *Reader) Callbacks(ctx context.Context, agent identity.AgentID, from, to time.Time, skip, most int64) (list []Callback, last bool, err error) {
	span := redis.ZRangeBy{Min: "-inf", Max: "+inf", Offset: skip, Count: most}
	if !from.IsZero() {
		span.Min = strconv.FormatInt(from.UnixMilli(), 10)
	}
	if !to.IsZero() {
		span.Max = strconv.FormatInt(to.UnixMilli(), 10)
	}
	page, err := r.rdb.ZRangeByScoreWithScores(ctx, r.keys.Own(string(agent)), &span).Result()
	if err != nil {
		return nil, false, fmt.Errorf("list callbacks: %w: %w", script.ErrUnavailable, err)
	}
	pipe := r.rdb.Pipeline()
	records, others := make([]*redis.SliceCmd, len(page)), make([]*redis.SliceCmd, len(page))
	for i, z := range page {
		key := r.keys.Contact(contacts.ID(keys.Unescape(z.Member.(string))))
		records[i], others[i] = pipe.HMGet(ctx, key, keys.ContactFields...), pipe.HMGet(ctx, key, "ce", "wh")
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, false, fmt.Errorf("read callbacks: %w: %w", script.ErrUnavailable, err)
	}
	list = make([]Callback, 0, len(page))
	for i, z := range page {
		c, err := keys.ParseContact(contacts.ID(keys.Unescape(z.Member.(string))), texts(records[i].Val()))
		if err != nil {
			continue // gone meanwhile
		}
		other := texts(others[i].Val())
		list = append(list, Callback{
			Contact: c, From: time.UnixMilli(int64(z.Score)), Until: keys.Time(other[0]), Clocks: keys.Clocks(c.TimeZone, other[1]),
		})
	}
	return list, int64(len(page)) < most, nil
}
