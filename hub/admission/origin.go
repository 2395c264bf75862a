package admission

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// sites are the names under which browsers may know the hub and the pages that
// may use it. A page of any other site could ride on what its visitor may reach
// (cross-site hijacking); a Host of any other name means that somebody pointed
// his own name at us (DNS rebinding).
type sites struct {
	origins map[string]bool // scheme://host:port
	hosts   map[string]bool // host, without port
}

func newSites(publicURL string, allowed []string) (sites, error) {
	s := sites{origins: map[string]bool{}, hosts: map[string]bool{}}
	own := allowed
	if publicURL != "" {
		u, err := url.Parse(publicURL)
		if err != nil {
			return s, fmt.Errorf("admission: public URL: %w", err)
		}
		own = append([]string{u.Scheme + "://" + u.Host}, allowed...)
	}
	for _, o := range own {
		origin, host, ok := parseOrigin(o)
		if !ok {
			return s, fmt.Errorf("admission: %q is no origin, it should look like https://desk.example.com", o)
		}
		s.origins[origin], s.hosts[host] = true, true
	}
	return s, nil
}

// parseOrigin brings an origin into the one form that is compared.
func parseOrigin(o string) (origin, host string, ok bool) {
	u, err := url.Parse(o)
	if err != nil || u.User != nil || u.Opaque != "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Hostname() == "" {
		return "", "", false
	}
	port := u.Port()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "", false
	case port == "" && u.Scheme == "http":
		port = "80"
	case port == "":
		port = "443"
	}
	host = strings.ToLower(u.Hostname())
	return u.Scheme + "://" + net.JoinHostPort(host, port), host, true
}

// knows reports whether the request names us.
func (s sites) knows(r *http.Request) bool {
	return s.hosts[hostname(r.Host)] || IsLoopback(r.Host)
}

// allows reports whether a page of that origin may use the hub. A request
// without the header is no browser's.
func (s sites) allows(r *http.Request) bool {
	given := r.Header["Origin"]
	if len(given) == 0 {
		return true
	}
	if len(given) > 1 {
		return false
	}
	origin, host, ok := parseOrigin(given[0])
	if !ok {
		return false
	}
	if s.origins[origin] {
		return true
	}
	// Reached by a loopback name, the hub's own page has that very name.
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	own, _, ok := parseOrigin(scheme + r.Host)
	return ok && IsLoopback(host) && origin == own
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return strings.ToLower(host)
	}
	return strings.ToLower(strings.Trim(hostport, "[]"))
}

// IsLoopback reports whether host or host:port can be reached from this machine
// alone. An empty host means all interfaces.
func IsLoopback(address string) bool {
	host := hostname(address)
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
