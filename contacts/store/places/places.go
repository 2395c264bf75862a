// Package places keeps the whereabouts of contacts true: they are found when a contact
// is loaded, and again, for all that are open, when the tables or the clocks are
// others. It goes through the store in small steps, so that no agent waits for it; two
// nodes that do so at once do no harm.
package places

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/contacts/store/terms"
	"agenthub/contacts/zones"
)

// Options make a Walker.
type Options struct {
	Redis  redis.UniversalClient                        // required
	Keys   keys.Keys                                    // required
	Vault  *contacts.Vault                              // required
	Zones  *zones.Current                               // required
	Runner *script.Runner                               // required
	Place  *script.Script                               // required: place.lua
	Now    func(ctx context.Context) (time.Time, error) // required; the store's own time
	Log    *zap.Logger                                  // required
}

const (
	page      = 500                    // contacts of one look
	stepFor   = 100 * time.Millisecond // of a second: the rest is the reaper's
	lookEvery = time.Minute            // for another edition
)

// Walker goes through the contacts of a tenant. One goroutine uses it.
type Walker struct {
	o Options // set by New, read-only after

	looked                time.Time     // when it was asked last whether there is anything to do
	edition               zones.Edition // by which it places, "" while it does not
	cursor                uint64
	placed, unread, unfit int
}

// New makes a walker that has not begun.
func New(o Options) *Walker { return &Walker{o: o} }

// Step does a little, and reports whether there is more to do at once.
func (w *Walker) Step(ctx context.Context) (more bool, err error) {
	begun := time.Now()
	if w.edition == "" {
		if begun.Sub(w.looked) < lookEvery {
			return false, nil
		}
		w.looked = begun
		return false, w.look(ctx)
	}
	for time.Since(begun) < stepFor {
		if done, err := w.page(ctx); done || err != nil {
			return false, err
		}
	}
	return true, nil
}

// Walk goes through all of them, if there is reason to.
func (w *Walker) Walk(ctx context.Context) error {
	if err := w.look(ctx); err != nil {
		return err
	}
	for w.edition != "" {
		if _, err := w.page(ctx); err != nil {
			return err
		}
	}
	return nil
}

// look begins where persons were placed by an older edition.
func (w *Walker) look(ctx context.Context) error {
	now, err := w.o.Now(ctx)
	if err != nil {
		return err
	}
	mine, err := w.o.Zones.Data().Edition(now)
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	there, err := w.o.Redis.HMGet(ctx, w.o.Keys.One("tz"), "edition").Result()
	if err != nil {
		return fmt.Errorf("read by what persons are placed: %w: %w", script.ErrUnavailable, err)
	}
	was, _ := there[0].(string)
	if !mine.Replaces(zones.Edition(was)) {
		return nil
	}
	w.edition, w.cursor, w.placed, w.unread, w.unfit = mine, 0, 0, 0, 0
	return nil
}

// page places one page of contacts, and notes the edition behind the last.
func (w *Walker) page(ctx context.Context) (done bool, err error) {
	now, err := w.o.Now(ctx)
	if err != nil {
		return false, err
	}
	found, next, err := w.o.Redis.Scan(ctx, w.cursor, w.o.Keys.Pattern("c:"), page).Result()
	if err != nil {
		return false, fmt.Errorf("scan for contacts: %w: %w", script.ErrUnavailable, err)
	}
	if err := w.place(ctx, found, now); err != nil {
		return false, err
	}
	if w.cursor = next; next != 0 {
		return false, nil
	}
	if err := w.o.Redis.HSet(ctx, w.o.Keys.One("tz"), "edition", string(w.edition)).Err(); err != nil {
		return false, fmt.Errorf("note by what persons are placed: %w: %w", script.ErrUnavailable, err)
	}
	if w.placed+w.unread > 0 {
		w.o.Log.Info("persons are placed anew", zap.String("reason", string(w.edition)), zap.Int("n", w.placed))
	}
	if w.unread > 0 {
		w.o.Log.Warn("persons are placed as before: their numbers cannot be opened", zap.Int("n", w.unread))
	}
	if w.unfit > 0 {
		w.o.Log.Warn("contacts have no number that can be matched: load them again", zap.Int("n", w.unfit))
	}
	w.edition = ""
	return true, nil
}

// place finds where the persons of some contacts are, and writes what is new.
func (w *Walker) place(ctx context.Context, found []string, now time.Time) error {
	pipe := w.o.Redis.Pipeline()
	records := make([]*redis.SliceCmd, len(found))
	for i, key := range found {
		records[i] = pipe.HMGet(ctx, key, "st", "tz", "wh", "pl", "pt", "pn")
	}
	if len(found) == 0 {
		return nil
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("read contacts: %w: %w", script.ErrUnavailable, err)
	}
	var calls []*script.Call
	for i, record := range records {
		if call := w.placing(found[i], record.Val(), now); call != nil {
			calls = append(calls, call)
		}
	}
	failed := make(chan error, len(calls))
	for _, call := range calls {
		go func() {
			_, err := w.o.Runner.Run(ctx, call)
			failed <- err
		}()
	}
	var first error
	for range calls {
		if err := <-failed; err != nil {
			first = err
		}
	}
	return first //nolint:wrapcheck // it says all
}

// placing is the call that writes where a contact's person is now, nil if that stands
// there already. What a hub loaded that kept neither region nor postal code stays
// under the law that it had, beside what its number means; one that no hub placed
// stays without.
func (w *Walker) placing(key string, record []any, now time.Time) *script.Call {
	var state, zone, was, by, token, sealed string
	for i, field := range []*string{&state, &zone, &was, &by, &token, &sealed} {
		*field, _ = record[i].(string)
	}
	if state == "" || contacts.StateOf(state) == contacts.Closed || sealed == "" {
		return nil
	}
	number, err := w.o.Vault.Open(contacts.ID(token), sealed)
	if err != nil {
		w.unread++
		return nil
	}
	row := contacts.Row{E164: number.Reveal(), TimeZone: zone}
	row.Region, row.PostalCode, _ = cut(by)
	if parts := strings.SplitN(was, ";", 3); len(parts) == 3 {
		row.Mode = parts[2]
	}
	where, found := terms.Places(row, w.o.Zones.Data(), now)
	switch {
	case !strings.HasPrefix(row.E164, "+"): // what an old hub could not read became its digits
		w.unfit++
		where, found = terms.NotMatchable, by
	case by == "" && was == "":
		where, found = "", ""
	case by == "":
		where, found = both(was, where), ""
	}
	switch {
	case where != was || found != by:
		w.placed++
	case by != "":
		return nil
	} // of an older hub's nobody has counted yet who cannot be placed
	return w.o.Place.Call(key, "", strings.TrimPrefix(key, w.o.Keys.One("c:")), was, by, where, found)
}

// cut gives the region and the postal code that terms.Places kept.
func cut(by string) (region, postalCode string, ok bool) {
	region, by, ok = strings.Cut(by, ";")
	postalCode, _, _ = strings.Cut(by, ";")
	return region, postalCode, ok
}

// both is where a person may be by two texts of terms.Places.
func both(was, now string) string {
	a, b := strings.SplitN(was, ";", 3), strings.SplitN(now, ";", 3)
	if len(a) != 3 || len(b) != 3 {
		return was
	}
	for part := range 2 {
		if a[part] == "" && part == 1 { // a military post: anywhere is more than what the number means
			continue
		}
		names := strings.FieldsFunc(a[part]+","+b[part], func(r rune) bool { return r == ',' })
		slices.Sort(names)
		a[part] = strings.Join(slices.Compact(names), ",")
	}
	a[2] = b[2] // as modes are compared now
	return strings.Join(a, ";")
}
