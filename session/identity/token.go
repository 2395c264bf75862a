package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	minSecret  = 32
	maxToken   = 8 << 10
	maxSubject = 128
	clockSkew  = 30 * time.Second // of an issuer: nbf and iat. exp has none.

	defaultTenant = "default"
)

// ErrToken is every reason why a bearer is not let in. What exactly was wrong
// is for the log; the bearer is told nothing.
var ErrToken = errors.New("identity: token refused")

// ErrKeys says that tokens cannot be checked now: the issuer's keys are out of reach.
var ErrKeys = errors.New("identity: signing keys out of reach")

// VerifierOptions say which tokens are ours: either Secret or JWKSURL is required.
type VerifierOptions struct {
	Secret     []byte       // HS256, at least 32 bytes
	JWKSURL    string       // RS256, ES256 or EdDSA; then Issuer and Audience are required
	Issuer     string       // default: any, with a secret
	Audience   string       // default: any, with a secret
	Tenant     string       // default "default"
	AgentClaim string       // default "sub"
	RoleClaim  string       // default "role"
	Client     *http.Client // for the JWKS, default: one with a limit of 5 s
}

// Verifier checks bearer tokens. It is safe for concurrent use.
type Verifier struct {
	opts   VerifierOptions
	parser *jwt.Parser
	keys   *keySet // nil with a secret
}

// NewVerifier checks the options. Keys are fetched when the first token comes.
func NewVerifier(o VerifierOptions) (*Verifier, error) {
	if o.Tenant == "" {
		o.Tenant = defaultTenant
	}
	if o.AgentClaim == "" {
		o.AgentClaim = "sub"
	}
	if o.RoleClaim == "" {
		o.RoleClaim = "role"
	}
	v := &Verifier{opts: o}
	methods := []string{"HS256"}
	switch {
	case len(o.Secret) > 0 && o.JWKSURL != "":
		return nil, errors.New("a token secret and a JWKS URL exclude each other")
	case o.JWKSURL != "":
		if o.Issuer == "" || o.Audience == "" {
			return nil, errors.New("a JWKS URL needs an issuer and an audience")
		}
		methods = []string{"RS256", "ES256", "EdDSA"}
		v.keys = newKeySet(o.JWKSURL, o.Client)
	case len(o.Secret) < minSecret:
		return nil, fmt.Errorf("the token secret has %d bytes, it needs at least %d", len(o.Secret), minSecret)
	}
	opts := []jwt.ParserOption{
		jwt.WithValidMethods(methods), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithLeeway(clockSkew), jwt.WithStrictDecoding(), jwt.WithJSONNumber(),
	}
	if o.Issuer != "" {
		opts = append(opts, jwt.WithIssuer(o.Issuer))
	}
	if o.Audience != "" {
		opts = append(opts, jwt.WithAudience(o.Audience))
	}
	v.parser = jwt.NewParser(opts...)
	return v, nil
}

// Verify tells who the bearer is. The error wraps ErrToken, or ErrKeys if it
// could not be found out.
func (v *Verifier) Verify(ctx context.Context, token string) (Identity, error) {
	if len(token) > maxToken {
		return Identity{}, &RefusedError{cause: errors.New("too long")}
	}
	claims := jwt.MapClaims{}
	_, err := v.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		if err := checkHeader(t.Header); err != nil {
			return nil, err
		}
		if v.keys == nil {
			return v.opts.Secret, nil
		}
		kid, _ := t.Header["kid"].(string)
		return v.keys.key(ctx, kid, t.Method.Alg())
	})
	switch {
	case errors.Is(err, ErrKeys):
		return Identity{}, ErrKeys
	case err != nil:
		return Identity{}, &RefusedError{v.claimed(claims), err}
	}
	id, err := v.identity(claims)
	if err != nil {
		return Identity{}, &RefusedError{v.claimed(claims), err}
	}
	return id, nil
}

// claimed is the subject of a token that is refused.
func (v *Verifier) claimed(claims jwt.MapClaims) AgentID {
	if agent, ok := claims[v.opts.AgentClaim].(string); ok && subjectForm(agent) {
		return AgentID(agent)
	}
	return ""
}

var kidForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// checkHeader refuses headers that try to bring their own key, or their own rules.
func checkHeader(header map[string]any) error {
	for _, name := range []string{"jku", "x5u", "jwk", "x5c", "crit"} {
		if _, ok := header[name]; ok {
			return errors.New("header not allowed")
		}
	}
	if kid, ok := header["kid"]; ok {
		if s, ok := kid.(string); !ok || !kidForm.MatchString(s) {
			return errors.New("odd kid")
		}
	}
	if typ, ok := header["typ"]; ok {
		s, _ := typ.(string)
		switch strings.ToLower(strings.TrimPrefix(s, "application/")) {
		case "jwt", "at+jwt":
		default:
			return errors.New("odd typ")
		}
	}
	return nil
}

func (v *Verifier) identity(claims jwt.MapClaims) (Identity, error) {
	agent, ok := claims[v.opts.AgentClaim].(string)
	if !ok || !subjectForm(agent) {
		return Identity{}, fmt.Errorf("claim %s is no agent id", v.opts.AgentClaim)
	}
	id := Identity{Agent: AgentID(agent), Tenant: v.opts.Tenant}
	role, _ := claims[v.opts.RoleClaim].(string)
	switch id.Role = Role(role); id.Role {
	case RoleAgent, RoleSupervisor, RoleCampaign:
	default:
		return Identity{}, errors.New("no such role")
	}
	if id.Expires, ok = timeClaim(claims["exp"]); !ok || !id.Expires.After(time.Now()) {
		return Identity{}, jwt.ErrTokenExpired
	}
	// Without iat the token counts as older than any revocation.
	id.IssuedAt, _ = timeClaim(claims["iat"])
	id.Name, _ = claims["name"].(string)

	switch tenant, given := claims["tenant"]; {
	case given && tenant != v.opts.Tenant:
		return Identity{}, errors.New("another tenant")
	case !given && v.keys != nil && v.opts.Tenant != defaultTenant:
		return Identity{}, errors.New("no tenant")
	}
	if list, given := claims["campaigns"]; given {
		names, ok := list.([]any)
		if !ok { // null too: it must not widen a token to all campaigns
			return Identity{}, errors.New("campaigns is no list")
		}
		id.Campaigns = make([]string, 0, len(names))
		for _, name := range names {
			s, ok := name.(string)
			if !ok {
				return Identity{}, errors.New("campaigns holds no name")
			}
			id.Campaigns = append(id.Campaigns, s)
		}
	}
	return id, nil
}

// subjectForm allows any opaque id that can be shown and logged on one line.
func subjectForm(s string) bool {
	if s == "" || len(s) > maxSubject {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }) < 0
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

// Sign makes a token for the identity that a Verifier with the same secret accepts.
func Sign(secret []byte, id Identity, ttl time.Duration) (string, error) {
	if len(secret) < minSecret {
		return "", fmt.Errorf("the token secret has %d bytes, it needs at least %d", len(secret), minSecret)
	}
	now := time.Now()
	claims := jwt.MapClaims{
		"sub": string(id.Agent), "role": string(id.Role),
		"iat": now.Unix(), "exp": now.Add(ttl).Unix(),
	}
	if id.Name != "" {
		claims["name"] = id.Name
	}
	if id.Tenant != "" {
		claims["tenant"] = id.Tenant
	}
	if id.Campaigns != nil {
		claims["campaigns"] = id.Campaigns
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(secret)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return token, nil
}
