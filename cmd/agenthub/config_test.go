package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"agenthub/session/identity"
)

// parse reads a serve command line as execute does.
func parse(t *testing.T, args ...string) (*config, error) {
	t.Helper()
	var all commands
	parser, err := kong.New(&all, kong.DefaultEnvars("AGENTHUB"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		return nil, err
	}
	return &all.Serve, all.Serve.complete()
}

const (
	testSecret = "0123456789abcdef0123456789abcdef"
	testKey    = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
)

func TestConfigIsRefusedInOneSentence(t *testing.T) {
	secret, key := map[string]string{"AGENTHUB_JWT_SECRET": testSecret}, map[string]string{"AGENTHUB_JWT_SECRET": testSecret, "AGENTHUB_PHONE_KEY": testKey}
	const url = "redis://127.0.0.1:6379/0"
	tests := []struct {
		name string
		env  map[string]string
		args string
		want string // "" is fine
	}{
		{"nothing configured", nil, "", ""},
		{"demo on all interfaces", nil, "--listen :8080", "nobody could sign in"},
		{"demo on another address", nil, "--listen 10.0.0.1:8080", "nobody could sign in"},
		{"demo on IPv6 loopback", nil, "--listen [::1]:8080", ""},
		{"demo with a Redis", nil, "--redis " + url, "nobody could sign in"},
		{"secret", secret, "--redis " + url, ""},
		{"secret on all interfaces", secret, "--listen 0.0.0.0:8080 --redis " + url, ""},
		{"embedded on all interfaces", secret, "--listen 0.0.0.0:8080", "--redis embedded keeps nothing"},
		{"short secret", map[string]string{"AGENTHUB_JWT_SECRET": "short"}, "", "5 bytes and needs 32"},
		{"secret beside keys", secret, "--jwks-url https://id.example.com/keys --issuer https://id.example.com --audience hub", "exclude each other"},
		{"keys without issuer", nil, "--jwks-url https://id.example.com/keys --audience hub", "needs --issuer and --audience"},
		{"keys without audience", nil, "--jwks-url https://id.example.com/keys --issuer https://id.example.com", "needs --issuer and --audience"},
		{"keys over plain http", nil, "--jwks-url http://id.example.com/keys --issuer i --audience hub", "no https address"},
		{"keys on loopback", nil, "--jwks-url http://127.0.0.1:9/keys --issuer i --audience hub --redis " + url, ""},
		{"issuer alone", nil, "--issuer https://id.example.com", "need --jwks-url"},
		{"role map", secret, "--role-map agent=contact-agents,agent=CN=agents,supervisor=leads", ""},
		{"role map of a role nobody knows", secret, "--role-map admin=leads", "--role-map"},
		{"role map of nothing", secret, "--role-map agent=", "--role-map"},
		{"issuer over plain http", nil, "--jwks-url https://id.example.com/keys --issuer http://id.example.com --audience hub", "--issuer http://id.example.com is no https address"},
		{"issuer on loopback", nil, "--jwks-url https://id.example.com/keys --issuer http://127.0.0.1:5556/dex --audience hub --redis " + url, ""},
		{"browsers sent to no address", nil, "--jwks-url https://id.example.com/keys --issuer i --audience hub --oidc-client-id pages", "no https address"},
		{"browsers sent away beside a secret", secret, "--issuer https://id.example.com --oidc-client-id pages", "exclude each other"},
		{"a secret before none", map[string]string{"AGENTHUB_JWT_SECRET_OLD": testSecret}, "", "is being changed"},
		{"a short secret before", map[string]string{"AGENTHUB_JWT_SECRET": testSecret, "AGENTHUB_JWT_SECRET_OLD": "short"}, "", "5 bytes and needs 32"},
		{"scopes without openid", secret, "--oidc-scopes profile", "--oidc-scopes lacks openid"},
		{"flag nobody knows", nil, "--lisen :1", "unknown flag"},
		{"listen", nil, "--listen 8080", "--listen 8080 is no address"},
		{"admin listen", nil, "--admin-listen x", "--admin-listen x is no address"},
		{"no admin listener", nil, "--admin-listen=", ""},
		{"public url with a path", nil, "--public-url https://hub.example.com/hub", "--public-url"},
		{"public url", nil, "--public-url https://hub.example.com/", ""},
		{"origin with a path", nil, "--allowed-origins https://desk.example.com/", "--allowed-origins"},
		{"any origin", nil, "--allowed-origins *", "--allowed-origins"},
		{"wildcard origin", nil, "--allowed-origins https://*.example.com", "--allowed-origins"},
		{"origins", nil, "--allowed-origins https://desk.example.com,http://localhost:3000", ""},
		{"origin for another rule of the policy", nil, "--allowed-origins https://desk.example.com;", "--allowed-origins"},
		{"trusted proxies", nil, "--trusted-proxies 10.0.0.0/8,192.0.2.1,2001:db8::/32", ""},
		{"proxies by name", nil, "--trusted-proxies proxy.example.com", "--trusted-proxies"},
		{"the whole world a proxy", nil, "--trusted-proxies 0.0.0.0/0", "--trusted-proxies"},
		{"tenant", nil, "--tenant a:b", "--tenant"},
		{"managed without a place", secret, "--redis managed", "--data-dir"},
		{"managed", secret, "--redis managed --data-dir /var/lib/agenthub", ""},
		{"Redis that is none", secret, "--redis http://127.0.0.1", "--redis is none of"},
		{"Redis elsewhere without a key", secret, "--redis redis://redis:6379/0", "unencrypted"},
		{"sentinel elsewhere without a key", secret, "--redis-master m --redis redis://127.0.0.1,10.0.0.1", "unencrypted"},
		{"Redis elsewhere", key, "--redis rediss://redis/0", ""},
		{"slash in the password", secret, "--redis redis://:hunter2/x@127.0.0.1/0", "in --redis-password-file"},
		{"question in the password", secret, "--redis redis://:hunter2?x@127.0.0.1/0", "%3F"},
		{"hash in the password", secret, "--redis redis://:hunter2#x@127.0.0.1/0", "%23"},
		{"percent in the password", secret, "--redis redis://:hunter2%x@127.0.0.1/0", "%25"},
		{"bracket in the password", secret, "--redis redis://:hunter2[x@127.0.0.1/0", "%5B"},
		{"at in the password", secret, "--redis redis://:hunter2@x@127.0.0.1/0", ""},
		{"escaped password", secret, "--redis redis://u:hunter2%2Fx@127.0.0.1/0", ""},
		{"user without a password", secret, "--redis redis://user@127.0.0.1/0", "would sign in as Redis' default user"},
		{"user with an empty password", secret, "--redis redis://user:@127.0.0.1/0", "would sign in as Redis' default user"},
		{"user with a password elsewhere", map[string]string{"AGENTHUB_JWT_SECRET": testSecret, "AGENTHUB_REDIS_PASSWORD": "hunter2"}, "--redis redis://user@127.0.0.1/0", ""},
		{"password twice", map[string]string{"AGENTHUB_JWT_SECRET": testSecret, "AGENTHUB_REDIS_PASSWORD": "hunter2"}, "--redis redis://:x@127.0.0.1/0", "stands in --redis and elsewhere"},
		{"password file that is not there", secret, "--redis redis://127.0.0.1/0 --redis-password-file /nowhere", "--redis-password-file"},
		{"unix socket", secret, "--redis unix:///run/redis.sock", ""},
		{"several hosts", secret, "--redis redis://127.0.0.1:1,127.0.0.1:2/0", "--redis-master"},
		{"sentinels", secret, "--redis redis://127.0.0.1:1,127.0.0.1:2/0 --redis-master m", ""},
		{"nodes of a cluster", secret, "--redis redis://127.0.0.1:1,127.0.0.1:2 --redis-cluster", ""},
		{"cluster and sentinels", secret, "--redis redis://127.0.0.1:1 --redis-cluster --redis-master m", "and no --redis-master"},
		{"cluster with a database", secret, "--redis redis://127.0.0.1:1/3 --redis-cluster", "no database but /0"},
		{"cluster of nothing", secret, "--redis-cluster", "need an address in --redis"},
		{"master of nothing", secret, "--redis-master m", "need an address in --redis"},
		{"master at a socket", secret, "--redis unix:///run/redis.sock --redis-master m", "--redis-master needs"},
		{"phone key", map[string]string{"AGENTHUB_PHONE_KEY": "abcd"}, "", "phone key is not 32 bytes"},
		{"secret file that is not there", nil, "--jwt-secret-file /nowhere", "--jwt-secret-file"},
		{"negative time", nil, "--grace=-1s", "--grace -1s is not between"},
		{"long reservation", nil, "--reservation-ttl 1000h", "--reservation-ttl"},
		{"no skips", nil, "--skip-limit 0", "--skip-limit 0"},
		{"durability", nil, "--durability maybe", "durability"},
		{"legacy drop", nil, "--legacy-drop keep", "legacy-drop"},
		{"region", nil, "--default-region usa", "--default-region"},
		{"region that is no country", nil, "--default-region EN", "--default-region EN"},
		{"region as the British write it", nil, "--default-region UK", ""},
		{"alert share", nil, "--alert-rate 25", "--alert-rate and --alert-reason"},
		{"alert of nothing", nil, "--alert-row 0", "--alert-row"},
		{"alert window", nil, "--alert-window 1s", "--alert-window 1s is not between"},
		{"feed", nil, "--feed-max 1", "--feed-max 1"},
		{"variable", map[string]string{"AGENTHUB_SKIP_LIMIT": "0"}, "", "--skip-limit 0"},
		{"initials in a variable", map[string]string{"AGENTHUB_RESERVATION_TTL": "1s"}, "", "--reservation-ttl 1s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			_, err := parse(t, strings.Fields(tt.args)...)
			if tt.want == "" && err != nil {
				t.Fatalf("refused: %v", err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n")) {
				t.Fatalf("error %v, want one line with %q", err, tt.want)
			}
		})
	}
}

func TestOriginsAreComparedAsBrowsersSendThem(t *testing.T) {
	c, err := parse(t, "--allowed-origins", "https://Desk.example.com:443,http://localhost:3000", "--public-url", "http://HUB.example.com:80/")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(append(c.AllowedOrigins, c.PublicURL), " "); got != "https://desk.example.com http://localhost:3000 http://hub.example.com" {
		t.Errorf("origins %s", got)
	}
}

func TestRefusalsDoNotShowSecrets(t *testing.T) {
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	for _, args := range []string{
		"--redis redis://user:hunter2@", "--redis x://user:hunter2@host", "--redis redis://u:hunter2@h1,h2/0",
		"--redis redis://:hunter2/x@h", "--redis redis://:hunter2?x@h", "--redis redis://:hunter2#x@h", "--redis redis://:hunter2%x@h", "--redis redis://:hunter2[x@h",
		"--redis redis://:hunter2@h#x/0",
	} {
		if _, err := parse(t, strings.Fields(args)...); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", args, err)
		}
	}
	t.Setenv("AGENTHUB_PHONE_KEY", "hunter2")
	if _, err := parse(t); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("phone key: %v", err)
	}
}

func TestSecretsComeFromFilesToo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(testSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := parse(t, "--jwt-secret-file", file)
	if err != nil || c.SignIn.Demo() {
		t.Fatalf("demo %v, %v", c.SignIn.Demo(), err)
	}
	verifier, _, err := c.SignIn.Verifier("default", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verifier.Verify(t.Context(), token(t, as(identity.RoleAgent, "agent1"))); err != nil {
		t.Fatalf("a token of the secret in the file: %v", err)
	}
	t.Setenv("AGENTHUB_JWT_SECRET", testSecret)
	if _, err := parse(t, "--jwt-secret-file", file); err == nil {
		t.Fatal("a secret from two places was taken")
	}
}

func TestPhoneKeyForms(t *testing.T) {
	for _, key := range []string{testKey, strings.ToUpper(testKey), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"} {
		t.Setenv("AGENTHUB_PHONE_KEY", key)
		if c, err := parse(t); err != nil || len(c.phoneKey) != 32 || c.phoneKey[31] != 31 {
			t.Errorf("key %s: %v", key, err)
		}
	}
}

func TestDemoNumbersBelongToNobody(t *testing.T) {
	numbers, ids := map[string]bool{}, map[string]bool{}
	campaigns := map[string]int{}
	for _, r := range demoRows() {
		if !strings.Contains(r.Phone.Reveal(), "-555-01") {
			t.Fatalf("%s may be somebody's number", r.ID)
		}
		numbers[r.E164], ids[string(r.ID)] = true, true
		campaigns[string(r.Campaign)]++
	}
	if len(numbers) != demoContacts || len(ids) != demoContacts || len(campaigns) != 3 {
		t.Fatalf("%d numbers, %d ids, %d campaigns", len(numbers), len(ids), len(campaigns))
	}
}
