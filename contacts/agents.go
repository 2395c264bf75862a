package contacts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/session"

	"agenthub/session/identity"
)

// nodeLease is how long a node counts as alive after a beat. The hub beats every
// 5 s, refuses mutations after 7 s without one and leaves at 12 s: before others
// give its agents away.
const nodeLease = 15 * time.Second

// Open makes c the agent's only session. The older one, wherever it is, is told
// through ctl and can do nothing more, told or not: its epoch is old.
func (s *Store) Open(ctx context.Context, c *session.Claim) (session.Opened, error) {
	lease, legacy := s.lease(c)
	deaf := ""
	if c.Legacy {
		deaf = "1"
	}
	r, err := s.run(ctx, s.lua.openSession, s.keys.agent(string(c.Agent)), "", esc(string(c.Agent)), c.Session, c.Instance, legacy,
		s.node, fmt.Sprint(c.Issued), fmt.Sprint(c.IssuedAt.UnixMilli()), ms(lease), c.Name, serving(c.Campaigns), deaf)
	if err != nil {
		return session.Opened{}, err
	}
	switch r[0] {
	case "ok":
	case "revoked":
		return session.Opened{}, identity.ErrRevoked
	case "stale_ticket":
		return session.Opened{}, identity.ErrStaleTicket
	case "takeover_limit":
		return session.Opened{}, identity.ErrTakeoverLimit
	default:
		return session.Opened{}, fmt.Errorf("open %s: unknown reply %s", c.Session, r[0])
	}
	c.Epoch, c.Joined = r[1], s.times.Load()
	s.met.opened.WithLabelValues(howOpened(r[3], len(r) > 4)).Inc()
	o := session.Opened{Today: parseToday(r[2]), LastClose: r[3]}
	var campaign CampaignID
	if len(r) > 4 {
		v, err := s.parseShown(r[4:])
		if err != nil {
			return session.Opened{}, err
		}
		c.Shown, campaign = string(v.ID), v.Campaign
		o.Reservation = v.contactOD(c.Legacy, s.callableUntil(ctx, v))
	}
	rules, err := s.rulesOf(ctx, campaign)
	if err != nil {
		return session.Opened{}, err
	}
	o.SkipReasons, o.Outcomes = rules.Reasons(), rules.OutcomeTable()
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
	return Today{Dials: atoi(f[1]), Skips: atoi(f[2]), Outcomes: atoi(f[3])}
}

// Drop records a lost socket: the agent has the grace period to come back.
func (s *Store) Drop(ctx context.Context, c *session.Claim, code int, reason string) error {
	epoch := c.Epoch
	if epoch == "" { // Open could not say whether it happened
		now, err := s.rdb.HMGet(ctx, s.keys.agent(string(c.Agent)), "sid", "ep").Result()
		if err != nil {
			return fmt.Errorf("look up session: %w: %w", ErrUnavailable, err)
		}
		if now[0] != c.Session {
			return nil
		}
		epoch, _ = now[1].(string)
	}
	_, err := s.run(ctx, s.lua.drop, s.keys.agent(string(c.Agent)), "", esc(string(c.Agent)), epoch, ms(s.policy.Grace),
		fmt.Sprintf("%d %s", code, reason))
	return err
}

// Close ends the session at the agent's own wish.
func (s *Store) Close(ctx context.Context, c *session.Claim) error {
	r, err := s.asSession(ctx, c, func() ([]string, error) {
		return s.run(ctx, s.lua.closeSession, s.keys.agent(string(c.Agent)), s.keys.frame(c.Session, "close"), esc(string(c.Agent)),
			c.Epoch, "f", rememberFrame, s.node)
	})
	if err != nil {
		return unavailable(err)
	}
	return refusal(r)
}

// Rejoin brings a session back into a store that may have forgotten it (a
// failover, or this node was taken for dead); it does nothing if it need not.
func (s *Store) Rejoin(ctx context.Context, c *session.Claim) error {
	times := s.times.Load()
	if c.Joined == times {
		return nil
	}
	r, err := s.run(ctx, s.lua.rejoin, s.keys.agent(string(c.Agent)), "", esc(string(c.Agent)), c.Epoch, s.node, c.Session)
	if err != nil {
		return unavailable(err)
	}
	if err := refusal(r); err != nil {
		return err
	}
	c.Joined = times
	return nil
}

// asSession runs a script of a session, which rejoins before if it must, and once
// more if the script finds the store rolled back: a new primary may answer before
// the node has noticed.
func (s *Store) asSession(ctx context.Context, c *session.Claim, run func() ([]string, error)) ([]string, error) {
	for range 3 {
		if err := s.Rejoin(ctx, c); err != nil {
			return nil, err
		}
		r, err := run()
		if err != nil || r[0] != "forgotten" {
			return r, err
		}
		if c.Joined == s.times.Load() { // else somebody has said it already
			s.forgotten()
		}
	}
	return nil, ErrUnavailable
}

// Wake compares what the client was shown with what the store says.
func (s *Store) Wake(ctx context.Context, c *session.Claim) ([]session.Push, error) {
	if c.Legacy {
		return nil, nil // it knows no pushes; it finds out when it asks
	}
	lease, legacy := s.lease(c)
	r, err := s.asSession(ctx, c, func() ([]string, error) {
		return s.run(ctx, s.lua.getReserved, s.keys.agent(string(c.Agent)), "", esc(string(c.Agent)), c.Epoch, "", rememberFrame,
			s.node, ms(lease), legacy, serving(c.Campaigns))
	})
	if err != nil {
		return nil, err
	}
	var pushes []session.Push
	switch r[0] {
	case "ok":
		v, err := s.parseShown(r[1:])
		if err != nil {
			return nil, err
		}
		if c.Shown == string(v.ID) {
			return nil, nil
		}
		if c.Shown != "" {
			pushes = append(pushes, released(c.Shown, "lost"))
		}
		c.Shown = string(v.ID)
		return append(pushes, session.Push{
			Topic: "Reservation", Subtopic: "Reserved", Message: v.contactOD(false, s.callableUntil(ctx, v)),
		}), nil
	case "not_held":
		if c.Shown == "" {
			return nil, nil
		}
		cause := "lost"
		if unesc(r[1]) == c.Shown && r[2] != "" {
			cause = r[2]
		}
		pushes = append(pushes, released(c.Shown, cause))
		c.Shown = ""
		return pushes, nil
	default:
		return nil, refusal(r)
	}
}

func released(id, cause string) session.Push {
	return session.Push{Topic: "Reservation", Subtopic: "Released", Message: struct {
		ContactID string `json:"ContactId"`
		Cause     string `json:"cause"`
	}{id, cause}}
}

// Beat keeps this node's sessions alive for one node lease. If the others took
// this node for dead meanwhile, its sessions rejoin.
func (s *Store) Beat(ctx context.Context) error {
	now := time.Now().UnixMilli()
	c := newCall(s.lua.beat, s.keys.one("nodes"), "", s.node, ms(nodeLease))
	if err := s.batch.do(ctx, c); err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	// The answer to an earlier beat may have told it, and got lost.
	last := s.beat.Swap(now)
	if last != 0 && (c.reply[0] != "ok" || now-last >= nodeLease.Milliseconds()) {
		s.forgotten()
	}
	return nil
}

// forgotten says that the store may have lost this node's sessions: after a
// failover, or when this node was taken for dead. Each session rejoins before
// the next thing it does, and the hub wakes them all at a pace.
func (s *Store) forgotten() {
	s.times.Add(1)
	if tell := s.lost.Load(); tell != nil {
		(*tell)()
	}
}

// ticketLife is how long a ticket can be used, once.
const ticketLife = 20 * time.Second

// storedTicket carries its own expiry: key expiry is housekeeping alone.
type storedTicket struct {
	identity.Ticket
	Until time.Time
}

// Issue makes a one-time ticket; only its hash is stored.
func (s *Store) Issue(ctx context.Context, t identity.Ticket) (string, error) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	ticket := base64.RawURLEncoding.EncodeToString(raw[:])
	value, err := json.Marshal(storedTicket{t, time.Now().Add(ticketLife)})
	if err != nil {
		return "", fmt.Errorf("encode ticket: %w", err)
	}
	if err := s.rdb.Set(ctx, s.keys.ticket(hashed(ticket)), value, ticketLife).Err(); err != nil {
		return "", fmt.Errorf("store ticket: %w: %w", ErrUnavailable, err)
	}
	return ticket, nil
}

// Redeem uses a ticket up.
func (s *Store) Redeem(ctx context.Context, ticket string) (identity.Ticket, error) {
	value, err := s.rdb.GetDel(ctx, s.keys.ticket(hashed(ticket))).Bytes()
	if errors.Is(err, redis.Nil) {
		return identity.Ticket{}, identity.ErrTicket
	}
	if err != nil {
		return identity.Ticket{}, fmt.Errorf("redeem ticket: %w: %w", ErrUnavailable, err)
	}
	var t storedTicket
	if err := json.Unmarshal(value, &t); err != nil || time.Now().After(t.Until) {
		return identity.Ticket{}, identity.ErrTicket
	}
	return t.Ticket, nil
}

func hashed(ticket string) string {
	h := sha256.Sum256([]byte(ticket))
	return hex.EncodeToString(h[:])
}

// Revoked reports whether a supervisor signed the subject out after the token
// was issued.
func (s *Store) Revoked(ctx context.Context, subject identity.AgentID, issuedAt time.Time) (bool, error) {
	before, err := s.rdb.HGet(ctx, s.keys.agent(string(subject)), "rv").Result()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up revocation: %w: %w", ErrUnavailable, err)
	}
	return issuedAt.Before(parseMs(before)), nil
}
