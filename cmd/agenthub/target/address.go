package target

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// redisAddress is redis://[user:password@]host:port[,host:port][/db], cut where
// the hosts are.
type redisAddress struct {
	scheme, after  string
	hosts          []string
	user, password string
}

// ports of a Redis that names none.
const (
	redisPort    = "6379"
	sentinelPort = "26379"
)

// parseRedis cuts an address. An error must not quote it: it may hold a password.
func parseRedis(address, port string) (redisAddress, error) {
	wrong := errors.New("--redis is none of embedded, managed, redis://host:port/db, rediss://host:port/db, unix:///path")
	scheme, rest, ok := strings.Cut(address, "://")
	if scheme == "unix" && strings.HasPrefix(rest, "/") {
		return redisAddress{scheme: scheme, after: rest}, nil
	}
	if !ok || scheme != "redis" && scheme != "rediss" {
		return redisAddress{}, wrong
	}
	a := redisAddress{scheme: scheme}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		var err error
		if a.user, a.password, err = parseUser(rest[:at]); err != nil {
			return redisAddress{}, err
		}
		rest = rest[at+1:]
	}
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		rest, a.after = rest[:end], rest[end:]
	}
	a.hosts = strings.Split(rest, ",")
	for i, host := range a.hosts {
		if host == "" || strings.ContainsAny(host, " #%") {
			return redisAddress{}, wrong
		}
		if _, _, err := net.SplitHostPort(host); err != nil {
			a.hosts[i] = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
	}
	return a, nil
}

// parseUser reads what stands before the @. A character that ends the host, or begins
// an escape, makes another address of it, one that shows half a password as a host.
func parseUser(text string) (user, password string, err error) {
	user, password, _ = strings.Cut(text, ":")
	unescaped := strings.ContainsAny(text, "/?#[] ")
	for _, part := range []*string{&user, &password} {
		var wrong error
		*part, wrong = url.PathUnescape(*part)
		unescaped = unescaped || wrong != nil
	}
	if unescaped {
		return "", "", errors.New("the user or password in --redis has one of / ? # % [ ] unescaped: " +
			"write it as %2F %3F %23 %25 %5B %5D, or give the password in --redis-password-file")
	}
	return user, password, nil
}

// url is the address of one host, without user and password.
func (a redisAddress) url(host string) string { return a.scheme + "://" + host + a.after }

// passwordIn finds the password in an argument that has an address; to is 0 if there is none.
func passwordIn(arg string) (from, to int) {
	begin := strings.Index(arg, "://")
	at := strings.LastIndexByte(arg, '@')
	if begin < 0 || at < begin {
		return 0, 0
	}
	colon := strings.IndexByte(arg[begin+3:at], ':')
	if colon < 0 {
		return 0, 0
	}
	return begin + 3 + colon + 1, at
}
