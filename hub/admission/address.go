package admission

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are the networks whose word on where a request came from is believed.
type proxies []netip.Prefix

func (p proxies) trust(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// client is the address that a request came from: of those it passed, the nearest
// that is no proxy of ours. It is not valid where nobody knows.
func (p proxies) client(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := peer.Addr().Unmap().WithZone("")
	if !p.trust(from) {
		return from
	}
	by, also := p.behind(from, forwardedFor(r)), p.behind(from, forwarded(r))
	switch {
	case by == from:
		return also
	case also != from && also != by:
		return from // a client wrote one of them, and who knows which
	}
	return by
}

// Client is where a request came from, as far as its proxies can be trusted, for a log.
func Client(r *http.Request, trusted []netip.Prefix) string {
	if from := proxies(trusted).client(r); from.IsValid() && len(trusted) > 0 {
		return from.String()
	}
	return r.RemoteAddr
}

// behind follows a list of hops, the nearest last, until one is no proxy of ours,
// or none that can be read.
func (p proxies) behind(from netip.Addr, hops []string) netip.Addr {
	for _, hop := range slices.Backward(hops) {
		addr, ok := parseHop(hop)
		if !ok || !beyond(addr) {
			return from
		}
		if from = addr; !p.trust(from) {
			return from
		}
	}
	return from
}

func forwardedFor(r *http.Request) []string {
	return strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
}

// forwarded reads the addresses of RFC 7239: for=192.0.2.1;proto=https, for="[2001:db8::1]:80".
func forwarded(r *http.Request) (hops []string) {
	for hop := range strings.SplitSeq(strings.Join(r.Header["Forwarded"], ","), ",") {
		by := "" // a hop that does not say
		for pair := range strings.SplitSeq(hop, ";") {
			if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); strings.EqualFold(name, "for") {
				by = strings.Trim(value, `"`)
			}
		}
		hops = append(hops, by)
	}
	return hops
}

// parseHop reads an address, with or without a port.
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if withPort, err := netip.ParseAddrPort(hop); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	addr, err := netip.ParseAddr(strings.Trim(hop, "[]"))
	return addr.Unmap().WithZone(""), err == nil
}

// beyond reports whether an address can be where somebody came to a proxy from: who
// says that it was this machine is not counted (limited), so nobody may say it.
func beyond(addr netip.Addr) bool { return !addr.IsLoopback() }

// limited names an address whose failures are counted, "" for loopback, which is this
// machine or a proxy on it that nobody named. Of IPv6 a customer has a whole /64.
func limited(addr netip.Addr) string {
	switch {
	case !addr.IsValid() || addr.IsLoopback():
		return ""
	case addr.Is6():
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}

// Proxied reports whether a request says that it came through a proxy. One that
// says nothing of the kind may have, too: nginx as it comes speaks HTTP/1.0.
func Proxied(r *http.Request) bool {
	said := []string{"Forwarded", "Via", "X-Real-Ip", "X-Original-For", "X-Original-Host", "X-Envoy-External-Address", "Cf-Connecting-Ip", "X-Amzn-Trace-Id"}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded") || strings.HasSuffix(name, "Client-Ip") || slices.Contains(said, name) {
			return true
		}
	}
	return !r.ProtoAtLeast(1, 1)
}
