//go:build linux

// Package lab is a machine's part of a bench: the processes that are measured, the
// contacts they have, and the books that their answers are held against.
package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/session/identity"
)

const secret = "a secret of the bench, which lives as long as it runs"

// Lab is the machine's part of a run: a redis-server, hubs and an echo server,
// each a process of its own on loopback, so that their processor time can be
// told apart. The generator is this process.
type Lab struct {
	dir      string
	HubBin   string
	redis    *Process // nil if the Redis was given
	RedisPID int
	rport    int
	Redis    *redis.Client
	tokens   map[string]string
	Law      bool // sites have rules that forbid nothing, see lay
	procs    []*Process
	counted  bool // see NewCounted
	dumps    int  // what valgrind wrote down
}

// Process is one child.
type Process struct {
	cmd    *exec.Cmd
	Port   int
	Admin  int
	Tenant string
	gone   chan struct{}
	log    string
}

// PID is the number the kernel gave it.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// New builds the hub and starts Redis. given is the port of a Redis that runs
// already, 0 for one of our own.
func New(ctx context.Context, hubBin string, given int, aof bool) (*Lab, error) {
	return open(ctx, &Lab{HubBin: hubBin, rport: given}, aof)
}

func open(ctx context.Context, l *Lab, aof bool) (*Lab, error) {
	dir, err := os.MkdirTemp("", "hubbench-")
	if err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	l.dir, l.tokens = dir, map[string]string{}
	if err := l.start(ctx, aof); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Lab) start(ctx context.Context, aof bool) error {
	if l.HubBin == "" {
		l.HubBin = filepath.Join(l.dir, "agenthub")
		build := exec.CommandContext(ctx, "go", "build", "-o", l.HubBin, "agenthub/cmd/agenthub") //nolint:gosec // a file of ours
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build the hub: %w\n%s", err, out)
		}
	}
	if l.rport == 0 {
		port, err := freePort(ctx)
		if err != nil {
			return err
		}
		l.rport = port
		yes := "no"
		if aof {
			yes = "yes"
		}
		command := []string{"redis-server"}
		if l.counted {
			command = append(l.count(), command...)
		}
		command = append(command, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "",
			"--appendonly", yes, "--dir", l.dir, "--maxmemory-policy", "noeviction", "--daemonize", "no")
		l.redis, err = l.launch(ctx, "redis", command[0], nil, command[1:]...)
		if err != nil {
			return err
		}
	}
	if err := l.await(ctx, l.redis, func() error { return dial(ctx, l.rport) }); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	l.Redis = redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", l.rport), MaxRetries: -1, DisableIdentity: true})
	info, err := l.Redis.Info(ctx, "server").Result()
	if err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	l.RedisPID, _ = strconv.Atoi(infoField(info, "process_id"))
	if _, err := cpuOf(l.RedisPID); err != nil {
		return fmt.Errorf("redis runs on another machine: %w", err)
	}
	return l.refuseForeign(ctx)
}

func infoField(info, name string) string {
	_, rest, _ := strings.Cut(info, name+":")
	value, _, _ := strings.Cut(rest, "\r")
	return value
}

// TenantPrefix begins the tenants of a bench: what is not under it is somebody's.
const TenantPrefix = "hubbench-"

// isOurs tells our keys from somebody else's.
func isOurs(key string) bool {
	return strings.HasPrefix(key, "ah:{"+TenantPrefix) || strings.HasPrefix(key, TenantPrefix)
}

// refuseForeign keeps the bench away from data that is not its own.
func (l *Lab) refuseForeign(ctx context.Context) error {
	keys := l.Redis.Scan(ctx, 0, "", 1000).Iterator()
	for keys.Next(ctx) {
		if !isOurs(keys.Val()) {
			return errors.New("this Redis holds keys that are not of a bench: use an empty one")
		}
	}
	return keys.Err()
}

func freePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	ln, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a port: %w", err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().(*net.TCPAddr).Port, nil
}

// launch starts a program that writes to a log of its own in the lab's directory.
func (l *Lab) launch(ctx context.Context, name, program string, env []string, args ...string) (*Process, error) {
	p := &Process{gone: make(chan struct{}), log: filepath.Join(l.dir, name+".log")}
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer func() { _ = out.Close() }()
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), program, args...) //nolint:gosec // ours, redis-server or ourselves
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = append(os.Environ(), env...), out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { _ = p.cmd.Wait(); close(p.gone) }() // close waits for gone
	l.procs = append(l.procs, p)
	return p, nil
}

func (l *Lab) await(ctx context.Context, p *Process, ready func() error) error {
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	var gone chan struct{}
	if p != nil {
		gone = p.gone
	}
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-gone:
			text, _ := os.ReadFile(p.log)
			return fmt.Errorf("it ended at once:\n%s", text)
		case <-limit.C:
			return fmt.Errorf("not ready: %w", err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// StartHub starts a hub for a tenant and waits until it is ready.
func (l *Lab) StartHub(ctx context.Context, name, tenant string, args ...string) (*Process, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	admin, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	all := append([]string{
		"serve", "--listen", fmt.Sprintf("127.0.0.1:%d", port), "--admin-listen", fmt.Sprintf("127.0.0.1:%d", admin),
		"--redis", fmt.Sprintf("redis://127.0.0.1:%d", l.rport), "--durability", "primary", "--tenant", tenant,
		"--accept-rate", "1000000", "--drain", "1s",
		// Here everybody skips all day. Each agent's alerts would be a fifth of the work of its first seconds.
		"--alert-row", "1000", "--alert-burst", "1000", "--alert-least", "1000",
	}, args...)
	p, err := l.launch(ctx, name, l.HubBin, []string{"AGENTHUB_JWT_SECRET=" + secret, "AGENTHUB_UNKNOWN_CAMPAIGN=accept", "AGENTHUB_RULES=none"}, all...)
	if err != nil {
		return nil, err
	}
	p.Port, p.Admin, p.Tenant = port, admin, tenant
	return p, l.await(ctx, p, func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/readyz", port), nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("readyz: %s", res.Status)
		}
		return nil
	})
}

// StartSelf starts this program again as one of its small servers.
func (l *Lab) StartSelf(ctx context.Context, role string) (*Process, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	me, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find myself: %w", err)
	}
	p, err := l.launch(ctx, role, me, nil, role, strconv.Itoa(port))
	if err != nil {
		return nil, err
	}
	p.Port = port
	return p, l.await(ctx, p, func() error { return dial(ctx, port) })
}

// dial reports whether somebody listens.
func dial(ctx context.Context, port int) error {
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	return c.Close()
}

// End stops a child and waits for it.
func (p *Process) End() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
	select {
	case <-p.gone:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.gone
	}
}

// TellLogs shows the last words of every process: a bench that failed should say why.
func (l *Lab) TellLogs(to io.Writer) {
	for _, p := range l.procs {
		text, _ := os.ReadFile(p.log)
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		_, _ = fmt.Fprintf(to, "%s:\n%s\n", filepath.Base(p.log), strings.Join(lines[max(0, len(lines)-5):], "\n"))
	}
}

// Close ends every process, the newest first, and removes their files.
func (l *Lab) Close() error {
	if l.Redis != nil {
		_ = l.Redis.Close()
	}
	for _, p := range slices.Backward(l.procs) {
		p.End()
	}
	return os.RemoveAll(l.dir)
}

// Token signs somebody in.
func (l *Lab) Token(name, tenant string, role identity.Role) (string, error) {
	if t, ok := l.tokens[tenant+"/"+name]; ok {
		return t, nil
	}
	t, err := identity.Sign([]byte(secret), identity.Identity{Agent: identity.AgentID(name), Role: role, Tenant: tenant}, 24*time.Hour)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	l.tokens[tenant+"/"+name] = t
	return t, nil
}
