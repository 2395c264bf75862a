package contacts

import (
	"context"
	"errors"
	"io"

	"agenthub/session/identity"
)

// Limits of one load.
const (
	importBatch  = 500  // rows a store call
	mostRejected = 1000 // refused rows told one by one, so that an answer stays small
)

// Loaded is what became of one load.
type Loaded struct {
	Accepted      int        `json:"accepted"`
	Updated       int        `json:"updated"`
	Rejected      []RowError `json:"rejected"`      // the first 1,000
	RejectedTotal int        `json:"rejectedTotal"` // all of them
}

func (l *Loaded) reject(line int, why string) {
	l.RejectedTotal++
	if len(l.Rejected) < mostRejected {
		l.Rejected = append(l.Rejected, RowError{line, why})
	}
}

// importer is the store, as much of it as a load needs.
type importer interface {
	Import(ctx context.Context, rows []Row) ([]ImportResult, error)
}

// Load imports every row the reader has. A bad row is rejected alone. When the
// input or the store fails, Loaded says what was done until then; loading the
// same rows again does them no harm.
func Load(ctx context.Context, rows *RowReader, into importer, by identity.Identity) (Loaded, error) {
	done := Loaded{Rejected: []RowError{}}
	batch := make([]Row, 0, importBatch)
	lines := make([]int, 0, importBatch)
	inBatch := make(map[ID]bool, importBatch)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		results, err := into.Import(ctx, batch)
		for i, result := range results {
			if result != "" || err == nil {
				done.count(result, lines[i])
			}
		}
		batch, lines = batch[:0], lines[:0]
		clear(inBatch)
		return err
	}
	for {
		row, line, err := rows.Next()
		rowErr, bad := errors.AsType[*RowError](err)
		switch {
		case bad:
			done.reject(line, rowErr.Err)
			continue
		case errors.Is(err, io.EOF):
			return done, flush()
		case err != nil:
			return done, errors.Join(err, flush())
		case !by.Serves(string(row.Campaign)):
			done.reject(line, "campaignId: is none of yours")
			continue
		}
		row.serves = serving(by.Campaigns)
		if inBatch[row.ID] || len(batch) == importBatch { // rows of one call go in no order: of two the last must win
			if err := flush(); err != nil {
				return done, err
			}
		}
		batch, lines, inBatch[row.ID] = append(batch, row), append(lines, line), true
	}
}

func (l *Loaded) count(result ImportResult, line int) {
	switch result {
	case ImportAccepted:
		l.Accepted++
	case ImportUpdated:
		l.Updated++
	case ImportBlocked:
		l.reject(line, "phoneNumber: is on the do-not-call list")
	case ImportClosed:
		l.reject(line, "contactId: is closed; an import does not open it again")
	case ImportForeign:
		l.reject(line, "contactId: belongs to a campaign that is none of yours")
	case ImportHeld:
		l.reject(line, "contactId: an agent holds it; load it again later")
	default:
		l.reject(line, "is not possible now: "+string(result))
	}
}
