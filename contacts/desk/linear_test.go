package desk_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"agenthub/contacts/desk"
	"agenthub/contacts/internal/contactstest"
	"agenthub/session"
)

// holdInput is one request of an agent; holdOutput its definite answer, however
// often it was asked until then.
type holdInput struct{ agent, verb, named string }

type holdOutput struct{ answer, contact string }

// unknown is a contact whose name nobody was told.
const unknown = "?"

// holdModel is what an agent may see of itself: it holds one contact or none.
var holdModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		by := map[string][]porcupine.Operation{}
		for _, op := range history {
			agent := op.Input.(holdInput).agent
			by[agent] = append(by[agent], op)
		}
		var parts [][]porcupine.Operation
		for _, ops := range by {
			parts = append(parts, ops)
		}
		return parts
	},
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		held, in, out := state.(string), input.(holdInput), output.(holdOutput)
		is := func(contact string) bool { return held == contact || held == unknown }
		switch {
		case in.verb == "next" && out.answer == "ok":
			return held == "" || is(out.contact), out.contact
		case in.verb == "next" && out.answer == "contact_not_found":
			// A repeated reserve whose contact is gone: it was given, and skipped by another request, before the answer came.
			if held == "" {
				return true, unknown
			}
			return true, held
		case in.verb == "next":
			return held == "", held
		case in.verb == "held" && out.answer == "ok":
			return is(out.contact), out.contact
		case in.verb == "held":
			return held == "", held
		case out.answer == "ok":
			return held != "" && (in.named == "" || is(in.named)), ""
		}
		return held == "" || in.named != "" && (held == unknown || in.named != held), held
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprint(input, " -> ", output) },
}

// TestAgentsSeeOneOrder lets requests of the same agents run on three nodes at
// once, resends some, and cuts connections. What each request saw must fit one
// order in which the agent holds a contact or none.
func TestAgentsSeeOneOrder(t *testing.T) {
	t.Parallel()
	s, cut := contactstest.Faulty(t, contactstest.SharedRedis(t), contactstest.Never)
	if result := muddle(s, cut, true); result != porcupine.Ok {
		t.Errorf("the history is %s (%d connections were cut)", result, cut.Cuts.Load())
	}
	s.Check()
	holdersTakeTurns(t, s.Events())
}

// Without stored replies no such order exists, or the test above is blind.
func TestWithoutStoredRepliesThereIsNoOrder(t *testing.T) {
	t.Parallel()
	s, cut := contactstest.Faulty(t, contactstest.SharedRedis(t), contactstest.Never)
	s.ForgetReplies()
	if result := muddle(s, cut, false); result != porcupine.Illegal {
		t.Errorf("the history is %s (%d connections were cut), want Illegal", result, cut.Cuts.Load())
	}
}

// muddle plays the requests. same says that a skip sent again must get the same
// answer.
func muddle(s *contactstest.Node, cut *contactstest.Cutter, same bool) porcupine.CheckResult {
	s.Stock("x", 400)
	nodes := []*contactstest.Node{s, s.Another("node2"), s.Another("node3")}
	var mu sync.Mutex // guards the following
	var history []porcupine.Operation
	begin := time.Now()
	cut.Lose = contactstest.Often(12)
	var wg sync.WaitGroup
	for a := range 4 {
		agent := fmt.Sprint("agent", a)
		claim := s.SignIn(agent)
		for worker := range 3 {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(uint64(a), uint64(worker)))
				last := ""
				for i := range 40 {
					in := holdInput{agent: agent, verb: []string{"next", "next", "held", "skip", "skip"}[r.IntN(5)]}
					if in.verb == "skip" && r.IntN(2) == 0 {
						in.named = last
					}
					id := fmt.Sprint("w", worker, "-", i)
					called := time.Since(begin)
					out := asked(nodes[r.IntN(3)], claim, in, id)
					if r.IntN(4) == 0 { // sent again, elsewhere: the same request, and the later answer counts
						if again := asked(nodes[r.IntN(3)], claim, in, id); same && in.verb == "skip" && again != out {
							s.T.Errorf("%v was answered %v, then %v", in, out, again)
						}
					}
					if out.contact != "" {
						last = out.contact
					}
					mu.Lock()
					history = append(history, porcupine.Operation{
						ClientId: a*3 + worker, Input: in, Output: out, Call: called.Nanoseconds(), Return: time.Since(begin).Nanoseconds(),
					})
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	cut.Lose = contactstest.Never
	result, _ := porcupine.CheckOperationsVerbose(holdModel, history, time.Minute)
	return result
}

func asked(s *contactstest.Node, shared *session.Claim, in holdInput, id string) holdOutput {
	claim := *shared // a claim belongs to one socket at a time
	h, data := s.GetContact, "{}"
	switch in.verb {
	case "held":
		h = s.GetReserved
	case "skip":
		h = s.Skip
		if in.named != "" {
			data = fmt.Sprintf(`{"ContactId":%q}`, in.named)
		}
	}
	got, err := s.Insist(&claim, in.verb, h, data, id)
	out := holdOutput{answer: contactstest.Code(err)}
	switch v := got.(type) {
	case *desk.ContactOD:
		out.contact = v.ContactID
	case desk.ReservedContactOD:
		out.contact = fmt.Sprint(v.ContactID)
	}
	return out
}

// holdersTakeTurns fails the test if the events give a contact to an agent while
// another holds it, or a second contact to an agent.
func holdersTakeTurns(t *testing.T, events []string) {
	t.Helper()
	holder, holds := map[string]string{}, map[string]string{}
	for _, e := range events {
		f := strings.Split(e, " ")
		kind, agent, contact := f[0], f[1], f[2]
		switch {
		case kind == "reserve":
			if holder[contact] != "" || holds[agent] != "" {
				t.Errorf("%s: held by %q, and the agent holds %q", e, holder[contact], holds[agent])
			}
			holder[contact], holds[agent] = agent, contact
		case slices.Contains([]string{"skip", "expire", "release"}, kind):
			if holder[contact] != agent {
				t.Errorf("%s: held by %q", e, holder[contact])
			}
			holder[contact], holds[agent] = "", ""
		}
	}
}
