package session

import (
	"net"
	"runtime"
	"sync"
	"syscall"
)

// crew writes what comes for a session from elsewhere: an event for a thousand
// supervisors is a thousand writes, and a goroutine for each costs a third of it
// again. A hand waits for no peer: what the kernel does not take at once goes on
// in a goroutine of the session's own. Its hands live until the queue is empty;
// each session waits for what it has in there.
type crew struct {
	mu    sync.Mutex // guards the following
	queue []errand
	hands int
	most  int // hands there may be
}

// errand is a frame for a session that is busy because of it.
type errand struct {
	to    *Session
	frame []byte
}

// stint is how many errands a hand takes at once, and how many that wait are worth another hand.
const stint = 64

func (c *crew) add(e errand) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, e)
	if c.most == 0 {
		c.most = runtime.GOMAXPROCS(0)
	}
	if c.hands == 0 || c.hands < c.most && len(c.queue) > stint*c.hands {
		c.hands++
		go c.work()
	}
}

func (c *crew) work() {
	var mine [stint]errand
	for {
		n := c.take(mine[:])
		if n == 0 {
			return
		}
		for i, e := range mine[:n] {
			e.to.deliver(e.frame)
			mine[i] = errand{}
		}
	}
}

// take moves errands out of the queue; 0 ends the hand.
func (c *crew) take(into []errand) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := copy(into, c.queue)
	if c.queue = c.queue[n:]; len(c.queue) == 0 {
		c.queue = nil
	}
	if n == 0 {
		c.hands--
	}
	return n
}

// deliver is write for a hand of the crew. It does one of writers.
func (s *Session) deliver(frame []byte) {
	left, ok := s.wire.try(frame, s.next)
	if ok && s.idle() {
		s.writers.Done()
		return
	}
	go func() {
		defer s.writers.Done()
		if left != nil {
			s.writing.Store(s.node.clock.Load())
			if s.wire.finish(left) != nil {
				s.Kill()
			}
			s.writing.Store(0)
		}
		if ok || left != nil { // the frame is through
			frame = s.more()
		}
		s.write(frame)
	}()
}

// try is send as far as the bytes leave at once. What is left of them, if anything
// is, must be given to finish, and nobody else writes before; without, nothing was
// taken.
func (w *wire) try(first []byte, next func() []byte) (left []byte, ok bool) {
	tcp, ok := w.Conn.(*net.TCPConn)
	if !ok || !w.out.try() {
		return nil, false
	}
	if w.closed {
		w.out.giveBack()
		return nil, false
	}
	b := gather(first, next)
	n := 0
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = raw.Write(func(fd uintptr) bool { // what fails here fails again in finish
			n, _ = syscall.Write(int(fd), *b)
			return true
		})
	}
	if n < len(*b) {
		return (*b)[max(n, 0):], false
	}
	keep(b)
	w.out.giveBack()
	return nil, true
}

// finish writes what try has left.
func (w *wire) finish(left []byte) error {
	defer w.out.giveBack()
	_, err := w.Conn.Write(left)
	return err //nolint:wrapcheck // only asked whether
}
