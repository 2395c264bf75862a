package target

import (
	"errors"
	"net"
	"strings"
)

// redisAddress is redis://[user:password@]host:port[,host:port][/db], cut where
// the hosts are.
type redisAddress struct {
	before, after string
	hosts         []string
}

// parseRedis cuts an address. An error must not quote it: it may hold a password.
func parseRedis(address, port string) (redisAddress, error) {
	wrong := errors.New("--redis is none of embedded, managed, redis://host:port/db, rediss://host:port/db, unix:///path")
	scheme, rest, ok := strings.Cut(address, "://")
	if scheme == "unix" && strings.HasPrefix(rest, "/") {
		return redisAddress{before: address}, nil
	}
	if !ok || scheme != "redis" && scheme != "rediss" {
		return redisAddress{}, wrong
	}
	a := redisAddress{before: scheme + "://"}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		a.before, rest = a.before+rest[:at+1], rest[at+1:]
	}
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		rest, a.after = rest[:end], rest[end:]
	}
	a.hosts = strings.Split(rest, ",")
	for i, host := range a.hosts {
		if host == "" {
			return redisAddress{}, wrong
		}
		if _, _, err := net.SplitHostPort(host); err != nil {
			a.hosts[i] = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
	}
	return a, nil
}

// ports of a Redis that names none.
const (
	redisPort    = "6379"
	sentinelPort = "26379"
)
