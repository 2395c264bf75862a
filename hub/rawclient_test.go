package hub

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
)

// rawClient speaks frames by hand: what no library would send.
type rawClient struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

func bearerHeader(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func (n *testNode) raw(t *testing.T, token string) *rawClient {
	t.Helper()
	conn, err := n.ln.connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	c := &rawClient{t, conn, bufio.NewReader(conn)}
	c.write([]byte("GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer " + token + "\r\n\r\n"))
	res, err := http.ReadResponse(c.r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: %v, %v", res, err)
	}
	synctest.Wait() // registered
	return c
}

func (c *rawClient) write(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Logf("write: %v", err) // the hub may have closed by now; what it said is judged
	}
}

// drain takes bytes and does nothing about them.
func (c *rawClient) drain() { _, _ = io.Copy(io.Discard, c.r) }

// read gives the next frame; false when the connection is over.
func (c *rawClient) read() (opcode byte, payload []byte, ok bool) {
	var head [2]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return 0, nil, false
	}
	n := int(head[1] & 0x7f)
	if n == 126 {
		var ext [2]byte
		if _, err := io.ReadFull(c.r, ext[:]); err != nil {
			return 0, nil, false
		}
		n = int(binary.BigEndian.Uint16(ext[:]))
	}
	payload = make([]byte, n)
	_, err := io.ReadFull(c.r, payload)
	return head[0] & 0xf, payload, err == nil
}

// closed reads until the connection is over and gives the code the hub sent, 0 if none.
func (c *rawClient) closed() (code int) {
	for {
		op, payload, ok := c.read()
		if !ok {
			return code
		}
		if op == 8 && len(payload) >= 2 {
			code = int(binary.BigEndian.Uint16(payload))
		}
	}
}

const (
	fin    = 0x80
	masked = 0x80
)

// frame makes a frame with a zero mask.
func frame(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, masked|byte(n))
	case n < 1<<16:
		b = append(b, masked|126, byte(n>>8), byte(n))
	default:
		b = append(b, masked|127)
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}
