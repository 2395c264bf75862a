package store

import (
	"context"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/session/identity"
)

// Reserve gives the agent its next contact, or the one it holds. Without any it
// is ErrNoContacts, with a dialled one ErrOutcomePending. A script looks at so many
// contacts and stops; this goes on behind them until there are none or ctx ends:
// each time the place it goes on from is a later one.
func (s *Store) Reserve(ctx context.Context, c *Caller) (*View, error) {
	args := s.reserveArgs(c)
	for {
		r, err := s.change(ctx, c, s.lua.reserve, args...)
		if err != nil {
			return nil, err
		}
		if r[0] != "more" {
			return s.parseView(r[1:])
		}
		args[3] = r[1]
	}
}

func (s *Store) reserveArgs(c *Caller) []string {
	lease, legacy := s.lease(c)
	return []string{ms(lease), legacy, nonce(), "", keys.Lines(c.Campaigns)}
}

// Released is what an agent held last, and why it was taken away; "" for nothing.
type Released struct {
	ID    contacts.ID
	Cause string
}

// Held gives what the agent holds, delivered with this. With ErrNotHeld comes
// what it held last.
func (s *Store) Held(ctx context.Context, c *Caller) (*View, Released, error) {
	lease, legacy := s.lease(c)
	r, err := s.change(ctx, c, s.lua.getReserved, ms(lease), legacy, keys.Lines(c.Campaigns))
	switch {
	case err == nil:
		v, err := s.parseView(r[1:])
		return v, Released{}, err
	case len(r) > 2: // not held
		return nil, Released{contacts.ID(keys.Unescape(r[1])), r[2]}, err
	}
	return nil, Released{}, err
}

// SkipArgs say which contact is skipped, and why. Empty names mean the one that is held.
type SkipArgs struct {
	Contact contacts.ID
	Account string
	Reason  string
	Note    string // clean, see contacts.CleanNote
}

// Skip releases what the agent holds: the main job. What is acknowledged has
// happened once, its event is in the stream, and its duplicate changes nothing.
func (s *Store) Skip(ctx context.Context, c *Caller, a SkipArgs) error {
	_, err := s.change(ctx, c, s.lua.skip, keys.Escape(string(a.Contact)), keys.Escape(a.Account), a.Reason, a.Note)
	return err
}

// Waiting is what waits for an agent.
type Waiting struct {
	Callbacks string // its personal callbacks that are due
	Regular   string // everything else it may be given
	Holds     bool
}

// Count counts what waits for the agent.
func (s *Store) Count(ctx context.Context, c *Caller) (Waiting, error) {
	counted, after := "0", ""
	for {
		r, err := s.change(ctx, c, s.lua.count, keys.Lines(c.Campaigns), counted, after)
		if err != nil {
			return Waiting{}, err
		}
		if r[0] != "more" {
			return Waiting{Callbacks: r[1], Regular: r[2], Holds: r[3] == "1"}, nil
		}
		counted, after = r[1], r[2]
	}
}

// SetState records what the agent says it is doing.
func (s *Store) SetState(ctx context.Context, c *Caller, state string) error {
	_, err := s.change(ctx, c, s.lua.setState, state)
	return err
}

// Dial records that a person pressed Dial, after all checks were made once more.
// An empty id means the contact that is held.
func (s *Store) Dial(ctx context.Context, c *Caller, id contacts.ID) (*View, error) {
	r, err := s.change(ctx, c, s.lua.dial, keys.Escape(string(id)), ms(s.policy.DialledTTL), keys.Lines(c.Campaigns))
	if err != nil {
		return nil, err
	}
	return s.parseView(r[1:])
}

// Extend gives more time for what is reserved, and says until when.
func (s *Store) Extend(ctx context.Context, c *Caller, id contacts.ID) (contacts.ID, time.Time, error) {
	r, err := s.change(ctx, c, s.lua.extend, keys.Escape(string(id)), ms(s.policy.ExtendStep))
	if err != nil {
		return "", time.Time{}, err
	}
	return contacts.ID(keys.Unescape(r[1])), keys.Time(r[2]), nil
}

// Kinds of an outcome.
const (
	KindOutcome   = "outcome"
	KindSkipClose = "skip_close" // skipped, and closed with an outcome
)

// OutcomeArgs are one report of what came of a call.
type OutcomeArgs struct {
	Account    string // or the contact's id; required
	ID         string // of the campaign's table; "" waits for a disposition
	Kind       string
	Note       string
	Due, Until time.Time // a callback's time, zero for none
	Personal   bool      // the callback is this agent's
}

// Outcome records what came of a call, and gives the contact it was about.
func (s *Store) Outcome(ctx context.Context, c *Caller, a OutcomeArgs) (contacts.ID, error) {
	personal, lenient := "", ""
	if a.Personal {
		personal = "1"
	}
	if c.Legacy { // the vendor's clients send ids that are in no table, and such an id closes
		lenient = "1"
	}
	r, err := s.change(ctx, c, s.lua.outcome, keys.Escape(a.Account), a.ID, a.Kind, keys.Millis(a.Due), keys.Millis(a.Until), personal, a.Note,
		ms(s.policy.WrapupTTL), lenient)
	if err != nil {
		return "", err
	}
	return contacts.ID(keys.Unescape(r[1])), nil
}

// About looks up the campaign and the clocks of a contact that the agent holds or
// held last, by its account or id, "" for the held one; there are none for any other.
func (s *Store) About(ctx context.Context, agent identity.AgentID, account string) (contacts.CampaignID, contacts.Clocks, error) {
	r, err := s.run(ctx, s.lua.contactZone, s.keys.Agent(string(agent)), "", keys.Escape(string(agent)), keys.Escape(account))
	if err != nil || r[0] != "ok" {
		return "", contacts.Clocks{}, err
	}
	return contacts.CampaignID(keys.Unescape(r[1])), keys.Clocks(r[2], r[3]), nil
}
