package contacts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/session"

	"agenthub/session/envelope"
)

// subscribed is the answer to HUB/Skips/Subscribe.
type subscribed struct {
	Recovered bool   `json:"recovered"`
	ID        string `json:"id"`
	Seq       int64  `json:"seq"`
}

// Subscribe answers HUB/Skips/Subscribe: first where the feed begins, then what
// was missed, then what happens, without a hole or a double. It takes the place
// of an earlier subscription of the same socket.
func (s *Store) Subscribe(ctx context.Context, r *session.Request) (any, error) {
	filter, err := filterOf(r)
	if err != nil {
		return nil, err
	}
	since, resumes, err := r.Data.Text("since")
	if err != nil {
		return nil, err
	}
	seq, hasSeq, err := r.Data.Int("seq")
	if err != nil {
		return nil, err
	}
	from, valid := parseStreamID(since)
	if resumes && (!valid || seq < 0) {
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, "since must be the id of an event, like 1700000000000-0, and seq its seq")
	}
	var at place
	var lost *gapMessage
	err = s.reading(ctx, func() (err error) {
		if resumes {
			at, lost, err = s.resume(ctx, s.rdb, place{from, seq}, hasSeq)
			return err
		}
		var placed bool
		if at, placed = s.feed.where(); !placed {
			at, err = s.tail(ctx)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	s.feed.leave(r.Conn)
	return session.Then{
		Answer: subscribed{Recovered: resumes && lost == nil, ID: at.id.String(), Seq: at.seq},
		Do: func(ctx context.Context) {
			if lost == nil || r.Conn.PushWait(ctx, feedFrame("Gap", lost)) == nil {
				s.catchUp(ctx, r.Conn, s.feed.enter(r.Conn, filter), at)
			}
		},
	}, nil
}

// resume finds where a feed goes on that has seen everything up to at; sure
// says that its seq is known. If events after it cannot be had any more, or it
// is no history itself, lost says so.
func (s *Store) resume(ctx context.Context, rdb redis.UniversalClient, at place, sure bool) (next place, lost *gapMessage, err error) {
	count, err := s.newestSeq(ctx, rdb) // first: what is added meanwhile is found
	if err != nil {
		return at, nil, err
	}
	pipe := rdb.Pipeline()
	before := pipe.XRevRangeN(ctx, s.keys.one("ev"), at.id.String(), "-", 1)
	after := pipe.XRangeN(ctx, s.keys.one("ev"), at.id.after(), "+", 1)
	if _, err := pipe.Exec(ctx); err != nil {
		return at, nil, fmt.Errorf("look up an event: %w", err)
	}
	old, hasOld := firstOf(before.Val())
	young, hasYoung := firstOf(after.Val())
	begin := at.id == streamID{} && at.seq == 0
	switch {
	case hasOld && old.at == at.id && (!sure || old.Seq == at.seq):
		return place{old.at, old.Seq}, nil, nil
	case hasOld && old.at == at.id && old.Seq == 0: // one that cannot be read was passed over
		return at, nil, nil
	case hasYoung && !sure && young.at.before() == at.id: // where an earlier gap ended
		return place{at.id, young.Seq - 1}, nil, nil
	case hasOld: // older events are there, this one is not
		next = place{old.at, old.Seq}
		return next, &gapMessage{at.id.String(), next.id.String(), "rolled_back"}, nil
	case hasYoung && (sure || begin) && young.Seq == at.seq+1: // trimmed as far as it had seen
		return at, nil, nil
	case hasYoung:
		next = place{young.at.before(), young.Seq - 1}
	case (sure || begin) && count == at.seq:
		return at, nil, nil
	default:
		next = place{seq: count}
	}
	cause := "trimmed"
	if sure && next.seq < at.seq {
		cause = "rolled_back"
	}
	return next, &gapMessage{at.id.String(), next.id.String(), cause}, nil
}

// firstOf is the entry of a page of one. If it cannot be read its seq is 0.
func firstOf(page []redis.XMessage) (e entry, ok bool) {
	if len(page) == 0 {
		return e, false
	}
	e, _ = parseEntry(page[0])
	return e, true
}

var errBehind = errors.New("contacts: history and the follower do not meet")

// catchUp sends what a supervisor has not seen since at and makes it live. It
// goes on for as long as the session does: while the store is away, and while
// this node's follower is behind the node the supervisor comes from.
func (s *Store) catchUp(ctx context.Context, conn session.Conn, sub *subscriber, at place) {
	for try := 0; s.feed.current(conn, sub); try++ {
		was := at
		err := s.approach(ctx, conn, sub, &at)
		if err == nil || errors.Is(err, session.ErrEnded) || ctx.Err() != nil {
			return
		}
		if at != was {
			try = 0
		}
		if !errors.Is(err, errBehind) {
			s.log.Warn("a supervisor cannot catch up yet", zap.String("reason", classOf(err)))
		}
		pause(ctx, conn.Done(), try)
	}
}

// approach is one try: history up to what the follower has handed out, then
// what it handed out meanwhile.
func (s *Store) approach(ctx context.Context, conn session.Conn, sub *subscriber, at *place) error {
	to, ok := s.feed.begin(sub)
	if !ok {
		return errBehind
	}
	if err := s.replay(ctx, conn, sub, at, to); err != nil {
		return err
	}
	if *at != to { // history changed, or the follower is behind: only the store knows
		next, lost, err := s.resume(ctx, s.rdb, *at, true)
		if err != nil {
			return err
		}
		*at = next
		if lost != nil {
			if err := conn.PushWait(ctx, feedFrame("Gap", lost)); err != nil {
				return err
			}
		}
		if *at != to && at.seq != to.seq {
			return errBehind
		}
	}
	for {
		backlog, ok := s.feed.join(sub)
		if !ok {
			return errBehind
		}
		if len(backlog) == 0 {
			return nil
		}
		for _, h := range backlog {
			if err := conn.PushWait(ctx, h.frame); err != nil {
				return err
			}
			*at = h.at
		}
	}
}

// replay sends history from at up to a place, moving at along.
func (s *Store) replay(ctx context.Context, conn session.Conn, sub *subscriber, at *place, to place) error {
	for at.seq < to.seq {
		page, err := s.page(ctx, at.id.after(), to.id.String())
		if err != nil {
			return err
		}
		for _, m := range page {
			e, err := parseEntry(m)
			if err != nil {
				continue // told by the follower; the next event shows the hole
			}
			if e.Seq != at.seq+1 { // trimmed while we read
				gap := gapMessage{at.id.String(), e.at.before().String(), causeOf(at.seq, e.Seq)}
				if err := conn.PushWait(ctx, feedFrame("Gap", gap)); err != nil {
					return err
				}
			}
			*at = place{e.at, e.Seq}
			if !sub.wants(conn, &e.Event) {
				continue
			}
			if err := conn.PushWait(ctx, feedFrame("Event", e.Event)); err != nil {
				return err
			}
		}
		if len(page) < pageSize {
			return nil
		}
	}
	return nil
}

// filterOf reads the filter of a subscription.
func filterOf(r *session.Request) (Filter, error) {
	var f Filter
	object, ok := r.Data.Object("filter")
	if !ok {
		if r.Data.Has("filter") {
			return f, envelope.Refuse(envelope.CodeInvalidMessage, "filter must be an object")
		}
		return f, nil
	}
	known := map[string]*string{"campaign": &f.Campaign, "agent": &f.Agent, "reason": &f.Reason, "type": &f.Type}
	for _, key := range object.Keys() {
		to, ok := known[key]
		if !ok {
			return f, envelope.Refuse(envelope.CodeInvalidMessage, "filter knows campaign, agent, reason and type alone")
		}
		var err error
		if *to, _, err = object.Text(key); err != nil {
			return f, err
		}
	}
	if f.Type != "" && !slices.Contains(eventTypes, f.Type) {
		return f, envelope.Refuse(envelope.CodeInvalidMessage, "filter.type is one of "+strings.Join(eventTypes, ", "))
	}
	return f, nil
}

var eventTypes = []string{"reserve", "dial", "skip", "skip_close", "expire", "release", "outcome", "review", "block", "alert"}
