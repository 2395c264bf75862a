//go:build linux

package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"agenthub/cmd/hubbench/wire"

	"github.com/coder/websocket"
)

// ServeEcho is the bare library: what a socket costs when nothing is done.
func ServeEcho(ctx context.Context, port string) error {
	return serveHTTP(ctx, port, func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = ws.CloseNow() }()
		for {
			kind, b, err := ws.Read(r.Context())
			if err != nil {
				return
			}
			if err := ws.Write(r.Context(), kind, b); err != nil {
				return
			}
		}
	})
}

// ServeFloor writes what comes at /send to all other sockets, in a plain loop of
// Write: what a fan-out costs when nothing but that is done.
func ServeFloor(ctx context.Context, port string) error {
	var mu sync.Mutex
	var others []net.Conn
	return serveHTTP(ctx, port, func(w http.ResponseWriter, r *http.Request) {
		var conn net.Conn
		ws, err := websocket.Accept(hijackOnly{w, func(c net.Conn) { conn = c }}, r, nil)
		if err != nil {
			return
		}
		if r.URL.Path != "/send" {
			mu.Lock()
			others = append(others, conn)
			mu.Unlock()
			if err := ws.Write(r.Context(), websocket.MessageText, []byte(Enrolled)); err != nil {
				return
			}
		}
		defer func() { _ = ws.CloseNow() }()
		for {
			_, b, err := ws.Read(r.Context())
			if err != nil {
				return
			}
			frame := wire.TextFrame(b)
			frame[1] &^= 0x80 // a server does not mask
			head := len(frame) - len(b)
			frame = append(frame[:head-4], frame[head:]...)
			mu.Lock()
			for _, c := range others {
				if _, err := c.Write(frame); err != nil {
					break
				}
			}
			mu.Unlock()
		}
	})
}

// Enrolled is told to a receiver once it is in the loop.
const Enrolled = "enrolled"

// hijackOnly shows the connection behind a WebSocket.
type hijackOnly struct {
	http.ResponseWriter
	show func(net.Conn)
}

func (h hijackOnly) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err == nil {
		h.show(c)
	}
	return c, rw, err
}

func serveHTTP(ctx context.Context, port string, handle http.HandlerFunc) error {
	server := &http.Server{
		Addr: "127.0.0.1:" + port, Handler: handle, ReadHeaderTimeout: 5 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
