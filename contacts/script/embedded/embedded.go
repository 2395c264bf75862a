// Package embedded is a store inside this process, reached without a listener: what
// scripts run on where there is no Redis. Goroutines: one that lets keys expire (New …
// Close), and a pump for each connection.
package embedded

import (
	"context"
	"net"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// Store is not durable: what it holds ends with the process. The scripts are the same
// as on Redis.
type Store struct {
	mini *miniredis.Miniredis
	stop chan struct{}
	done chan struct{}
}

// New starts a store; Close ends it.
func New() *Store {
	e := &Store{mini: miniredis.NewMiniRedis(), stop: make(chan struct{}), done: make(chan struct{})}
	go e.age()
	return e
}

// Dial is the dialer of the clients of an embedded store.
func (e *Store) Dial(context.Context, string, string) (net.Conn, error) {
	conn, err := e.mini.Dial()
	if err != nil {
		return nil, err
	}
	return newBufferedPipe(conn), nil
}

// Close ends the store and everything in it.
func (e *Store) Close() {
	close(e.stop)
	<-e.done
	e.mini.Close()
}

// age lets keys expire: miniredis does not do so by itself.
func (e *Store) age() {
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
