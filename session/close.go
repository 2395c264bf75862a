package session

// Close codes a client may see (protocol.md section 3). 4500 to 4999 are
// terminal: the client must not come back by itself.
const (
	CloseNormal     = 1000
	CloseProtocol   = 1002
	CloseBinary     = 1003
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

// Reasons of ends that no peer is told of, for Hello.lastClose and the metrics.
const (
	ReasonLost      = "connection lost"
	ReasonKilled    = "connection killed"
	ReasonQueueFull = "queue full"
	ReasonSlowWrite = "write over 5 s"
	ReasonNoPong    = "no pong"
)
