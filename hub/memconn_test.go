package hub

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

func isHeartbeat(frame string) bool {
	const head = `{"channel":"HUB","topic":"Session","subtopic":"Heartbeat"`
	return len(frame) > len(head) && frame[:len(head)] == head
}

// memListener accepts connections made in memory.
type memListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemListener() *memListener {
	return &memListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *memListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *memListener) Addr() net.Addr { return memAddr{} }

func (l *memListener) connect() (net.Conn, error) {
	a, b := net.Pipe()
	client, server := newMemConn(a), newMemConn(b)
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memListener) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return l.connect() },
	}}
}

type memAddr struct{}

func (memAddr) Network() string { return "mem" }

func (memAddr) String() string { return "127.0.0.1:1" }

// memConn gives a pipe what a kernel gives a socket: a buffer. Without one two
// peers that write at the same time wait for each other.
type memConn struct {
	net.Conn

	mu     sync.Mutex // guards the following
	change *sync.Cond
	buf    []byte
	closed bool
	err    error
}

const memBuffer = 4 << 10

func newMemConn(conn net.Conn) *memConn {
	c := &memConn{Conn: conn}
	c.change = sync.NewCond(&c.mu)
	go c.pump()
	return c
}

func (c *memConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.buf) >= memBuffer && !c.closed && c.err == nil {
		c.change.Wait()
	}
	switch {
	case c.closed:
		return 0, net.ErrClosed
	case c.err != nil:
		return 0, c.err
	}
	c.buf = append(c.buf, b...)
	c.change.Broadcast()
	return len(b), nil
}

// pump moves bytes on, and closes the pipe behind the last.
func (c *memConn) pump() {
	for {
		c.mu.Lock()
		for len(c.buf) == 0 && !c.closed {
			c.change.Wait()
		}
		b := c.buf
		if len(b) == 0 || c.err != nil {
			c.mu.Unlock()
			_ = c.Conn.Close()
			return
		}
		c.mu.Unlock()
		n, err := c.Conn.Write(b)
		c.mu.Lock()
		c.buf, c.err = c.buf[n:], err
		c.change.Broadcast()
		c.mu.Unlock()
	}
}

func (c *memConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.change.Broadcast()
	// What is still on its way has a while to be read, as a kernel gives it.
	_ = c.Conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return c.Conn.SetReadDeadline(time.Unix(0, 0))
}

func (c *memConn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

func (c *memConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil && c.isClosed() {
		err = net.ErrClosed
	}
	return n, err
}

func (c *memConn) SetReadDeadline(t time.Time) error {
	if c.isClosed() {
		return net.ErrClosed
	}
	return c.Conn.SetReadDeadline(t)
}

// SetDeadline leaves writes alone: they do not block but for the buffer.
func (c *memConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

func (c *memConn) SetWriteDeadline(time.Time) error { return nil }
