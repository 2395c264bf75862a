package contactstest

import (
	"context"
	"errors"
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
	r := &RedisServer{Socket: filepath.Join(dir, "redis.sock")}
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return r, errors.New("redis-server is not installed: run `make deps`")
	}
	r.process = exec.Command(path, append([]string{"--port", "0", "--unixsocket", r.Socket, "--save", "", "--dir", dir}, args...)...) //nolint:gosec,noctx // a test's own server, which outlives a test
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
