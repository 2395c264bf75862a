//go:build linux

// Package wire is WebSocket clients on bare file descriptors: many on one thread,
// at the cost of one read and one write a frame.
package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Socket is one WebSocket client on a bare file descriptor: a frame costs the
// generator one read and one write, and no goroutine.
type Socket struct {
	fd   int
	rest []byte // of a frame that is not complete yet
}

const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

var errRefusedBusy = errors.New("the hub is busy")

// Dial connects and upgrades. It blocks.
func Dial(port int, path, protocol, token string) (*Socket, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	s := &Socket{fd: fd}
	if err := s.handshake(port, path, protocol, token); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// DialPatiently comes back when the hub says that it is busy, as a client does.
func DialPatiently(ctx context.Context, port int, path, protocol, token string) (*Socket, error) {
	for try := 0; ; try++ {
		s, err := Dial(port, path, protocol, token)
		if !errors.Is(err, errRefusedBusy) || try == 50 {
			return s, err
		}
		Pause(ctx, 200*time.Millisecond)
	}
}

func connect(fd, port int) error {
	for {
		err := unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
		switch err {
		case unix.EINTR, unix.EALREADY: // the Go runtime's own signals
		case unix.EISCONN:
			return nil
		default:
			return err
		}
	}
}

func (s *Socket) handshake(port int, path, protocol, token string) error {
	limit := unix.Timeval{Sec: 20}
	err := errors.Join(
		unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
		unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
		connect(s.fd, port),
	)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: aHViYmVuY2gtaHViYmVuYw==\r\n", path, port)
	if protocol != "" {
		fmt.Fprintf(&b, "Sec-WebSocket-Protocol: %s\r\n", protocol)
	}
	if token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", token)
	}
	b.WriteString("\r\n")
	if err := s.Send([]byte(b.String())); err != nil {
		return err
	}
	head := make([]byte, 0, 4096)
	for !bytes.Contains(head, []byte("\r\n\r\n")) {
		n, err := unix.Read(s.fd, head[len(head):cap(head)])
		if err == unix.EINTR {
			continue // the Go runtime's own signals
		}
		if err != nil {
			return fmt.Errorf("upgrade: %w", err)
		}
		if n <= 0 {
			return fmt.Errorf("upgrade: %w", io.ErrUnexpectedEOF)
		}
		head = head[:len(head)+n]
	}
	switch {
	case bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")):
	case bytes.HasPrefix(head, []byte("HTTP/1.1 503 ")):
		return errRefusedBusy
	default:
		line, _, _ := bytes.Cut(head, []byte("\r\n"))
		return fmt.Errorf("upgrade refused: %s", line)
	}
	_, early, _ := bytes.Cut(head, []byte("\r\n\r\n"))
	s.rest = bytes.Clone(early)
	return unix.SetNonblock(s.fd, true)
}

// Close ends the connection without a word.
func (s *Socket) Close() error { return unix.Close(s.fd) }

// Send writes what is small enough to fit the kernel's buffer.
func (s *Socket) Send(b []byte) error {
	n, err := unix.Write(s.fd, b)
	for err == unix.EINTR {
		n, err = unix.Write(s.fd, b)
	}
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if n != len(b) {
		return errors.New("write: the peer does not read")
	}
	return nil
}

// Receive reads once and gives each whole text frame to got; pings are answered.
func (s *Socket) Receive(buf []byte, got func(payload []byte) error) error {
	n, err := unix.Read(s.fd, buf)
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return fmt.Errorf("read: %w", err)
	case n == 0:
		return errors.New("read: the peer closed")
	}
	data := buf[:n]
	if len(s.rest) > 0 {
		s.rest = append(s.rest, data...)
		data = s.rest
	}
	rest, err := s.frames(data, got)
	if len(rest) > 0 {
		s.rest = append(s.rest[:0], rest...)
	} else {
		s.rest = s.rest[:0]
	}
	return err
}

// Early gives what came with the upgrade to got.
func (s *Socket) Early(got func(payload []byte) error) error {
	rest, err := s.frames(s.rest, got)
	s.rest = append(s.rest[:0], rest...)
	return err
}

// frames hands out the whole frames of data and returns what is left.
func (s *Socket) frames(data []byte, got func([]byte) error) ([]byte, error) {
	for len(data) >= 2 {
		op, size, from := data[0]&0x0f, int(data[1]), 2
		switch size {
		case 126:
			if len(data) < 4 {
				return data, nil
			}
			size, from = int(binary.BigEndian.Uint16(data[2:])), 4
		case 127:
			return nil, errors.New("frame over 64 KiB")
		}
		if len(data) < from+size {
			return data, nil
		}
		payload := data[from : from+size]
		data = data[from+size:]
		var err error
		switch op {
		case opText:
			err = got(payload)
		case opPing:
			err = s.Send(maskedFrame(opPong, payload))
		case opClose:
			err = errors.New("closed by the peer")
			if len(payload) >= 2 {
				err = fmt.Errorf("closed by the peer: %d %s", binary.BigEndian.Uint16(payload), payload[2:])
			}
		}
		if err != nil {
			return data, err
		}
	}
	return data, nil
}

// TextFrame makes a frame of text.
func TextFrame(payload []byte) []byte { return maskedFrame(opText, payload) }

// maskedFrame makes a client's frame. The mask is zero, which is a mask like any
// other to the server, and lets a prebuilt frame be changed in place.
func maskedFrame(op byte, payload []byte) []byte {
	b := []byte{0x80 | op}
	if len(payload) < 126 {
		b = append(b, 0x80|byte(len(payload))) //nolint:gosec // below 126
	} else {
		b = append(b, 0x80|126)
		b = binary.BigEndian.AppendUint16(b, uint16(len(payload))) //nolint:gosec // our own small frames
	}
	b = append(b, 0, 0, 0, 0)
	return append(b, payload...)
}
