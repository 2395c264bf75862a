// Package reach makes connections to Redis, and leaves them: with whom (near, over TLS),
// and to which node of a Redis Cluster. It knows addresses, and no script. Goroutines: none.
package reach

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Dial makes a connection to an address.
type Dial func(ctx context.Context, network, addr string) (net.Conn, error)

// errFar is told with the address that was refused.
var errFar = errors.New("numbers would leave this machine unencrypted: a Redis elsewhere needs a phone key")

// Connector makes connections to Redis and to sentinels.
type Connector struct {
	Within time.Duration // required: how long a connection may take to be made
	TLS    *tls.Config   // nil: in the clear
	Near   bool          // to this machine alone: it looks at the address that a name stands for, before it connects
}

// Dial connects. A certificate is for the host that is dialled, whichever that is: with
// sentinels each has one of its own. Whatever fails, nothing was sent.
func (c *Connector) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: c.Within}
	if c.Near {
		dialer.Control = near
	}
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil || c.TLS == nil {
		return conn, err
	}
	config := c.TLS.Clone()
	if config.ServerName, _, err = net.SplitHostPort(addr); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, &net.OpError{Op: "dial", Net: network, Addr: conn.RemoteAddr(), Err: err}
	}
	return secure, nil
}

func near(network, address string, _ syscall.RawConn) error {
	if network == "unix" {
		return nil
	}
	if ap, err := netip.ParseAddrPort(address); err != nil || !ap.Addr().Unmap().IsLoopback() {
		return errFar
	}
	return nil
}

// Connections are those of a client that may have to leave them all at once. They are
// safe for concurrent use.
type Connections struct {
	dial Dial

	mu   sync.Mutex // guards the following
	open map[*connection]struct{}
}

// connection is one of them.
type connection struct {
	net.Conn
	of *Connections
}

// NewConnections makes them by dial.
func NewConnections(dial Dial) *Connections {
	return &Connections{dial: dial, open: map[*connection]struct{}{}}
}

// Dial makes one more.
func (c *Connections) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	made := &connection{conn, c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[made] = struct{}{}
	return made, nil
}

// Close ends the connection.
func (c *connection) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// Redial drops every connection. What waits on one fails, and so does what the driver
// sends on one that it has kept; then the address is dialled anew.
func (c *Connections) Redial() {
	c.mu.Lock()
	open := c.open
	c.open = map[*connection]struct{}{}
	c.mu.Unlock()
	for one := range open {
		_ = one.Conn.Close()
	}
}
