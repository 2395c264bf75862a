package session

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// pair returns both ends of a TCP connection, and ours as the hub has it.
func pair(t *testing.T) (ours net.Conn, end, theirs *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = conn.Close(), peer.Close() })
	return newDirect(conn), conn.(*net.TCPConn), peer.(*net.TCPConn)
}

// More than the kernel takes at once leaves in order while the peer reads at its leisure, and comes
// back while we read.
func TestDirectWaitsForRoomAndForBytes(t *testing.T) {
	ours, end, theirs := pair(t)
	sent := make([]byte, 24<<20)
	_, _ = rand.Read(sent)
	echoed := make(chan error, 1)
	go func() {
		_, err := io.Copy(theirs, theirs) // waits for us to read
		echoed <- errors.Join(err, theirs.CloseWrite())
	}()
	written := make(chan error, 1)
	go func() {
		n, err := ours.Write(sent)
		if n != len(sent) {
			err = errors.Join(err, io.ErrShortWrite)
		}
		written <- errors.Join(err, end.CloseWrite())
	}()
	got, err := io.ReadAll(ours)
	if err := errors.Join(err, <-written, <-echoed); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, sent) {
		t.Fatalf("%d bytes came back, not the %d that were sent", len(got), len(sent))
	}
}

// What ends a wait is told as net tells it.
func TestDirectEnds(t *testing.T) {
	read := func(c net.Conn) error { _, err := c.Read(make([]byte, 8)); return err }
	write := func(c net.Conn) error {
		for {
			if n, err := c.Write(make([]byte, 1<<20)); err != nil {
				if n == 1<<20 {
					return errors.New("all of it went, and an error came")
				}
				return err
			}
		}
	}
	soon := func(set func(time.Time) error) { _ = set(time.Now().Add(10 * time.Millisecond)) }
	reset := func(c *net.TCPConn) { _, _ = c.SetLinger(0), c.Close() }
	for name, c := range map[string]struct {
		do   func(net.Conn) error
		end  func(ours net.Conn, theirs *net.TCPConn)
		want error
	}{
		"the peer closes":                   {read, func(_ net.Conn, peer *net.TCPConn) { _ = peer.Close() }, io.EOF},
		"the peer resets while we read":     {read, func(_ net.Conn, peer *net.TCPConn) { reset(peer) }, syscall.ECONNRESET},
		"we close while we read":            {read, func(c net.Conn, _ *net.TCPConn) { _ = c.Close() }, net.ErrClosed},
		"we have read for long enough":      {read, func(c net.Conn, _ *net.TCPConn) { soon(c.SetReadDeadline) }, os.ErrDeadlineExceeded},
		"we close while we write":           {write, func(c net.Conn, _ *net.TCPConn) { _ = c.Close() }, net.ErrClosed},
		"we have written for long enough":   {write, func(c net.Conn, _ *net.TCPConn) { soon(c.SetWriteDeadline) }, os.ErrDeadlineExceeded},
		"the peer is gone before we write":  {write, func(_ net.Conn, peer *net.TCPConn) { reset(peer) }, nil},
		"nothing is asked of a closed peer": {func(c net.Conn) error { _, err := c.Read(nil); return err }, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ours, _, theirs := pair(t)
			ended := make(chan error, 1)
			go func() { ended <- c.do(ours) }()
			if c.end != nil {
				c.end(ours, theirs)
			}
			var op net.Error
			switch err := <-ended; {
			case c.want != nil && !errors.Is(err, c.want):
				t.Fatalf("%v, want %v", err, c.want)
			case c.want == nil && c.end != nil && !errors.As(err, &op): // reset or a broken pipe, as it falls
				t.Fatalf("%v is no error of the network", err)
			case c.end == nil && err != nil:
				t.Fatal(err)
			}
		})
	}
}
