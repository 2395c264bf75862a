package hub

import (
	"sync"
	"time"

	"agenthub/session"

	"agenthub/session/identity"
)

const (
	slots = 10 // of the sweep

	kickMemory = 10 * time.Second // longer than an upgrade takes
	maxKicks   = 4096             // and as many revocations
)

// registry knows the sessions of this node.
type registry struct {
	mu          sync.Mutex // guards the following
	count       int
	sessions    [slots]map[string]*session.Session // by id
	agents      map[identity.AgentID]*session.Session
	supervisors map[identity.AgentID]int
	// kicks of sessions not seen yet: the store may tell that a session was
	// taken over before its upgrade is through here.
	kicks map[string]kick
	// revoked subjects, likewise: an upgrade may have asked about its token before.
	revoked map[identity.AgentID]revocation
}

type kick struct {
	code   int
	reason string
	at     time.Time
}

type revocation struct {
	before time.Time // tokens issued before are worth nothing
	at     time.Time
}

func (r *registry) init() {
	for i := range r.sessions {
		r.sessions[i] = map[string]*session.Session{}
	}
	r.agents = map[identity.AgentID]*session.Session{}
	r.supervisors = map[identity.AgentID]int{}
	r.kicks = map[string]kick{}
	r.revoked = map[identity.AgentID]revocation{}
}

func slotOf(id string) int {
	n := 0
	for i := range min(len(id), 4) {
		n = n*31 + int(id[i])
	}
	return n % slots
}

// add enters a session. It returns the session that has to go, if any: the
// agent's older one, or the given one itself if a newer one was faster.
func (r *registry) add(s *session.Session) (gone *session.Session, why kick) {
	c := s.Claim()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions[slotOf(c.Session)][c.Session] = s
	r.count++
	if k, ok := r.kicks[c.Session]; ok {
		delete(r.kicks, c.Session)
		return s, k
	}
	if c.IssuedAt.Before(r.revoked[c.Agent].before) {
		return s, kick{code: session.CloseSignedOut, reason: reasonRevoked}
	}
	if c.Role != identity.RoleAgent {
		return nil, kick{}
	}
	old := r.agents[c.Agent]
	if old == nil {
		r.agents[c.Agent] = s
		return nil, kick{}
	}
	o := old.Claim()
	older, newer := old, c
	if newerEpoch(o.Epoch, c.Epoch) {
		older, newer = s, o
	} else {
		r.agents[c.Agent] = s
	}
	if newer.Instance != "" && newer.Instance == older.Claim().Instance {
		return older, kick{code: session.CloseComeBack, reason: "taken over by the same tab"}
	}
	return older, kick{code: session.CloseSuperseded, reason: reasonSuperseded}
}

// newerEpoch reports whether epoch a is later than b: both are decimal numbers
// that only grow.
func newerEpoch(a, b string) bool {
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}

func (r *registry) remove(s *session.Session) {
	c := s.Claim()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions[slotOf(c.Session)], c.Session)
	r.count--
	if r.agents[c.Agent] == s {
		delete(r.agents, c.Agent)
	}
	if c.Role == identity.RoleSupervisor {
		r.uncount(c.Agent)
	}
}

// addSupervisor counts a supervisor's socket before it is opened.
func (r *registry) addSupervisor(supervisor identity.AgentID, limit int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.supervisors[supervisor] >= limit {
		return false
	}
	r.supervisors[supervisor]++
	return true
}

// removeSupervisor gives back what addSupervisor counted for a socket that was not opened.
func (r *registry) removeSupervisor(supervisor identity.AgentID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uncount(supervisor)
}

// uncount is removeSupervisor, guarded by mu.
func (r *registry) uncount(supervisor identity.AgentID) {
	if r.supervisors[supervisor]--; r.supervisors[supervisor] <= 0 {
		delete(r.supervisors, supervisor)
	}
}

// kick finds the session, or remembers the kick in case it is about to come.
func (r *registry) kick(id string, code int, reason string) *session.Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.sessions[slotOf(id)][id]; s != nil {
		return s
	}
	if len(r.kicks) < maxKicks { // beyond that the epoch alone has to do
		r.kicks[id] = kick{code: code, reason: reason, at: time.Now()}
	}
	return nil
}

// revoke remembers a revocation, in case a session of the subject is about to come.
func (r *registry) revoke(subject identity.AgentID, before time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.revoked) < maxKicks && before.After(r.revoked[subject].before) { // beyond that the token's expiry has to do
		r.revoked[subject] = revocation{before: before, at: time.Now()}
	}
}

// forget drops kicks of sessions that were never ours, and revocations that no
// upgrade can have missed any more.
func (r *registry) forget(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for subject, v := range r.revoked {
		if now.Sub(v.at) > kickMemory {
			delete(r.revoked, subject)
		}
	}
	for id, k := range r.kicks {
		if now.Sub(k.at) > kickMemory {
			delete(r.kicks, id)
		}
	}
}

func (r *registry) agent(id identity.AgentID) *session.Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.agents[id]
}

// of gives all sessions of one subject, whatever its role.
func (r *registry) of(subject identity.AgentID) (list []*session.Session) {
	for _, s := range r.all() {
		if s.Claim().Agent == subject {
			list = append(list, s)
		}
	}
	return list
}

func (r *registry) all() (list []*session.Session) {
	for i := range slots {
		list = r.slot(i, list)
	}
	return list
}

func (r *registry) slot(i int, list []*session.Session) []*session.Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sessions[i] {
		list = append(list, s)
	}
	return list
}

func (r *registry) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}
