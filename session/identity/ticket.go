package identity

import (
	"errors"
	"time"
)

// Why somebody is not let in; each is answered before the upgrade.
var (
	ErrTakeoverLimit = errors.New("identity: too many takeovers of a live session") // 429
	ErrStaleTicket   = errors.New("identity: a newer sign-in exists")               // 409
	ErrRevoked       = errors.New("identity: token revoked")                        // 401
	ErrTicket        = errors.New("identity: ticket unknown, used or over")         // 401
)

// TicketLife is how long a ticket can be used, once.
const TicketLife = 20 * time.Second

// Ticket is what a one-time WebSocket ticket stands for.
type Ticket struct {
	Identity Identity
	Origin   string // Origin header at issue, "" if none
	Instance string
	IssuedAt time.Time // by the clock of who keeps it
}
