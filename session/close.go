package session

import "strconv"

// Close codes a client may see (protocol.md section 3). 4500 to 4999 are
// terminal: the client must not come back by itself.
const (
	CloseNormal     = 1000
	CloseAway       = 1001 // by clients: the page is left
	CloseProtocol   = 1002
	CloseBinary     = 1003
	CloseNone       = 1005 // never sent: a close frame without a code
	CloseLost       = 1006 // never sent: the socket broke
	CloseUTF8       = 1007
	ClosePolicy     = 1008
	CloseTooBig     = 1009
	CloseComeBack   = 1012 // draining, or taken over by the same tab
	CloseTryLater   = 1013
	CloseExpired    = 4001
	CloseTooSlow    = 4008 // or too many
	CloseSuperseded = 4501
	CloseSignedOut  = 4503
)

// Label is a code as a metric has it: a client may make up thousands.
func Label(code int) string {
	switch code {
	case CloseNormal, CloseAway, CloseProtocol, CloseBinary, CloseNone, CloseLost, CloseUTF8, ClosePolicy, CloseTooBig,
		CloseComeBack, CloseTryLater, CloseExpired, CloseTooSlow, CloseSuperseded, CloseSignedOut:
		return strconv.Itoa(code)
	}
	return "other"
}

// Reasons of ends that no peer is told of, for Hello.lastClose and the metrics.
const (
	ReasonLost      = "connection lost"
	ReasonKilled    = "connection killed"
	ReasonQueueFull = "queue full"
	ReasonSlowWrite = "write over 5 s"
	ReasonNoPong    = "no pong"
)
