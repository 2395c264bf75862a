package lookup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/session/identity"
)

// Agents lists who is signed in, or was less than the grace period ago.
func (r *Reader) Agents(ctx context.Context) ([]contacts.AgentInfo, error) {
	nodes, err := r.rdb.ZRange(ctx, r.keys.One("nodes"), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w: %w", script.ErrUnavailable, err)
	}
	var names []string
	for _, node := range nodes {
		agents, err := r.rdb.SMembers(ctx, r.keys.NodeAgents(node)).Result()
		if err != nil {
			return nil, fmt.Errorf("list agents: %w: %w", script.ErrUnavailable, err)
		}
		names = append(names, agents...)
	}
	waiting, err := r.rdb.ZRange(ctx, r.keys.One("grace"), 0, -1).Result() // what is over, the reaper takes out
	if err != nil {
		return nil, fmt.Errorf("list agents in grace: %w: %w", script.ErrUnavailable, err)
	}
	names = append(names, waiting...)
	slices.Sort(names)
	return r.agents(ctx, slices.Compact(names))
}

// Agent tells of one agent that is signed in, or holds a contact; contacts.ErrNotFound of any other.
func (r *Reader) Agent(ctx context.Context, agent identity.AgentID) (contacts.AgentInfo, error) {
	list, err := r.agents(ctx, []string{keys.Escape(string(agent))})
	if err != nil {
		return contacts.AgentInfo{}, err
	}
	info := list[0]
	// Its record names the node for ever.
	pipe := r.rdb.Pipeline()
	live, waits := pipe.SIsMember(ctx, r.keys.NodeAgents(info.Node), keys.Escape(string(agent))), pipe.ZScore(ctx, r.keys.One("grace"), keys.Escape(string(agent)))
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return contacts.AgentInfo{}, fmt.Errorf("look up agent: %w: %w", script.ErrUnavailable, err)
	}
	if !live.Val() && waits.Err() != nil {
		info.Node = ""
	}
	if info.Node == "" && info.Contact == "" {
		return contacts.AgentInfo{}, contacts.ErrNotFound
	}
	return info, nil
}

// agents reads the records of agents, named in key form.
func (r *Reader) agents(ctx context.Context, names []string) ([]contacts.AgentInfo, error) {
	pipe := r.rdb.Pipeline()
	records := make([]*redis.SliceCmd, len(names))
	until, held := make([]*redis.FloatCmd, len(names)), make([]string, len(names))
	camps := make([]*redis.StringCmd, len(names))
	for i, a := range names {
		records[i] = pipe.HMGet(ctx, r.keys.Agent(keys.Unescape(a)), "name", "since", "as", "h", "gr", "serves", "nd")
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("read agents: %w: %w", script.ErrUnavailable, err)
	}
	for i := range names {
		hold, _ := records[i].Val()[3].(string)
		held[i], _, _ = strings.Cut(hold, keys.Unit)
		until[i], camps[i] = pipe.ZScore(ctx, r.keys.One("lease"), held[i]), pipe.HGet(ctx, r.keys.Contact(contacts.ID(keys.Unescape(held[i]))), "cp")
	}
	lag := pipe.HGet(ctx, r.keys.One("age"), "lag")
	_, _ = pipe.Exec(ctx) // redis.Nil where nothing is held
	out := make([]contacts.AgentInfo, len(names))
	for i, a := range names {
		f := records[i].Val()
		text := func(k int) string { t, _ := f[k].(string); return t }
		out[i] = contacts.AgentInfo{
			Agent: identity.AgentID(keys.Unescape(a)), Name: text(0), Node: text(6), Since: keys.Time(text(1)), State: text(2), Campaigns: keys.Names(text(5)),
			Connected: text(4) == "", Contact: contacts.ID(keys.Unescape(held[i])), Held: contacts.CampaignID(keys.Unescape(camps[i].Val())),
		}
		if at := until[i].Val(); at > 0 {
			out[i].ReservedUntil = time.UnixMilli(int64(at)).Add(-keys.Lag(lag.Val())).UTC()
		}
	}
	return out, nil
}
