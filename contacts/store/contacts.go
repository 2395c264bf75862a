package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/contacts/store/terms"
	"agenthub/session/identity"
)

// Why is one contact, and why nobody may call it now, by the checks of a fetch and of
// a dial themselves. It changes nothing.
func (s *Store) Why(ctx context.Context, id contacts.ID) (contacts.Contact, contacts.Why, error) {
	r, err := s.runner.Look(ctx, s.lua.contact.Call(s.keys.Contact(id), "", append([]string{keys.Escape(string(id))}, keys.ContactFields...)...))
	if err == nil {
		err = terms.Refusal(r)
	}
	if err != nil {
		return contacts.Contact{}, contacts.Why{}, err
	}
	why := contacts.Why{Code: r[1], Rule: r[2], Due: keys.Time(r[3])}
	if state := contacts.StateOf(r[1]); state != "" {
		why.Code = string(state)
	}
	c, err := keys.ParseContact(id, r[4:])
	return c, why, err //nolint:wrapcheck // it says all
}

// Withdraw closes a contact from any state; a holder is told.
func (s *Store) Withdraw(ctx context.Context, id contacts.ID, actor, reason string) error {
	r, err := s.run(ctx, s.lua.withdraw, s.keys.Contact(id), "", keys.Escape(string(id)), keys.Escape(actor), reason, s.node)
	if err != nil {
		return err
	}
	return terms.Refusal(r)
}

// Erase closes a contact and takes all that names it out of the store but its events;
// the own do-not-call list keeps its number, sealed. What may be dialled is refused.
func (s *Store) Erase(ctx context.Context, id contacts.ID, actor string) error {
	r, err := s.run(ctx, s.lua.erase, s.keys.Contact(id), "", keys.Escape(string(id)), keys.Escape(actor), s.node)
	if err != nil {
		return err
	}
	return terms.Refusal(r)
}

// Assign reserves a contact, or the campaign's next, for an agent from outside, and
// says which.
func (s *Store) Assign(ctx context.Context, agent identity.AgentID, contact contacts.ID, campaign contacts.CampaignID, holdFor time.Duration, actor string) (contacts.ID, error) {
	args := []string{keys.Escape(string(contact)), keys.Escape(string(campaign)), ms(holdFor), nonce(), ""}
	for {
		r, err := s.once(ctx, s.lua.assign, s.keys.Agent(string(agent)), string(agent), actor, args...)
		if err != nil {
			return "", err
		}
		if r[0] == "more" {
			args[4] = r[1]
			continue
		}
		switch err := terms.Refusal(r); {
		case errors.Is(err, contacts.ErrNoContacts):
			return "", s.noContacts(ctx, campaign)
		case err != nil:
			return "", err
		}
		return contacts.ID(keys.Unescape(r[1])), nil
	}
}

// noContacts says why a campaign has nothing to reserve. Only here does it matter
// whether there is such a campaign at all.
func (s *Store) noContacts(ctx context.Context, campaign contacts.CampaignID) error {
	known, err := s.rdb.SIsMember(ctx, s.keys.One("camps"), keys.Escape(string(campaign))).Result()
	switch {
	case err != nil:
		return fmt.Errorf("look up a campaign: %w: %w", script.ErrUnavailable, err)
	case !known:
		return contacts.ErrNoCampaign
	}
	return contacts.ErrNoContacts
}

// TakeBack releases what an agent has only reserved.
func (s *Store) TakeBack(ctx context.Context, agent identity.AgentID, actor string) error {
	r, err := s.once(ctx, s.lua.release, s.keys.Agent(string(agent)), string(agent), actor)
	if err != nil {
		return err
	}
	return terms.Refusal(r)
}

// SignOut ends an agent's session and revokes the tokens issued before now.
func (s *Store) SignOut(ctx context.Context, agent identity.AgentID, actor string) error {
	_, err := s.once(ctx, s.lua.signOut, s.keys.Agent(string(agent)), string(agent), actor)
	return err
}

// Decide carries out a supervisor's word on a contact in review: reopen or close.
func (s *Store) Decide(ctx context.Context, id contacts.ID, decision, note, actor string) error {
	note, err := contacts.CleanNote("note", note)
	if err != nil {
		return err
	}
	r, err := s.once(ctx, s.lua.decide, s.keys.Contact(id), string(id), actor, decision, note)
	if err != nil {
		return err
	}
	return terms.Refusal(r)
}
