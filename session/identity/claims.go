package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

const audience = "aud" // the claim that RFC 7519 has for it

// find looks a claim up by its name, or by a path into objects: realm_access.roles.
// Names may have dots themselves: https://example.com/roles, resource_access.my.hub.roles.
func find(claims map[string]any, path string) any {
	if v, ok := claims[path]; ok {
		return v
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if inner, ok := claims[path[:i]].(map[string]any); ok {
			if v := find(inner, path[i+1:]); v != nil {
				return v
			}
		}
	}
	return nil
}

// texts reads a claim that is a string or a list of them; what is neither is left out.
func texts(v any) (found []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			if s, ok := one.(string); ok {
				found = append(found, s)
			}
		}
	}
	return found
}

// identity reads who the bearer of verified claims is.
func (v *Verifier) identity(claims jwt.MapClaims) (Identity, error) {
	if o := v.opts; o.AudienceClaim != audience && o.Audience != "" && !slices.Contains(texts(find(claims, o.AudienceClaim)), o.Audience) {
		return Identity{}, fault{"audience", o.AudienceClaim}
	}
	agent, ok := find(claims, v.opts.AgentClaim).(string)
	if !ok || !subjectForm(agent) {
		return Identity{}, fault{"agent", v.opts.AgentClaim}
	}
	id := Identity{Agent: AgentID(agent), Tenant: v.opts.Tenant}
	if id.Roles = v.roles(claims); len(id.Roles) == 0 {
		return Identity{}, fault{ReasonRole, v.opts.RoleClaim}
	}
	id.Role = id.Roles[0]
	if id.Expires, ok = timeClaim(claims["exp"]); !ok || !id.Expires.After(time.Now()) {
		return Identity{}, jwt.ErrTokenExpired
	}
	// Without iat the token counts as older than any revocation.
	iat, _ := timeClaim(claims["iat"])
	id.IssuedAt = v.clock.issued(iat, time.Now())
	id.Name = shownName(claims["name"])
	if jti, _ := claims["jti"].(string); jti != "" {
		hash := sha256.Sum256([]byte(jti))
		id.TokenID = hex.EncodeToString(hash[:16])
	}

	switch tenant, given := claims["tenant"]; {
	case given && tenant != v.opts.Tenant:
		return Identity{}, fault{"tenant", "tenant"}
	case !given && v.keys != nil && v.opts.Tenant != defaultTenant:
		return Identity{}, fault{"tenant", "tenant"}
	}
	if list, given := claims["campaigns"]; given {
		names, ok := list.([]any)
		if !ok { // null too: it must not widen a token to all campaigns
			return Identity{}, fault{"campaigns", "campaigns"}
		}
		id.Campaigns = make([]string, 0, len(names))
		for _, name := range names {
			s, ok := name.(string)
			if !ok || !Plain(s, maxSubject) {
				return Identity{}, fault{"campaigns", "campaigns"}
			}
			id.Campaigns = append(id.Campaigns, s)
		}
	}
	return id, nil
}

// roles are those that the token gives, in the order of their names' constants:
// who says nothing works as an agent.
func (v *Verifier) roles(claims jwt.MapClaims) (roles []Role) {
	given := texts(find(claims, v.opts.RoleClaim))
	for _, role := range []Role{RoleAgent, RoleSupervisor, RoleCampaign} {
		if slices.ContainsFunc(given, func(name string) bool { return slices.Contains(v.opts.Roles[name], role) }) {
			roles = append(roles, role)
		}
	}
	return roles
}

// subjectForm allows any opaque id that can be shown and logged on one line.
func subjectForm(s string) bool { return s != "" && Plain(s, maxSubject) }

// shownName is a name as others are shown it: on one line, and no longer than it needs.
func shownName(claim any) string {
	name, _ := claim.(string)
	name = Clean(name)
	for len(name) > maxName {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	return name
}

// timeClaim reads seconds since 1970, refusing what would overflow.
func timeClaim(v any) (time.Time, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	f, err := n.Float64()
	if err != nil || math.IsNaN(f) || f <= 0 || f > 1e11 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(f * 1000)), true
}
