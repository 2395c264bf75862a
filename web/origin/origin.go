// Package origin reads where a page comes from, as browsers say it in the header
// Origin: https://desk.example, app://desk, null.
package origin

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// What pages without an address of their own say: files, and frames in a sandbox. It
// is the same for all of them, whoever made them.
const (
	Null = "null"
	File = "file://"
)

var schemeForm = regexp.MustCompile(`^[a-z][a-z0-9+.-]*$`)

// addresses have a scheme, and no page ever came from them.
var addresses = []string{"about", "blob", "data", "ftp", "javascript", "ws", "wss"} //nolint:gochecknoglobals // a constant

// Parse brings an origin of any scheme into the form in which browsers send it: lower
// case, and without the port that the scheme has anyway. It refuses what could never be
// an Origin header, or would mean something else in a CSP.
func Parse(text string) (origin string, ok bool) {
	if text == Null || text == File {
		return text, true
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || text != u.Scheme+"://"+u.Host || strings.ContainsFunc(text, odd) {
		return "", false
	}
	if !schemeForm.MatchString(u.Scheme) || slices.Contains(addresses, u.Scheme) {
		return "", false
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host, true
}

// odd characters stand in no origin (other letters come as punycode), or end something in a CSP.
func odd(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("*;,@'\"", r) }

// ParseWeb is Parse for what has an address in the web.
func ParseWeb(text string) (origin string, ok bool) {
	origin, ok = Parse(text)
	return origin, ok && (strings.HasPrefix(origin, "http://") || strings.HasPrefix(origin, "https://"))
}

// Ancestors are origins as a CSP names those who may frame a page. Who says null has no
// name there.
func Ancestors(origins []string) string {
	var sources []string
	for _, o := range origins {
		switch o {
		case Null:
		case File:
			sources = append(sources, "file:")
		default:
			sources = append(sources, o)
		}
	}
	if len(sources) == 0 {
		return "'none'"
	}
	return strings.Join(sources, " ")
}
