// Package admission decides who may open a socket, before the upgrade: after the
// 101 nothing can be refused. It knows tokens, tickets and HTTP, and no socket.
//
// What it promises:
//
//   - A page of another site, and a Host that is not ours, get nothing.
//   - A handshake that cannot become a socket costs no look at its token.
//   - Who guesses tokens is held off by address and by the subject it claims, and
//     nobody else: a valid token or ticket passes, whatever others send from there.
//   - Who asks for tickets is limited by subject; upgrades at the same time have a
//     limit, and in a second those that proved who they are.
//   - A refusal does not tell what was wrong with a token, but one that is good and
//     gives no role here. An operator is told, by a counter and the log, which claim
//     was at fault and what it looked like, never what stood in it.
//   - A newer token may narrow what an open socket may do, never widen it.
//
// The entrance is admission.go: for an upgrade Check, Begin, Admit and End, in this
// order; ServeTickets (tickets.go) for browsers, Renew (renewal.go) for sockets that
// outlive their first token. What stands between them is the hub's: whether the node
// beats, how many sockets it has, the claim.
//
//	GET /ws ─▶ host, origin ─▶ handshake ─▶ rate ─▶ token or ticket ─▶ role ─▶ revoked? ─▶ Visitor
//	POST /api/v1/tickets ─▶ host, origin ─▶ token ─▶ rate ─▶ revoked? ─▶ ticket
//
// It has no goroutine. It keeps counts of a node alone: two nodes take twice as
// many guesses. It does not know an agent's other sessions; the store does.
package admission
