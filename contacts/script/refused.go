package script

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// RefusedError is a connection that Redis, or a sentinel, did not take: nothing was sent
// over it. It may be taken later, with another password there or other rights.
type RefusedError struct{ Err error }

// Error names the cause and the cure.
func (r *RefusedError) Error() string { return explain("redis takes no connection", r.Err).Error() }

func (r *RefusedError) Unwrap() error { return r.Err }

// unsent reports whether a pipeline that ended in err was never sent: the driver
// gives each command the error of a network, but none that of a handshake.
func unsent(cmds []redis.Cmder, err error) bool {
	for _, c := range cmds {
		if c.Err() != nil {
			return false
		}
	}
	return err != nil
}

// explain names the cause of an error and, where one is known, its cure: first what an
// operator should change, in the words of the flags, then Redis' own.
func explain(what string, err error) error {
	own := strings.ReplaceAll(err.Error(), "\n", "; ") // of several sentinels
	if cure := cureOf(err); cure != "" {
		return fmt.Errorf("%s (%w)", cure, lineError{own, err})
	}
	return fmt.Errorf("%s: %w", what, lineError{own, err})
}

// lineError is an error with its text in one line.
type lineError struct {
	text string
	err  error
}

func (o lineError) Error() string { return o.text }
func (o lineError) Unwrap() error { return o.err }

func cureOf(err error) string {
	text := err.Error()
	whose, password := "redis", "check the user in --redis and --redis-password-file"
	sentinels := strings.Contains(text, "all sentinels")
	if sentinels {
		whose, password = "the sentinels", "check --sentinel-user and --sentinel-password-file"
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case strings.Contains(text, "WRONGPASS"), strings.Contains(text, "invalid password"):
		return whose + " did not take the user or password: " + password
	case strings.Contains(text, "NOAUTH"):
		return whose + " asked for a password: " + password
	case strings.Contains(text, "DB index"):
		return "redis has no database of this number: choose another at the end of --redis, such as /0"
	case strings.Contains(text, "NOPERM"):
		return whose + " did not grant the hub's user all that it needs: SECURITY.md has the rights"
	case sentinels && errors.Is(err, redis.Nil):
		return "the sentinels know no such master: check --redis-master"
	case untrusted:
		return "the certificate of " + whose + " is not trusted: check --redis-ca-file and the name in --redis"
	}
	return ""
}
