package target

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"agenthub/cmd/agenthub/command"
)

// readPassword refuses a user that would not be the one: without a password Redis is told no user.
func (f *Flags) readPassword(address redisAddress) (err error) {
	f.password, err = command.Secret("AGENTHUB_REDIS_PASSWORD", f.RedisPasswordFile, "--redis-password-file")
	switch {
	case err != nil:
		return err //nolint:wrapcheck // it names the flag
	case f.password != "" && address.password != "":
		return errors.New("the password of Redis stands in --redis and elsewhere; use one")
	case f.password == "" && address.user != "" && address.password == "":
		return errors.New("--redis names a user without a password, and would sign in as Redis' default user: give it in --redis-password-file")
	}
	return nil
}

// readSentinels reads what the sentinels are told.
func (f *Flags) readSentinels(redisAddress) (err error) {
	f.watch, err = command.Secret("AGENTHUB_SENTINEL_PASSWORD", f.SentinelPasswordFile, "--sentinel-password-file")
	switch {
	case err != nil:
		return err //nolint:wrapcheck // it names the flag
	case f.RedisMaster == "" && (f.SentinelUser != "" || f.watch != ""):
		return errors.New("--sentinel-user and --sentinel-password-file need --redis-master")
	case f.SentinelUser != "" && f.watch == "":
		return errors.New("--sentinel-user needs --sentinel-password-file, or would sign in as the default user")
	}
	return nil
}

// readCertificates reads whom to trust, and who the hub is.
func (f *Flags) readCertificates(address redisAddress) error {
	if f.RedisCAFile == "" && f.RedisCertFile == "" && f.RedisKeyFile == "" {
		return nil
	}
	if address.scheme != "rediss" {
		return errors.New("--redis-ca-file, --redis-cert-file and --redis-key-file need a rediss:// in --redis")
	}
	if (f.RedisCertFile == "") != (f.RedisKeyFile == "") {
		return errors.New("--redis-cert-file and --redis-key-file need each other")
	}
	f.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	if f.RedisCAFile != "" {
		text, err := os.ReadFile(f.RedisCAFile)
		if err != nil {
			return fmt.Errorf("--redis-ca-file: %w", err)
		}
		f.tls.RootCAs = x509.NewCertPool()
		if !f.tls.RootCAs.AppendCertsFromPEM(text) {
			return fmt.Errorf("--redis-ca-file %s has no certificate in PEM form", f.RedisCAFile)
		}
	}
	if f.RedisCertFile != "" {
		own, err := tls.LoadX509KeyPair(f.RedisCertFile, f.RedisKeyFile)
		if err != nil {
			return fmt.Errorf("--redis-cert-file and --redis-key-file: %w", err)
		}
		f.tls.Certificates = []tls.Certificate{own}
	}
	return nil
}
