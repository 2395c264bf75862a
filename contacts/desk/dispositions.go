package desk

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/envelope"
)

// How the vendor's pages write a date and a time.
const (
	dayForm  = "02/01/2006"
	timeForm = "15:04"
)

// checkCallID refuses what the original refuses: a message about a call names
// it. The hub knows no calls; the id goes back with the answer and no further.
func checkCallID(r *session.Request) error {
	if id, ok, err := r.Data.Text("callid"); err != nil || !ok || id == "" || !contacts.Plain(id, 128) {
		return errCallID
	}
	return nil
}

// SetDisposition answers SetCallOutcomeWithComments and
// SetBusinessOutcomeWithComments: the campaign's table knows both kinds of id.
func (d *Desk) SetDisposition(ctx context.Context, r *session.Request) (any, error) {
	if err := checkCallID(r); err != nil {
		return nil, err
	}
	id, ok, err := outcomeID(r)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errOutcomeMissing
	}
	note, err := comments(r)
	if err != nil {
		return nil, err
	}
	return envelope.OK{}, d.report(ctx, r, store.OutcomeArgs{ID: id, Kind: store.KindOutcome, Note: note})
}

// SetCallback answers SetCallbackWithComments: any agent of the campaign calls
// back at that time.
func (d *Desk) SetCallback(ctx context.Context, r *session.Request) (any, error) {
	return d.callBack(ctx, r, false)
}

// SetPersonalCallback answers SetPersonalCallbackWithComments: this agent calls
// back at that time.
func (d *Desk) SetPersonalCallback(ctx context.Context, r *session.Request) (any, error) {
	return d.callBack(ctx, r, true)
}

// outcomeCallback is the original's telephony outcome CallBack.
const outcomeCallback = "4"

func (d *Desk) callBack(ctx context.Context, r *session.Request, personal bool) (any, error) {
	if err := checkCallID(r); err != nil {
		return nil, err
	}
	note, err := comments(r)
	if err != nil {
		return nil, err
	}
	account, _, err := r.Data.Text("AccountNumber")
	if err != nil {
		return nil, err
	}
	zone, err := d.zoneOf(ctx, r, account)
	if err != nil {
		return nil, err
	}
	due, ok, err := when(r, "StartDate", "StartTime", zone)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, "StartDate is missing")
	}
	if due.IsZero() { // the year 1, which would be no time at all below
		return nil, refusal(contacts.ErrPastCallback)
	}
	until, ok, err := when(r, "EndDate", "EndTime", zone)
	if err != nil {
		return nil, err
	}
	if ok && until.Before(due) {
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, "EndDate and EndTime are before StartDate and StartTime")
	}
	return envelope.OK{}, d.report(ctx, r, store.OutcomeArgs{
		ID: outcomeCallback, Kind: store.KindOutcome, Note: note, Due: due, Until: until, Personal: personal,
	})
}

func comments(r *session.Request) (string, error) {
	note, _, err := r.Data.Text("AgentComments")
	if err != nil {
		return "", err
	}
	note, err = contacts.CleanNote("AgentComments", note)
	return note, refusal(err)
}

// when reads a date and a time in a zone. A day that no calendar has is refused. The
// two become one moment together: a day alone begins where its midnight is, and
// some zones have a day without one.
func when(r *session.Request, dateKey, timeKey string, zone *time.Location) (at time.Time, ok bool, err error) {
	date, hasDate, err := r.Data.Text(dateKey)
	if err != nil {
		return at, false, err
	}
	clock, hasTime, err := r.Data.Text(timeKey)
	if err != nil {
		return at, false, err
	}
	if hasDate = hasDate && date != ""; !hasDate && clock == "" {
		return at, false, nil
	}
	day, err := time.Parse(dayForm, date)
	if err != nil {
		return at, false, envelope.Refuse(envelope.CodeInvalidMessage, dateKey+" must be a day as DD/MM/YYYY")
	}
	minute, err := time.Parse(timeForm, clock)
	if err != nil || !hasTime || len(clock) != len(timeForm) {
		return at, false, envelope.Refuse(envelope.CodeInvalidMessage, timeKey+" must be a time as HH:mm")
	}
	at = time.Date(day.Year(), day.Month(), day.Day(), minute.Hour(), minute.Minute(), 0, 0, zone)
	// In the hour that a clock skips in spring, the time it shows right after: never before the time agreed.
	skipped := (minute.Hour()*60 + minute.Minute() - at.Hour()*60 - at.Minute() + 24*60) % (24 * 60)
	if skipped <= 3*60 {
		at = at.Add(time.Duration(skipped) * time.Minute)
	}
	return at, true, nil
}

// zoneOf is the zone in which the dates of a disposition are meant, see location.
func (d *Desk) zoneOf(ctx context.Context, r *session.Request, account string) (*time.Location, error) {
	campaign, clocks, err := d.store.About(ctx, r.Claim.Agent, account)
	if err != nil {
		return nil, err
	}
	return d.location(ctx, campaign, clocks), nil
}

// location is on whose clock times are agreed with a person: the person's, else the
// campaign's where that may be it, else of all it may be the one that is behind the
// others, so that nobody is called before the time agreed. UTC if nothing is known.
func (d *Desk) location(ctx context.Context, campaign contacts.CampaignID, clocks contacts.Clocks) *time.Location {
	names := []string{clocks.Given}
	if clocks.Given == "" {
		names = clocks.Possible
		if rules, err := d.read.RecentRules(ctx, campaign); err == nil && rules.DefaultTimeZone != "" &&
			(cmp.Or(rules.ZoneFrom, contacts.ZoneGiven) == contacts.ZoneGiven || len(names) == 0 || slices.Contains(names, rules.DefaultTimeZone)) {
			names = []string{rules.DefaultTimeZone}
		}
	}
	found, least, now := time.UTC, math.MaxInt, time.Now()
	for _, name := range names {
		zone, err := d.zones.Data().Location(name)
		if err != nil {
			continue
		}
		if _, offset := now.In(zone).Zone(); offset < least {
			found, least = zone, offset
		}
	}
	return found
}

// callOutcome is one row of CallOutCome, spelled as published.
type callOutcome struct {
	OutComeID   string
	Description string
}

// CallOutcomes answers GetCallOutCome: the outcomes of the campaign whose
// contact the agent holds or names, else of the one campaign it serves, else the
// original's.
func (d *Desk) CallOutcomes(ctx context.Context, r *session.Request) (any, error) {
	if err := checkCallID(r); err != nil {
		return nil, err
	}
	account, _, err := r.Data.Text("AccountNumber")
	if err != nil {
		return nil, err
	}
	campaign, _, err := d.store.About(ctx, r.Claim.Agent, account)
	if err != nil {
		return nil, err
	}
	if campaign == "" && len(r.Claim.Campaigns) == 1 {
		campaign = contacts.CampaignID(r.Claim.Campaigns[0])
	}
	rules, err := d.read.RecentRules(ctx, campaign)
	if err != nil {
		return nil, err
	}
	var rows []callOutcome
	for _, o := range rules.OutcomeTable() {
		rows = append(rows, callOutcome{string(o.ID), o.Label})
	}
	return rows, nil
}
