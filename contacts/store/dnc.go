package store

import (
	"context"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/layers"
)

// Layers are the do-not-call lists that others make.
func (s *Store) Layers() *layers.Layers {
	return layers.New(layers.Options{Redis: s.rdb, Keys: s.keys, Vault: s.vault, Buckets: s.buckets, Scripts: s.lua.lists, Run: s.loads.Run, Log: s.log})
}

// Block puts numbers on the do-not-call list; their contacts close in every
// campaign, each number in one script. It returns how many were new: of one that is
// there the first word stays.
func (s *Store) Block(ctx context.Context, e164s []string, actor, reason string) (int, error) {
	return s.editBlocked(e164s, func(n, token string) ([]string, error) {
		sealed := s.vault.Seal(contacts.ID(token), contacts.Phone(n))
		return s.run(ctx, s.lua.block, s.keys.One("dnc"), "", token, sealed, keys.Escape(actor), reason, s.node)
	})
}

// Unblock takes numbers off the list, each with an event. What was closed stays
// closed.
func (s *Store) Unblock(ctx context.Context, e164s []string, actor, reason string) (int, error) {
	return s.editBlocked(e164s, func(n, token string) ([]string, error) {
		return s.run(ctx, s.lua.unblock, s.keys.One("dnc"), "", token, lastFour(n), keys.Escape(actor), reason, s.node)
	})
}

// editBlocked runs a script for each number and counts those that it changed.
func (s *Store) editBlocked(e164s []string, edit func(n, token string) ([]string, error)) (int, error) {
	count := 0
	for _, n := range e164s {
		r, err := edit(n, s.vault.Token(n))
		if err != nil {
			return count, err
		}
		if r[0] == "ok" {
			count++
		}
	}
	return count, nil
}
