// Package api is what campaign managers and supervisors do over HTTP: /api/v1 and
// its OpenAPI description. It checks roles and campaigns, and asks the rooms behind
// it; errors become problem details (RFC 9457) in one place, problem.go.
package api

import (
	"context"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/api/dnc"
	"agenthub/contacts/api/loads"
	"agenthub/contacts/api/rest"
	"agenthub/contacts/feed"
	"agenthub/contacts/history"
	"agenthub/contacts/lists"
	"agenthub/contacts/zones"
	"agenthub/session/identity"
)

// Prefix is where the HTTP API lives.
const Prefix = "/api/v1"

// Transitions are what the API changes, and the checks that they make, asked of a
// contact without a change (store.Store).
type Transitions interface {
	loads.Store
	Why(ctx context.Context, id contacts.ID) (contacts.Contact, contacts.Why, error)
	Withdraw(ctx context.Context, id contacts.ID, actor, reason string) error
	Erase(ctx context.Context, id contacts.ID, actor string) error
	PutCampaign(ctx context.Context, id contacts.CampaignID, rules contacts.Rules, versions []string) (string, error)
	Assign(ctx context.Context, agent identity.AgentID, id contacts.ID, campaign contacts.CampaignID, holdFor time.Duration, actor string) (contacts.ID, error)
	TakeBack(ctx context.Context, agent identity.AgentID, actor string) error
	SignOut(ctx context.Context, agent identity.AgentID, actor string) error
	Decide(ctx context.Context, id contacts.ID, decision, note, actor string) error
	dnc.Edits
}

// Reads are what the API shows of contacts, campaigns, agents and blocked numbers (lookup.Reader).
type Reads interface {
	lists.Campaigns
	CampaignVersion(ctx context.Context, id contacts.CampaignID) (contacts.Rules, string, error)
	ForgetRules(id contacts.CampaignID)
	Contact(ctx context.Context, id contacts.ID) (contacts.Contact, error)
	Campaigns(ctx context.Context) ([]contacts.CampaignCounts, error)
	Agents(ctx context.Context) ([]contacts.AgentInfo, error)
	Agent(ctx context.Context, agent identity.AgentID) (contacts.AgentInfo, error)
	Reviews(ctx context.Context, by identity.Identity, cursor string, limit int) ([]contacts.ReviewItem, string, error)
	dnc.Reads
}

// Past is what the API shows of events (history.Log).
type Past interface {
	History(ctx context.Context, f contacts.Filter, from, to time.Time, cursor string, limit int) ([]contacts.Event, string, error)
	Walk(ctx context.Context, f contacts.Filter, from, to time.Time, visit func(contacts.Event) error) error
	Rates(ctx context.Context, s history.Span) (history.Rates, error)
	Outcomes(ctx context.Context, cursor string, limit int) (results []history.Result, next string, done bool, err error)
}

// Alerts are what supervisors should look at (feed.Feed).
type Alerts interface {
	Alerts(ctx context.Context) ([]feed.Alert, error)
	Ack(ctx context.Context, id, actor, note string) (feed.Alert, error)
}

// Options configure the HTTP API.
type Options struct {
	Store  Transitions    // required
	Read   Reads          // required
	Past   Past           // required
	Alerts Alerts         // required
	Laws   Laws           // required
	Layers dnc.Layers     // required
	Parts  loads.Parts    // required
	Zones  *zones.Current // required

	Verify  func(ctx context.Context, token string) (identity.Identity, error) // required
	Revoked func(ctx context.Context, id *identity.Identity) (bool, error)     // required
	Region  string                                                             // of numbers without a country code; default none
	Log     *zap.Logger                                                        // required
}

// API serves /api/v1: what campaign managers and supervisors do over HTTP.
type API struct {
	Options
	*rest.Server
}

// New makes the handler of everything under /api/v1 but /tickets.
func New(o Options) *API {
	config := huma.DefaultConfig("agenthub", "1")
	config.Info.Description = "Contacts, campaigns, agents and history of one contact centre. " +
		"Agents themselves speak over a WebSocket."
	schemas := config.Components.Schemas
	schemas.RegisterTypeAlias(reflect.TypeFor[contacts.RuleID](), reflect.TypeFor[ruleID]())
	schemas.RegisterTypeAlias(reflect.TypeFor[contacts.Duration](), reflect.TypeFor[duration]())
	schemas.RegisterTypeAlias(reflect.TypeFor[contacts.Hours](), reflect.TypeFor[hours]())
	a := &API{Options: o}
	a.Server = rest.New(rest.Options{Prefix: Prefix, Config: config, Verify: o.Verify, Revoked: o.Revoked, Problem: a.problem, Log: o.Log})
	loads.Register(loads.Options{Server: a.Server, Store: o.Store, Campaigns: o.Read, Parts: o.Parts, Region: o.Region, Zones: o.Zones, Log: o.Log})
	a.contactRoutes()
	a.campaignRoutes()
	a.ruleRoutes()
	a.agentRoutes()
	a.historyRoutes()
	a.describeTickets()
	a.alertRoutes()
	dnc.Register(dnc.Options{
		Server: a.Server, Own: struct {
			dnc.Edits
			dnc.Reads
		}{o.Store, o.Read}, Layers: o.Layers, Region: o.Region, Log: o.Log,
	})
	return a
}
