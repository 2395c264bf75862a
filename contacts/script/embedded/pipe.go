package embedded

import (
	"net"
	"sync"
	"time"
)

// bufferedPipe is an end of a net.Pipe whose writes do not wait for the reader,
// as a socket's do not. Without it a pipelined batch stands still for ever: the
// server waits for its first reply to be read, the client for its last call to
// be taken. What is buffered is bounded by what one client has under way.
type bufferedPipe struct {
	net.Conn
	pump sync.WaitGroup

	mu    sync.Mutex // guards the following
	some  *sync.Cond // buf is not empty, or ended
	buf   []byte
	ended error
}

func newBufferedPipe(conn net.Conn) *bufferedPipe {
	p := &bufferedPipe{Conn: conn}
	p.some = sync.NewCond(&p.mu)
	p.pump.Go(p.run)
	return p
}

// run writes what was buffered until the pipe is closed.
func (p *bufferedPipe) run() {
	var out []byte
	for {
		p.mu.Lock()
		for len(p.buf) == 0 && p.ended == nil {
			p.some.Wait()
		}
		if p.ended != nil {
			p.mu.Unlock()
			return
		}
		out, p.buf = p.buf, out[:0]
		p.mu.Unlock()
		if _, err := p.Conn.Write(out); err != nil {
			p.end(err)
			return
		}
	}
}

func (p *bufferedPipe) end(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended == nil {
		p.ended = why
	}
	p.some.Signal()
}

func (p *bufferedPipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended != nil {
		return 0, p.ended
	}
	p.buf = append(p.buf, b...)
	p.some.Signal()
	return len(b), nil
}

// Close ends both directions and waits for the pump.
func (p *bufferedPipe) Close() error {
	p.end(net.ErrClosed)
	err := p.Conn.Close()
	p.pump.Wait()
	return err
}

// SetDeadline is for reads: a write never waits.
func (p *bufferedPipe) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }

// SetWriteDeadline has nothing to bound.
func (p *bufferedPipe) SetWriteDeadline(time.Time) error { return nil }
