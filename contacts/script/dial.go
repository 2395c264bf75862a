package script

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"go.uber.org/zap"

	"agenthub/contacts/script/reach"
)

// Target is where Redis is.
type Target struct {
	URL       string      // redis://, rediss:// or unix://; with Master, for the database
	Username  string      // "" is Redis' default user
	Password  string      // "" is none
	Master    string      // --redis-master: the name the sentinels know
	Sentinels []string    // host:port, with Master
	Watch     User        // what the sentinels are told, with Master
	Nodes     []string    // host:port of some nodes of a Redis Cluster, with Key
	Key       string      // one of the tenant's, that is never there: its slot is where the tenant is
	TLS       *tls.Config // of rediss://: whom to trust, and who we are; nil: whom the system trusts
	Dialer    reach.Dial
	Timeout   time.Duration // of one call; default 1 s
	Near      bool          // connect to this machine alone, whatever address the sentinels give
}

// User is whom to sign in as; without a password as nobody.
type User struct{ Name, Password string }

// Follower is a client for blocking reads. It writes nothing, so that an old primary
// which lives on tells it nothing either: whoever misses something calls Redial.
type Follower struct {
	redis.UniversalClient
	*reach.Connections
}

// Dial makes the two clients of a store: one for scripts, one for the blocking
// reads of the follower. Neither retries by itself: a script whose reply was
// lost may have been executed, and only the store knows its request id.
func Dial(t Target) (rdb redis.UniversalClient, follow *Follower, err error) {
	call := cmp.Or(t.Timeout, callTimeout)
	o := &redis.Options{Addr: "embedded"}
	if t.URL != "" {
		if o, err = redis.ParseURL(t.URL); err != nil {
			return nil, nil, fmt.Errorf("redis address: %w", err)
		}
	}
	if t.Password != "" {
		o.Username, o.Password = t.Username, t.Password
	}
	if t.Dialer == nil {
		t.Dialer = (&reach.Connector{Within: callTimeout, TLS: t.tlsConfig(o), Near: t.Near}).Dial
	}
	universal := func(pool int, read time.Duration) redis.UniversalClient {
		u := &redis.UniversalOptions{
			Addrs: []string{o.Addr}, DB: o.DB, Username: o.Username, Password: o.Password,
			Protocol: 2, ContextTimeoutEnabled: true, MaxRetries: -1, DialerRetries: 1,
			DialTimeout: call, ReadTimeout: read, WriteTimeout: call, PoolTimeout: call / 2,
			PoolSize: pool, PipelinePoolSize: -1, MinIdleConns: 1, ConnMaxIdleTime: 5 * time.Minute, Dialer: t.Dialer,
			OnConnect: sayName, DisableIdentity: true,
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		}
		if t.Master != "" {
			u.MasterName, u.Addrs, u.SentinelUsername, u.SentinelPassword = t.Master, t.Sentinels, t.Watch.Name, t.Watch.Password
		}
		if o.Network == "unix" {
			s := u.Simple()
			s.Network = "unix"
			return redis.NewClient(s)
		}
		return redis.NewUniversalClient(u)
	}
	follow = &Follower{}
	if len(t.Nodes) == 0 {
		rdb = universal(16, call+waitTimeout)
		follow.Connections = reach.NewConnections(t.Dialer)
		t.Dialer = follow.Dial
		follow.UniversalClient = universal(4, BlockFor+call)
		return rdb, follow, nil
	}
	finder := &reach.Finder{Seeds: t.Nodes, Key: t.Key, As: redis.Options{
		Username: o.Username, Password: o.Password, Protocol: 2, MaxRetries: -1, DialerRetries: 1, PoolSize: 1, Dialer: t.Dialer,
		DialTimeout: call / 5, ReadTimeout: call / 5, WriteTimeout: call / 5, // of one node: a silent one leaves time for others
		ContextTimeoutEnabled: true, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}}
	own := reach.NewConnections(finder.Dial)
	follow.Connections = reach.NewConnections(finder.Dial)
	t.Dialer = own.Dial
	rdb = universal(16, call+waitTimeout)
	rdb.AddHook(reach.Leaver{Leave: own.Redial})
	t.Dialer = follow.Dial
	follow.UniversalClient = universal(4, BlockFor+call)
	follow.AddHook(reach.Leaver{Leave: follow.Redial})
	return rdb, follow, nil
}

// tlsConfig is nil for a connection in the clear.
func (t *Target) tlsConfig(o *redis.Options) *tls.Config {
	if o.TLSConfig == nil {
		return nil
	}
	config := &tls.Config{}
	if t.TLS != nil {
		config = t.TLS.Clone()
	}
	config.MinVersion, config.InsecureSkipVerify = tls.VersionTLS12, o.TLSConfig.InsecureSkipVerify
	return config
}

// sayName names the connection for who looks at Redis' clients. Who may not say it works without.
func sayName(ctx context.Context, conn *redis.Conn) error {
	err := conn.ClientSetName(ctx, "agenthub").Err()
	if redis.HasErrorPrefix(err, "NOPERM") || redis.HasErrorPrefix(err, "ERR unknown command") {
		return nil
	}
	return err
}

// LogDriver sends what the driver says to log. It holds for the process: call it
// once, before the first Dial.
func LogDriver(log *zap.Logger) { redis.SetLogger(driverLog{log.Named("redis")}) }

// driverLog tells what the driver says about its connections, at debug level:
// it says it dozens of times in one failover, and every call tells its own error.
type driverLog struct{ log *zap.Logger }

func (d driverLog) Printf(_ context.Context, format string, _ ...any) {
	d.log.Debug("driver", zap.String("reason", format))
}
