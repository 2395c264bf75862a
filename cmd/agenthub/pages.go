package main

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"go.uber.org/zap"

	"agenthub/web"
)

// pages are what a browser shows. They are made anew when the identity provider, which
// was away, tells how browsers sign in: their policy names its addresses.
type pages struct {
	cfg   *config
	log   *zap.Logger
	shown atomic.Pointer[http.Handler]
	fault atomic.Pointer[web.DiscoveryError] // nil: browsers can sign in, or never could
}

// newPages asks the provider once. If it is away, follow has to be called.
func newPages(ctx context.Context, cfg *config, log *zap.Logger) (*pages, error) {
	p := &pages{cfg: cfg, log: log}
	browsers, err := cfg.SignIn.Browsers(ctx)
	return p, p.show(browsers, err)
}

// show makes the pages for what the provider says.
func (p *pages) show(browsers *web.OIDC, failed error) error {
	options := web.Options{
		Dir: p.cfg.WebDir, AllowedOrigins: p.cfg.AllowedOrigins, Tenant: p.cfg.Tenant, Demo: p.cfg.SignIn.Demo(),
		OIDC: browsers, Support: p.cfg.SignIn.SupportText,
	}
	fault, _ := errors.AsType[*web.DiscoveryError](failed)
	if fault != nil {
		options.Fault = fault.Why
		p.log.Warn("browsers cannot sign in, trying again", zap.Error(failed)) // programs with a token can
	} else if p.fault.Load() != nil {
		p.log.Info("browsers can sign in")
	}
	handler, err := web.New(options)
	if err != nil {
		return err //nolint:wrapcheck // it names what is wrong
	}
	p.shown.Store(&handler)
	p.fault.Store(fault)
	return nil
}

// follow asks the provider again while browsers cannot sign in.
func (p *pages) follow(ctx context.Context) {
	if p.fault.Load() == nil {
		return
	}
	p.cfg.SignIn.Await(ctx, func(browsers *web.OIDC, failed error) bool {
		err := p.show(browsers, failed)
		if err != nil {
			p.log.Error("pages not made", zap.Error(err))
		}
		return err == nil && failed == nil
	})
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*p.shown.Load()).ServeHTTP(w, r) }

// note is what an operator should know.
func (p *pages) note() []string {
	if fault := p.fault.Load(); fault != nil {
		return []string{"browsers cannot sign in: " + fault.Why}
	}
	return nil
}
