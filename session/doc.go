// Package session is one client's socket: it reads frames, has them decoded
// strictly, hands them over one at a time and writes what comes back.
//
// It knows no subtopic, no other socket and no store. What it promises:
//
//   - Frames of one socket are handled one at a time, in order of arrival, and
//     answered in that order.
//   - Whatever else happens to a session (a push that must see the truth, a
//     replay) happens inside the same turn.
//   - A frame that was queued is written, or the session ends: nothing is
//     dropped silently. The queue is bounded in bytes and in frames.
//   - A client that guesses, floods, stalls or stops reading costs a bounded
//     amount of memory and a bounded time.
//
// The entrance is session.go: Accept and Run. The words of a frame are those of
// [agenthub/session/envelope], who signed in is known by
// [agenthub/session/identity]; Claim, Request and Conn are what the hub, the
// handlers and the store share.
//
// Goroutines: one reader per socket, which also runs the handler and writes the
// answer if nobody else is writing. What others have for a socket is written by a
// writer of that socket, which lives while there is something to write, so that
// nobody waits for a peer but who writes to it; a wake-up, a ping and what Do was
// given have a goroutine while they last. The reader waits for all of them before
// it reports the end. A reader whose stack a request has made grow is replaced by a
// fresh one (frames.go). There is no timer per socket: the hub calls Tick about
// once a second.
//
//	bytes ─▶ wire ─▶ websocket ─▶ read ─▶ Decode ─▶ Handler (hub) ─▶ Answer ─┐
//	  ▲                                                 Push (others) ──▶ queue ─▶ write ─▶ bytes
//	  └──────────────── Tick: frame 5 s, write 5 s, ping 25 s, pong 10 s, expiry ────────────┘
//
// It does not promise delivery: a frame that was written may be lost with the
// socket. A client that wants to know asks again with the same requestId.
package session
