package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs the certificates of one test: a private one, which no system trusts.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.sign("ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name+".pem") }

// sign writes NAME.pem and NAME.key.pem.
func (a *authority) sign(name string, of *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	of.SerialNumber, of.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
	of.NotBefore, of.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	of.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = of, key
	}
	der, err := x509.CreateCertificate(rand.Reader, of, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		a.file(name): {Type: "CERTIFICATE", Bytes: der}, a.file(name + ".key"): {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return cert, key
}

// server starts a redis-server that speaks TLS alone, to those who have a certificate
// too, with one of its own for its address.
func (a *authority) server(host string, config ...string) (address string) {
	a.t.Helper()
	a.sign(host, &x509.Certificate{IPAddresses: []net.IP{net.ParseIP(host)}})
	ln, err := net.Listen("tcp", host+":0")
	if err != nil {
		a.t.Fatal(err)
	}
	address = ln.Addr().String()
	_ = ln.Close()
	_, port, _ := net.SplitHostPort(address)
	dir := a.t.TempDir()
	file := filepath.Join(dir, "redis.conf")
	text := append([]string{
		"bind " + host, "port 0", "tls-port " + port, "tls-replication yes", "dir " + dir,
		"tls-ca-cert-file " + a.file("ca"), "tls-cert-file " + a.file(host), "tls-key-file " + a.file(host+".key"),
	}, config...)
	if err := os.WriteFile(file, []byte(strings.Join(text, "\n")+"\n"), 0o600); err != nil {
		a.t.Fatal(err)
	}
	args := []string{file}
	if strings.Contains(strings.Join(config, "\n"), "sentinel monitor") {
		args = append(args, "--sentinel")
	}
	startProcess(a.t, exec.CommandContext(context.WithoutCancel(a.t.Context()), requireRedis(a.t), args...))
	return address
}

// sentinelRights are those of SECURITY.md for the hub's user on a sentinel.
func sentinelRights(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../SECURITY.md")
	_, rights, ok := strings.Cut(string(text), "ACL SETUSER agenthub on >WATCH ")
	if err != nil || !ok {
		t.Fatal("SECURITY.md does not say the rights on a sentinel", err)
	}
	rights, _, _ = strings.Cut(rights, "```")
	return strings.Join(strings.Fields(rights), " ")
}

// TestSentinelsAndRedisOverTLS reaches a primary through a sentinel, each with a password
// and a certificate for its own address, by a private authority.
func TestSentinelsAndRedisOverTLS(t *testing.T) {
	t.Parallel()
	requireRedis(t)
	a := newAuthority(t)
	a.sign("hub", &x509.Certificate{})
	primary := a.server("127.0.0.3", "requirepass kept", "appendonly no", "save \"\"")
	host, port, _ := net.SplitHostPort(primary)
	sentinel := a.server("127.0.0.2", "requirepass other", "user agenthub on >watched "+sentinelRights(t),
		fmt.Sprintf("sentinel monitor hub %s %s 1", host, port), "sentinel auth-pass hub kept")
	for name, text := range map[string]string{"kept": "kept", "watched": "watched", "wrong": "wrong"} {
		if err := os.WriteFile(a.file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	trust := []string{
		"--redis-ca-file", a.file("ca"), "--redis-cert-file", a.file("hub"), "--redis-key-file", a.file("hub.key"),
		"--redis-password-file", a.file("kept"),
	}
	watch := []string{"--redis-master", "hub", "--sentinel-user", "agenthub", "--sentinel-password-file", a.file("watched")}
	with := func(address string, more ...[]string) []string {
		args := []string{"--redis", "rediss://" + address}
		for _, m := range more {
			args = append(args, m...)
		}
		return args
	}
	t.Run("sentinel", func(t *testing.T) {
		t.Parallel()
		n := startNode(t, with(sentinel, trust, watch)...)
		n.load(t, "c", 1)
		desk, _ := n.desk(t, "agent1")
		if got := desk.ask(t, "GetContactOD", `{"UserID":"agent1"}`); !got.ok() {
			t.Errorf("the first contact = %s", got.raw)
		}
	})
	t.Run("primary", func(t *testing.T) {
		t.Parallel()
		startNode(t, with(primary, trust)...)
	})
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"nobody's authority":      {with(primary, trust[2:]), "the certificate of redis is not trusted: check --redis-ca-file"},
		"no certificate":          {with(primary, trust[:2], trust[6:]), "redis does not answer"},
		"wrong sentinel password": {with(sentinel, trust, watch[:4], []string{"--sentinel-password-file", a.file("wrong")}), "the sentinels did not take the user or password: check --sentinel-user and --sentinel-password-file (redis: all sentinels"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := launchNode(t, tt.args...)
			said := ""
			eventually(t, "it is told", func() bool {
				var status int
				status, said = get(t, n.url+"/readyz")
				return status == http.StatusServiceUnavailable && strings.Contains(n.err.String(), "the store cannot be used")
			})
			if !strings.Contains(said, tt.want) {
				t.Errorf("/readyz says %q, want %q", said, tt.want)
			}
		})
	}
}
