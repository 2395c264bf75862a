// Package desk is where agents' messages become typed calls of the store and what
// the store says becomes answers: it knows the vendor's words, and what each client
// was shown. A handler reads fields, asks the store once, and answers.
//
//	session.Request ─▶ handler ─▶ store.Caller, arguments ─▶ Store ─▶ View or error ─▶ answer, envelope.Error
//
// It also keeps the sessions of agents (hub.Claims): who opens one is told what it
// holds, and who is woken the difference to what it was shown.
package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/lookup"
	"agenthub/contacts/store"
	"agenthub/contacts/zones"
	"agenthub/session"
	"agenthub/session/envelope"
)

// Desk answers agents. It is safe for concurrent use; a session's requests come
// one at a time.
type Desk struct {
	store *store.Store
	read  *lookup.Reader
	zones *zones.Current
	shown audience
}

// New makes a desk in front of a store and what reads the same tenant, with the
// zones in which agents mean the dates they send.
func New(s *store.Store, read *lookup.Reader, in *zones.Current) *Desk {
	return &Desk{store: s, read: read, zones: in}
}

// sessionOf is a claim as the store knows it.
func sessionOf(c *session.Claim) *store.Caller {
	return &store.Caller{
		Agent: c.Agent, Epoch: c.Epoch, Session: c.Session, Campaigns: c.Campaigns, Legacy: c.Legacy, Joined: &c.Joined,
	}
}

// callerOf is who makes a request, and which.
func callerOf(r *session.Request) *store.Caller {
	c := sessionOf(r.Claim)
	if c.Request, c.Frame = r.ID, r.Frame; r.ID != "" {
		c.Fingerprint = fingerprint(r)
	}
	return c
}

// fingerprint tells whether a repeated request id is the same request.
func fingerprint(r *session.Request) string {
	text := make([]byte, 0, 192) // on the stack
	text = append(append(text, r.Subtopic...), 0)
	sum := sha256.Sum256(r.Data.AppendCanonical(text))
	return hex.EncodeToString(sum[:16])
}

// Open makes c the agent's only session.
func (d *Desk) Open(ctx context.Context, c *session.Claim) (session.Opened, error) {
	caller := sessionOf(c)
	o, err := d.store.Open(ctx, caller, store.OpenArgs{
		Instance: c.Instance, Name: c.Name, Issued: time.UnixMilli(c.Issued), IssuedAt: c.IssuedAt,
	})
	c.Epoch = caller.Epoch // also if what follows failed: the session is to be dropped then
	if err != nil {
		return session.Opened{}, err
	}
	told := session.Opened{Today: o.Today, LastClose: o.LastClose}
	v, campaign := o.Reservation, contacts.CampaignID("")
	if v != nil {
		campaign = v.Campaign
	}
	if !c.Legacy {
		c.Choices = "" // Hello tells them whole
		choices, err := d.choices(ctx, c, campaign)
		if err != nil {
			return session.Opened{}, err
		}
		told.SkipReasons, told.Outcomes = choices.SkipReasons, choices.Outcomes
	}
	if v == nil {
		return told, nil
	}
	more, err := d.show(ctx, c, v)
	told.Reservation = newContactOD(v, more)
	return told, err
}

// Drop records a lost socket: the agent has the grace period to come back.
func (d *Desk) Drop(ctx context.Context, c *session.Claim, code int, reason string) error {
	return d.store.Drop(ctx, sessionOf(c), code, reason)
}

// Close ends the session at the agent's own wish.
func (d *Desk) Close(ctx context.Context, c *session.Claim) error {
	return refusal(d.store.Close(ctx, sessionOf(c)))
}

// Narrow says that the agent serves fewer campaigns from now on.
func (d *Desk) Narrow(ctx context.Context, c *session.Claim) error {
	return refusal(d.store.Narrow(ctx, sessionOf(c)))
}

// Rejoin brings a session back into a store that may have forgotten it.
func (d *Desk) Rejoin(ctx context.Context, c *session.Claim) error {
	return refusal(d.store.Rejoin(ctx, sessionOf(c)))
}

// Beat keeps this node's sessions alive for one node lease.
func (d *Desk) Beat(ctx context.Context) error { return d.store.Beat(ctx) }

// Wake compares what the client was shown with what the store says.
func (d *Desk) Wake(ctx context.Context, c *session.Claim) ([]session.Push, error) {
	if c.Legacy {
		return nil, nil // it knows no pushes; it finds out when it asks
	}
	v, last, err := d.store.Held(ctx, sessionOf(c))
	held := ""
	switch {
	case err == nil:
		held = string(v.ID)
	case !errors.Is(err, contacts.ErrNotHeld):
		return nil, refusal(err)
	}
	if held == c.Shown {
		return d.wakeHolder(ctx, c, v)
	}
	var pushes []session.Push
	if c.Shown != "" {
		cause := "lost"
		if held == "" && string(last.ID) == c.Shown && last.Cause != "" {
			cause = last.Cause
		}
		pushes = append(pushes, released(c.Shown, cause))
	}
	if c.Shown = held; held != "" {
		more, err := d.show(ctx, c, v)
		if err != nil {
			return pushes, err
		}
		pushes = append(pushes, session.Push{Topic: envelope.TopicReservation, Subtopic: "Reserved", Message: newContactOD(v, more)})
	}
	return pushes, nil
}

// wakeHolder tells who holds what it was shown of other rules.
func (d *Desk) wakeHolder(ctx context.Context, c *session.Claim, v *store.View) ([]session.Push, error) {
	if v == nil {
		return nil, nil
	}
	told, err := d.choices(ctx, c, v.Campaign)
	if err != nil || told == nil {
		return nil, err
	}
	return []session.Push{rules(v, told)}, nil
}

func released(id, cause string) session.Push {
	return session.Push{Topic: envelope.TopicReservation, Subtopic: "Released", Message: struct {
		ContactID string `json:"ContactId"`
		Cause     string `json:"cause"`
	}{id, cause}}
}
