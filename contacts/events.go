package contacts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
)

// entry is one event as it stands in the stream.
type entry struct {
	Event
	at       streamID
	attempts int
}

// eventFields are the parts of an entry's field e, in the order lib.lua packs them.
// A newer hub on the same store may append more.
const eventFields = 12

// parseEntry reads one entry. One that cannot be read still has its place.
func parseEntry(m redis.XMessage) (entry, error) {
	seq, _ := m.Values["s"].(string)
	packed, _ := m.Values["e"].(string)
	at, ok := parseStreamID(m.ID)
	f := strings.Split(packed, "\x1f")
	if !ok || len(f) < eventFields {
		return entry{at: at}, fmt.Errorf("contacts: event %s has %d parts, not %d", m.ID, len(f), eventFields)
	}
	n, err := strconv.ParseInt(seq, 10, 64)
	if err != nil {
		return entry{at: at}, fmt.Errorf("contacts: event %s has no seq", m.ID)
	}
	return entry{at: at, attempts: atoi(f[11]), Event: Event{
		ID: m.ID, Seq: n, Type: f[0], At: instantOf(at), Agent: unesc(f[1]), Actor: unesc(f[2]), Campaign: unesc(f[3]),
		ContactID: unesc(f[4]), Phone: f[5], Reason: f[6], Note: f[7], HeldMs: heldMs(f[0], f[8], at), Skips: atoi(f[9]), Node: f[10],
	}}, nil
}

// heldMs is how long the reservation with this id, which begins with when it was
// made, had been held at an event. "" was not held; a fetch begins a hold.
func heldMs(kind, rid string, at streamID) int64 {
	since, _, _ := strings.Cut(rid, ".")
	ms, err := strconv.ParseUint(since, 10, 64)
	if err != nil || kind == "reserve" {
		return 0
	}
	return max(0, int64(at.ms)-int64(ms)) //nolint:gosec // times
}

func instantOf(id streamID) string {
	return time.UnixMilli(int64(id.ms)).UTC().Format("2006-01-02T15:04:05.000Z") //nolint:gosec // a time
}

const pageSize = 500

// page reads a page of events, oldest first.
func (s *Store) page(ctx context.Context, from, to string) (page []redis.XMessage, err error) {
	err = s.reading(ctx, func() (err error) {
		page, err = s.rdb.XRangeN(ctx, s.keys.one("ev"), from, to, pageSize).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return page, nil
}

// pageBack reads a page of events, newest first.
func (s *Store) pageBack(ctx context.Context, from, to string) (page []redis.XMessage, err error) {
	err = s.reading(ctx, func() (err error) {
		page, err = s.rdb.XRevRangeN(ctx, s.keys.one("ev"), from, to, pageSize).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return page, nil
}

// readFor is how long a read of history is tried again.
const readFor = 3 * time.Second

// reading repeats a read that failed because of the connection: reading twice
// does no harm.
func (s *Store) reading(ctx context.Context, read func() error) error {
	start := time.Now()
	for try := 0; ; try++ {
		err := read()
		if err == nil {
			return nil
		}
		if !transient(err) || ctx.Err() != nil || time.Since(start) > readFor {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		pause(ctx, nil, try)
	}
}

// Walk calls fn for every event of the time that the filter lets through,
// oldest first, in constant memory. Zero times are open ends.
func (s *Store) Walk(ctx context.Context, f Filter, from, to time.Time, fn func(Event) error) error {
	return s.walk(ctx, bound(from, "-"), bound(to, "+"), func(e entry) error {
		if !f.Match(&e.Event) {
			return nil
		}
		return fn(e.Event)
	})
}

func bound(t time.Time, open string) string {
	if t.IsZero() {
		return open
	}
	return strconv.FormatInt(max(t.UnixMilli(), 0), 10)
}

func (s *Store) walk(ctx context.Context, from, to string, fn func(entry) error) error {
	for {
		page, err := s.page(ctx, from, to)
		if err != nil {
			return err
		}
		for _, m := range page {
			e, err := parseEntry(m)
			if err != nil {
				return err
			}
			if err := fn(e); err != nil {
				return err
			}
			from = "(" + m.ID
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// scanPages bounds how much history one page of a rare filter may look through;
// the cursor goes on from there.
const scanPages = 40

// History returns a page of events, newest first, and the cursor of the next
// page, "" on the last. A page may be short, even empty, and still have a next.
func (s *Store) History(ctx context.Context, f Filter, from, to time.Time, cursor string, limit int) (events []Event, next string, err error) {
	end := bound(to, "+")
	if cursor != "" {
		at, ok := parseStreamID(cursor)
		if !ok || at == (streamID{}) { // nothing is older, and Redis refuses a range that says so
			return nil, "", ErrCursor
		}
		if to.IsZero() || at.ms <= uint64(max(to.UnixMilli(), 0)) {
			end = "(" + at.String()
		}
	}
	for range scanPages {
		page, err := s.pageBack(ctx, end, bound(from, "-"))
		if err != nil {
			return nil, "", err
		}
		for _, m := range page {
			e, err := parseEntry(m)
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
		if len(page) < pageSize {
			return events, "", nil
		}
		next = page[len(page)-1].ID
	}
	return events, next, nil
}

// Result is what became of a contact, as GET /outcomes tells it.
type Result struct {
	Event
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
	if at, ok := parseStreamID(id); !ok || at == lastID { // nothing is newer, and Redis refuses a range that says so
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
// any more, because it was trimmed or lost, is ErrGone and never silence. done
// says that there is nothing more now.
func (s *Store) Outcomes(ctx context.Context, cursor string, limit int) (results []Result, next string, done bool, err error) {
	from, at := "-", resultCursor{seq: -1}
	if cursor != "" {
		var ok bool
		if at, ok = parseResultCursor(cursor); !ok {
			return nil, "", false, ErrCursor
		}
		from = "(" + at.id
	}
	for range scanPages {
		page, err := s.page(ctx, from, "+")
		if err == nil && len(page) == 0 && at.seq >= 0 {
			page, err = s.afterLast(ctx, from, at)
		}
		if err != nil {
			return nil, "", false, err
		}
		for _, m := range page {
			e, err := parseEntry(m)
			if err != nil { // one that nobody can read must not keep back those after it
				s.log.Error("unreadable event left out of the results", zap.Error(err))
				at, from = resultCursor{m.ID, -1}, "("+m.ID
				continue
			}
			if at.seq >= 0 && e.Seq != at.seq+1 {
				return nil, "", false, ErrGone
			}
			at, from = resultCursor{m.ID, e.Seq}, "("+m.ID
			if !isResult(&e.Event) {
				continue
			}
			r := Result{Event: e.Event, Attempts: e.attempts}
			if e.Type != "block" && e.Type != "review" {
				r.Outcome = e.Reason
			}
			if results = append(results, r); len(results) == limit {
				return results, at.String(), false, nil
			}
		}
		if len(page) < pageSize {
			return results, at.String(), true, nil
		}
	}
	return results, at.String(), false, nil
}

// afterLast is asked where no event stands after the cursor: that is the end
// only if the cursor's was the newest there ever was.
func (s *Store) afterLast(ctx context.Context, from string, at resultCursor) (page []redis.XMessage, err error) {
	var newest int64
	err = s.reading(ctx, func() error {
		newest, err = s.rdb.Get(ctx, s.keys.one("seq")).Int64()
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
	if page, err = s.page(ctx, from, "+"); err == nil && len(page) == 0 {
		err = ErrGone
	}
	return page, err
}

// isResult reports whether an event leaves the hub as a result.
func isResult(e *Event) bool {
	switch e.Type {
	case "outcome", "skip_close", "block":
		return true
	}
	return e.Type == "review" && e.Reason == "close"
}

// frame encodes a message of the feed once, for everybody.
func feedFrame(subtopic string, message any) []byte {
	body, err := json.Marshal(message)
	if err != nil {
		body = []byte("{}") // Event and gap hold strings and numbers: cannot fail
	}
	return append(append([]byte(`{"channel":"HUB","topic":"Skips","subtopic":"`+subtopic+`","message":`), body...), '}')
}
