package desk

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"agenthub/contacts/lookup"
	"agenthub/session"
	"agenthub/session/envelope"
)

// callbackRow is one row of PersonalCallbackList. All values are strings.
type callbackRow struct {
	RowNumber       string
	CampaignID      string
	ContactID       string
	ModeID          string
	ModeDescription string
	CValue          string // the number, masked: no role may list numbers
	CallStartDate   string
	CallEndDate     string
	CallStartTime   string
	CallEndTime     string
}

// callbacksMost bounds how many of its callbacks one answer has, and one look reads;
// StartingNoOfRecord goes on from there.
const callbacksMost = 1000

// callbackQuery is what GetPersonalCallbackList asks for.
type callbackQuery struct {
	from, to    time.Time // days, zero for open ends
	first, most int64
}

func callbackQueryOf(r *session.Request) (q callbackQuery, err error) {
	if q.from, err = dayIn(r, "FromDate"); err != nil {
		return q, err
	}
	if q.to, err = dayIn(r, "ToDate"); err != nil {
		return q, err
	}
	if !q.to.IsZero() && q.to.Before(q.from) {
		return q, envelope.Refuse(envelope.CodeInvalidMessage, "ToDate is before FromDate")
	}
	if q.first, err = countIn(r, "StartingNoOfRecord", 1); err != nil {
		return q, err
	}
	q.most, err = countIn(r, "NoofRecords", callbacksMost)
	q.most = min(q.most, callbacksMost)
	return q, err
}

func dayIn(r *session.Request, key string) (day time.Time, err error) {
	text, _, err := r.Data.Text(key)
	if err != nil || text == "" {
		return day, err
	}
	if day, err = time.Parse(dayForm, text); err != nil {
		return day, envelope.Refuse(envelope.CodeInvalidMessage, key+" must be a day as DD/MM/YYYY")
	}
	return day, nil
}

// countIn reads a number from 1 up; 0 and nothing are the default.
func countIn(r *session.Request, key string, otherwise int64) (int64, error) {
	n, _, err := r.Data.Int(key)
	if err == nil && n < 0 {
		err = envelope.Refuse(envelope.CodeInvalidMessage, key+" must not be negative")
	}
	if err != nil {
		return 0, err
	}
	return cmp.Or(n, otherwise), nil
}

// PersonalCallbacks answers GetPersonalCallbackList: the agent's callbacks,
// soonest first, each day and time as on the person's clock.
func (d *Desk) PersonalCallbacks(ctx context.Context, r *session.Request) (any, error) {
	q, err := callbackQueryOf(r)
	if err != nil {
		return nil, err
	}
	from, to := q.from, q.to
	if !from.IsZero() { // a day begins somewhere up to 14 hours before it does in UTC
		from = from.Add(-14 * time.Hour)
	}
	if !to.IsZero() {
		to = to.Add(36 * time.Hour)
	}
	rows := []callbackRow{}
	n := int64(0)
	for looked := int64(0); ; looked += callbacksMost {
		list, last, err := d.read.Callbacks(ctx, r.Claim.Agent, from, to, looked, callbacksMost)
		if err != nil {
			return nil, err
		}
		rows, n = d.callbackRows(ctx, r, q, list, rows, n)
		if last || int64(len(rows)) == q.most {
			return rows, nil
		}
	}
}

// callbackRows puts those that were asked for to the rows, which come after n others.
func (d *Desk) callbackRows(
	ctx context.Context, r *session.Request, q callbackQuery, list []lookup.Callback, rows []callbackRow, n int64,
) ([]callbackRow, int64) {
	for _, c := range list {
		if !r.Claim.Serves(string(c.Campaign)) {
			continue // none of this token's
		}
		row := callbackRow{
			CampaignID: string(c.Campaign), ContactID: string(c.ID), ModeID: c.Mode, ModeDescription: c.Mode, CValue: "***" + c.LastFour,
		}
		if !row.at(q, c.From, c.Until, d.location(ctx, c.Campaign, c.Clocks)) {
			continue
		}
		if n++; n >= q.first && n-q.first < q.most {
			row.RowNumber = strconv.FormatInt(n, 10)
			rows = append(rows, row)
		}
	}
	return rows, n
}

// at fills in the times, and reports whether the day is one that was asked for.
func (row *callbackRow) at(q callbackQuery, start, end time.Time, zone *time.Location) bool {
	start, end = start.In(zone), end.In(zone)
	day := time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, 0, time.UTC)
	if day.Before(q.from) || !q.to.IsZero() && day.After(q.to) {
		return false
	}
	if end.Before(start) {
		end = start // skipped or retried since: its end was that of the time agreed first
	}
	row.CallStartDate, row.CallStartTime = start.Format(dayForm), start.Format(timeForm)
	row.CallEndDate, row.CallEndTime = end.Format(dayForm), end.Format(timeForm)
	return true
}
