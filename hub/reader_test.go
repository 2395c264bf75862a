package hub

import (
	"testing"
	"testing/synctest"
	"time"

	"agenthub/session"
)

// A reader is replaced while it waits; the frames before and after, the pongs
// between them and the close handshake must not notice.
func TestReplacedReaderMissesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		c := n.dial(t, token(t, "testagent", nil))
		answers, code := make(chan string), make(chan int, 1)
		go func() { // always reads, else it answers no ping
			for range 5 {
				answers <- c.read()
			}
			code <- c.closed()
		}()
		for _, pause := range []time.Duration{0, time.Second, 3 * time.Second, 50 * time.Second, 0} {
			time.Sleep(pause) // in the bubble
			c.send(skip)
			<-answers
		}
		time.Sleep(2 * time.Second) // in the bubble
		began := time.Now()
		n.registry.agent("testagent").End(session.CloseComeBack, "test")
		if got := <-code; got != session.CloseComeBack {
			t.Errorf("closed with %d", got)
		}
		synctest.Wait()
		if took := time.Since(began); took != 0 || n.Sockets() != 0 {
			t.Errorf("%d sockets %v after the close", n.Sockets(), took)
		}
	})
}

// The frame that was begun when the reader was interrupted is read to its end.
func TestInterruptInMidFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		c := n.raw(t, token(t, "testagent", nil))
		answers := make(chan struct{}, 100)
		go func() {
			for {
				opcode, _, ok := c.read()
				if !ok {
					return
				}
				if opcode == 1 {
					answers <- struct{}{}
				}
			}
		}()
		bytes := frame(fin|1, skip)
		for _, cut := range []int{1, 2, 5, 9, 100} {
			c.write(bytes)
			<-answers
			c.write(bytes[:cut])
			time.Sleep(3 * time.Second) // in the bubble
			c.write(bytes[cut:])
			<-answers
		}
	})
}
