package store

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
	"agenthub/contacts/store/terms"
)

// Import loads rows, pipelined on a connection of their own; they arrive in their
// order. It returns what became of each; with an error, rows without a result were
// not loaded. Loading the same row again is an update. serves are the campaigns
// that the loader may touch; nil is all.
func (s *Store) Import(ctx context.Context, rows []contacts.Row, serves []string) ([]contacts.ImportResult, error) {
	out := make([]contacts.ImportResult, len(rows))
	err := s.each(ctx, s.lua.imports, rows, serves, s.loads.Run, func(i int, r []string) { out[i] = contacts.ImportResult(r[0]) })
	return out, err
}

// Would says what Import would make of rows, and changes nothing.
func (s *Store) Would(ctx context.Context, rows []contacts.Row, serves []string) ([]contacts.Would, error) {
	out := make([]contacts.Would, len(rows))
	err := s.each(ctx, s.lua.would, rows, serves, s.loads.Look, func(i int, r []string) {
		out[i].Result = contacts.ImportResult(r[0])
		if len(r) > 1 {
			out[i].Why = r[1]
		}
	})
	return out, err
}

// each gives every row to a script that takes what import does.
func (s *Store) each(
	ctx context.Context, do *script.Script, rows []contacts.Row, serves []string,
	run func(context.Context, *script.Call) ([]string, error), done func(i int, reply []string),
) error {
	now, own, err := s.Times(ctx)
	if err != nil {
		return err
	}
	calls, lines := make([]*script.Call, len(rows)), keys.Lines(serves)
	unmade := s.unmade.offer()
	for i, r := range rows {
		where, found := terms.Places(r, s.zones.Data(), now)
		id := keys.Escape(string(r.ID))
		token := s.vault.Token(r.E164)
		im := keys.Shown{
			Phone: s.vault.Seal(r.ID, r.Phone), Mode: r.Mode, Queue: r.Queue, Prefix: r.Prefix, Suffix: r.Suffix, Name: r.Name,
		}
		due := r.NotBefore
		if r.CallbackTime.After(due) {
			due = r.CallbackTime
		}
		calls[i] = do.Call(s.keys.Contact(r.ID), "", id, keys.Escape(string(r.Campaign)), strconv.Itoa(r.Priority),
			keys.Millis(due), keys.Millis(r.ExpiryTime), keys.Escape(string(r.PersonalAgent)), strconv.Itoa(r.CallType), r.TimeZone, token,
			lastFour(r.E164), keys.Millis(r.CallbackTime), keys.Escape(r.AccountNumber), im.Pack(),
			s.vault.Seal(contacts.ID(token), contacts.Phone(r.E164)), lines, strconv.FormatInt(own.UnixMicro()+int64(i), 10), times(r.AttemptsBefore),
			unmade, where, s.buckets.Of(r.E164), found)
	}
	errs := make(chan error, len(rows))
	for i, c := range calls {
		go func() {
			r, err := run(ctx, c)
			if err == nil {
				done(i, r)
			}
			errs <- err
		}()
	}
	var failed error
	for range calls {
		failed = cmp.Or(failed, <-errs) // one tells what was wrong; hundreds say the same
	}
	return failed
}

// Unmade is what becomes of rows of a campaign that nobody made.
type Unmade string

// What may become of them.
const (
	UnmadeTaken   Unmade = ""       // the campaign is there from then on, with the defaults and without hours
	UnmadeRefused Unmade = "refuse" // most likely the name is mistyped
	UnmadeDraft   Unmade = "draft"  // the campaign holds them until somebody puts it
)

// offer is what import.lua is told.
func (u Unmade) offer() string {
	if u == UnmadeDraft {
		return terms.Offer(contacts.Rules{State: contacts.CampaignDraft})
	}
	return string(u)
}

// times writes times with a comma between.
func times(all []time.Time) string {
	text := make([]string, len(all))
	for i, t := range all {
		text[i] = keys.Millis(t)
	}
	return strings.Join(text, ",")
}

func lastFour(e164 string) string { return e164[max(0, len(e164)-4):] }
