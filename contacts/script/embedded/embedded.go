package script

import (
	"context"
	"net"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// Embedded is a store inside this process, reached without a listener. It is not
// durable: what it holds ends with the process. The scripts are the same as on
// Redis.
type Embedded struct {
	mini *miniredis.Miniredis
	stop chan struct{}
	done chan struct{}
}

// NewEmbedded starts an embedded store; Close ends it.
func NewEmbedded() *Embedded {
	e := &Embedded{mini: miniredis.NewMiniRedis(), stop: make(chan struct{}), done: make(chan struct{})}
	go e.age()
	return e
}

// Dial is the dialer of the clients of an embedded store.
func (e *Embedded) Dial(context.Context, string, string) (net.Conn, error) {
	conn, err := e.mini.Dial()
	if err != nil {
		return nil, err
	}
	return newBufferedPipe(conn), nil
}

// Close ends the store and everything in it.
func (e *Embedded) Close() {
	close(e.stop)
	<-e.done
	e.mini.Close()
}

// age lets keys expire: miniredis does not do so by itself.
func (e *Embedded) age() {
	defer close(e.done)
	const step = 5 * time.Second
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		select {
		case <-e.stop:
			return
		case <-tick.C:
			e.mini.FastForward(step)
		}
	}
}
