// Package uploads remembers for a day what became of the parts of an upload, so that a
// part whose answer was lost is answered again and not loaded twice.
package uploads

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// Kept is for how long the parts of an upload are remembered after the last of them.
const Kept = 24 * time.Hour

// Uploads are those of one tenant. It is safe for concurrent use.
type Uploads struct {
	rdb  redis.UniversalClient
	keys keys.Keys
}

// New makes the uploads of the tenant with these keys.
func New(rdb redis.UniversalClient, k keys.Keys) *Uploads { return &Uploads{rdb, k} }

// Answer is what was answered to a part; ok is false if nobody has heard of it.
func (u *Uploads) Answer(ctx context.Context, upload, part string) (answer []byte, ok bool, err error) {
	answer, err = u.rdb.HGet(ctx, u.keys.Upload(upload), part).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("look up a part: %w: %w", script.ErrUnavailable, err)
	}
	return answer, true, nil
}

// Done keeps the answer to a part.
func (u *Uploads) Done(ctx context.Context, upload, part string, answer []byte) error {
	pipe := u.rdb.Pipeline()
	pipe.HSet(ctx, u.keys.Upload(upload), part, answer)
	pipe.PExpire(ctx, u.keys.Upload(upload), Kept)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("keep a part: %w: %w", script.ErrUnavailable, err)
	}
	return nil
}
