// Package peers has the small servers that the hub is measured beside: they call the
// hub's own scripts, by other people's libraries, whose versions package.json pins.
package peers

import (
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
)

//go:embed package.json package-lock.json *.mjs
var files embed.FS

// Install puts the servers and their libraries into a directory.
func Install(ctx context.Context, dir string) error {
	if err := os.CopyFS(dir, files); err != nil {
		return fmt.Errorf("install the peers: %w", err)
	}
	npm := exec.CommandContext(ctx, "npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("install the peers' libraries: npm ci: %w\n%s", err, out)
	}
	return nil
}
