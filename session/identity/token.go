package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	minSecret  = 32
	maxSubject = 128
	maxName    = 200
	maxKid     = 256

	defaultTenant = "default"
)

// MaxToken is the longest token that is looked at: one with 200 groups has 12 KiB,
// and a frame that renews one must hold it.
const MaxToken = 15 << 10

// ClockSkew is how far an issuer's clock may be from ours, in nbf and iat. exp has none.
const ClockSkew = 30 * time.Second

// ErrToken is every reason why a bearer is not let in. What exactly was wrong
// is for the log; the bearer is told nothing.
var ErrToken = errors.New("identity: token refused")

// ErrKeys says that tokens cannot be checked now: the issuer's keys are out of reach.
var ErrKeys = errors.New("identity: signing keys out of reach")

// VerifierOptions say which tokens are ours: either Secret or JWKSURL is required.
type VerifierOptions struct {
	Secret    []byte              // HS256, at least 32 bytes
	OldSecret []byte              // taken beside Secret while it is changed; default: none
	JWKSURL   string              // RS, PS, ES of 256 to 512 bits or Ed25519; then Issuer and Audience are required
	Issuer    string              // default: any, with a secret
	Audience  string              // default: any, with a secret
	Tenant    string              // default "default"
	Client    *http.Client        // for the JWKS, default: one with a limit of 5 s
	Fetched   func(result string) // told of each fetch of the JWKS: ok, or the reason of a KeysError; default: nobody

	// Claims are named by paths like realm_access.roles.
	AgentClaim    string            // default "sub"
	RoleClaim     string            // default "role"; a string or a list of them
	AudienceClaim string            // default "aud"
	Roles         map[string][]Role // by what stands in RoleClaim; default: the roles' own names
}

// Verifier checks bearer tokens. It is safe for concurrent use.
type Verifier struct {
	opts    VerifierOptions
	secrets atomic.Pointer[jwt.VerificationKeySet] // nil with keys
	parser  *jwt.Parser
	methods []string
	clock   issuerClock
	keys    *keySet // nil with a secret
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
	if o.AudienceClaim == "" {
		o.AudienceClaim = audience
	}
	if o.Roles == nil {
		o.Roles = map[string][]Role{}
		for _, role := range []Role{RoleAgent, RoleSupervisor, RoleCampaign} {
			o.Roles[string(role)] = []Role{role}
		}
	}
	v := &Verifier{opts: o, methods: []string{"HS256"}}
	switch {
	case len(o.Secret) > 0 && o.JWKSURL != "":
		return nil, errors.New("a token secret and a JWKS URL exclude each other")
	case o.JWKSURL != "":
		if o.Issuer == "" || o.Audience == "" {
			return nil, errors.New("a JWKS URL needs an issuer and an audience")
		}
		v.methods = algorithms
		jwt.RegisterSigningMethod("Ed25519", func() jwt.SigningMethod { return ed25519Method{jwt.SigningMethodEdDSA} })
		v.keys = newKeySet(o.JWKSURL, o.Client, o.Fetched)
	default:
		if err := v.SetSecrets(o.Secret, o.OldSecret); err != nil {
			return nil, err
		}
	}
	opts := []jwt.ParserOption{
		jwt.WithValidMethods(v.methods), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithLeeway(ClockSkew), jwt.WithStrictDecoding(), jwt.WithJSONNumber(),
	}
	if o.Issuer != "" {
		opts = append(opts, jwt.WithIssuer(o.Issuer))
	}
	if o.Audience != "" && o.AudienceClaim == audience {
		opts = append(opts, jwt.WithAudience(o.Audience))
	}
	v.parser = jwt.NewParser(opts...)
	return v, nil
}

// SetSecrets changes the secret, and the one that is taken beside it, nil for none.
// Tokens that are verified meanwhile are verified with the ones before.
func (v *Verifier) SetSecrets(secret, old []byte) error {
	keys := &jwt.VerificationKeySet{}
	for _, s := range [][]byte{secret, old} {
		switch {
		case s == nil && secret != nil:
		case len(s) < minSecret:
			return fmt.Errorf("the token secret has %d bytes, it needs at least %d", len(s), minSecret)
		default:
			keys.Keys = append(keys.Keys, s)
		}
	}
	v.secrets.Store(keys)
	return nil
}

// Verify tells who the bearer is. The error wraps ErrToken, or ErrKeys if it
// could not be found out.
func (v *Verifier) Verify(ctx context.Context, token string) (Identity, error) {
	switch {
	case token == "":
		return Identity{}, &RefusedError{Reason: ReasonMissing}
	case len(token) > MaxToken:
		return Identity{}, &RefusedError{Reason: "too_long"}
	}
	claims := jwt.MapClaims{}
	read, err := v.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		if err := checkHeader(t.Header, v.keys == nil); err != nil {
			return nil, err
		}
		if v.keys == nil {
			return *v.secrets.Load(), nil
		}
		if claims["iss"] != v.opts.Issuer { // its keys are not here, and need not be looked for
			return nil, fault{"issuer", "iss"}
		}
		kid, _ := t.Header["kid"].(string)
		keys, err := v.keys.find(ctx, kid, t.Method.Alg())
		var candidates jwt.VerificationKeySet
		for _, k := range keys {
			candidates.Keys = append(candidates.Keys, k.key)
		}
		return candidates, err
	})
	switch {
	case errors.Is(err, ErrKeys):
		if away, ok := errors.AsType[*KeysError](err); ok {
			return Identity{}, away
		}
		return Identity{}, err //nolint:wrapcheck // it is one of ours
	case err != nil && read != nil && read.Method != nil && !slices.Contains(v.methods, read.Method.Alg()):
		return Identity{}, v.refused(fault{reason: "algorithm"}, claims)
	case err != nil:
		return Identity{}, v.refused(err, claims)
	}
	id, err := v.identity(claims)
	if err != nil {
		return Identity{}, v.refused(err, claims)
	}
	return id, nil
}

// kidForm is that of a key whose token we signed ourselves: it names nothing.
var kidForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// checkHeader refuses headers that try to bring their own key, or their own rules.
// The id of an issuer's key is compared and nothing else: Cognito's hold + / and =.
func checkHeader(header map[string]any, ours bool) error {
	for _, name := range []string{"jku", "x5u", "jwk", "x5c", "crit"} {
		if _, ok := header[name]; ok {
			return fault{reason: "header"}
		}
	}
	if kid, ok := header["kid"]; ok {
		if s, ok := kid.(string); !ok || len(s) > maxKid || ours && !kidForm.MatchString(s) {
			return fault{reason: "header"}
		}
	}
	if typ, ok := header["typ"]; ok {
		s, _ := typ.(string)
		switch strings.ToLower(strings.TrimPrefix(s, "application/")) {
		case "jwt", "at+jwt":
		default:
			return fault{reason: "header"}
		}
	}
	return nil
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
