package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"agenthub/contacts/history"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// Repair takes contacts whose record is gone out of all that stands beside the
// records, and says what it did. What the record had in it is gone for good: a list may
// bring the contact again.
func Repair(ctx context.Context, t Tenant) (mended []string, err error) {
	c, err := open(ctx, t)
	if err != nil {
		return nil, err
	}
	defer c.runner.Close()
	sets, err := c.sets(ctx)
	for _, set := range sets {
		err = errors.Join(err, c.each(ctx, c.mend, set, c.membersOf(ctx, set)))
	}
	for what, pattern := range map[string]string{"agents": "ag:", "phones": "ph:", "numbers": "num:"} {
		err = errors.Join(err, c.each(ctx, c.mend, what, c.names(ctx, pattern)))
	}
	return c.said, errors.Join(err, c.uncount(ctx))
}

// lost is what scripts and Repair set aside: by id the state that it is still counted
// in, "" if it is not.
func (c *checker) lost(ctx context.Context) (map[string]string, error) {
	all, err := c.rdb.HGetAll(ctx, c.keys.One("lost")).Result()
	if err != nil {
		return nil, fmt.Errorf("list lost contacts: %w: %w", script.ErrUnavailable, err)
	}
	for id, entry := range all {
		all[id], _, _ = strings.Cut(entry, ";")
	}
	return all, nil
}

// uncount takes what is set aside out of the counts of its campaign, which the newest
// event of the contact tells. One without an event stays: nobody knows where it is counted.
func (c *checker) uncount(ctx context.Context) error {
	lost, err := c.lost(ctx)
	if err != nil || len(lost) == 0 {
		return err
	}
	newest := map[string]history.Entry{}
	if err := c.past.Each(ctx, "-", "+", func(e history.Entry) error {
		if id := keys.Escape(e.ContactID); lost[id] != "" {
			newest[id] = e
		}
		return nil
	}); err != nil {
		return err
	}
	args := []string{"lost"}
	for id, state := range lost {
		e, known := newest[id]
		switch {
		case state != "" && !known:
			c.said = append(c.said, fmt.Sprintf("contact %s: no event tells its campaign, whose count stays one too high", id))
			continue
		case state == "R" && e.Type == "dial":
			state = "D"
		case state == "R" && e.Type == "outcome":
			state = "W"
		}
		if args = append(args, id, state, keys.Escape(e.Campaign)); len(args) > 3*checkChunk {
			err = errors.Join(err, c.run(ctx, c.mend, "", args...))
			args = args[:1]
		}
	}
	return errors.Join(err, c.run(ctx, c.mend, "", args...))
}
