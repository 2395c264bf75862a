package lists

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"agenthub/contacts"
	"agenthub/session/identity"
)

// Limits of one load.
const (
	Batch        = 500   // rows a store call
	RejectedMost = 1000  // refused rows told one by one, so that an answer stays small
	RejectedAll  = 10000 // as many as a caller may ask for
	reasonsMost  = 50    // reasons told with their counts; "other reasons" are the rest
)

// Loaded is what became of one load.
type Loaded struct {
	Accepted      int            `json:"accepted"`
	Updated       int            `json:"updated"`
	Rejected      []RowError     `json:"rejected"`          // the first 1,000, or as many as were asked for
	RejectedTotal int            `json:"rejectedTotal"`     // all of them
	Reasons       map[string]int `json:"reasons,omitempty"` // refused rows by their sentence
	Mapped        []Mapped       `json:"mapped,omitempty"`  // columns that were read for a field of another name
	Ignored       []Ignored      `json:"ignored,omitempty"`
	Encoding      string         `json:"encoding,omitempty"` // if it is not UTF-8
	Waiting       map[string]int `json:"waiting,omitempty"`  // of a dry run: rows that nobody could call now, by why
	Preview       []Preview      `json:"preview,omitempty"`  // of a dry run: the first three

	Unplaced map[string]int `json:"unplaced,omitempty"` // rows taken whose person nobody can place, by why
	Unread   map[string]int `json:"unread,omitempty"`   // rows taken of which a field says nothing of the place, by field

	Tell int `json:"-"` // refused rows one by one; 0: RejectedMost
}

// Preview is one row as it was understood.
type Preview struct {
	ContactID   contacts.ID         `json:"contactId"`
	CampaignID  contacts.CampaignID `json:"campaignId"`
	PhoneNumber string              `json:"phoneNumber"` // masked
	Name        string              `json:"name"`
	TimeZone    string              `json:"timeZone"`
	Region      string              `json:"region"`
	PostalCode  string              `json:"postalCode"`
}

// Reject notes one line that was not taken.
func (l *Loaded) Reject(line int, why string) {
	l.RejectedTotal++
	if l.Reasons == nil {
		l.Reasons = map[string]int{}
	}
	if l.Reasons[why] == 0 && len(l.Reasons) >= reasonsMost {
		l.Reasons[OtherReasons]++
	} else {
		l.Reasons[why]++
	}
	if len(l.Rejected) < cmp.Or(l.Tell, RejectedMost) {
		l.Rejected = append(l.Rejected, RowError{Line: line, Err: why})
	}
}

// OtherReasons stands for reasons that are not told by themselves.
const OtherReasons = "other reasons"

// Importer is the store, as much of it as a load needs.
type Importer interface {
	Import(ctx context.Context, rows []contacts.Row, serves []string) ([]contacts.ImportResult, error)
}

// Campaigns knows which campaign was meant by a name that nobody made (lookup.Reader).
type Campaigns interface {
	NearCampaign(ctx context.Context, name contacts.CampaignID, serves []string) (contacts.CampaignID, error)
}

// Load imports every row the reader has. A bad row is rejected alone. When the
// input or the store fails, Loaded says what was done until then; loading the
// same rows again does them no harm.
func Load(ctx context.Context, rows *RowReader, into Importer, known Campaigns, by identity.Identity) (Loaded, error) {
	done := Loaded{Rejected: []RowError{}, Tell: rows.Tell}
	batch := make([]contacts.Row, 0, Batch)
	lines := make([]int, 0, Batch)
	inBatch := make(map[contacts.ID]bool, Batch)
	places := placing{data: rows.Zones, now: time.Now(), known: map[string]string{}}
	unmade := hints{near: known.NearCampaign, serves: by.Campaigns, said: map[contacts.CampaignID]string{}}
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		results, err := into.Import(ctx, batch, by.Campaigns)
		for i, result := range results {
			switch {
			case result == contacts.ImportUnmade:
				done.Reject(lines[i], unmade.say(ctx, batch[i].Campaign))
			case result != "" || err == nil:
				if done.count(result, lines[i]) {
					places.count(batch[i], &done)
				}
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
			done.Reject(line, rowErr.Err)
			continue
		case errors.Is(err, io.EOF):
			done.Ignored, done.Mapped = rows.Ignored(), rows.Mapped()
			if encoding := rows.Encoding(); encoding != "UTF-8" {
				done.Encoding = encoding
			}
			return done, flush()
		case err != nil:
			return done, errors.Join(err, flush())
		case !by.Serves(string(row.Campaign)):
			done.Reject(line, "campaignId: is none of yours")
			continue
		}
		if inBatch[row.ID] || len(batch) == Batch { // rows of one call go in no order: of two the last must win
			if err := flush(); err != nil {
				return done, err
			}
		}
		batch, lines, inBatch[row.ID] = append(batch, row), append(lines, line), true
	}
}

// count notes what became of one row, and reports whether it was taken.
func (l *Loaded) count(result contacts.ImportResult, line int) bool {
	switch result {
	case contacts.ImportAccepted:
		l.Accepted++
		return true
	case contacts.ImportUpdated:
		l.Updated++
		return true
	case contacts.ImportBlocked:
		l.Reject(line, "phoneNumber: is on the do-not-call list")
	case contacts.ImportClosed:
		l.Reject(line, "contactId: is closed; an import does not open it again")
	case contacts.ImportForeign:
		l.Reject(line, "contactId: belongs to a campaign that is none of yours")
	case contacts.ImportHeld:
		l.Reject(line, "contactId: an agent holds it; load it again later")
	case contacts.ImportUnmade:
		l.Reject(line, "campaignId: nobody has made this campaign")
	default:
		l.Reject(line, "is not possible now: "+string(result))
	}
	return false
}

// hints say which campaign was probably meant, each name once: a file has thousands of rows with the same slip.
type hints struct {
	near   func(ctx context.Context, name contacts.CampaignID, serves []string) (contacts.CampaignID, error)
	serves []string
	said   map[contacts.CampaignID]string
}

// mostHints is how many names are compared with all there are; after those it is a wrong column.
const mostHints = 100

// say quotes the name that was meant, never the one that was given: it may be a number in the wrong column.
func (h *hints) say(ctx context.Context, name contacts.CampaignID) string {
	if said, ok := h.said[name]; ok {
		return said
	}
	meant := contacts.CampaignID("")
	if len(h.said) < mostHints {
		meant, _ = h.near(ctx, name, h.serves) // without it the row is refused all the same
	}
	said := "campaignId: " + UnknownCampaign(meant)
	if len(h.said) < mostHints {
		h.said[name] = said
	}
	return said
}

// UnknownCampaign says what to do about a campaign that nobody made: meant is the one
// that was probably meant, "" if none is near.
func UnknownCampaign(meant contacts.CampaignID) string {
	if meant != "" {
		return "unknown campaign; did you mean " + string(meant) + "?"
	}
	return "unknown campaign; make it first, by PUT /campaigns/{id}"
}
