package session

import (
	"agenthub/session/identity"
)

// Claim is one live session: an identity bound to one socket. The store gives
// it an epoch when the session opens and compares that epoch in every
// mutation, so a session that was taken over can do no harm.
type Claim struct {
	// Set before Open, read-only after.
	identity.Identity
	Session  string // random id of this session, safe to log
	Instance string // the tab's own id, "" if it sent none
	Legacy   bool   // the client did not negotiate agenthub.v1
	Issued   int64  // when the ticket was issued, Unix ms by the store's clock; 0: now, for a bearer

	// Set by Open, read-only after.
	Epoch string

	// Owned by whoever has the session's turn (Session.turn).
	Joined uint64 // what the store counts to know whether it may have forgotten this session
	Shown  string // id of the contact this client was last shown as held, "" for none

	Choices string // what the skip reasons and outcomes add up to that this client was told last
}

// Push is one message a client is told unasked: what brings it from what it
// was shown to what the store says.
type Push struct {
	Topic    string // "Reservation"
	Subtopic string // "Reserved", "Released", "Rules"
	Message  any    // encoded as the envelope's message
}

// Opened is what the store knows at sign-in; each field stands in Hello as it is.
type Opened struct {
	Reservation any    // as ContactOD with the agenthub.v1 fields, or nil
	SkipReasons any    // [{id,label,needsNote,suppresses}]
	Outcomes    any    // [{id,label,effect}]
	Today       any    // {dials,skips,outcomes}
	LastClose   string // why the previous socket ended, "" if unknown
}
