package session

import (
	"runtime"
	"sync"
)

// writers write what comes for a session from elsewhere: an event for a thousand
// supervisors is a thousand writes, and a goroutine for each costs a tenth of
// their processor time more (CREWFIGURE). A worker waits for no peer: what the
// kernel does not take at once goes on in a goroutine of the session's own.
// Workers live until the queue is empty; each session waits for its jobs.
type writers struct {
	mu      sync.Mutex // guards the following
	queue   []job
	workers int
	most    int // workers there may be
}

// job is a frame for a session whose outbox is busy because of it.
type job struct {
	to    *Session
	frame []byte
}

// chunk is how many jobs a worker takes at once, and how many that wait are worth another worker.
const chunk = 64

func (w *writers) add(j job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, j)
	if w.most == 0 {
		w.most = runtime.GOMAXPROCS(0)
	}
	if w.workers == 0 || w.workers < w.most && len(w.queue) > chunk*w.workers {
		w.workers++
		go w.work()
	}
}

func (w *writers) work() {
	var mine [chunk]job
	for {
		n := w.take(mine[:])
		if n == 0 {
			return
		}
		for i, j := range mine[:n] {
			j.write()
			mine[i] = job{}
		}
	}
}

// take moves jobs out of the queue; 0 ends the worker.
func (w *writers) take(into []job) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := copy(into, w.queue)
	if w.queue = w.queue[n:]; len(w.queue) == 0 {
		w.queue = nil
	}
	if n == 0 {
		w.workers--
	}
	return n
}

// write is Session.write without waiting for the peer. It does one of deliveries.
func (j job) write() {
	s, frame := j.to, j.frame
	left, ok := s.wire.trySend(frame, s.next)
	if ok && s.pause() {
		s.deliveries.Done()
		return
	}
	go func() {
		defer s.deliveries.Done()
		if left != nil {
			s.writing.Store(s.node.clock.Load())
			if s.wire.sendRest(left) != nil {
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
