package main

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestFirstCauseIsTold starts hubs on stores that cannot be used: /readyz and the log
// both name what is wrong and what to change, and not what follows from it.
func TestFirstCauseIsTold(t *testing.T) {
	t.Parallel()
	locked := newRedis(t, "--requirepass", "right", "--user", "hub", "on", ">pw", "~*", "&*", "+@all",
		"--user", "blind", "on", ">pw", "~*", "&*", "+@all", "-info",
		"--user", "hasty", "on", ">pw", "~*", "&*", "+@all", "-wait",
		"--user", "nameless", "on", ">pw", "~*", "&*", "+@all", "-client")
	locked.start()
	open, evicting := newRedis(t), newRedis(t, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
	open.start()
	evicting.start()
	host, port, _ := net.SplitHostPort(locked.address)
	replica := newRedis(t, "--replicaof", host, port, "--masterauth", "right")
	replica.start()
	sentinel := startSentinel(t, host, port, 1)
	barred := startSentinel(t, host, port, 1, "requirepass watch")
	for name, tt := range map[string]struct{ args, want string }{
		"wrong password":          {"--redis redis://:wrong@" + locked.address, "redis did not take the user or password: check the user in --redis and --redis-password-file (WRONGPASS"},
		"no password":             {"--redis redis://" + locked.address, "redis asked for a password: check"},
		"database out of range":   {"--redis redis://" + open.address + "/99", "redis has no database of this number"},
		"no INFO":                 {"--redis redis://blind:pw@" + locked.address, "SECURITY.md has the rights (NOPERM"},
		"no WAIT":                 {"--durability replica --redis redis://hasty:pw@" + locked.address, "SECURITY.md has the rights (NOPERM"},
		"no CLIENT":               {"--redis redis://nameless:pw@" + locked.address, ""},
		"a replica":               {"--redis redis://" + replica.address, "redis is a replica"},
		"evicting":                {"--redis redis://" + evicting.address, "redis evicts keys"},
		"sentinels with password": {"--redis-master hub --redis redis://" + barred.address, "the sentinels asked for a password"},
		"no such master":          {"--redis-master hubb --redis redis://:right@" + sentinel.address, "the sentinels know no such master: check --redis-master"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := launchNode(t, strings.Fields(tt.args)...)
			if tt.want == "" {
				n.awaitReady(t)
				return
			}
			last := ""
			eventually(t, "it is told", func() bool {
				status, said := get(t, n.url+"/readyz")
				if status == http.StatusServiceUnavailable && said != last {
					if last = said; !strings.Contains(said, tt.want) {
						t.Errorf("/readyz says %q, want %q", said, tt.want)
					}
				}
				log := n.err.String()
				return last != "" && strings.Contains(log, `"the store cannot be used"`) && strings.Contains(log, tt.want)
			})
			if log := n.err.String(); strings.Contains(log, "not all there") || strings.Contains(log, "not known yet") {
				t.Errorf("the log says\n%s", tailOf(log))
			}
		})
	}
}
