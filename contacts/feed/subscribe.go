package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/history"
	"agenthub/contacts/script"
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
// was missed, then what happens, without a hole or a double. It takes the position
// of an earlier subscription of the same socket.
func (f *Feed) Subscribe(ctx context.Context, r *session.Request) (any, error) {
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
	from, valid := history.ParseStreamID(since)
	if resumes && (!valid || seq < 0) {
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, "since must be the id of an event, like 1700000000000-0, and seq its seq")
	}
	var at position
	var lost *gapMessage
	err = script.Read(ctx, func() (err error) {
		if resumes {
			at, lost, err = f.resume(ctx, f.rdb, position{from, seq}, hasSeq)
			return err
		}
		var placed bool
		if at, placed = f.where(); !placed {
			at, err = f.tail(ctx)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	f.leave(r.Conn)
	return session.Then{
		Answer: subscribed{Recovered: resumes && lost == nil, ID: at.id.String(), Seq: at.seq},
		Do: func(ctx context.Context) {
			if lost == nil || r.Conn.PushWait(ctx, feedFrame("Gap", lost)) == nil {
				f.catchUp(ctx, r.Conn, f.enter(r.Conn, filter), at)
			}
		},
	}, nil
}

// resume finds where a feed goes on that has seen everything up to at; sure
// says that its seq is known. If events after it cannot be had any more, or it
// is no history itself, lost says so.
func (f *Feed) resume(ctx context.Context, rdb redis.UniversalClient, at position, sure bool) (next position, lost *gapMessage, err error) {
	count, err := f.newestSeq(ctx, rdb) // first: what is added meanwhile is found
	if err != nil {
		return at, nil, err
	}
	pipe := rdb.Pipeline()
	before := pipe.XRevRangeN(ctx, f.keys.One("ev"), at.id.String(), "-", 1)
	after := pipe.XRangeN(ctx, f.keys.One("ev"), at.id.After(), "+", 1)
	if _, err := pipe.Exec(ctx); err != nil {
		return at, nil, fmt.Errorf("look up an event: %w", err)
	}
	old, hasOld := firstOf(before.Val())
	young, hasYoung := firstOf(after.Val())
	begin := at.id == history.StreamID{} && at.seq == 0
	switch {
	case hasOld && old.At == at.id && (!sure || old.Seq == at.seq):
		return position{old.At, old.Seq}, nil, nil
	case hasOld && old.At == at.id && old.Seq == 0: // one that cannot be read was passed over
		return at, nil, nil
	case hasYoung && !sure && young.At.Before() == at.id: // where an earlier gap ended
		return position{at.id, young.Seq - 1}, nil, nil
	case hasOld: // older events are there, this one is not
		next = position{old.At, old.Seq}
		return next, &gapMessage{at.id.String(), next.id.String(), "rolled_back"}, nil
	case hasYoung && (sure || begin) && young.Seq == at.seq+1: // trimmed as far as it had seen
		return at, nil, nil
	case hasYoung:
		next = position{young.At.Before(), young.Seq - 1}
	case (sure || begin) && count == at.seq:
		return at, nil, nil
	default:
		next = position{seq: count}
	}
	cause := "trimmed"
	if sure && next.seq < at.seq {
		cause = "rolled_back"
	}
	return next, &gapMessage{at.id.String(), next.id.String(), cause}, nil
}

// firstOf is the entry of a page of one. If it cannot be read its seq is 0.
func firstOf(page []redis.XMessage) (e history.Entry, ok bool) {
	if len(page) == 0 {
		return e, false
	}
	e, _ = history.ParseEntry(page[0])
	return e, true
}

var errBehind = errors.New("feed: history and the follower do not meet")

// catchUp sends what a supervisor has not seen since at and makes it live. It
// goes on for as long as the session does: while the store is away, and while
// this node's follower is behind the node the supervisor comes from.
func (f *Feed) catchUp(ctx context.Context, conn session.Conn, sub *subscriber, at position) {
	for try := 0; f.current(conn, sub); try++ {
		was := at
		err := f.approach(ctx, conn, sub, &at)
		if err == nil || errors.Is(err, session.ErrEnded) || ctx.Err() != nil {
			return
		}
		if at != was {
			try = 0
		}
		if !errors.Is(err, errBehind) {
			f.log.Warn("a supervisor cannot catch up yet", zap.String("reason", script.Class(err)))
		}
		script.Sleep(ctx, conn.Done(), script.Jitter(try))
	}
}

// approach is one try: history up to what the follower has handed out, then
// what it handed out meanwhile.
func (f *Feed) approach(ctx context.Context, conn session.Conn, sub *subscriber, at *position) error {
	to, ok := f.begin(sub)
	if !ok {
		return errBehind
	}
	if err := f.replay(ctx, conn, sub, at, to); err != nil {
		return err
	}
	if *at != to { // history changed, or the follower is behind: only the store knows
		next, lost, err := f.resume(ctx, f.rdb, *at, true)
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
		backlog, ok := f.join(sub)
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

// replay sends history from at up to a position, moving at along.
func (f *Feed) replay(ctx context.Context, conn session.Conn, sub *subscriber, at *position, to position) error {
	for at.seq < to.seq {
		page, err := f.past.Page(ctx, at.id.After(), to.id.String())
		if err != nil {
			return err
		}
		for _, m := range page {
			e, err := history.ParseEntry(m)
			if err != nil {
				continue // told by the follower; the next event shows the hole
			}
			if e.Seq != at.seq+1 { // trimmed while we read
				gap := gapMessage{at.id.String(), e.At.Before().String(), causeOf(at.seq, e.Seq)}
				if err := conn.PushWait(ctx, feedFrame("Gap", gap)); err != nil {
					return err
				}
			}
			*at = position{e.At, e.Seq}
			if !sub.wants(conn, &e.Event) {
				continue
			}
			if err := conn.PushWait(ctx, feedFrame("Event", e.Event)); err != nil {
				return err
			}
		}
		if len(page) < history.PageSize {
			return nil
		}
	}
	return nil
}

// filterOf reads the filter of a subscription.
func filterOf(r *session.Request) (contacts.Filter, error) {
	var f contacts.Filter
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
	if f.Type != "" && !slices.Contains(contacts.EventTypes, f.Type) {
		return f, envelope.Refuse(envelope.CodeInvalidMessage, "filter.type is one of "+strings.Join(contacts.EventTypes, ", "))
	}
	return f, nil
}

// frame encodes a message of the feed once, for everybody.
func feedFrame(subtopic string, message any) []byte {
	body, err := json.Marshal(message)
	if err != nil {
		body = []byte("{}") // Event and gap hold strings and numbers: cannot fail
	}
	return append(append([]byte(`{"channel":"HUB","topic":"Skips","subtopic":"`+subtopic+`","message":`), body...), '}')
}
