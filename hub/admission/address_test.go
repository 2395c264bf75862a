package admission

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestClientIsTheNearestThatIsNoProxyOfOurs(t *testing.T) {
	ours := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	for _, c := range []struct {
		name, peer, forwardedFor, forwarded, want string
	}{
		{"nobody in between", "203.0.113.7:1", "", "", "203.0.113.7"},
		{"a stranger's word", "203.0.113.7:1", "198.51.100.1", "for=198.51.100.1", "203.0.113.7"},
		{"a proxy that says nothing", "10.0.0.1:1", "", "", "10.0.0.1"},
		{"one proxy", "10.0.0.1:1", "198.51.100.1", "", "198.51.100.1"},
		{"what the client wrote before", "10.0.0.1:1", "192.0.2.1, 198.51.100.1", "", "198.51.100.1"},
		{"two proxies", "10.0.0.1:1", "198.51.100.1, 10.9.9.9", "", "198.51.100.1"},
		{"a client inside", "10.0.0.1:1", "10.0.0.7, 10.9.9.9", "", "10.0.0.7"},
		{"with a port", "10.0.0.1:1", "198.51.100.1:4711", "", "198.51.100.1"},
		{"IPv6", "[2001:db8:1::1]:1", "2001:db8:2::7", "", "2001:db8:2::7"},
		{"IPv6 with a port", "[2001:db8:1::1]:1", "[2001:db8:2::7]:4711", "", "2001:db8:2::7"},
		{"IPv4 as IPv6", "[::ffff:10.0.0.1]:1", "::ffff:198.51.100.1", "", "198.51.100.1"},
		{"a loopback that a client wrote", "10.0.0.1:1", "127.0.0.1, 10.1.2.3", "", "10.1.2.3"},
		{"no address", "10.0.0.1:1", "198.51.100.1, unknown", "", "10.0.0.1"},
		{"RFC 7239", "10.0.0.1:1", "", `for=192.0.2.1, For=198.51.100.1;proto=https;by=10.0.0.1`, "198.51.100.1"},
		{"RFC 7239, IPv6", "10.0.0.1:1", "", `for="[2001:db8:2::7]:4711"`, "2001:db8:2::7"},
		{"RFC 7239, hidden", "10.0.0.1:1", "", `for=_secret`, "10.0.0.1"},
		{"both say the same", "10.0.0.1:1", "198.51.100.1", `for=198.51.100.1`, "198.51.100.1"},
		{"they differ: one is a client's", "10.0.0.1:1", "198.51.100.1", `for=192.0.2.1`, "10.0.0.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/ws", nil)
		r.RemoteAddr = c.peer
		for name, value := range map[string]string{"X-Forwarded-For": c.forwardedFor, "Forwarded": c.forwarded} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if got := ours.client(r).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func FuzzClient(f *testing.F) {
	f.Add("198.51.100.1, 10.9.9.9", `for="[2001:db8::7]:1";proto=https`)
	f.Add("unknown", "for=")
	ours := proxies{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, forwardedFor, forwarded string) {
		r := httptest.NewRequest(http.MethodGet, "/ws", nil)
		r.RemoteAddr = "10.0.0.1:1"
		r.Header = http.Header{"X-Forwarded-For": {forwardedFor}, "Forwarded": {forwarded}}
		if !ours.client(r).IsValid() {
			t.Error("the proxy's own address is lost")
		}
	})
}
