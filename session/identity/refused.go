package identity

import "fmt"

// RefusedError is why a token is not taken; it wraps ErrToken.
type RefusedError struct {
	Subject AgentID // as the token claims, which need not be true; "" where it has none
	cause   error
}

func (e *RefusedError) Error() string { return fmt.Sprintf("%v: %v", ErrToken, e.cause) }

// Unwrap makes it an ErrToken.
func (e *RefusedError) Unwrap() []error { return []error{ErrToken, e.cause} }
