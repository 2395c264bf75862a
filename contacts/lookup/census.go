package lookup

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// Census counts the agents of all nodes that are connected, those that were lost less
// than the grace ago, and the contacts of all campaigns by state, whatever their number in two
// round trips.
func (r *Reader) Census(ctx context.Context) (connected, grace int, states map[contacts.State]int, err error) {
	pipe := r.rdb.Pipeline()
	nodes, waiting := pipe.ZRange(ctx, r.keys.One("nodes"), 0, -1), pipe.ZCard(ctx, r.keys.One("grace"))
	campaigns := pipe.SMembers(ctx, r.keys.One("camps"))
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, 0, nil, fmt.Errorf("count: %w: %w", script.ErrUnavailable, err)
	}
	states = map[contacts.State]int{}
	for _, letter := range "ASRDWVX" { // a state that nobody is in has a figure, too
		states[contacts.StateOf(string(letter))] = 0
	}
	var agents []*redis.IntCmd
	var steps []*redis.MapStringStringCmd
	for _, node := range nodes.Val() {
		agents = append(agents, pipe.SCard(ctx, r.keys.NodeAgents(node)))
	}
	for _, name := range campaigns.Val() {
		steps = append(steps, pipe.HGetAll(ctx, r.keys.Counts(contacts.CampaignID(keys.Unescape(name)))))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return 0, 0, nil, fmt.Errorf("count: %w: %w", script.ErrUnavailable, err)
	}
	for _, n := range agents {
		connected += int(n.Val())
	}
	for _, counts := range steps {
		add(states, counts.Val())
	}
	return connected, int(waiting.Val()), states, nil
}

// add counts steps between states: AR is one from available to reserved.
func add(states map[contacts.State]int, steps map[string]string) {
	for step, count := range steps {
		if from := contacts.StateOf(step[:1]); from != "" {
			states[from] -= keys.Int(count)
		}
		if to := contacts.StateOf(step[1:]); to != "" {
			states[to] += keys.Int(count)
		}
	}
}
