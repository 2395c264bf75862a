package store

import (
	"context"
	"time"

	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/contacts/store/terms"
	"agenthub/session/identity"
)

// Caller is the session behind a change, and the request it comes with.
type Caller struct {
	Agent     identity.AgentID
	Epoch     string
	Session   string   // random id of the session
	Campaigns []string // what the agent serves; nil: all
	Legacy    bool     // what it is shown may be dialled without a word
	Joined    *uint64  // how often the store had forgotten sessions when this one joined last; the session's own

	Request     string // the client's request id, "" if it sent none
	Frame       string // the hub's own number of a frame without one, unique within the session
	Fingerprint string // tells whether a repeated request id is the same request
}

// How long a reply is remembered: by a client's request id, and by the number
// the hub gives a frame that carries none (only the hub's own retries use it).
const (
	rememberClient = "600000"
	rememberFrame  = "60000"
)

// change runs a script for an agent: stored reply, epoch, checks and writes all
// happen in the one script, in one round trip. A session that the store may have
// forgotten rejoins before, and once more if the script finds the store rolled
// back: a new primary may answer before the node has noticed.
func (s *Store) change(ctx context.Context, c *Caller, sc *script.Script, args ...string) ([]string, error) {
	for range 3 {
		if err := s.Rejoin(ctx, c); err != nil {
			return nil, err
		}
		r, err := s.runner.Run(ctx, s.callOf(c, sc, args))
		if err != nil {
			return nil, err
		}
		if r[0] != "forgotten" {
			return r, terms.Refusal(r)
		}
		if *c.Joined == s.forgotten.Load() { // else somebody has said it already
			s.Forget()
		}
	}
	return nil, script.ErrUnavailable
}

// callOf is the call of a script for an agent.
func (s *Store) callOf(c *Caller, sc *script.Script, args []string) *script.Call {
	words := make([]string, 0, 7+len(args))
	agent := string(c.Agent)
	switch {
	case c.Request != "":
		words = append(words, s.keys.Agent(agent), s.keys.Reply(agent, c.Request), keys.Escape(agent), c.Epoch, c.Fingerprint, rememberClient, s.node)
	case c.Frame != "":
		words = append(words, s.keys.Agent(agent), s.keys.Frame(c.Session, c.Frame), keys.Escape(agent), c.Epoch, "f", rememberFrame, s.node) // a frame's number is never used twice
	default: // it changes nothing that a repetition would change again
		words = append(words, s.keys.Agent(agent), "", keys.Escape(agent), c.Epoch, "", rememberFrame, s.node)
	}
	return sc.CallOf(append(words, args...))
}

// lease is how long a contact stays with the client it is shown to, and what becomes
// of it then: "1" it goes to review, "0" back to the pool, "" likewise, of a client that
// says when it dials.
func (s *Store) lease(c *Caller) (lease time.Duration, legacy string) {
	switch {
	case !c.Legacy:
		return s.policy.ReservationTTL, ""
	case s.policy.LegacyRequeue:
		return s.policy.ReservationTTL, "0"
	}
	return s.policy.DialledTTL, "1"
}
