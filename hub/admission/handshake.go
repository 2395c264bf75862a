package admission

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"agenthub/session/envelope"
)

const ticketBytes = 32

// badHandshake finds faults of the handshake before a claim is taken for it.
func badHandshake(w http.ResponseWriter, r *http.Request) *Refusal {
	bad := func(status int, text string) *Refusal {
		return &Refusal{status: status, text: text, result: "handshake"}
	}
	switch {
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		return bad(http.StatusMethodNotAllowed, "GET only")
	case r.ProtoMajor != 1 || r.ProtoMinor == 0 || !hasToken(r, "Connection", "upgrade") || !hasToken(r, "Upgrade", "websocket"):
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		if r.ProtoMajor == 1 && len(r.Header["Sec-Websocket-Key"]) > 0 { // it was a handshake once
			return refuseSpoiled
		}
		return bad(http.StatusUpgradeRequired, "this is a WebSocket endpoint")
	case r.Header.Get("Sec-Websocket-Version") != "13":
		w.Header().Set("Sec-WebSocket-Version", "13")
		return bad(http.StatusUpgradeRequired, "WebSocket version 13 only")
	case r.ContentLength != 0:
		return bad(http.StatusBadRequest, "no body here")
	}
	keys := r.Header["Sec-Websocket-Key"]
	if len(keys) != 1 {
		return bad(http.StatusBadRequest, "one Sec-WebSocket-Key")
	}
	if key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(keys[0])); err != nil || len(key) != 16 {
		return bad(http.StatusBadRequest, "odd Sec-WebSocket-Key")
	}
	return nil
}

func hasToken(r *http.Request, header, token string) bool {
	for _, line := range r.Header[header] {
		for t := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}

// offered reads the subprotocols: which one to select, and the ticket beside it.
func offered(r *http.Request) (protocol, ticket string, no *Refusal) {
	bad := &Refusal{status: http.StatusBadRequest, text: "offer agenthub.v1 or lcm.v1, and at most one ticket", result: "protocol"}
	var names []string
	for _, line := range r.Header["Sec-Websocket-Protocol"] {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.TrimSpace(name)
			if t, ok := strings.CutPrefix(name, envelope.ProtocolTicket); ok {
				if ticket != "" || !ticketForm(t) {
					return "", "", bad
				}
				ticket = t
				continue
			}
			names = append(names, name)
		}
	}
	switch {
	case slices.Contains(names, envelope.ProtocolV1):
		protocol = envelope.ProtocolV1
	case slices.Contains(names, envelope.ProtocolLCM):
		protocol = envelope.ProtocolLCM
	case ticket != "": // a browser that offers something must be given something
		return "", "", bad
	}
	return protocol, ticket, nil
}

func ticketForm(t string) bool {
	b, err := base64.RawURLEncoding.DecodeString(t)
	return err == nil && len(b) == ticketBytes
}

// bearer gives the token of the Authorization header; given says that there is
// such a header, so that a bad one is not passed over for a ticket.
func bearer(r *http.Request) (token string, given bool) {
	values := r.Header["Authorization"]
	if len(values) == 0 {
		return "", false
	}
	const scheme = "bearer "
	if v := values[0]; len(values) == 1 && len(v) > len(scheme) && strings.EqualFold(v[:len(scheme)], scheme) {
		return v[len(scheme):], true
	}
	return "", true
}
