package contactstest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"

	"agenthub/session"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// SignIn opens a session that speaks agenthub.v1.
func (s *Node) SignIn(agent string, change ...func(*session.Claim)) *session.Claim {
	s.T.Helper()
	c := &session.Claim{
		Identity: identity.Identity{Agent: identity.AgentID(agent), Role: identity.RoleAgent, IssuedAt: s.Now},
		Session:  rand.Text(), Instance: "tab-" + agent, Issued: s.Now.UnixMilli(),
	}
	for _, f := range change {
		f(c)
	}
	if _, err := s.Open(s.T.Context(), c); err != nil {
		s.T.Fatalf("Open(%s): %v", agent, err)
	}
	return c
}

// Number is one that no frame or session had before.
func (s *Node) Number() string { return strconv.FormatInt(s.frame.Add(1), 10) }

// Ask runs one handler as a frame of the session would, with these data fields.
func (s *Node) Ask(c *session.Claim, h session.Handler, data string) (any, error) {
	s.T.Helper()
	return s.AskID(c, h, data, "")
}

// AskID is Ask with a request id.
func (s *Node) AskID(c *session.Claim, h session.Handler, data, requestID string) (any, error) {
	s.T.Helper()
	return s.AskAs("x", c, h, data, requestID)
}

// AskAs names the subtopic too, which is part of what makes a request the same.
func (s *Node) AskAs(subtopic string, c *session.Claim, h session.Handler, data, requestID string) (any, error) {
	s.T.Helper()
	if data == "" {
		data = "{}"
	}
	env, err := envelope.Decode([]byte(`{"channel":"LCM","topic":"WebService","subtopic":"x","data":` + data + `}`))
	if err != nil {
		s.T.Fatalf("Decode(%s): %v", data, err)
	}
	return h(s.T.Context(), &session.Request{
		Claim: c, Subtopic: subtopic, ID: requestID, Frame: strconv.FormatInt(s.frame.Add(1), 10), Data: env.Data,
	})
}

// Next reserves and returns the contact's id.
func (s *Node) Next(c *session.Claim) string {
	s.T.Helper()
	got, err := s.Ask(c, s.GetContact, "")
	if err != nil {
		return Code(err)
	}
	return ContactID(got)
}

// Code is what the client is told: "ok", or the refusal's code.
func Code(err error) string {
	if err == nil {
		return "ok"
	}
	return string(envelope.AsError(err).Code)
}

// Legacy is a client that never says that it dials.
func Legacy(c *session.Claim) { c.Legacy = true }

// ContactID is the id in an answer with a contact.
func ContactID(answer any) string {
	var shown struct {
		ContactID any `json:"ContactId"`
	}
	text, err := json.Marshal(answer)
	if err == nil {
		err = json.Unmarshal(text, &shown)
	}
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(shown.ContactID)
}

// Insist asks until the answer is definite.
func (s *Node) Insist(c *session.Claim, subtopic string, h session.Handler, data, id string) (any, error) {
	for {
		got, err := s.AskAs(subtopic, c, h, data, id)
		if Code(err) != "pending" && Code(err) != "unavailable" {
			return got, err
		}
	}
}
