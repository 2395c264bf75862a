package signin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"agenthub/cmd/agenthub/tools"
	"agenthub/hub/admission"
	"agenthub/session/identity"
)

// Demo lets anybody on this machine be a demo agent. It is mounted only
// with the embedded store on a loopback listener and no other way to sign in.
type Demo struct {
	secret []byte // made anew by each process
	tenant string
}

type demoPerson struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
}

const demoTTL = time.Hour

// demoAgents are offered on the sign-in page.
func demoAgents() []demoPerson {
	return []demoPerson{
		{"testagent", "Test agent", "agent"},
		{"agent1", "Agent 1", "agent"},
		{"agent2", "Agent 2", "agent"},
		{"agent3", "Agent 3", "agent"},
		{"supervisor", "Supervisor", "supervisor"},
		{"campaign", "Campaign manager", "campaign"},
	}
}

// Agents answers GET /demo/agents.
func (d *Demo) Agents(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string][]demoPerson{"agents": demoAgents()})
}

// Token answers POST /demo/token. Pages of other sites run on this machine
// too: they are told apart by Origin, and a rebound name by Host.
func (d *Demo) Token(w http.ResponseWriter, r *http.Request) {
	origin, err := url.Parse(r.Header.Get("Origin"))
	foreign := r.Header.Get("Origin") != "" && (err != nil || origin.Host != r.Host)
	if admission.Proxied(r) {
		http.Error(w, "the demo sign-in is for this machine alone, not for what comes through a proxy", http.StatusForbidden)
		return
	}
	if foreign || !admission.IsLoopback(r.Host) {
		http.Error(w, "the demo sign-in is for pages of this hub", http.StatusForbidden)
		return
	}
	if r.Header.Get("Content-Type") != "application/json" {
		http.Error(w, "send application/json", http.StatusUnsupportedMediaType)
		return
	}
	var ask tools.DemoAsk
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<12)).Decode(&ask); err != nil || ask.Agent == "" || len(ask.Agent) > 128 {
		http.Error(w, `send {"agent":"testagent","role":"agent"}`, http.StatusBadRequest)
		return
	}
	id := identity.Identity{Agent: identity.AgentID(ask.Agent), Role: identity.Role(ask.Role), Tenant: d.tenant}
	switch id.Role {
	case identity.RoleAgent, identity.RoleSupervisor, identity.RoleCampaign:
	default:
		http.Error(w, "a role is agent, supervisor or campaign", http.StatusBadRequest)
		return
	}
	for _, known := range demoAgents() {
		if known.ID == ask.Agent {
			id.Name = known.Name
		}
	}
	token, err := identity.Sign(d.secret, id, demoTTL)
	if err != nil {
		http.Error(w, "no token could be made", http.StatusInternalServerError)
		return
	}
	writeJSON(w, tools.DemoAnswer{Token: token, ExpiresIn: int(demoTTL.Seconds())})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(v) // who asked may be gone
}
