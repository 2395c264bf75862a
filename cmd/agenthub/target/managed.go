package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// managed is a redis-server of the hub's own, on a unix socket in the data
// directory: every change is in its file before it is answered.
type managed struct {
	dir  string
	log  *zap.Logger
	lock *os.File // held as long as this hub owns the directory

	stopping chan struct{}
	done     sync.WaitGroup
}

// ManagedSocket is where it listens, in the data directory.
const ManagedSocket = "redis.sock"

const (
	managedStart  = 30 * time.Second // a big file takes its time
	managedStop   = 20 * time.Second
	longestSocket = 100 // bytes a unix socket's path may have, with some to spare
)

// startManaged takes the directory and starts the server. What a hub that was
// killed left running there is ended first: its file is complete.
func startManaged(ctx context.Context, dir string, log *zap.Logger) (*managed, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("--data-dir: %w", err)
	}
	if len(filepath.Join(dir, ManagedSocket)) > longestSocket {
		return nil, fmt.Errorf("--data-dir %s is too long for a unix socket", dir)
	}
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errors.New("--redis managed needs redis-server, which is not installed")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("--data-dir: %w", err)
	}
	m := &managed{dir: dir, log: log.Named("redis"), stopping: make(chan struct{})}
	if m.lock, err = os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil { //nolint:gosec // the operator names it
		return nil, fmt.Errorf("--data-dir: %w", err)
	}
	if err := syscall.Flock(int(m.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another hub uses --data-dir %s", dir), m.lock.Close())
	}
	if err := m.endOrphan(ctx); err != nil {
		return nil, errors.Join(err, m.lock.Close())
	}
	server, err := m.launch(ctx, program)
	if err != nil {
		return nil, errors.Join(err, m.lock.Close())
	}
	m.done.Go(func() { m.keep(context.WithoutCancel(ctx), program, server) })
	return m, nil
}

// url is where the server listens.
func (m *managed) url() string { return "unix://" + filepath.Join(m.dir, ManagedSocket) }

// child is one run of redis-server; gone is closed when it ended.
type child struct {
	*exec.Cmd
	gone chan struct{}
}

// launch starts the server and waits until it takes connections.
func (m *managed) launch(ctx context.Context, program string) (*child, error) {
	output, err := os.OpenFile(filepath.Join(m.dir, "redis.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--data-dir: %w", err)
	}
	defer func() { _ = output.Close() }()
	// Not tied to ctx: the server outlives the signal that begins the drain.
	server := exec.CommandContext(context.WithoutCancel(ctx), program, //nolint:gosec // looked up by name
		"--port", "0", "--unixsocket", filepath.Join(m.dir, ManagedSocket), "--unixsocketperm", "700", "--dir", m.dir,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction",
		"--hash-max-listpack-value", "256", // a contact with a sealed number takes half the memory so
		"--daemonize", "no")
	server.Stdout, server.Stderr = output, output
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the hub alone
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("start redis-server: %w", err)
	}
	c := &child{server, make(chan struct{})}
	m.done.Go(func() {
		_ = server.Wait() // how it ended is in its log
		close(c.gone)
	})
	limit := time.NewTimer(managedStart)
	defer limit.Stop()
	for !m.answers(ctx) {
		select {
		case <-c.gone:
			return nil, fmt.Errorf("redis-server ended at once; see %s", filepath.Join(m.dir, "redis.log"))
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), m.end(c))
		case <-limit.C:
			return nil, errors.Join(fmt.Errorf("redis-server does not answer; see %s", filepath.Join(m.dir, "redis.log")), m.end(c))
		case <-time.After(20 * time.Millisecond):
		}
	}
	return c, nil
}

// keep starts the server again whenever it ends by itself.
func (m *managed) keep(ctx context.Context, program string, c *child) {
	for {
		select {
		case <-m.stopping:
			if err := m.end(c); err != nil {
				m.log.Warn("redis-server was killed", zap.Error(err))
			}
			return
		case <-c.gone:
		}
		m.log.Error("redis-server ended, starting it again")
		for again, err := m.launch(ctx, program); ; again, err = m.launch(ctx, program) {
			if err == nil {
				c = again
				break
			}
			m.log.Error("redis-server cannot be started", zap.Error(err))
			select {
			case <-m.stopping:
				return
			case <-time.After(time.Second):
			}
		}
	}
}

// end asks the server to finish its file, and kills it if it does not.
func (m *managed) end(c *child) error {
	_ = c.Process.Signal(syscall.SIGTERM) // it may be gone already
	select {
	case <-c.gone:
		return nil
	case <-time.After(managedStop):
		_ = c.Process.Kill()
		<-c.gone
		return fmt.Errorf("it did not end within %s", managedStop)
	}
}

// close ends the server after the last change and gives the directory free.
func (m *managed) close() error {
	close(m.stopping)
	m.done.Wait()
	return m.lock.Close()
}

// answers reports whether something speaks RESP at the socket and has its file loaded.
func (m *managed) answers(ctx context.Context) bool {
	said, err := Say(ctx, m.dir, "PING\r\n")
	return err == nil && said == "+PONG\r\n"
}

// endOrphan shuts the server of a killed hub down and waits for its end.
func (m *managed) endOrphan(ctx context.Context) error {
	limit := time.Now().Add(managedStop)
	for time.Now().Before(limit) {
		_, err := Say(ctx, m.dir, "SHUTDOWN\r\n")
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("a redis-server in --data-dir %s does not end", m.dir)
}

// Say sends one inline command to the server of a data directory and returns the
// reply's first bytes.
func Say(ctx context.Context, dir, command string) (string, error) {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "unix", filepath.Join(dir, ManagedSocket))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte(command)); err != nil {
		return "", err
	}
	reply := make([]byte, 64)
	n, err := conn.Read(reply)
	return string(reply[:n]), err
}
