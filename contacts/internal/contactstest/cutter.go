package contactstest

import (
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"agenthub/contacts/script"
	"agenthub/contacts/store"
)

// Cutter stands between a store and its Redis. When lose says so, it cuts the
// connection after Redis has answered: the calls were executed and nobody knows.
type Cutter struct {
	target string
	Lose   func() bool // asked with each read
	Mute   atomic.Bool // swallow every answer
	Cuts   atomic.Int64
}

// dial is a Target's dialer.
func (c *Cutter) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	up, err := (&net.Dialer{}).DialContext(ctx, "unix", c.target)
	if err != nil {
		return nil, err
	}
	return &cutConn{Conn: up, c: c}, nil
}

type cutConn struct {
	net.Conn
	c *Cutter
}

func (c *cutConn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil {
			return n, err
		}
		if c.c.Mute.Load() {
			continue
		}
		if c.c.Lose() {
			c.c.Cuts.Add(1)
			_ = c.Close()
			return 0, net.ErrClosed
		}
		return n, nil
	}
}

// Often is a loss of one read in n.
func Often(n int) func() bool {
	return func() bool { return mathrand.IntN(n) == 0 }
}

// Never loses nothing.
func Never() bool { return false }

// Faulty is a store on real time behind a cutter.
func Faulty(t *testing.T, socket string, lose func() bool) (*Node, *Cutter) {
	t.Helper()
	c := &Cutter{target: socket, Lose: lose}
	s := &Node{
		T: t, Target: script.Target{URL: "redis://faulty", Dialer: c.dial}, Tenant: "t" + rand.Text(), Now: time.Now(), frame: new(atomic.Int64),
	}
	s.Start("node1", store.DefaultPolicy())
	return s, c
}
