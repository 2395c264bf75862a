package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/contacts/store/terms"
)

// nodeLease is how long a node counts as alive after a beat. The hub beats every
// 5 s, refuses mutations after 7 s without one and leaves at 12 s: before others
// give its agents away.
const nodeLease = 15 * time.Second

// OpenArgs are what a sign-in brings beside the caller.
type OpenArgs struct {
	Instance string // the tab's own id, "" if it sent none
	Name     string
	Issued   time.Time // when the ticket was issued; none: now
	IssuedAt time.Time // when the token was issued
}

// Opened is what the store knows at sign-in.
type Opened struct {
	Reservation *View // nil: none
	Today       Today
	LastClose   string // why the previous socket ended, "" if unknown
}

// Open makes c the agent's only session, and sets its epoch. The older one,
// wherever it is, is told through ctl and can do nothing more, told or not: its
// epoch is old. Refusals: identity.ErrTakeoverLimit, ErrStaleTicket, ErrRevoked.
func (s *Store) Open(ctx context.Context, c *Caller, a OpenArgs) (Opened, error) {
	lease, legacy := s.lease(c)
	deaf := ""
	if c.Legacy {
		deaf = "1"
	}
	r, err := s.run(ctx, s.lua.openSession, s.keys.Agent(string(c.Agent)), "", keys.Escape(string(c.Agent)), c.Session, a.Instance, legacy,
		s.node, strconv.FormatInt(a.Issued.UnixMilli(), 10), strconv.FormatInt(a.IssuedAt.UnixMilli(), 10), ms(lease), a.Name, keys.Lines(c.Campaigns), deaf)
	if err == nil {
		err = terms.Refusal(r)
	}
	if err != nil {
		return Opened{}, err
	}
	c.Epoch, *c.Joined = r[1], s.forgotten.Load()
	s.met.opened.WithLabelValues(howOpened(r[3], len(r) > 4)).Inc()
	o := Opened{Today: parseToday(r[2]), LastClose: r[3]}
	if len(r) > 4 {
		if o.Reservation, err = s.parseView(r[4:]); err != nil {
			return Opened{}, err
		}
	}
	return o, nil
}

// howOpened tells a takeover from a return and from a fresh start.
func howOpened(lastClose string, holds bool) string {
	switch {
	case lastClose == "moved" || lastClose == "superseded":
		return lastClose
	case lastClose != "" && holds:
		return "rescued"
	default:
		return "fresh"
	}
}

// Today is an agent's day in UTC.
type Today struct {
	Dials    int `json:"dials"`
	Skips    int `json:"skips"`
	Outcomes int `json:"outcomes"`
}

func parseToday(packed string) Today {
	f := strings.Split(packed, ":")
	if len(f) != 4 {
		return Today{}
	}
	return Today{Dials: keys.Int(f[1]), Skips: keys.Int(f[2]), Outcomes: keys.Int(f[3])}
}

// Drop records a lost socket: the agent has the grace period to come back. A
// caller without an epoch is known by its session: Open could not say whether it happened.
func (s *Store) Drop(ctx context.Context, c *Caller, code int, reason string) error {
	epoch := c.Epoch
	if epoch == "" {
		now, err := s.rdb.HMGet(ctx, s.keys.Agent(string(c.Agent)), "sid", "ep").Result()
		if err != nil {
			return fmt.Errorf("look up session: %w: %w", script.ErrUnavailable, err)
		}
		if now[0] != c.Session {
			return nil
		}
		epoch, _ = now[1].(string)
	}
	_, err := s.run(ctx, s.lua.drop, s.keys.Agent(string(c.Agent)), "", keys.Escape(string(c.Agent)), epoch, ms(s.policy.Grace),
		fmt.Sprintf("%d %s", code, reason))
	return err
}

// Close ends the session at the agent's own wish.
func (s *Store) Close(ctx context.Context, c *Caller) error {
	bye := *c
	bye.Request, bye.Frame = "", "close"
	_, err := s.change(ctx, &bye, s.lua.closeSession)
	return err
}

// Narrow says that the agent serves fewer campaigns from now on: what it has only
// reserved of another one goes back.
func (s *Store) Narrow(ctx context.Context, c *Caller) error {
	now := *c
	now.Request, now.Frame = "", ""
	_, err := s.change(ctx, &now, s.lua.narrow, keys.Lines(c.Campaigns))
	return err
}

// Rejoin brings a session back into a store that may have forgotten it (a
// failover, or this node was taken for dead); it does nothing if it need not.
func (s *Store) Rejoin(ctx context.Context, c *Caller) error {
	times := s.forgotten.Load()
	if *c.Joined == times {
		return nil
	}
	r, err := s.run(ctx, s.lua.rejoin, s.keys.Agent(string(c.Agent)), "", keys.Escape(string(c.Agent)), c.Epoch, s.node, c.Session)
	if err == nil {
		err = terms.Refusal(r)
	}
	if err == nil {
		*c.Joined = times
	}
	return err
}

// Beat keeps this node's sessions alive for one node lease. If the others took
// this node for dead meanwhile, its sessions rejoin.
func (s *Store) Beat(ctx context.Context) error {
	now := time.Now()
	r, err := s.runner.Once(ctx, s.lua.beat.Call(s.keys.One("nodes"), "", s.node, ms(nodeLease)))
	if err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	// The answer to an earlier beat may have told it, and got lost.
	last := s.beat.Swap(&now)
	if last != nil && (r[0] != "ok" || now.Sub(*last) >= nodeLease) {
		s.Forget()
	}
	return nil
}

// Forget says that the store may have lost this node's sessions: after a
// failover, or when this node was taken for dead. Each session rejoins before
// the next thing it does, and the hub wakes them all at a pace.
func (s *Store) Forget() {
	s.forgotten.Add(1)
	if tell := s.onForgotten.Load(); tell != nil {
		(*tell)()
	}
}

// OnForgotten is told when sessions must rejoin. Set it before any is open.
func (s *Store) OnForgotten(tell func()) { s.onForgotten.Store(&tell) }
