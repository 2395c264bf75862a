package lookup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/session/identity"
)

// reviewCursor says how far a list of reviews has come: many may have begun to
// wait in the same millisecond, and those stand by id.
type reviewCursor struct {
	ms int64
	id string // in key form
}

func (c reviewCursor) String() string { return strconv.FormatInt(c.ms, 10) + "." + keys.Unescape(c.id) }

func parseReviewCursor(text string) (c reviewCursor, ok bool) {
	if text == "" {
		return c, true
	}
	ms, id, found := strings.Cut(text, ".")
	n, err := strconv.ParseInt(ms, 10, 64)
	return reviewCursor{n, keys.Escape(id)}, found && err == nil && n >= 0
}

// reviewPages bounds how much one page looks through for a supervisor who sees
// little of it; the cursor goes on from there.
const reviewPages = 40

// Reviews lists contacts that wait for a supervisor, as far as that one sees
// them, oldest first. The cursor of the first page is "", and so is next on the
// last; a page may be short, even empty, and still have a next.
func (r *Reader) Reviews(ctx context.Context, by identity.Identity, cursor string, limit int) (items []contacts.ReviewItem, next string, err error) {
	at, ok := parseReviewCursor(cursor)
	if !ok {
		return nil, "", contacts.ErrCursor
	}
	for range reviewPages {
		page, last, err := r.reviewsAfter(ctx, at, limit)
		if err != nil {
			return nil, "", err
		}
		for _, r := range page {
			at = reviewCursor{r.Since.UnixMilli(), keys.Escape(string(r.ID))}
			if r.State == "" || !by.Serves(string(r.Campaign)) {
				continue
			}
			if items = append(items, r); len(items) == limit {
				return items, at.String(), nil
			}
		}
		if last {
			return items, "", nil
		}
	}
	return items, at.String(), nil
}

// reviewsAfter reads at least so many, unless they are the last.
func (r *Reader) reviewsAfter(ctx context.Context, at reviewCursor, least int) (items []contacts.ReviewItem, last bool, err error) {
	key, from := r.keys.One("review"), strconv.FormatInt(at.ms, 10)
	same, err := r.rdb.ZCount(ctx, key, from, from).Result()
	if err != nil {
		return nil, false, fmt.Errorf("count reviews: %w: %w", script.ErrUnavailable, err)
	}
	most := same + int64(least)
	page, err := r.rdb.ZRangeByScoreWithScores(ctx, key, &redis.ZRangeBy{Min: from, Max: "+inf", Count: most}).Result()
	if err != nil {
		return nil, false, fmt.Errorf("list reviews: %w: %w", script.ErrUnavailable, err)
	}
	last = int64(len(page)) < most
	for len(page) > 0 && int64(page[0].Score) == at.ms && page[0].Member.(string) <= at.id {
		page = page[1:]
	}
	pipe := r.rdb.Pipeline()
	records, fields := make([]*redis.SliceCmd, len(page)), append(slices.Clone(keys.ContactFields), "why")
	for i, z := range page {
		records[i] = pipe.HMGet(ctx, r.keys.Contact(contacts.ID(keys.Unescape(z.Member.(string)))), fields...)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, false, fmt.Errorf("read reviews: %w: %w", script.ErrUnavailable, err)
	}
	for i, z := range page {
		values := texts(records[i].Val())
		c, err := keys.ParseContact(contacts.ID(keys.Unescape(z.Member.(string))), values)
		if errors.Is(err, contacts.ErrNotFound) { // its record is gone
			c.ID = contacts.ID(keys.Unescape(z.Member.(string)))
		} else if err != nil {
			return nil, false, err
		}
		items = append(items, contacts.ReviewItem{Contact: c, Since: time.UnixMilli(int64(z.Score)).UTC(), Reason: values[len(values)-1]})
	}
	return items, last, nil
}
