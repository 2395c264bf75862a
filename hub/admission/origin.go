package admission

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"agenthub/web/origin"
)

// sites are the names under which browsers may know the hub and the pages that
// may use it. A page of any other site could ride on what its visitor may reach
// (cross-site hijacking); a Host of any other name means that somebody pointed
// his own name at us (DNS rebinding).
type sites struct {
	origins map[string]bool // as browsers send them
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
		known, ok := origin.Parse(o)
		if !ok {
			return s, fmt.Errorf("admission: %q is no origin, it should look like https://desk.example.com", o)
		}
		s.origins[known] = true
		if web, ok := origin.ParseWeb(o); ok {
			s.hosts[hostOf(web)] = true
		}
	}
	return s, nil
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
	from, ok := origin.Parse(given[0])
	if !ok {
		return false
	}
	if s.origins[from] {
		return true
	}
	// Reached by a loopback name, the hub's own page has that very name.
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	own, ok := origin.ParseWeb(scheme + r.Host)
	return ok && IsLoopback(hostOf(own)) && from == own
}

// hostOf is the host of an origin, without port.
func hostOf(o string) string {
	_, host, _ := strings.Cut(o, "://")
	return hostname(host)
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
