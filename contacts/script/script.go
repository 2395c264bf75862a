// Package script runs Lua scripts on one Redis target: plain, Sentinel, managed
// or embedded. It knows Lua, batches and durability, and no contact.
//
// What it promises:
//
//   - A call has a definite reply, or the caller knows that it may have been
//     executed (ErrPending) or was not (ErrUnavailable).
//   - Nothing but Runner.Run asks again, with the same words: a script is safe to
//     repeat, or it is given to Once.
//   - With replicas, what was answered is on one of them too: WAIT goes at the end
//     of the same pipeline.
//
// Goroutines: the lanes of a Runner (NewRunner … Close).
//
//	Run ─▶ queue ─▶ lane: pipeline of EVALSHA … [WAIT] ─▶ reply of each call
//	        ▲ the next one forms while this one is out
package script

import (
	"crypto/sha1" //nolint:gosec // Redis names scripts by SHA-1; nothing is protected by it
	"encoding/hex"
	"time"
)

// Script is one Lua script as Redis runs it, made by a Source.
type Script struct {
	Name  string
	Title string // the first line of its head
	Text  string
	SHA   string

	nokey string       // stands where a call has no key
	stats *scriptStats // nil: none
}

func newScript(name, text string, m *Metrics) *Script {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // as above
	s := &Script{Name: name, Text: text, SHA: hex.EncodeToString(sum[:])}
	if m != nil {
		s.stats = m.script(name)
	}
	return s
}

// Call is one run of a script on its way through a Runner.
type Call struct {
	Script *Script
	Words  []string // two keys, then the arguments; P .. 'nokey' is given for one that is ""
	Reply  []string
	Err    error

	until time.Time // not sent later; zero: whenever
	done  chan struct{}
}

// Call makes a call of two keys and the arguments.
func (s *Script) Call(k1, k2 string, args ...string) *Call {
	return s.CallOf(append([]string{k1, k2}, args...))
}

// CallOf makes a call of two keys and the arguments, and keeps them.
func (s *Script) CallOf(words []string) *Call {
	return &Call{Script: s, Words: words, done: make(chan struct{}, 1)}
}
