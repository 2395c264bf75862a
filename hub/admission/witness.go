package admission

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"agenthub/session/identity"
)

// Reasons beside those of tokens.
const (
	reasonTicket  = "ticket"  // unknown, used or over
	reasonHost    = "host"    // a name that is not ours
	reasonOrigin  = "origin"  // a page that is none of those allowed, or a ticket for another one
	reasonProxy   = "proxy"   // a handshake that a proxy spoiled
	reasonRevoked = "revoked" // signed out by a supervisor
	reasonDenied  = "denied"  // the token does not give the role that was asked for
)

// witness tells an operator of sign-ins that were refused: all of them to a counter,
// some to the log. It says which claim was at fault and what it looked like, never
// what stood in it.
type witness struct {
	refused *prometheus.CounterVec // by reason
	said    limiter                // by reason: five at once, one in ten seconds
	log     *zap.Logger
}

func newWitness(log *zap.Logger) *witness {
	return &witness{
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "agenthub", Name: "sign_ins_refused_total", Help: "Sign-ins and calls that were refused, by what was wrong with their token or ticket.",
		}, []string{"reason"}),
		said: limiter{every: 10 * time.Second, burst: 5},
		log:  log,
	}
}

// note tells of one. Who sends no token at all is no fault of a configuration, and
// only counted.
func (w *witness) note(reason string, fields ...zap.Field) {
	w.refused.WithLabelValues(reason).Inc()
	if reason == identity.ReasonMissing || w.said.exceeded(reason) {
		return
	}
	w.said.count(reason)
	w.log.Warn("sign-in refused", append([]zap.Field{zap.String("reason", reason)}, fields...)...)
}

// Verify tells who the bearer of a token is, and an operator why it is nobody.
func (c *Control) Verify(ctx context.Context, token string) (identity.Identity, error) {
	id, err := c.opts.Verifier.Verify(ctx, token)
	if fault, ok := errors.AsType[*identity.RefusedError](err); ok {
		var fields []zap.Field
		if fault.Claim != "" {
			fields = []zap.Field{zap.String("claim", fault.Claim), zap.String("form", fault.Form)}
		}
		c.witness.note(fault.Reason, fields...)
	}
	if away, ok := errors.AsType[*identity.KeysError](err); ok {
		c.witness.note("keys_"+away.Reason, zap.Error(away))
	}
	return id, err //nolint:wrapcheck // the verifier's own
}

// noRole is what a person is told whose token is good and gives none of our roles:
// nothing would come of signing in again.
func (c *Control) noRole() *Refusal {
	return &Refusal{status: http.StatusForbidden, text: "Your account has no role here. " + c.opts.Support, result: "role"}
}

// noSuchRole is what a person is told who works as something else.
func (c *Control) noSuchRole(role identity.Role) *Refusal {
	return &Refusal{status: http.StatusForbidden, text: "Your account has not the role " + string(role) + " here. " + c.opts.Support, result: "role"}
}
