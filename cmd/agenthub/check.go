package main

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"agenthub/cmd/agenthub/command"
	"agenthub/cmd/agenthub/target"
	"agenthub/contacts"
	"agenthub/hub/admission"
	"agenthub/web/origin"
)

// complete reads the secrets and refuses what cannot be run, or should not be.
// Each refusal is one sentence that names the flag.
func (c *config) complete() error {
	if err := c.readSecrets(); err != nil {
		return err
	}
	for _, check := range []func() error{c.checkNetwork, c.checkSignIn, c.checkStore, c.checkTimes} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *config) readSecrets() error {
	if err := c.SignIn.ReadSecret(); err != nil {
		return err //nolint:wrapcheck // it names the flag
	}
	var err error
	c.adminToken, err = command.Secret("AGENTHUB_ADMIN_TOKEN", c.AdminTokenFile, "--admin-token-file")
	if err != nil {
		return err
	}
	if n := len(c.adminToken); n > 0 && n < 32 {
		return fmt.Errorf("the admin token has %d bytes and needs 32 or more; make one with: openssl rand -hex 32", n)
	}
	key, err := command.Secret("AGENTHUB_PHONE_KEY", c.PhoneKeyFile, "--phone-key-file")
	if err != nil || key == "" {
		return err
	}
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawURLEncoding.DecodeString, base64.URLEncoding.DecodeString,
	} {
		if raw, err := decode(key); err == nil && len(raw) == 32 {
			c.phoneKey = raw
			return nil
		}
	}
	return errors.New("the phone key is not 32 bytes as hex or base64; make one with: openssl rand -hex 32")
}

func (c *config) checkNetwork() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("--listen %s is no address like 127.0.0.1:8080", c.Listen)
	}
	_, _, err := net.SplitHostPort(c.AdminListen)
	if path, file := strings.CutPrefix(c.AdminListen, unixPrefix); file {
		if err = nil; !strings.HasPrefix(path, "/") {
			err = errors.New("no path")
		}
	}
	if c.AdminListen != "" && err != nil {
		return fmt.Errorf("--admin-listen %s is no address like 127.0.0.1:8081 or unix:/run/agenthub/admin.sock", c.AdminListen)
	}
	if c.AcceptRate < 1 {
		return fmt.Errorf("--accept-rate %d is less than 1", c.AcceptRate)
	}
	if c.PublicURL != "" {
		own, ok := origin.ParseWeb(strings.TrimSuffix(c.PublicURL, "/"))
		if !ok {
			return fmt.Errorf("--public-url %s is no address like https://hub.example.com", c.PublicURL)
		}
		c.PublicURL = own
	}
	for i, given := range c.AllowedOrigins {
		allowed, ok := origin.Parse(given)
		if !ok {
			return fmt.Errorf("--allowed-origins: %s is no origin like https://desk.example.com, app://desk or null", given)
		}
		c.AllowedOrigins[i] = allowed
	}
	for _, given := range c.TrustedProxies {
		network, err := netip.ParsePrefix(given)
		if addr, alone := netip.ParseAddr(given); alone == nil {
			network, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil || network.Bits() == 0 {
			return fmt.Errorf("--trusted-proxies: %s is no address like 10.0.0.7 and no network like 10.0.0.0/8", given)
		}
		c.proxies = append(c.proxies, network)
	}
	return nil
}

func (c *config) checkSignIn() error {
	return c.SignIn.Check(c.Redis == target.Embedded && admission.IsLoopback(c.Listen)) //nolint:wrapcheck // it names the flag
}

var tenantForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func (c *config) checkStore() error {
	if !tenantForm.MatchString(c.Tenant) {
		return errors.New("--tenant is not 1 to 64 letters, digits, dots, dashes and underscores")
	}
	if c.Redis == target.Embedded && !admission.IsLoopback(c.Listen) {
		return errors.New("--redis embedded keeps nothing and listens on loopback only; give --redis a URL or managed")
	}
	return c.Check(c.phoneKey != nil)
}

func (c *config) checkTimes() error {
	for _, t := range []struct {
		flag        string
		value       time.Duration
		least, most time.Duration
	}{
		{"--drain", c.Drain, 0, 10 * time.Minute},
		{"--reservation-ttl", c.ReservationTTL, 10 * time.Second, 24 * time.Hour},
		{"--dialled-ttl", c.DialledTTL, time.Minute, 7 * 24 * time.Hour},
		{"--grace", c.Grace, time.Second, time.Hour},
		{"--min-hold", c.MinHold, 0, time.Minute},
		{"--skip-delay", c.SkipDelay, 0, 30 * 24 * time.Hour},
		{"--skip-avoid", c.SkipAvoid, 0, 30 * 24 * time.Hour},
		{"--alert-window", c.AlertWindow, time.Minute, 24 * time.Hour},
		{"--feed-age", c.FeedAge, time.Minute, 90 * 24 * time.Hour},
	} {
		if t.value < t.least || t.value > t.most {
			return fmt.Errorf("%s %s is not between %s and %s", t.flag, t.value, t.least, t.most)
		}
	}
	if c.SkipLimit < 1 || c.SkipLimit > 1000 {
		return fmt.Errorf("--skip-limit %d is not between 1 and 1000", c.SkipLimit)
	}
	if c.AlertRate <= 0 || c.AlertRate > 1 || c.AlertReason <= 0 || c.AlertReason > 1 {
		return errors.New("--alert-rate and --alert-reason are shares, above 0 and at most 1")
	}
	if min(c.AlertLeast, c.AlertRow, c.AlertBurst) < 1 || max(c.AlertLeast, c.AlertRow, c.AlertBurst) > 1000 {
		return errors.New("--alert-least, --alert-row and --alert-burst are counts from 1 to 1000")
	}
	if c.FeedMax < 1000 {
		return fmt.Errorf("--feed-max %d is less than 1000", c.FeedMax)
	}
	region, known := contacts.Region(c.DefaultRegion)
	if c.DefaultRegion = region; !known {
		return fmt.Errorf("--default-region %s is no country like US or DE", c.DefaultRegion)
	}
	return nil
}
