package store

import (
	"context"
	"fmt"
	"strconv"

	"agenthub/contacts/keys"
)

// Alert raises, clears, acknowledges or forgets an alert (what), once, however
// many nodes say so, and gives the script's word: ok, known or not_found. field
// names it; seq is that of the newest event a raise rests on, else the alert's. A
// raise says more: kind, agent, campaign, value, limit, n.
func (s *Store) Alert(ctx context.Context, field, what string, seq int64, actor, text string, more ...string) (string, error) {
	args := []string{field, what, strconv.FormatInt(seq, 10), keys.Escape(actor), s.node, text}
	r, err := s.run(ctx, s.lua.alert, s.keys.One("alerts"), "", append(args, more...)...)
	if err != nil {
		return "", fmt.Errorf("%s alert: %w", what, err)
	}
	return r[0], nil
}
