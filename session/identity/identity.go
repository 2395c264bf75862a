package identity

import (
	"slices"
	"time"
)

// AgentID is the subject of a token: who signed in. Agent ids are opaque and
// compared byte for byte.
type AgentID string

// Role is what a token may do.
type Role string

// The three roles of the product.
const (
	RoleAgent      Role = "agent"      // holds, dials and skips contacts
	RoleSupervisor Role = "supervisor" // watches the feed, takes contacts back
	RoleCampaign   Role = "campaign"   // loads contacts over HTTP
)

// Identity is what a verified token proves about its bearer.
type Identity struct {
	Agent     AgentID
	Role      Role   // what the bearer works as
	Roles     []Role `json:",omitempty"` // all that the token gives, until one was chosen
	Name      string
	Campaigns []string // nil: all campaigns
	Tenant    string
	IssuedAt  time.Time // when the token was issued; revocation compares it
	TokenID   string    `json:",omitempty"` // tells the token from others of the issuer, "" if it has no id
	Expires   time.Time
}

// Serves reports whether the identity may see the campaign.
func (i Identity) Serves(campaign string) bool {
	return i.Campaigns == nil || slices.Contains(i.Campaigns, campaign)
}

// As chooses one of the roles that a token gives; "" is the one there is, or agent.
func (i Identity) As(role Role) (Identity, bool) {
	if role == "" {
		role = i.Role
	}
	if role != i.Role && !slices.Contains(i.Roles, role) {
		return Identity{}, false
	}
	i.Role, i.Roles = role, nil
	return i, true
}
