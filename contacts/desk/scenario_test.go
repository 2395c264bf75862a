package desk_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/desk"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// player carries out lines of a small language on a store. Scenarios, the model
// and the comparison of two stores all speak it, so that what one of them finds
// can be pasted into another.
//
//	import C campaign=X [phone=P] [prio=N] [owner=A] [at=+1h] [expiry=+1h] [zone=Z] [account=K] [tried=-2h,-3h]
//	open H [legacy] [tab=T] [node=N] [serves=X,Y] [ticket=-5s]      H is a session: an agent, or agent/2 for another
//	given A C campaign=X …: import C, open A, next A, and it is C
//	narrow H serves=X,Y: its token was refreshed
//	drop H · close H · reopen H · rejoin H · wake H
//	next H · held H · skip H [C] [account=K] [reason=R] · dial H [C] · keep H [C] · count H      each with [id=R]
//	outcome H C [code=N] · skipclose H C code=N · callback H C at=+1h [mine]                     each with [id=R]
//	assign A C|campaign=X [hold=1h] · takeback A · signout A · review C reopen|close · withdraw C · erase C
//	block P · unblock P · campaign X [paused] [hours=08:00-21:00] [zone=Z] [max=N] [delay=D] [avoid=D] [limit=N] [own]
//	  [calls=2/24h,1/2h/account/3+8] [gap=D] [pause=0+8/2h]        own is its own reason and outcome; limits, also by outcome
//	beat N · after D · reap · show C · events N
type player struct {
	*contactstest.Node
	nodes    map[string]*contactstest.Node
	sessions map[string]seat
}

// seat is one session on its node.
type seat struct {
	claim *session.Claim
	on    *contactstest.Node
}

func newPlayer(s *contactstest.Node) *player {
	return &player{Node: s, nodes: map[string]*contactstest.Node{"node1": s}, sessions: map[string]seat{}}
}

// do carries out one line and says what came of it.
func (p *player) do(text string) string {
	p.T.Helper()
	l := parseLine(text)
	ctx := p.T.Context()
	switch l.verb {
	case "import":
		return p.imported(l)
	case "open":
		return p.opened(l)
	case "given":
		p.do("import " + strings.Join(strings.Fields(text)[2:], " "))
		p.do("open " + l.who)
		if got := p.do("next " + l.who); got != l.first() {
			p.T.Fatalf("%s: %s", text, got)
		}
	case "after", "pass": // with pass a reaper runs
		d, err := time.ParseDuration(l.who)
		if err != nil {
			p.T.Fatalf("%s: %v", text, err)
		}
		for ; l.verb == "pass" && d > time.Minute; d -= time.Minute {
			p.After(time.Minute)
			p.Reap()
		}
		p.After(d)
		if l.verb == "pass" {
			p.Reap()
		}
	case "reap":
		p.Reap()
	case "beat":
		return word(p.node(l.who).Beat(ctx))
	case "assign":
		hold := time.Hour
		if l.opts["hold"] != "" {
			hold = l.duration("hold")
		}
		id, err := p.Store.Assign(ctx, identity.AgentID(l.who), contacts.ID(l.first()), contacts.CampaignID(l.opts["campaign"]), hold, "supervisor")
		if err != nil {
			return word(err)
		}
		return string(id)
	case "takeback":
		return word(p.Store.TakeBack(ctx, identity.AgentID(l.who), "supervisor"))
	case "signout":
		return word(p.Store.SignOut(ctx, identity.AgentID(l.who), "supervisor"))
	case "review":
		return word(p.Store.Decide(ctx, contacts.ID(l.who), l.first(), "", "supervisor"))
	case "withdraw":
		return word(p.Store.Withdraw(ctx, contacts.ID(l.who), "campaign", "consent"))
	case "erase":
		return word(p.Store.Erase(ctx, contacts.ID(l.who), "campaign"))
	case "block":
		n, err := p.Store.Block(ctx, []string{l.who}, "campaign", "list")
		return fmt.Sprint(n, " ", word(err))
	case "unblock":
		n, err := p.Store.Unblock(ctx, []string{l.who}, "campaign", l.opts["reason"])
		return fmt.Sprint(n, " ", word(err))
	case "layer":
		return p.layer(l)
	case "campaign":
		p.Put(contacts.CampaignID(l.who), l.rules())
		return word(nil)
	case "show":
		c, err := p.Read.Contact(ctx, contacts.ID(l.who))
		if err != nil {
			return word(err)
		}
		return strings.TrimSpace(fmt.Sprintf("%s %s", c.State, c.Agent))
	case "events":
		all := p.Events()
		n, _ := strconv.Atoi(l.who)
		return strings.Join(all[max(0, len(all)-n):], "; ")
	default:
		return p.asked(l)
	}
	return "ok"
}

func (p *player) node(name string) *contactstest.Node {
	if name == "" {
		name = "node1"
	}
	if p.nodes[name] == nil {
		p.nodes[name] = p.Another(name)
	}
	return p.nodes[name]
}

func (p *player) imported(l line) string {
	r := contacts.Row{
		ID: contacts.ID(l.who), Campaign: contacts.CampaignID(l.opts["campaign"]), Phone: contacts.Phone("+1 212 555 0100"), E164: l.opts["phone"],
		Priority: l.int("prio"), PersonalAgent: identity.AgentID(l.opts["owner"]), NotBefore: l.time("at", p.Now),
		ExpiryTime: l.time("expiry", p.Now), TimeZone: l.opts["zone"], AccountNumber: l.opts["account"],
	}
	if r.AccountNumber == "" {
		r.AccountNumber = l.who
	}
	for _, d := range l.durations("tried") {
		r.AttemptsBefore = append(r.AttemptsBefore, p.Now.Add(d).Truncate(time.Second))
	}
	if r.E164 == "" {
		r.E164 = "+1" + l.who
	}
	if r.PersonalAgent != "" {
		r.CallType = contacts.CallPersonalCallback
	}
	got, err := p.Store.Import(p.T.Context(), []contacts.Row{r}, nil)
	if err != nil {
		return word(err)
	}
	return string(got[0])
}

func (p *player) opened(l line) string {
	now := p.Now
	if l.opts["ticket"] != "" {
		now = now.Add(l.duration("ticket"))
	}
	c := &session.Claim{
		Identity: identity.Identity{Agent: identity.AgentID(agentOf(l.who)), Role: identity.RoleAgent, IssuedAt: now},
		Session:  l.who + "@" + p.Number(), Instance: l.opts["tab"], Issued: now.UnixMilli(),
		Legacy: l.has("legacy"),
	}
	if l.opts["serves"] != "" {
		c.Campaigns = strings.Split(l.opts["serves"], ",")
	}
	if l.opts["serves"] == "-" {
		c.Campaigns = []string{}
	}
	at := seat{c, p.node(l.opts["node"])}
	answer := p.open(at)
	if c.Epoch != "" {
		p.sessions[l.who] = at
	}
	return answer
}

func (p *player) open(at seat) string {
	o, err := at.on.Open(p.T.Context(), at.claim)
	if err != nil {
		return word(err)
	}
	if od, ok := o.Reservation.(*desk.ContactOD); ok {
		return od.ContactID
	}
	return "ok"
}

// asked carries out what a session does.
func (p *player) asked(l line) string {
	p.T.Helper()
	at, known := p.sessions[l.who]
	if !known {
		return "no session"
	}
	c, s, ctx := at.claim, at.on, p.T.Context()
	data := map[string]string{}
	if l.first() != "" {
		data["ContactId"] = l.first()
	}
	switch l.verb {
	case "drop":
		return word(s.Drop(ctx, c, 1006, "gone"))
	case "close":
		return word(s.Close(ctx, c))
	case "reopen":
		return p.open(at)
	case "narrow":
		c.Campaigns = strings.Split(l.opts["serves"], ",")
		return word(s.Narrow(ctx, c))
	case "rejoin":
		c.Joined = ^uint64(0)
		return word(s.Rejoin(ctx, c))
	case "wake":
		return p.woken(s, c)
	case "next":
		return p.told(s, l, c, s.GetContact, nil)
	case "held":
		return p.told(s, l, c, s.GetReserved, nil)
	case "count":
		return p.told(s, l, c, s.CallCount, nil)
	case "skip":
		if l.opts["account"] != "" {
			data["AccountNumber"] = l.opts["account"]
		}
		if l.opts["reason"] != "" {
			data["Reason"] = l.opts["reason"]
		}
		return p.told(s, l, c, s.Skip, data)
	case "dial":
		return p.told(s, l, c, s.Dial, data)
	case "keep":
		return p.told(s, l, c, s.Extend, data)
	}
	data = map[string]string{"AccountNumber": l.first()}
	if l.opts["code"] != "" {
		data["OutcomeId"] = l.opts["code"]
	}
	switch l.verb {
	case "outcome":
		return p.told(s, l, c, s.SetOutcome, data)
	case "skipclose":
		return p.told(s, l, c, s.SkipAndClose, data)
	case "callback":
		at := l.time("at", p.Now)
		return p.told(s, l, c, func(ctx context.Context, r *session.Request) (any, error) {
			return envelope.OK{}, s.Report(ctx, r, store.OutcomeArgs{ID: "4", Kind: store.KindOutcome, Due: at, Personal: l.has("mine")})
		}, data)
	}
	p.T.Fatalf("no such verb: %s", l.verb)
	return ""
}

// told asks a handler and puts its answer in a word or two.
func (p *player) told(s *contactstest.Node, l line, c *session.Claim, h session.Handler, data map[string]string) string {
	p.T.Helper()
	pairs := make([]string, 0, len(data))
	for k, v := range data {
		pairs = append(pairs, fmt.Sprintf("%q:%q", k, v))
	}
	slices.Sort(pairs)
	got, err := s.AskAs(l.verb, c, h, "{"+strings.Join(pairs, ",")+"}", l.opts["id"])
	if err != nil {
		return word(err)
	}
	switch v := got.(type) {
	case *desk.ContactOD:
		return v.ContactID
	case desk.ReservedContactOD:
		return fmt.Sprint(v.ContactID)
	case struct{ PCBCount, RegularCount, IsAgentReserved string }:
		return v.PCBCount + " " + v.RegularCount + " " + v.IsAgentReserved
	default:
		return "ok"
	}
}

func (p *player) woken(s *contactstest.Node, c *session.Claim) string {
	pushes, err := s.Wake(p.T.Context(), c)
	if err != nil {
		return word(err)
	}
	var out []string
	for _, push := range pushes {
		switch m := push.Message.(type) {
		case *desk.ContactOD:
			out = append(out, push.Subtopic+" "+m.ContactID)
		case struct {
			ContactID string `json:"ContactId"`
			Cause     string `json:"cause"`
		}:
			out = append(out, push.Subtopic+" "+m.ContactID+" "+m.Cause)
		}
	}
	return strings.Join(out, ", ")
}

// word is an error in a word: its code for an agent, its name for others.
func word(err error) string {
	if err == nil {
		return "ok"
	}
	if e, ok := errors.AsType[*envelope.Error](err); ok {
		return string(e.Code)
	}
	_, text, ok := strings.Cut(err.Error(), ": ")
	if !ok {
		return err.Error()
	}
	return text
}

// play runs a scenario on both stores: lines "command -> answer". The whole store
// is checked after each line; the embedded one, which is slower, at the end.
func play(t *testing.T, policy store.Policy, scenario string) {
	t.Helper()
	contactstest.ForEach(t, policy, func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		for i, text := range strings.Split(strings.TrimSpace(scenario), "\n") {
			text, _, _ = strings.Cut(text, "#")
			if strings.TrimSpace(text) == "" {
				continue
			}
			command, want, told := strings.Cut(text, "->")
			got := p.do(command)
			if want = strings.TrimSpace(want); told && strings.TrimSpace(got) != want {
				t.Fatalf("line %d: %s = %q, want %q\nevents: %q", i+1, strings.TrimSpace(command), got, want, s.Events())
			}
			if s.Target.URL != "" {
				s.Check()
			}
		}
		s.Check()
	})
}
