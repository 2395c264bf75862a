// Package dnc is the do-not-call part of the HTTP API: the own list, number by number,
// and the layers that others make, whole.
package dnc

import (
	"context"

	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/contacts/layers"
	"agenthub/session/identity"
)

// Edits change the own list (store.Store).
type Edits interface {
	Block(ctx context.Context, e164s []string, actor, reason string) (int, error)
	Unblock(ctx context.Context, e164s []string, actor, reason string) (int, error)
}

// Reads show it (lookup.Reader).
type Reads interface {
	Blocks(ctx context.Context, e164 string) ([]contacts.Block, error)
	Blocked(ctx context.Context, visit func(e164 string) error) error
}

// Own is the own list.
type Own interface {
	Edits
	Reads
}

// Layers are the lists of others (layers.Layers).
type Layers interface {
	Load(ctx context.Context, layer layers.Layer, next layers.Next) (layers.Layer, error)
	Change(ctx context.Context, change layers.Layer, next layers.Next) (layers.Layer, error)
	Delete(ctx context.Context, name string) error
	Get(ctx context.Context, name string) (layers.Layer, error)
	All(ctx context.Context) ([]layers.Layer, error)
	With(ctx context.Context, e164 string) ([]layers.Layer, error)
}

// Options are what the calls need. All but Region are required.
type Options struct {
	*rest.Server
	Own    Own
	Layers Layers
	Region string // of numbers without a country code; default none
	Log    *zap.Logger
}

type calls struct{ Options }

// Register adds the calls to the server.
func Register(o Options) {
	a := &calls{o}
	a.ownRoutes()
	a.layerRoutes()
}

var managers = []identity.Role{identity.RoleCampaign} //nolint:gochecknoglobals // a constant
