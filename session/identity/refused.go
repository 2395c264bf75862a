package identity

import (
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// RefusedError is why a token is not taken, for an operator: its bearer is told
// nothing of it. It wraps ErrToken.
type RefusedError struct {
	Reason  string  // one word
	Claim   string  // name of the claim that is at fault, "" where none is
	Form    string  // what that looks like: "missing", "text of 9"; never its value
	Subject AgentID // as the token claims, which need not be true; "" where it has none
}

func (e *RefusedError) Error() string {
	if e.Claim == "" {
		return fmt.Sprintf("%v: %s", ErrToken, e.Reason)
	}
	return fmt.Sprintf("%v: %s: claim %s is %s", ErrToken, e.Reason, e.Claim, e.Form)
}

// Unwrap makes it an ErrToken.
func (e *RefusedError) Unwrap() error { return ErrToken }

// The reasons that others than this package have to branch on.
const (
	ReasonRole    = "role"    // the token is good, and gives none of our roles
	ReasonMissing = "missing" // there is no token
)

// fault is a claim, or something else of a token, that is not as it must be.
type fault struct{ reason, claim string }

func (f fault) Error() string { return f.reason + " " + f.claim }

// refused tells the fault of a token that the parser, or our own checks, did not take.
func (v *Verifier) refused(err error, claims jwt.MapClaims) *RefusedError {
	e := &RefusedError{Reason: "malformed"}
	if agent, ok := find(claims, v.opts.AgentClaim).(string); ok && subjectForm(agent) {
		e.Subject = AgentID(agent)
	}
	if ours, ok := errors.AsType[fault](err); ok {
		e.Reason, e.Claim = ours.reason, ours.claim
	} else {
		for _, known := range []struct {
			err           error
			reason, claim string
		}{ // the first that fits: what nobody signed says nothing about its claims
			{jwt.ErrTokenMalformed, "malformed", ""},
			{jwt.ErrTokenUnverifiable, "algorithm", ""},
			{jwt.ErrTokenSignatureInvalid, "signature", ""},
			{jwt.ErrTokenInvalidIssuer, "issuer", "iss"},
			{jwt.ErrTokenInvalidAudience, "audience", audience},
			{jwt.ErrTokenExpired, "expired", "exp"},
			{jwt.ErrTokenNotValidYet, "not_yet", "nbf"},
			{jwt.ErrTokenUsedBeforeIssued, "not_yet", "iat"},
			{jwt.ErrTokenRequiredClaimMissing, "claims", absent(claims)},
			{jwt.ErrTokenInvalidClaims, "claims", ""},
		} {
			if errors.Is(err, known.err) {
				e.Reason, e.Claim = known.reason, known.claim
				break
			}
		}
	}
	if e.Claim != "" {
		e.Form = form(find(claims, e.Claim))
	}
	return e
}

// absent names the first that is missing of the claims that a token must have.
func absent(claims jwt.MapClaims) string {
	for _, name := range []string{"exp", "iss", audience} {
		if claims[name] == nil {
			return name
		}
	}
	return ""
}

// form says what a claim's value looks like, and nothing of what it is.
func form(v any) string {
	switch v := v.(type) {
	case nil:
		return "missing"
	case string:
		return fmt.Sprintf("text of %d", len(v))
	case []any:
		return fmt.Sprintf("list of %d", len(v))
	case map[string]any:
		return fmt.Sprintf("object of %d", len(v))
	case bool:
		return "true or false"
	}
	return "number"
}
