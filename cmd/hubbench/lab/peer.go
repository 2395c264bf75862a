//go:build linux

package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"agenthub/cmd/hubbench/peers"
)

// PeerConfig is what a peer is told.
type PeerConfig struct {
	Redis   int                 `json:"redis"`   // port; set by StartPeer
	Scripts map[string]string   `json:"scripts"` // SHA by name
	Agents  map[string][]string `json:"agents"`  // key of the record, beginning of the replies', what every script is told first
}

// StartPeer starts the Node server of package peers for a tenant.
func (l *Lab) StartPeer(ctx context.Context, tenant string, c PeerConfig) (*Process, error) {
	dir := filepath.Join(l.dir, "peers")
	if err := peers.Install(ctx, dir); err != nil {
		return nil, err
	}
	c.Redis = l.rport
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("tell the peer: %w", err)
	}
	config := filepath.Join(dir, "config.json")
	if err := os.WriteFile(config, text, 0o600); err != nil {
		return nil, fmt.Errorf("tell the peer: %w", err)
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	p, err := l.launch(ctx, "node", "node", []string{"NODE_ENV=production"}, filepath.Join(dir, "ws.mjs"), config, strconv.Itoa(port))
	if err != nil {
		return nil, err
	}
	p.Port, p.Tenant = port, tenant
	return p, l.await(ctx, p, func() error { return dial(ctx, port) })
}
