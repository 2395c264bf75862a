package admission

import (
	"context"
	"slices"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// Renew exchanges the identity of an open socket for that of a newer token, which
// may narrow what the session may do and never widen it. Its errors are refusals.
func (c *Control) Renew(ctx context.Context, token string, old *identity.Identity) (identity.Identity, error) {
	id, err := c.Verify(ctx, token)
	if err != nil {
		if c.Refused(err) == refuseToken {
			return id, &envelope.Error{Code: envelope.CodeNotAllowed, Message: "Token refused", Err: err}
		}
		return id, envelope.AsError(err)
	}
	if id.Agent != old.Agent {
		return id, envelope.Refuse(envelope.CodeAgentMismatch, "Agent is not the one signed in")
	}
	id, same := id.As(old.Role)
	if !same || id.Tenant != old.Tenant || widens(old.Campaigns, id.Campaigns) {
		return id, envelope.Refuse(envelope.CodeNotAllowed, "Token gives other rights, sign in again")
	}
	switch revoked, err := c.opts.Tickets.Revoked(ctx, &id); {
	case err != nil:
		return id, envelope.AsError(err)
	case revoked:
		return id, envelope.Refuse(envelope.CodeNotAllowed, "Token refused")
	}
	return id, nil
}

// widens reports whether now holds a campaign that was does not; nil is all.
func widens(was, now []string) bool {
	if was == nil {
		return false
	}
	return now == nil || slices.ContainsFunc(now, func(c string) bool { return !slices.Contains(was, c) })
}
