package admin

import (
	"context"
	"fmt"
	"net"
	"os"
)

// What systemd is told of a unit of Type=notify.
const (
	Serving  = "READY=1"
	Stopping = "STOPPING=1"
)

// Notify tells systemd how this process is, if it started it. The variable is systemd's own.
func Notify(ctx context.Context, state string) error {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unixgram", path) // @ begins an abstract name, here as there
	if err != nil {
		return fmt.Errorf("tell systemd: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte(state)); err != nil {
		return fmt.Errorf("tell systemd: %w", err)
	}
	return nil
}
