package contacts

import (
	"context"
	"time"

	"agenthub/session/identity"
)

// backend is what the HTTP API asks of the store.
type backend interface {
	importer
	Contact(ctx context.Context, id ID) (Contact, error)
	Withdraw(ctx context.Context, id ID, actor, reason string) error
	Campaigns(ctx context.Context) ([]CampaignCounts, error)
	PutCampaign(ctx context.Context, id CampaignID, rules Rules) error
	Campaign(ctx context.Context, id CampaignID) (Rules, error)
	Assign(ctx context.Context, agent identity.AgentID, contact ID, campaign CampaignID, holdFor time.Duration, actor string) (Contact, error)
	TakeBack(ctx context.Context, agent identity.AgentID, actor string) error
	SignOut(ctx context.Context, agent identity.AgentID, actor string) error
	Agents(ctx context.Context) ([]AgentInfo, error)
	Agent(ctx context.Context, agent identity.AgentID) (AgentInfo, error)
	Reviews(ctx context.Context, by identity.Identity, cursor string, limit int) ([]ReviewItem, string, error)
	Decide(ctx context.Context, id ID, decision, note, actor string) error
	History(ctx context.Context, f Filter, from, to time.Time, cursor string, limit int) ([]Event, string, error)
	Walk(ctx context.Context, f Filter, from, to time.Time, visit func(Event) error) error
	Outcomes(ctx context.Context, cursor string, limit int) (results []Result, next string, done bool, err error)
	Alerts(ctx context.Context) ([]Alert, error)
	Ack(ctx context.Context, id, actor, note string) (Alert, error)
	Block(ctx context.Context, e164s []string, actor string) (int, error)
	Unblock(ctx context.Context, e164s []string) (int, error)
	Blocked(ctx context.Context, visit func(e164 string) error) error
}
