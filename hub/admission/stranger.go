package admission

import (
	"net/http"
	"strings"

	"go.uber.org/zap"

	"agenthub/session/identity"
)

// What an operator may have to set. None of it is a secret, so who is refused may
// read it, too: it often is who put the proxy there.
const (
	hintHost   = "a proxy must pass on Host (nginx: proxy_set_header Host $host), and --public-url must be the address in the browser"
	hintOrigin = "list it in --allowed-origins if its pages may use the hub; --public-url is the hub's own"
	hintProxy  = "a proxy must ask by HTTP/1.1 and pass on Upgrade and Connection (nginx: proxy_http_version 1.1, and proxy_set_header for both)"
)

// stranger refuses who calls us by a name that is not ours, or comes from a page that
// may not use us. Most often it is a proxy or a flag that is wrong, so that it is told.
func (c *Control) stranger(r *http.Request) *Refusal {
	switch {
	case !c.sites.knows(r):
		c.witness.note(reasonHost, zap.String("host", seen(r.Host)), zap.String("hint", hintHost))
		return refuseHost
	case !c.sites.allows(r):
		c.foreign(r)
		return refuseOrigin
	}
	return nil
}

// foreign tells of a page that may not use the hub, or not by this ticket.
func (c *Control) foreign(r *http.Request) {
	c.witness.note(reasonOrigin, zap.String("origin", seen(strings.Join(r.Header["Origin"], " "))), zap.String("hint", hintOrigin))
}

// handshake refuses what can become no socket, and tells where it was one before a
// proxy passed it on.
func (c *Control) handshake(w http.ResponseWriter, r *http.Request) *Refusal {
	no := badHandshake(w, r)
	if no == refuseSpoiled {
		c.witness.note(reasonProxy, zap.String("hint", hintProxy))
	}
	return no
}

// seen is what somebody sent as a name, for the log.
func seen(name string) string {
	const most = 100
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return identity.Shown(name)
}
