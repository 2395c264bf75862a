// Package lua has the scripts of the store: NAME.lua does one transition, and
// lib/FUNCTION.lua is what several of them use (package script puts them together).
// "agenthub script NAME" prints one as Redis runs it.
//
// A script has two keys, P .. 'nokey' for one that it has no need of (the callers' empty
// string), and names its arguments first. One for an agent is given first the agent, the session's epoch,
// the request's fingerprint, how many ms its reply is kept, and the node; one for
// somebody else has the actor in place of the epoch. KEYS and ARGV change from call
// to call of a run, so a function of lib that looks at them sees the call in hand.
//
// Ids are in key form everywhere inside Redis (keys.go). Times are Unix ms as
// decimal strings, the empty one for none. Everything is checked, then written: a script is
// atomic, but never rolled back.
//
// Commands and their arguments are most of a script's cost, then what is made:
// functions, tables, strings of numbers. A score that Redis writes out costs as
// much as a command, so the field sc is read instead (docs/experiments.md).
package lua

import "embed"

// Files are NAME.lua and lib/NAME.lua.
//
//go:embed *.lua lib/*.lua
var Files embed.FS
