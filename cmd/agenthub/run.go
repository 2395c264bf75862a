package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/zap"

	"agenthub/cmd/agenthub/admin"
	"agenthub/cmd/agenthub/command"
	"agenthub/cmd/agenthub/front"
	"agenthub/cmd/agenthub/garbage"
	"agenthub/cmd/agenthub/signin"
	"agenthub/contacts"
	"agenthub/contacts/api"
	"agenthub/contacts/desk"
	"agenthub/contacts/feed"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/hub"
	"agenthub/hub/admission"
	"agenthub/session/identity"
	"agenthub/web"
)

// serve binds the listeners, so that a busy port is told before anything else
// happens, and runs the hub.
func serve(ctx context.Context, cfg *config, std command.Streams) error {
	public, err := listen(ctx, "--listen", cfg.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = public.Close() }()
	var inside net.Listener
	if cfg.AdminListen != "" {
		if inside, err = listen(ctx, "--admin-listen", cfg.AdminListen); err != nil {
			return err
		}
		defer func() { _ = inside.Close() }()
	}
	log, sync := command.NewLogger(cfg.LogLevel, std.Err)
	defer sync()
	return run(ctx, cfg, public, inside, std.Out, log)
}

func listen(ctx context.Context, flag, address string) (net.Listener, error) {
	ln, err := listenAt(ctx, address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("another program listens on %s; choose another address with %s", address, flag)
	case err != nil:
		return nil, fmt.Errorf("%s %s: %w", flag, address, err)
	}
	return ln, nil
}

// run is the whole hub: it connects the parts, serves until ctx ends, drains,
// and waits for everything it started. inside, the admin listener, may be nil.
func run(ctx context.Context, cfg *config, public, inside net.Listener, out io.Writer, log *zap.Logger) (err error) {
	script.LogDriver(log)
	metrics := newMetrics()
	node := newNode()
	place, err := cfg.Open(ctx, cfg.phoneKey != nil, store.NoKey(cfg.Tenant), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, place.Close()) }()
	rooms, err := openRooms(ctx, cfg, place, node, metrics, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rooms.close()) }()

	verifier, demo, err := cfg.SignIn.Verifier(cfg.Tenant, metrics)
	if err != nil {
		return err
	}
	sockets, err := hub.New(hub.Options{
		Routes: routes(rooms.desk, rooms.feed), Claims: rooms.desk, Tickets: rooms.tickets, Verifier: verifier, Node: node, Grace: cfg.Grace, Now: rooms.store.Now,
		PublicURL: cfg.PublicURL, AllowedOrigins: cfg.AllowedOrigins, TrustedProxies: cfg.proxies, Log: log, Registerer: metrics,
		Support: cfg.SignIn.SupportText, Limits: hub.Limits{Accepts: cfg.AcceptRate},
	})
	if err != nil {
		return err
	}
	pages, err := newPages(ctx, cfg, log)
	if err != nil {
		return err
	}
	notes := func() []string { return append(rooms.store.Notes(), pages.note()...) }
	ready := &readiness{zones: rooms.zones.Data, notes: notes, check: func(ctx context.Context) error {
		if err := rooms.store.Ready(ctx); err != nil { // first, since all else follows from it
			return err
		}
		if !sockets.Beating() {
			return errors.New("the store has not taken this node's beat for 7 seconds")
		}
		return rooms.feed.Ready()
	}}
	admin.Ready(metrics, ready.ask, ready.draining.Load)
	admin.Census(metrics, rooms.count)
	calls := api.New(api.Options{
		Store: rooms.store, Read: rooms.read, Past: rooms.past, Alerts: rooms.feed, Laws: rooms.store, Layers: rooms.store.Layers(), Parts: rooms.uploads, Zones: rooms.zones,
		Verify: sockets.Verify, Revoked: rooms.tickets.Revoked, Region: cfg.DefaultRegion, Log: log.Named("api"),
	})

	// What works on until the last agent has gone.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var works sync.WaitGroup
	works.Go(func() { sockets.Run(background) })
	rooms.store.OnForgotten(rejoin(background, &works, sockets, log))
	works.Go(func() { rooms.feed.Follow(background, signals(background, sockets, rooms.desk)) })
	works.Go(func() { rooms.feed.Probe(background) })
	works.Go(func() { rooms.store.Reap(background, sockets.Alive) })
	works.Go(func() { rooms.feed.RunAlerts(background) })
	works.Go(func() { garbage.Pace(background) })
	works.Go(func() { pages.follow(background) })
	if cfg.SignIn.Reloads() {
		hangups := make(chan os.Signal, 1)
		signal.Notify(hangups, syscall.SIGHUP)
		defer signal.Stop(hangups)
		works.Go(func() { reload(background, hangups, cfg, verifier, log) })
	}
	defer works.Wait()
	defer stop()

	if place.Embedded() {
		if err := fillDemo(ctx, rooms.store); err != nil {
			return err
		}
	}
	failed := make(chan error, 2)
	serveOn := func(ln net.Listener, handler http.Handler) *http.Server {
		server := front.NewServer(background, handler, log)
		works.Go(func() { failed <- server.Serve(ln) })
		return server
	}
	gate := front.New(front.Options{Registerer: metrics, Access: cfg.access(log), Client: func(r *http.Request) string { return admission.Client(r, cfg.proxies) }})
	servers := []*http.Server{serveOn(public, gate.Watch(publicHandler(cfg, sockets, calls, pages, demo, ready)))}
	if inside != nil {
		servers = append(servers, serveOn(inside, adminHandler(cfg, metrics, ready)))
	}
	banner(out, cfg, public.Addr().String(), inside)
	if cfg.PublicURL == "" && !admission.IsLoopback(cfg.Listen) {
		log.Warn("no --public-url: browsers are refused unless they are on this machine")
	}
	log.Info("serving", zap.String("addr", public.Addr().String()))
	tell(ctx, admin.Serving, log)

	select {
	case <-ctx.Done():
	case err = <-failed:
		log.Error("the listener failed", zap.Error(err))
	}
	tell(context.WithoutCancel(ctx), admin.Stopping, log)
	drain(context.WithoutCancel(ctx), cfg, ready, sockets, servers, log)
	return err
}

// tell says to systemd how the hub is.
func tell(ctx context.Context, state string, log *zap.Logger) {
	if err := admin.Notify(ctx, state); err != nil {
		log.Warn("systemd does not hear", zap.Error(err))
	}
}

// drain lets agents move to another node, then ends the servers.
func drain(ctx context.Context, cfg *config, ready *readiness, sockets *hub.Hub, servers []*http.Server, log *zap.Logger) {
	start := time.Now()
	ready.draining.Store(true)
	ctx, cancel := context.WithTimeout(ctx, cfg.Drain)
	defer cancel()
	limit := cfg.Drain
	if sockets.Sockets() == 0 {
		limit = min(limit, 100*time.Millisecond) // nobody needs the time to move on
	}
	moving, moved := context.WithTimeout(ctx, limit)
	defer moved()
	sockets.Drain(moving)
	for _, server := range servers {
		if err := server.Shutdown(ctx); err != nil {
			_ = server.Close() // a request that will not end is cut off
		}
	}
	log.Info("stopped", zap.Duration("took", time.Since(start)))
}

// newNode names this process, and no other that ran before it.
func newNode() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "hub"
	}
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	return strings.ToLower(host) + "-" + hex.EncodeToString(random[:])
}

// reload reads the secrets anew at each SIGHUP.
func reload(ctx context.Context, hangups <-chan os.Signal, cfg *config, verifier *identity.Verifier, log *zap.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		if err := cfg.SignIn.Reload(verifier); err != nil {
			log.Error("secrets not read, the ones before stay", zap.Error(err))
			continue
		}
		log.Info("secrets read anew")
	}
}

// publicHandler is every path of the public listener.
func publicHandler(cfg *config, sockets *hub.Hub, api, pages http.Handler, demo *signin.Demo, ready http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	handle := func(path string, h http.Handler) { mux.Handle(path, front.Unkept(h)) }
	known := cfg.origins()
	handle("/ws", web.AllowOrigins(known, sockets)) // a page can read why it was refused
	handle("/api/v1/", web.AllowOrigins(known, api))
	handle("/api/v1/tickets", web.AllowOrigins(known, http.HandlerFunc(sockets.ServeTickets)))
	handle("GET /healthz", http.HandlerFunc(healthz))
	handle("GET /readyz", ready)
	if demo != nil {
		handle("GET /demo/agents", http.HandlerFunc(demo.Agents))
		handle("POST /demo/token", http.HandlerFunc(demo.Token))
	}
	return mux
}

// rejoinRate is how many sessions a second are told to a store that came back.
const rejoinRate = 500

// signals carries what the follower sees to the sockets of this node.
func signals(ctx context.Context, sockets *hub.Hub, d *desk.Desk) feed.Signals {
	return feed.Signals{
		Wake:   func(agent identity.AgentID) { sockets.Wake(ctx, agent) },
		Kick:   sockets.Kick,
		Revoke: sockets.Revoke,
		Rules: func(campaign contacts.CampaignID) {
			for _, agent := range d.RulesChanged(campaign) {
				sockets.Wake(ctx, agent)
			}
		},
	}
}

// rejoin tells a store that came back of this node's sessions, once however often it is asked meanwhile.
func rejoin(ctx context.Context, works *sync.WaitGroup, sockets *hub.Hub, log *zap.Logger) func() {
	var rejoining atomic.Bool
	return func() {
		if !rejoining.CompareAndSwap(false, true) {
			return
		}
		works.Go(func() {
			defer rejoining.Store(false)
			if err := sockets.Rejoin(ctx, rejoinRate); err != nil && ctx.Err() == nil {
				log.Warn("sessions could not rejoin", zap.Error(err))
			}
		})
	}
}
