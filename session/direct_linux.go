package session

import (
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// direct reads and writes a TCP socket without a word to Go's scheduler. A call of a
// socket that never blocks is over in microseconds; told of it, the scheduler takes the
// thread for one that may wait, and on busy processors hands its work to another. The
// runtime waits for the socket as ever, so deadlines and Close do what they always do.
//
// One goroutine may read while another writes; no more.
type direct struct {
	net.Conn
	raw           syscall.RawConn
	in, out       []byte
	n             int // bytes read
	readFailed    syscall.Errno
	writeFailed   syscall.Errno
	tryIn, tryOut func(fd uintptr) (done bool) // made once, as each is a piece of heap
}

// newDirect returns the connection as it is if there is no socket below it.
func newDirect(c net.Conn) net.Conn {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return c
	}
	d := &direct{Conn: c, raw: raw}
	d.tryIn, d.tryOut = d.receive, d.send
	return d
}

func (d *direct) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	d.in, d.n, d.readFailed = p, 0, 0
	err := d.raw.Read(d.tryIn)
	d.in = nil
	switch {
	case err != nil:
		return 0, err //nolint:wrapcheck // as net words it
	case d.readFailed != 0:
		return 0, d.failed("read", d.readFailed)
	case d.n == 0:
		return 0, io.EOF
	}
	return d.n, nil
}

func (d *direct) Write(p []byte) (int, error) {
	d.out, d.writeFailed = p, 0
	err := d.raw.Write(d.tryOut)
	n := len(p) - len(d.out)
	d.out = nil
	if err == nil && d.writeFailed != 0 {
		err = d.failed("write", d.writeFailed)
	}
	return n, err //nolint:wrapcheck // as net words it
}

func (d *direct) failed(op string, err syscall.Errno) error {
	return &net.OpError{Op: op, Net: "tcp", Source: d.LocalAddr(), Addr: d.RemoteAddr(), Err: os.NewSyscallError(op, err)}
}

func (d *direct) receive(fd uintptr) bool {
	d.n, d.readFailed = call(syscall.SYS_READ, fd, d.in)
	return d.readFailed != syscall.EAGAIN
}

func (d *direct) send(fd uintptr) bool {
	for len(d.out) > 0 && d.writeFailed == 0 {
		var n int
		n, d.writeFailed = call(syscall.SYS_WRITE, fd, d.out)
		d.out = d.out[n:]
	}
	if d.writeFailed != syscall.EAGAIN {
		return true
	}
	d.writeFailed = 0 // the runtime waits for room
	return false
}

// call gives how many bytes went, none with an error.
func call(what, fd uintptr, b []byte) (int, syscall.Errno) {
	for {
		n, _, err := syscall.RawSyscall(what, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))) //nolint:gosec // the bytes stay: b is on the heap, and used after
		if err == 0 {
			return int(n), 0
		}
		if err != syscall.EINTR {
			return 0, err
		}
	}
}
