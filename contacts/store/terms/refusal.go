package terms

import (
	"errors"
	"strings"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/session/identity"
)

// words are what scripts answer, but for ok and what a method reads itself.
var words = map[string]error{ //nolint:gochecknoglobals // a table
	"contact_not_found": contacts.ErrNotHeld, "not_held": contacts.ErrNotHeld, "gone": contacts.ErrNotHeld,
	"not_found": contacts.ErrNotFound, "no_contacts": contacts.ErrNoContacts, "agent_busy": contacts.ErrAgentBusy,
	"outcome_pending": contacts.ErrOutcomePending, "already_dialled": contacts.ErrDialled, "dialled": contacts.ErrDialled,
	"request_id_reused": contacts.ErrReused, "stale_session": contacts.ErrSuperseded, "not_matchable": contacts.ErrNotMatchable,
	"withdrawn": contacts.ErrWithdrawn, "paused": contacts.ErrPaused, "past": contacts.ErrPastCallback, "too_far": contacts.ErrFarCallback, "note_missing": contacts.ErrNoteMissing,
	"other_version": contacts.ErrVersion, "unknown_reason": contacts.ErrUnknownReason, "skip_disabled": contacts.ErrSkipDisabled, "unknown_outcome": contacts.ErrUnknownOutcome,
	"limit": contacts.ErrExtendLimit, "not_in_review": contacts.ErrState,
	"revoked": identity.ErrRevoked, "stale_ticket": identity.ErrStaleTicket, "takeover_limit": identity.ErrTakeoverLimit,
}

// Refusal turns a script's first word into the error it means; nil for ok.
func Refusal(r []string) error {
	word := Word(r[0])
	if err, known := words[word]; known {
		return err
	}
	switch word {
	case "ok", "more":
		return nil
	case "outside_hours":
		return &contacts.HoursError{Opens: keys.Time(r[1]), Rule: strings.Join(r[2:], "")} // a stored reply may lack it
	case "blocked":
		if len(r) < 3 { // by the own list, or by what an older hub stored
			return &contacts.BlockedError{Layer: contacts.LayerOwn}
		}
		return &contacts.BlockedError{Layer: r[2], Opens: keys.Time(r[1])}
	case "expires":
		return &contacts.ExpiresError{At: keys.Time(r[1])}
	case contacts.TooManyAttempts, contacts.TooSoon:
		return &contacts.PaceError{Code: word, Rule: r[2], Opens: keys.Time(r[1])}
	case "taken":
		why := r[1]
		if state := contacts.StateOf(why); state != "" {
			why = string(state)
		}
		return &contacts.TakenError{Why: why, Until: keys.Time(r[2]), Rule: strings.Join(r[3:], "")}
	}
	return errors.New("terms: unknown script reply " + word)
}

// Word is a script's first word, whether the reply was stored before or not.
func Word(word string) string {
	if word != "" && word[0] == '=' {
		return word[1:]
	}
	return word
}
