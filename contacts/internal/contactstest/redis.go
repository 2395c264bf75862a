package contactstest

import (
	"context"
	_ "embed" // clock.c
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"agenthub/contacts/script"
)

// redisSocket starts one private redis-server for the package, on a unix socket.
var redisSocket = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "agenthub-redis-")
	if err != nil {
		return "", err
	}
	args, err := withUser("--appendonly", "no")
	if err != nil {
		return "", err
	}
	server, err := StartRedis(dir, args...)
	stopRedis = func() {
		server.Kill()
		_ = os.RemoveAll(dir)
	}
	return server.Socket, err
})

// RedisServer is a redis-server of the test's own.
type RedisServer struct {
	Socket  string
	process *exec.Cmd
}

// StartRedis starts a redis-server in a directory and waits until it answers.
func StartRedis(dir string, args ...string) (*RedisServer, error) {
	return startRedis(dir, nil, args...)
}

//go:embed testdata/clock.c
var clockSource []byte

// FakeClock starts a redis-server whose wall clock SetClock puts forward or back.
func FakeClock(dir string, args ...string) (*RedisServer, error) {
	source, library := filepath.Join(dir, "clock.c"), filepath.Join(dir, "clock.so")
	if err := errors.Join(SetClock(dir, 0), os.WriteFile(source, clockSource, 0o600)); err != nil {
		return nil, err
	}
	if told, err := exec.Command("cc", "-shared", "-fPIC", "-O1", "-o", library, source).CombinedOutput(); err != nil { //nolint:gosec,noctx // a test's own
		return nil, fmt.Errorf("compile the clock: %w: %s", err, told)
	}
	return startRedis(dir, append(os.Environ(), "LD_PRELOAD="+library, "CLOCK_OFFSET="+filepath.Join(dir, "clock")), args...)
}

// SetClock puts the clock of a FakeClock so many seconds off.
func SetClock(dir string, seconds int64) error {
	f, err := os.OpenFile(filepath.Join(dir, "clock"), os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // as above
	if err != nil {
		return err
	}
	_, err = f.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(seconds)), 0) //nolint:gosec // two's complement, as C has it
	return errors.Join(err, f.Close())
}

func startRedis(dir string, env []string, args ...string) (*RedisServer, error) {
	r := &RedisServer{Socket: filepath.Join(dir, "redis.sock")}
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return r, errors.New("redis-server is not installed: run `make deps`")
	}
	r.process = exec.Command(path, append([]string{"--port", "0", "--unixsocket", r.Socket, "--save", "", "--dir", dir}, args...)...) //nolint:gosec,noctx // a test's own server, which outlives a test
	r.process.Env = env
	if err := r.process.Start(); err != nil {
		return r, err
	}
	rdb, follow, err := script.Dial(script.Target{URL: "unix://" + r.Socket})
	if err != nil {
		return r, err
	}
	defer func() { _ = errors.Join(rdb.Close(), follow.Close()) }()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for rdb.Ping(ctx).Err() != nil && ctx.Err() == nil {
		<-time.After(5 * time.Millisecond)
	}
	return r, ctx.Err()
}

// Kill ends it as a crash would.
func (r *RedisServer) Kill() {
	if r.process == nil {
		return
	}
	_ = r.process.Process.Kill()
	_ = r.process.Wait()
}

var stopRedis = func() {}

// NeedRedis ends a test that has no Redis: skipped at a desk, failed in CI.
func NeedRedis(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case os.Getenv("CI") == "":
		tb.Skip(err)
	default:
		tb.Fatal(err)
	}
}

// SharedRedis is the socket of the package's redis-server.
func SharedRedis(t *testing.T) string {
	t.Helper()
	socket, err := redisSocket()
	NeedRedis(t, err)
	return socket
}

// Main runs a package's tests and ends its redis-server.
func Main(m *testing.M) {
	script.LogDriver(zap.NewNop())
	code := m.Run()
	stopRedis()
	os.Exit(code)
}

// Signal sends the process a signal.
func (r *RedisServer) Signal(sig os.Signal) error { return r.process.Process.Signal(sig) }
