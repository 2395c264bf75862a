package script

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// errFar is told with the address that was refused.
var errFar = errors.New("numbers would leave this machine unencrypted: a Redis elsewhere needs a phone key")

// connector makes connections to Redis and to sentinels.
type connector struct {
	net net.Dialer
	tls *tls.Config // nil: in the clear
}

// connector of a target. Near, it looks at the address a name stands for, before it connects.
func (t *Target) connector(config *tls.Config) *connector {
	c := &connector{net: net.Dialer{Timeout: callTimeout}, tls: config}
	if t.Near {
		c.net.Control = func(network, address string, _ syscall.RawConn) error {
			if network == "unix" {
				return nil
			}
			if ap, err := netip.ParseAddrPort(address); err != nil || !ap.Addr().Unmap().IsLoopback() {
				return errFar
			}
			return nil
		}
	}
	return c
}

// dial connects. A certificate is for the host that is dialled, whichever that is: with
// sentinels each has one of its own. Whatever fails, nothing was sent.
func (c *connector) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := c.net.DialContext(ctx, network, addr)
	if err != nil || c.tls == nil {
		return conn, err
	}
	config := c.tls.Clone()
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

// Follower is a client for blocking reads. It writes nothing, so that an old primary
// which lives on tells it nothing either: whoever misses something calls Redial.
type Follower struct {
	redis.UniversalClient
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	mu   sync.Mutex // guards the following
	open map[*followed]struct{}
}

// followed is one of its connections.
type followed struct {
	net.Conn
	by *Follower
}

func (f *Follower) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := f.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := &followed{conn, f}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open[c] = struct{}{}
	return c, nil
}

// Close ends the connection.
func (c *followed) Close() error {
	c.by.mu.Lock()
	delete(c.by.open, c)
	c.by.mu.Unlock()
	return c.Conn.Close()
}

// Redial drops every connection. What waits on one fails, and so does what the driver
// sends on one that it has kept; then the address is dialled anew.
func (f *Follower) Redial() {
	f.mu.Lock()
	open := f.open
	f.open = map[*followed]struct{}{}
	f.mu.Unlock()
	for c := range open {
		_ = c.Conn.Close()
	}
}
