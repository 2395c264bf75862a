package contacts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/session"

	"agenthub/session/envelope"
)

// How the vendor's pages write a date and a time.
const (
	dayForm  = "02/01/2006"
	timeForm = "15:04"
)

var errCallID = envelope.Refuse(envelope.CodeInvalidMessage, "Invalid Call ID.")

// checkCallID refuses what the original refuses: a message about a call names
// it. The hub knows no calls; the id goes back with the answer and no further.
func checkCallID(r *session.Request) error {
	if id, ok, err := r.Data.Text("callid"); err != nil || !ok || id == "" || !plain(id, 128) {
		return errCallID
	}
	return nil
}

// SetDisposition answers SetCallOutcomeWithComments and
// SetBusinessOutcomeWithComments: the campaign's table knows both kinds of id.
func (s *Store) SetDisposition(ctx context.Context, r *session.Request) (any, error) {
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
	return envelope.OK{}, s.report(ctx, r, outcome{id: id, kind: "outcome", note: note})
}

// SetCallback answers SetCallbackWithComments: any agent of the campaign calls
// back at that time.
func (s *Store) SetCallback(ctx context.Context, r *session.Request) (any, error) {
	return s.callBack(ctx, r, false)
}

// SetPersonalCallback answers SetPersonalCallbackWithComments: this agent calls
// back at that time.
func (s *Store) SetPersonalCallback(ctx context.Context, r *session.Request) (any, error) {
	return s.callBack(ctx, r, true)
}

// outcomeCallback is the original's telephony outcome CallBack.
const outcomeCallback = "4"

func (s *Store) callBack(ctx context.Context, r *session.Request, personal bool) (any, error) {
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
	zone, err := s.zoneOf(ctx, r, account)
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
		return nil, errPastCallback
	}
	until, ok, err := when(r, "EndDate", "EndTime", zone)
	if err != nil {
		return nil, err
	}
	if ok && until.Before(due) {
		return nil, envelope.Refuse(envelope.CodeInvalidMessage, "EndDate and EndTime are before StartDate and StartTime")
	}
	return envelope.OK{}, s.report(ctx, r, outcome{
		id: outcomeCallback, kind: "outcome", note: note, due: due, until: until, personal: personal,
	})
}

func comments(r *session.Request) (string, error) {
	note, _, err := r.Data.Text("AgentComments")
	if err != nil {
		return "", err
	}
	return cleanNote("AgentComments", note)
}

// when reads a date and a time in a zone. A day that no calendar has is refused.
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
	day, err := time.ParseInLocation(dayForm, date, zone)
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

// zoneOf is the zone in which the dates of a disposition are meant: the
// person's, else the campaign's, else UTC.
func (s *Store) zoneOf(ctx context.Context, r *session.Request, account string) (*time.Location, error) {
	campaign, zone, err := s.about(ctx, r, account)
	if err != nil {
		return nil, err
	}
	return s.location(ctx, campaign, zone), nil
}

func (s *Store) location(ctx context.Context, campaign CampaignID, zone string) *time.Location {
	if zone == "" {
		if rules, err := s.cachedRules(ctx, campaign); err == nil {
			zone = rules.DefaultTimeZone
		}
	}
	loc, err := location(zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// about looks up the campaign and the zone of a contact the agent holds or held
// last; both are "" for any other.
func (s *Store) about(ctx context.Context, r *session.Request, account string) (CampaignID, string, error) {
	agent := string(r.Claim.Agent)
	out, err := s.run(ctx, s.lua.contactZone, s.keys.agent(agent), "", esc(agent), esc(account))
	if err != nil {
		return "", "", err
	}
	if out[0] != "ok" {
		return "", "", nil
	}
	return CampaignID(unesc(out[1])), out[2], nil
}

// callOutcome is one row of CallOutCome, spelled as published.
type callOutcome struct {
	OutComeID   string
	Description string
}

// CallOutcomes answers GetCallOutCome: the outcomes of the campaign whose
// contact the agent holds or names, else of the one campaign it serves, else the
// original's.
func (s *Store) CallOutcomes(ctx context.Context, r *session.Request) (any, error) {
	if err := checkCallID(r); err != nil {
		return nil, err
	}
	account, _, err := r.Data.Text("AccountNumber")
	if err != nil {
		return nil, err
	}
	campaign, _, err := s.about(ctx, r, account)
	if err != nil {
		return nil, err
	}
	if campaign == "" && len(r.Claim.Campaigns) == 1 {
		campaign = CampaignID(r.Claim.Campaigns[0])
	}
	rules, err := s.cachedRules(ctx, campaign)
	if err != nil {
		return nil, err
	}
	var rows []callOutcome
	for _, o := range rules.OutcomeTable() {
		rows = append(rows, callOutcome{string(o.ID), o.Label})
	}
	return rows, nil
}

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

// callbacksMost bounds how many of its callbacks an agent can page through.
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
func (s *Store) PersonalCallbacks(ctx context.Context, r *session.Request) (any, error) {
	q, err := callbackQueryOf(r)
	if err != nil {
		return nil, err
	}
	span := redis.ZRangeBy{Min: "-inf", Max: "+inf", Count: callbacksMost}
	if !q.from.IsZero() { // a day begins somewhere up to 14 hours before it does in UTC
		span.Min = strconv.FormatInt(q.from.Add(-14*time.Hour).UnixMilli(), 10)
	}
	if !q.to.IsZero() {
		span.Max = strconv.FormatInt(q.to.Add(36*time.Hour).UnixMilli(), 10)
	}
	page, err := s.rdb.ZRangeByScoreWithScores(ctx, s.keys.own(string(r.Claim.Agent)), &span).Result()
	if err != nil {
		return nil, fmt.Errorf("list callbacks: %w: %w", ErrUnavailable, err)
	}
	pipe := s.rdb.Pipeline()
	records := make([]*redis.SliceCmd, len(page))
	ends := make([]*redis.StringCmd, len(page))
	for i, z := range page {
		key := s.keys.contact(ID(unesc(z.Member.(string))))
		records[i], ends[i] = pipe.HMGet(ctx, key, contactFields...), pipe.HGet(ctx, key, "ce")
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("read callbacks: %w: %w", ErrUnavailable, err)
	}
	rows := []callbackRow{}
	n := int64(0)
	for i, z := range page {
		c, _, err := s.parseContact(ID(unesc(z.Member.(string))), records[i].Val())
		if err != nil || !r.Claim.Serves(string(c.Campaign)) {
			continue // gone meanwhile, or none of this token's
		}
		row := callbackRow{
			CampaignID: string(c.Campaign), ContactID: string(c.ID), ModeID: c.Mode, ModeDescription: c.Mode, CValue: "***" + c.LastFour,
		}
		if !row.at(q, time.UnixMilli(int64(z.Score)), parseMs(ends[i].Val()), s.location(ctx, c.Campaign, c.TimeZone)) {
			continue
		}
		if n++; n >= q.first && n-q.first < q.most {
			row.RowNumber = strconv.FormatInt(n, 10)
			rows = append(rows, row)
		}
	}
	return rows, nil
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
