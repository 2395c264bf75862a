package api_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/api/dnc"
	"agenthub/contacts/feed"
	"agenthub/contacts/history"
	"agenthub/contacts/layers"
	"agenthub/session/identity"
)

// fakeStore answers what the test says and notes what it was asked to do.
type fakeStore struct {
	alerts    []feed.Alert
	rows      []contacts.Row
	calls     []int // rows of each Import
	importErr error
	contact   func(contacts.ID) (contacts.Contact, error)
	did       []string
	rules     contacts.Rules
	agents    []contacts.AgentInfo
	reviews   []contacts.ReviewItem
	events    []contacts.Event
	filter    contacts.Filter
	walkErr   error
	assigned  identity.AgentID
	err       error
}

func (f *fakeStore) Import(_ context.Context, rows []contacts.Row, _ []string) ([]contacts.ImportResult, error) {
	if f.importErr != nil && len(f.rows) > 0 {
		return nil, f.importErr
	}
	f.rows, f.calls = append(f.rows, rows...), append(f.calls, len(rows))
	results := make([]contacts.ImportResult, len(rows))
	for i, r := range rows {
		results[i] = contacts.ImportAccepted
		if r.Mode != "" {
			results[i] = contacts.ImportResult(r.Mode)
		}
	}
	return results, nil
}

func (f *fakeStore) Would(ctx context.Context, rows []contacts.Row, serves []string) ([]contacts.Would, error) {
	results, err := f.Import(ctx, rows, serves)
	would := make([]contacts.Would, len(results))
	for i, result := range results {
		would[i] = contacts.Would{Result: result, Why: "outside_hours"}
	}
	return would, err
}

func (f *fakeStore) Answer(context.Context, string, string) ([]byte, bool, error) {
	return nil, false, nil
}

func (f *fakeStore) Done(_ context.Context, upload, part string, _ []byte) error {
	return f.note("answered %s of %s", part, upload)
}

func (f *fakeStore) Contact(_ context.Context, id contacts.ID) (contacts.Contact, error) {
	if agent := f.assigned; agent != "" { // what Assign gave, told once
		f.assigned = ""
		return contacts.Contact{ID: "c1", Campaign: "spring", State: contacts.Reserved, Agent: agent, LastFour: "0123"}, nil
	}
	return f.contact(id)
}

func (f *fakeStore) Why(ctx context.Context, id contacts.ID) (contacts.Contact, contacts.Why, error) {
	c, err := f.Contact(ctx, id)
	return c, contacts.Why{}, err
}

func (f *fakeStore) note(format string, args ...any) error {
	f.did = append(f.did, fmt.Sprintf(format, args...))
	return f.err
}

func (f *fakeStore) Withdraw(_ context.Context, id contacts.ID, actor, reason string) error {
	return f.note("withdraw %s %s %s", id, actor, reason)
}

func (f *fakeStore) Erase(_ context.Context, id contacts.ID, actor string) error {
	return f.note("erase %s %s", id, actor)
}

func (f *fakeStore) Campaigns(context.Context) ([]contacts.CampaignCounts, error) {
	return []contacts.CampaignCounts{
		{Campaign: "spring", State: contacts.CampaignRunning, Counts: map[contacts.State]int{contacts.Available: 2, contacts.Review: 1}, Why: map[string]int{"no_zone": 1}},
		{Campaign: "autumn", State: contacts.CampaignPaused, Counts: map[contacts.State]int{}, Why: map[string]int{}},
	}, f.err
}

func (f *fakeStore) PutCampaign(_ context.Context, id contacts.CampaignID, r contacts.Rules, _ []string) (string, error) {
	f.rules = r
	return "1", f.note("put %s", id)
}

func (f *fakeStore) CampaignVersion(context.Context, contacts.CampaignID) (contacts.Rules, string, error) {
	return f.rules, "0", f.err
}

func (f *fakeStore) ForgetRules(contacts.CampaignID) {}

func (f *fakeStore) NearCampaign(context.Context, contacts.CampaignID, []string) (contacts.CampaignID, error) {
	return "", f.err
}

func (f *fakeStore) Assign(_ context.Context, agent identity.AgentID, id contacts.ID, campaign contacts.CampaignID, holdFor time.Duration, _ string) (contacts.ID, error) {
	f.assigned = agent
	return "c1", f.note("assign %s %s %s %s", agent, id, campaign, holdFor)
}

func (f *fakeStore) TakeBack(_ context.Context, agent identity.AgentID, actor string) error {
	return f.note("take back %s %s", agent, actor)
}

func (f *fakeStore) SignOut(_ context.Context, agent identity.AgentID, actor string) error {
	return f.note("sign out %s %s", agent, actor)
}

func (f *fakeStore) Agents(context.Context) ([]contacts.AgentInfo, error) { return f.agents, f.err }

func (f *fakeStore) Agent(_ context.Context, agent identity.AgentID) (contacts.AgentInfo, error) {
	i := slices.IndexFunc(f.agents, func(g contacts.AgentInfo) bool { return g.Agent == agent })
	if i < 0 {
		return contacts.AgentInfo{}, contacts.ErrNotFound
	}
	return f.agents[i], f.err
}

func (f *fakeStore) Reviews(_ context.Context, by identity.Identity, cursor string, limit int) ([]contacts.ReviewItem, string, error) {
	seen := slices.DeleteFunc(slices.Clone(f.reviews), func(r contacts.ReviewItem) bool { return !by.Serves(string(r.Campaign)) })
	return seen, "n", f.note("reviews %s %d", cursor, limit)
}

func (f *fakeStore) Decide(_ context.Context, id contacts.ID, decision, note, actor string) error {
	return f.note("decide %s %s %s %s", id, decision, note, actor)
}

func (f *fakeStore) History(_ context.Context, q contacts.Filter, _, _ time.Time, cursor string, limit int) ([]contacts.Event, string, error) {
	f.filter = q
	return f.events, "", f.note("history %s %d", cursor, limit)
}

func (f *fakeStore) Walk(_ context.Context, q contacts.Filter, _, _ time.Time, visit func(contacts.Event) error) error {
	f.filter = q
	for _, e := range f.events {
		if !q.Match(&e) {
			continue
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	return f.walkErr
}

func (f *fakeStore) Rates(ctx context.Context, s history.Span) (history.Rates, error) {
	return history.CountRates(ctx, f, s)
}

func (f *fakeStore) Outcomes(_ context.Context, cursor string, limit int) ([]history.Result, string, bool, error) {
	results := make([]history.Result, len(f.events))
	for i, e := range f.events {
		results[i].Event = e
	}
	return results, "9-0", true, f.note("outcomes %s %d", cursor, limit)
}

func (f *fakeStore) Alerts(context.Context) ([]feed.Alert, error) { return f.alerts, f.err }

func (f *fakeStore) Ack(_ context.Context, id, actor, note string) (feed.Alert, error) {
	return f.alerts[0], f.note("ack %s %s %s", id, actor, note)
}

func (f *fakeStore) Block(_ context.Context, e164s []string, actor, reason string) (int, error) {
	return len(e164s), f.note("block %s %s %s", strings.Join(e164s, " "), actor, reason)
}

func (f *fakeStore) PutPack(_ context.Context, name string, _ []byte) error {
	return f.note("pack %s", name)
}

func (f *fakeStore) DeletePack(_ context.Context, name string) error {
	return f.note("no pack %s", name)
}

func (f *fakeStore) RestorePack(_ context.Context, name string) error {
	return f.note("own pack %s", name)
}

func (f *fakeStore) Packs(context.Context) (map[string]string, error) {
	return map[string]string{"p": `{"pack":"p","seen":"2026-11-28"}`}, f.err
}

func (f *fakeStore) Unblock(_ context.Context, e164s []string, actor, reason string) (int, error) {
	return len(e164s), f.note("unblock %s %s %s", strings.Join(e164s, " "), actor, reason)
}

func (f *fakeStore) Blocks(_ context.Context, e164 string) ([]contacts.Block, error) {
	if e164 != "+12125550123" {
		return nil, f.err
	}
	return []contacts.Block{{
		Layer: contacts.LayerOwn, Since: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), Actor: "agent1", Source: "outcome", Reason: "5",
	}}, f.err
}

func (f *fakeStore) Blocked(_ context.Context, visit func(string) error) error {
	return errors.Join(visit("+12125550123"), visit("+12125550124"))
}

// noLayers has none; a test that loads some has a real store.
type noLayers struct{ dnc.Layers }

func (noLayers) With(context.Context, string) ([]layers.Layer, error) { return nil, nil }
