package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"agenthub/session/identity"
)

var proxyPrograms = flag.String("proxies", "", "where nginx, HAProxy, Apache and Caddy are unpacked: make proxies")

// proxyKind is how one of them is started from its file in deploy/proxies.
type proxyKind struct {
	name, file string
	text       string   // in place of that of the file
	frame      string   // a main configuration around the file, with DIR, FILE and PORT in it; "": the file is one
	edits      []string // what else differs here from where the file belongs
	args       func(file string) []string
	files      bool // files of another release are asked of the other hub
}

var proxyKinds = []proxyKind{
	{
		name: "nginx", file: "nginx.conf", files: true,
		frame: "daemon off; master_process off; pid DIR/pid; error_log stderr; events {}\nhttp { access_log off;\n" +
			"client_body_temp_path DIR/1; proxy_temp_path DIR/2; fastcgi_temp_path DIR/3; uwsgi_temp_path DIR/4; scgi_temp_path DIR/5;\ninclude FILE; }\n",
		edits: []string{"listen 443", "listen 127.0.0.1:PORT"},
		args:  func(file string) []string { return []string{"-e", "stderr", "-c", file} },
	},
	{
		name: "haproxy", file: "haproxy.cfg", files: true,
		edits: []string{"bind :443", "bind 127.0.0.1:PORT", "maxconn 50000", "maxconn 1000"}, // a test may not open so many files
		args:  func(file string) []string { return []string{"-db", "-f", file} },
	},
	{
		name: "apache2", file: "apache.conf",
		frame: "ServerName hub.example\nListen 127.0.0.1:PORT\nPidFile DIR/pid\nDefaultRuntimeDir DIR\nErrorLog DIR/error.log\nUser #65534\nGroup #65534\nInclude FILE\n",
		edits: []string{"*:443", "127.0.0.1:PORT"},
		args:  func(file string) []string { return []string{"-X", "-f", file} },
	},
	{
		name: "caddy", file: "Caddyfile", files: true,
		frame: "{\nadmin off\nauto_https disable_redirects\nhttps_port PORT\ndefault_bind 127.0.0.1\n}\nimport FILE\n",
		args:  func(file string) []string { return []string{"run", "--adapter", "caddyfile", "--config", file} },
	},
}

// modules are Apache's, in the order in which they can be loaded: what Debian has on by
// itself, and those that the file names.
func modules(t *testing.T, named string) (lines string) {
	t.Helper()
	_, wanted, _ := strings.Cut(named, "a2enmod ")
	wanted, _, _ = strings.Cut(wanted, "\n")
	dir := filepath.Join(*proxyPrograms, "apache2/tree/usr/lib/apache2/modules")
	for _, m := range append(strings.Fields("mpm_event authz_core socache_shmcb slotmem_shm"), strings.Fields(wanted)...) {
		lines += fmt.Sprintf("LoadModule %s_module %s/mod_%s.so\n", m, dir, m)
	}
	return lines
}

// start runs the proxy with its file as it is, but for addresses, before two hubs, and
// says how it is reached: as https://hub.example.
func (k proxyKind) start(t *testing.T, hubs ...*node) *node {
	t.Helper()
	dir, ca := t.TempDir(), newAuthority(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	ca.sign("hub.example", &x509.Certificate{DNSNames: []string{"hub.example"}})
	pair := ca.file("hub.example")
	if k.name == "haproxy" {
		key, err := os.ReadFile(ca.file("hub.example.key"))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, "both.pem"), textIn(t, pair)+string(key))
		pair = filepath.Join(dir, "both.pem")
	}
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	text := k.text
	if text == "" {
		text = textIn(t, filepath.Join("../../deploy/proxies", k.file))
	}
	frame := k.frame
	if k.name == "apache2" {
		frame = modules(t, text) + frame
	}
	edits := append([]string{
		"/etc/ssl/hub.example.pem", pair, "/etc/ssl/hub.example.key", ca.file("hub.example.key"),
		"10.0.0.11:8080", strings.TrimPrefix(hubs[0].url, "http://"), "10.0.0.12:8080", strings.TrimPrefix(hubs[1].url, "http://"),
	}, k.edits...)
	here := strings.NewReplacer("DIR", dir, "PORT", port, "FILE", filepath.Join(dir, k.file))
	main := filepath.Join(dir, k.file)
	writeFile(t, main, here.Replace(strings.NewReplacer(edits...).Replace(text)))
	if frame != "" {
		main = filepath.Join(dir, "main."+k.file)
		writeFile(t, main, here.Replace(frame))
	}
	program := filepath.Join(*proxyPrograms, k.name, "bin", k.name)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, k.args(main)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	p := startProcess(t, cmd)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s says:\n%s", k.name, tailOf(p.err.String()+p.out.String()))
		}
	})
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	front := &node{process: p, url: "https://hub.example", by: &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}}
	eventually(t, k.name+" serves", func() bool {
		select {
		case <-p.gone:
			t.Fatalf("%s ended", k.name)
		default:
		}
		status, _, err := front.request(t.Context(), token(t, boss), http.MethodGet, "/readyz", "")
		return err == nil && status == http.StatusOK
	})
	return front
}

func textIn(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestProxies starts each proxy with the file that deploy/proxies has for it, signs a
// crew in as browsers do, and restarts the hubs behind it in turn, under their hands.
func TestProxies(t *testing.T) {
	if *proxyPrograms == "" {
		t.Skip("no proxies are there: run `make proxies`")
	}
	for _, kind := range proxyKinds {
		t.Run(kind.name, func(t *testing.T) {
			redis := startRedis(t)
			args := []string{"--redis", redis.url(), "--drain", "4s", "--public-url", "https://hub.example", "--trusted-proxies", "127.0.0.1"}
			hubs := []*node{launchNode(t, args...), launchNode(t, args...)}
			for _, n := range hubs {
				n.awaitReady(t)
			}
			front := kind.start(t, hubs...)

			const contacts = 20_000 // 1.7 MB, in one body
			front.load(t, "c", contacts)
			long := boss
			for i := range 700 { // a token of 13 KiB
				long.Campaigns = append(long.Campaigns, fmt.Sprintf("campaign-%04d", i))
			}
			if status, answer := front.http(t, long, http.MethodGet, "/api/v1/campaigns", ""); status != http.StatusOK {
				t.Errorf("a long token is answered %d %.200s", status, answer)
			}
			front.disguised(t, hubs)

			work := startCrew(t, 12, front)
			var pauses []time.Duration
			for i, n := range hubs {
				before := work.done()
				eventually(t, "the crew works", func() bool { return work.done() > before+30 })
				work.longest.Store(0)
				n.signal(t, syscall.SIGTERM)
				if code := n.exit(t); code != 0 {
					t.Errorf("hub %d ended with %d, want 0\n%s", i+1, code, tailOf(n.err.String()))
				}
				n.restart(t)
				before = work.done()
				eventually(t, "the crew works again", func() bool { return work.done() > before+30 })
				pauses = append(pauses, time.Duration(work.longest.Load()))
			}
			work.end(t)
			if work.moved.Load() < 12+6 {
				t.Errorf("only %d sockets were opened: nobody was moved", work.moved.Load())
			}
			lost := work.losses(t, hubs[0], contacts)
			for _, fault := range lost {
				t.Error(fault)
			}
			t.Logf("%s: longest wait for an answer while hub 1, then 2 restarted: %s, %s; %d skips, %d lost",
				kind.name, pauses[0].Round(time.Millisecond), pauses[1].Round(time.Millisecond), work.done(), len(lost))
			for _, pause := range pauses {
				promised(t, "an answer while a hub restarts", pause, 15*time.Second)
			}
			if kind.files {
				front.otherRelease(t, hubs[1])
			}
		})
	}
}

// disguised sends what a client says of its own address; no hub may believe it.
func (n *node) disguised(t *testing.T, hubs []*node) {
	t.Helper()
	for name, value := range map[string]string{"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"} {
		header := http.Header{"Authorization": {"Bearer " + token(t, as(identity.RoleAgent, "disguised"))}, name: {value}}
		c, err := connectBy(t.Context(), n.by, n.url, header, "agenthub.v1")
		if err != nil {
			t.Fatal(err)
		}
		c.hello(t)
		_ = c.conn.CloseNow()
	}
	said := ""
	eventually(t, "the sign-ins are in the log", func() bool {
		said = hubs[0].err.String() + hubs[1].err.String()
		return strings.Count(said, `"msg":"signed in"`) == 2
	})
	if strings.Contains(said, "203.0.113.9") {
		t.Error("a client made itself another address")
	}
}

// otherRelease gives one hub files of another release, and asks for those of each page
// as often as a browser does: whichever hub the page is of, its files are there.
func (n *node) otherRelease(t *testing.T, other *node) {
	t.Helper()
	other.kill(t)
	other.args = append(other.args, "--web-dir", "../../web")
	other.restart(t)
	assets := regexp.MustCompile(`"(/assets/[0-9a-f]{12}/[^"]+)"`)
	for range 20 {
		status, page, err := n.request(t.Context(), token(t, boss), http.MethodGet, "/", "")
		found := assets.FindAllStringSubmatch(page, -1)
		if err != nil || status != http.StatusOK || len(found) < 3 {
			t.Fatalf("a page is %d, %v, with %d files", status, err, len(found))
		}
		for _, m := range found {
			if status, _, err := n.request(t.Context(), token(t, boss), http.MethodGet, m[1], ""); err != nil || status != http.StatusOK {
				t.Errorf("%s of a page is %d, %v", m[1], status, err)
			}
		}
	}
}

// TestProxyAsItComes stands nginx before a hub with none of what the file has for it. The hub
// says in its log what is missing, one thing after the other, and nobody at work loses a socket.
func TestProxyAsItComes(t *testing.T) {
	if *proxyPrograms == "" {
		t.Skip("no proxies are there: run `make proxies`")
	}
	redis := startRedis(t)
	hub := startNode(t, "--redis", redis.url(), "--public-url", "https://hub.example")
	hub.load(t, "c", 1)
	working, _ := hub.desk(t, "agent1")
	upgrade := "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"
	for _, c := range []struct {
		name, set string
		status    int
		log       string
	}{
		{"nothing set", "", http.StatusMisdirectedRequest, `"reason":"host","host":"hubs","hint":"a proxy must pass on Host`},
		{"host, no upgrade", "proxy_set_header Host $host;", http.StatusUpgradeRequired, `"reason":"proxy","hint":"a proxy must ask by HTTP/1.1`},
		{"host and upgrade by HTTP/1.0", "proxy_set_header Host $host;" + upgrade, http.StatusUpgradeRequired, `"reason":"proxy","hint":"a proxy must ask by HTTP/1.1`},
	} {
		kind := proxyKinds[0]
		kind.text = "upstream hubs { server 10.0.0.11:8080; }\nserver { listen 443 ssl; server_name hub.example;\n" +
			"ssl_certificate /etc/ssl/hub.example.pem; ssl_certificate_key /etc/ssl/hub.example.key;\n" +
			"location / { proxy_pass http://hubs; " + c.set + " } }\n"
		front := kind.start(t, hub, hub)
		said := len(hub.err.String())
		header := http.Header{"Authorization": {"Bearer " + token(t, as(identity.RoleAgent, "agent1"))}, "Origin": {"https://hub.example"}}
		_, err := connectBy(t.Context(), front.by, front.url, header, "agenthub.v1")
		if refused, ok := errors.AsType[*refusedUpgradeError](err); !ok || refused.status != c.status {
			t.Errorf("%s: %v, want %d", c.name, err, c.status)
		}
		eventually(t, c.name+": the log says what to set", func() bool { return strings.Contains(hub.err.String()[said:], c.log) })
		status, answer, err := front.request(t.Context(), token(t, loader), http.MethodPost, "/api/v1/contacts", strings.Repeat("\n", 2<<20))
		if err != nil || status != http.StatusRequestEntityTooLarge || !strings.Contains(answer, "nginx") {
			t.Errorf("%s: 2 MiB are answered %d %.100s, %v", c.name, status, answer, err)
		}
	}
	working.quiet(t)
}
