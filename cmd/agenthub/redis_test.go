package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// redisServer is a redis-server of one test, on loopback, that can be stopped
// and started again.
type redisServer struct {
	*process
	t       *testing.T
	dir     string
	address string
	args    []string
	program string
}

// requireRedis finds redis-server; without it a test is skipped at a desk and
// fails under CI.
func requireRedis(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") == "":
		t.Skip("redis-server is not installed: run `make deps`")
	default:
		t.Fatal("redis-server is not installed")
	}
	return ""
}

// newRedis prepares a server and does not start it.
func newRedis(t *testing.T, args ...string) *redisServer {
	t.Helper()
	return &redisServer{t: t, dir: t.TempDir(), address: freeAddress(t), args: args, program: requireRedis(t)}
}

// startRedis starts a server that keeps an append-only file. With appendfsync
// everysec a busy disk would put writes off, and a killed server lose them.
func startRedis(t *testing.T) *redisServer {
	t.Helper()
	r := newRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	r.start()
	return r
}

// start starts the server, or starts it again with what it kept.
func (r *redisServer) start() {
	r.t.Helper()
	_, port, _ := net.SplitHostPort(r.address)
	args := append([]string{"--bind", "127.0.0.1", "--port", port, "--dir", r.dir, "--save", ""}, r.args...)
	r.process = startProcess(r.t, exec.CommandContext(context.WithoutCancel(r.t.Context()), r.program, args...))
	eventually(r.t, "redis answers", func() bool {
		said := r.do("PING")
		return said == "PONG" || strings.HasPrefix(said, "-NOAUTH")
	})
}

func (r *redisServer) url() string { return "redis://" + r.address + "/0" }

// do runs one inline command and returns its reply, one line or a bulk string;
// "" if nobody answers.
func (r *redisServer) do(command string) string {
	conn, err := net.DialTimeout("tcp", r.address, patience)
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return ""
	}
	reply := bufio.NewReader(conn)
	line, _ := reply.ReadString('\n')
	line = strings.TrimSpace(line)
	size, bulk := strings.CutPrefix(line, "$")
	if !bulk {
		return strings.TrimLeft(line, "+:")
	}
	n, _ := strconv.Atoi(size)
	text := make([]byte, max(0, n)) // -1 is nothing
	if _, err := io.ReadFull(reply, text); err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
