// Package hub is the node's side of all sockets: which is the agent's only one, and
// which handler a frame goes to. Who may open one is decided in
// [agenthub/hub/admission].
//
// It knows sockets and no subtopic: the routes are given, and what a claim is
// worth the store decides. What it promises:
//
//   - Nobody has a socket who did not prove who he is; all refusals come before
//     the upgrade.
//   - A route without roles does not start, and no frame acts for another agent.
//   - An agent has one socket on this node. That he has one on all nodes is the
//     store's epoch: a kick only makes the older socket go sooner.
//   - A client of agenthub.v1 hears Hello before anything else.
//   - A lost socket is told to the store, as soon as the store can be told.
//   - A node that cannot reach the store refuses what changes something after
//     7 s and lets its clients go after 12 s, before others take their claims.
//
// The entrance is hub.go: New, Run, and for each socket ServeHTTP (upgrade.go) and
// Receive (router.go).
//
// Goroutines: the readers of the sockets; those of Run, one that ticks all sessions
// and one that beats; and while Drain waits, one that waits for the last reader.
//
//	GET /ws ─▶ admission.Check ─▶ beating? ─▶ admission.Admit ─▶ Claims.Open ─▶ 101 ─▶ Hello
//	frame ─▶ Decode ─▶ route ─▶ role, agent key, beating ─▶ Handler ─▶ answer or failure
//
// It does not retry a request and it does not remember answers: the store does both.
package hub
