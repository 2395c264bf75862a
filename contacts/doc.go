// Package contacts is the words and rules of the domain: contacts and their
// states, campaigns and their terms, events, numbers. It knows no Redis, no HTTP
// and no socket; the rooms below it do:
//
//	keys     where everything stands in Redis, and in which form
//	script   Lua in batches over one Redis, with WAIT; no contact
//	store    one method, one transition, one script
//	lookup   reads for who looks and changes nothing
//	history  the past: events, results, rates        feed   the present: supervisors, agents, alerts
//	desk     agents' messages ⇄ calls of the store    api    the same for HTTP
//	lists    files in                                 tickets  one-time tickets
//	audit    looks for what must never be             zones, packs  dated data: clocks and laws
//
// ARCHITECTURE.md has the arrows between them.
package contacts
