// Package history is the past as the event stream has it: pages of events,
// results for who polls them, and the counts and rates over a span. It reads and
// changes nothing; what is told while it happens is the feed's.
//
// It promises that nothing is left out without a word: a cursor whose successors
// are gone is contacts.ErrGone.
package history

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// Log reads the event stream of one tenant. It is safe for concurrent use.
type Log struct {
	rdb   redis.UniversalClient
	keys  keys.Keys
	log   *zap.Logger
	rates *memo[Rates]
}

// New makes a log of the tenant with these keys.
func New(rdb redis.UniversalClient, k keys.Keys, log *zap.Logger) *Log {
	return &Log{rdb: rdb, keys: k, log: log, rates: newMemo[Rates](2)}
}

// Entry is one event as it stands in the stream.
type Entry struct {
	contacts.Event
	At       StreamID
	Own      int64 // ms, by the tenant's own clock: it never goes back, as At does not, and never stands still
	Attempts int   // dials of the contact so far
}

// eventFields are the parts of an entry's field e, in the order lib/event.lua packs them.
// A newer hub on the same store may append more.
const eventFields = 12

// ParseEntry reads one entry. One that cannot be read still has its place.
func ParseEntry(m redis.XMessage) (Entry, error) {
	seq, _ := m.Values["s"].(string)
	packed, _ := m.Values["e"].(string)
	at, ok := ParseStreamID(m.ID)
	f := strings.Split(packed, keys.Unit)
	if !ok || len(f) < eventFields {
		return Entry{At: at}, fmt.Errorf("history: event %s has %d parts, not %d", m.ID, len(f), eventFields)
	}
	n, err := strconv.ParseInt(seq, 10, 64)
	if err != nil {
		return Entry{At: at}, fmt.Errorf("history: event %s has no seq", m.ID)
	}
	wall := int64(at.Ms) //nolint:gosec // a time
	own := wall
	if told, _ := m.Values["t"].(string); told != "" { // the store's clock was put back
		is, was, _ := strings.Cut(told, ";")
		wall, own = keys.Time(is).UnixMilli(), keys.Time(was).UnixMilli()
	}
	return Entry{At: at, Own: own, Attempts: keys.Int(f[11]), Event: contacts.Event{
		ID: m.ID, Seq: n, Type: f[0], At: instantOf(wall), Agent: keys.Unescape(f[1]), Actor: keys.Unescape(f[2]), Campaign: keys.Unescape(f[3]),
		ContactID: keys.Unescape(f[4]), Phone: f[5], Reason: f[6], Note: f[7], HeldMs: heldMs(f[0], f[8], own), Skips: keys.Int(f[9]), Node: f[10],
	}}, nil
}

// heldMs is how long the reservation with this id, which begins with when it was
// made, had been held at an event. "" was not held; a fetch begins a hold.
func heldMs(kind, rid string, at int64) int64 {
	since, _, _ := strings.Cut(rid, ".")
	ms, err := strconv.ParseInt(since, 10, 64)
	if err != nil || kind == "reserve" {
		return 0
	}
	return max(0, at-ms)
}

func instantOf(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

// PageSize is how many events a full page has.
const PageSize = 500

// Page reads a page of events, oldest first.
func (l *Log) Page(ctx context.Context, from, to string) (page []redis.XMessage, err error) {
	err = script.Read(ctx, func() (err error) {
		page, err = l.rdb.XRangeN(ctx, l.keys.One("ev"), from, to, PageSize).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return page, nil
}

// pageBack reads a page of events, newest first.
func (l *Log) pageBack(ctx context.Context, from, to string) (page []redis.XMessage, err error) {
	err = script.Read(ctx, func() (err error) {
		page, err = l.rdb.XRevRangeN(ctx, l.keys.One("ev"), from, to, PageSize).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return page, nil
}

// Walk calls fn for every event of the time that the filter lets through,
// oldest first, in constant memory. Zero times are open ends.
func (l *Log) Walk(ctx context.Context, f contacts.Filter, from, to time.Time, fn func(contacts.Event) error) error {
	return l.Each(ctx, Bound(from, "-"), Bound(to, "+"), func(e Entry) error {
		if !f.Match(&e.Event) {
			return nil
		}
		return fn(e.Event)
	})
}

// Bound is how a range names a time; open is its name for none.
func Bound(t time.Time, open string) string {
	if t.IsZero() {
		return open
	}
	return strconv.FormatInt(max(t.UnixMilli(), 0), 10)
}

// Each calls fn for every entry between two ids, oldest first; "-" and "+" are open ends.
func (l *Log) Each(ctx context.Context, from, to string, fn func(Entry) error) error {
	for {
		page, err := l.Page(ctx, from, to)
		if err != nil {
			return err
		}
		for _, m := range page {
			e, err := ParseEntry(m)
			if err != nil {
				return err
			}
			if err := fn(e); err != nil {
				return err
			}
			from = "(" + m.ID
		}
		if len(page) < PageSize {
			return nil
		}
	}
}

// scanPages bounds how much history one page of a rare filter may look through;
// the cursor goes on from there.
const scanPages = 40

// History returns a page of events, newest first, and the cursor of the next
// page, "" on the last. A page may be short, even empty, and still have a next.
func (l *Log) History(ctx context.Context, f contacts.Filter, from, to time.Time, cursor string, limit int) (events []contacts.Event, next string, err error) {
	end := Bound(to, "+")
	if cursor != "" {
		at, ok := ParseStreamID(cursor)
		if !ok || at == (StreamID{}) { // nothing is older, and Redis refuses a range that says so
			return nil, "", contacts.ErrCursor
		}
		if to.IsZero() || at.Ms <= uint64(max(to.UnixMilli(), 0)) {
			end = "(" + at.String()
		}
	}
	for range scanPages {
		page, err := l.pageBack(ctx, end, Bound(from, "-"))
		if err != nil {
			return nil, "", err
		}
		for _, m := range page {
			e, err := ParseEntry(m)
			if err != nil {
				return nil, "", err
			}
			if f.Match(&e.Event) {
				events = append(events, e.Event)
			}
			if end = "(" + m.ID; len(events) == limit {
				return events, m.ID, nil
			}
		}
		if len(page) < PageSize {
			return events, "", nil
		}
		next = page[len(page)-1].ID
	}
	return events, next, nil
}

// Result is what became of a contact, as GET /outcomes tells it.
type Result struct {
	contacts.Event
	Outcome  string `json:"outcome"` // outcome id, "" where the type says it all
	Attempts int    `json:"attempts"`
}

// resultCursor says how far a poller has come: the id of the last event it was
// told of or spared, and its seq, so that a hole after it cannot go unseen.
type resultCursor struct {
	id  string
	seq int64 // -1: not known, a cursor made from an event's id
}

func (c resultCursor) String() string {
	if c.seq < 0 {
		return c.id
	}
	return c.id + "." + strconv.FormatInt(c.seq, 10)
}

func parseResultCursor(s string) (c resultCursor, ok bool) {
	id, seq, found := strings.Cut(s, ".")
	if at, ok := ParseStreamID(id); !ok || at == LastID { // nothing is newer, and Redis refuses a range that says so
		return c, false
	}
	if !found {
		return resultCursor{id, -1}, true
	}
	n, err := strconv.ParseInt(seq, 10, 64)
	return resultCursor{id, n}, err == nil && n >= 0
}

// Outcomes returns results after the cursor, oldest first, and the cursor to go
// on from, always: polling with it loses and doubles nothing. What cannot be had
// any more, because it was trimmed or lost, is contacts.ErrGone and never silence. done
// says that there is nothing more now.
func (l *Log) Outcomes(ctx context.Context, cursor string, limit int) (results []Result, next string, done bool, err error) {
	from, at := "-", resultCursor{seq: -1}
	if cursor != "" {
		var ok bool
		if at, ok = parseResultCursor(cursor); !ok {
			return nil, "", false, contacts.ErrCursor
		}
		from = "(" + at.id
	}
	for range scanPages {
		page, err := l.Page(ctx, from, "+")
		if err == nil && len(page) == 0 && at.seq >= 0 {
			page, err = l.afterLast(ctx, from, at)
		}
		if err != nil {
			return nil, "", false, err
		}
		for _, m := range page {
			e, err := ParseEntry(m)
			if err != nil { // one that nobody can read must not keep back those after it
				l.log.Error("unreadable event left out of the results", zap.Error(err))
				at, from = resultCursor{m.ID, -1}, "("+m.ID
				continue
			}
			if at.seq >= 0 && e.Seq != at.seq+1 {
				return nil, "", false, contacts.ErrGone
			}
			at, from = resultCursor{m.ID, e.Seq}, "("+m.ID
			if !e.IsResult() {
				continue
			}
			r := Result{Event: e.Event, Attempts: e.Attempts}
			if e.Type != "block" && e.Type != "review" {
				r.Outcome = e.Reason
			}
			if results = append(results, r); len(results) == limit {
				return results, at.String(), false, nil
			}
		}
		if len(page) < PageSize {
			return results, at.String(), true, nil
		}
	}
	return results, at.String(), false, nil
}

// afterLast is asked where no event stands after the cursor: that is the end
// only if the cursor's was the newest there ever was.
func (l *Log) afterLast(ctx context.Context, from string, at resultCursor) (page []redis.XMessage, err error) {
	var newest int64
	err = script.Read(ctx, func() error {
		newest, err = l.rdb.Get(ctx, l.keys.One("seq")).Int64()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read seq: %w", err)
	}
	if newest == at.seq {
		return nil, nil
	}
	// One was written meanwhile, or those after the cursor are gone.
	if page, err = l.Page(ctx, from, "+"); err == nil && len(page) == 0 {
		err = contacts.ErrGone
	}
	return page, err
}
