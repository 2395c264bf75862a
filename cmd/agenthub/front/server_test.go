package front

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
)

// oneConn is a listener that has one connection to give.
type oneConn struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *oneConn) Close() error {
	close(l.done)
	return nil
}

func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// A body that was announced and never comes does not hold a connection for ever,
// whoever sends it and whatever it was for.
func TestBodyThatNeverComesIsGivenUp(t *testing.T) {
	for name, request := range map[string]string{
		"refused before it is read": "POST /refused HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n",
		"chunks that do not come":   "POST /refused HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n",
		"read by the call":          "POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mux := http.NewServeMux()
				mux.HandleFunc("/refused", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
				mux.HandleFunc("/read", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body) })
				client, conn := net.Pipe()
				l := &oneConn{conns: make(chan net.Conn, 1), done: make(chan struct{})}
				l.conns <- conn
				server := NewServer(context.Background(), mux, zap.NewNop())
				go func() { _ = server.Serve(l) }()
				defer server.Close()

				if _, err := io.WriteString(client, request); err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				_, _ = io.ReadAll(client)
				if took := time.Since(began); took > bodyLimit+time.Second {
					t.Errorf("the connection was held for %v", took)
				}
			})
		})
	}
}
