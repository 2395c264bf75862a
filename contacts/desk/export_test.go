package desk

import (
	"context"

	"agenthub/contacts/store"
	"agenthub/session"
)

// What tests look into.
type (
	ContactOD         = contactOD
	ReservedContactOD = reservedContactOD
	CallbackRow       = callbackRow
)

// Report is what every disposition ends in.
func (d *Desk) Report(ctx context.Context, r *session.Request, o store.OutcomeArgs) error {
	return d.report(ctx, r, o)
}
