// Package contacts is the truth about contacts: who holds which, what became of
// it, and the trace of every change. It alone talks to Redis.
//
// Each change is one Lua script (store/lua/*.lua), run atomically in one round trip,
// and each script appends the event of its change itself. What it promises:
//
//   - A contact is in exactly one state and held by at most one agent; an agent
//     holds at most one contact; one number is never in two agents' hands.
//   - What was answered ok has happened, once: a repeated request id gets the
//     first reply again, on any socket, on any node.
//   - A session that was taken over can change nothing: every script compares
//     the epoch before it compares anything else but the request id.
//   - A dialled contact is never offered again by a timer.
//   - One event per change, with a dense seq; no number is ever in one.
//
// Goroutines: the batcher's lanes (New … Shutdown), and four that main starts
// and waits for: Follow (the only reader of the streams), Probe, Reap and RunAlerts.
//
//	Handler ─▶ mutate ─▶ batcher ─▶ EVALSHA … [WAIT] ─▶ reply ─▶ answer or refusal
//	                        │ same script
//	                        └─ XADD ev ─▶ XREAD (Follow) ─▶ supervisors (Feed), agents (Wake)
//
// It does not promise consensus: with durability "replica" an acknowledged
// change is on two machines, and is lost if the third is promoted.
package contacts
