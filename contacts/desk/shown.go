package desk

import (
	"context"
	"sync"

	"agenthub/contacts"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// audience is whom this node has shown a contact of which campaign last. It is noted before the campaign's rules are read:
// who reads them before they change is told of the change.
type audience struct{ campaigns sync.Map } // AgentID → CampaignID

func (a *audience) of(campaign contacts.CampaignID) []identity.AgentID {
	var all []identity.AgentID
	a.campaigns.Range(func(agent, shown any) bool {
		if shown == campaign {
			all = append(all, agent.(identity.AgentID))
		}
		return true
	})
	return all
}

// RulesChanged says that somebody has put other rules. Who may have been shown the old ones is to be woken.
func (d *Desk) RulesChanged(campaign contacts.CampaignID) []identity.AgentID {
	d.read.ForgetRules(campaign)
	return d.shown.of(campaign)
}

// show is what agenthub.v1 adds to a contact that the client is about to be shown, nil for any other client: with it go
// the choices of its campaign, unless they are those that this client was told last.
func (d *Desk) show(ctx context.Context, c *session.Claim, v *store.View) (*extension, error) {
	c.Shown = string(v.ID)
	if c.Legacy {
		return nil, nil //nolint:nilnil // it is embedded, and then it is not there
	}
	told, err := d.choices(ctx, c, v.Campaign)
	if err != nil {
		return nil, err
	}
	return newExtension(v, told), nil
}

// choices are those of a campaign, nil if the client was told the same last.
func (d *Desk) choices(ctx context.Context, c *session.Claim, campaign contacts.CampaignID) (*contacts.Choices, error) {
	if last, ok := d.shown.campaigns.Load(c.Agent); !ok || last != campaign {
		d.shown.campaigns.Store(c.Agent, campaign)
	}
	choices, sum, err := d.read.Choices(ctx, campaign)
	if err != nil || sum == c.Choices {
		return nil, err
	}
	c.Choices = sum
	return &choices, nil
}

// rules is the push that tells a client of other choices for the contact it holds.
func rules(v *store.View, told *contacts.Choices) session.Push {
	return session.Push{Topic: envelope.TopicReservation, Subtopic: "Rules", Message: struct {
		ContactID  string `json:"ContactId"`
		CampaignID string `json:"CampaignId"`
		*contacts.Choices
	}{string(v.ID), string(v.Campaign), told}}
}
