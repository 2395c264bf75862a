package tools

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/lists"
	"agenthub/contacts/lists/headers"
	"agenthub/session/identity"
)

// A file goes up in parts, each a small CSV of its own: what proxies let through, and
// no more than is loaded twice if an answer is lost.
const (
	partBytes = 900 << 10 // a proxy like nginx refuses more than 1 MiB
	leastPart = 16 << 10  // a proxy that refuses even this lets no file through
	partRows  = lists.RejectedAll
)

// How long one part is tried again that a busy hub, or a broken connection, kept from
// being answered. It may be: loading a part twice is once.
const (
	tryFor   = 5 * time.Minute
	firstTry = 500 * time.Millisecond
	lastTry  = 15 * time.Second
)

// row is one of the file, as it was understood, and its line.
type row struct {
	cells lists.Cells
	line  int
}

// uploader sends the rows of a file and adds up what became of them.
type uploader struct {
	hub    *HubFlags
	rows   *lists.RowReader
	token  string
	query  url.Values
	fields []headers.Field // of the file
	most   int             // bytes of a part; less once a proxy refused one
	part   []row
	size   int
	first  bool // nothing was answered yet

	done     lists.Loaded
	rejected func(line int, why string)
	progress func(rows int)
	say      func(format string, args ...any)
}

// newUploadID names an upload, so that it can be gone on with.
func newUploadID() string {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails
	return hex.EncodeToString(raw[:])
}

// run sends everything. What was done until an error stands in done.
func (u *uploader) run(ctx context.Context) error {
	for field := range headers.Count {
		if u.rows.Has(field) {
			u.fields = append(u.fields, field)
		}
	}
	for {
		cells, line, err := u.rows.NextCells()
		refused, bad := errors.AsType[*lists.RowError](err)
		switch {
		case bad:
			u.reject(line, refused.Err)
			u.progress(1)
			continue
		case errors.Is(err, io.EOF):
			return u.flush(ctx)
		case err != nil:
			return errors.Join(err, u.flush(ctx))
		}
		size := 2 * len(u.fields)
		for _, field := range u.fields {
			size += len(cells[field])
		}
		if len(u.part) > 0 && (u.size+size > u.most || len(u.part) == partRows) {
			if err := u.flush(ctx); err != nil {
				return err
			}
		}
		u.part, u.size = append(u.part, row{cells, line}), u.size+size
	}
}

// flush sends what is gathered, in halves where a proxy says that it is too much.
func (u *uploader) flush(ctx context.Context) error {
	part := u.part
	u.part, u.size = u.part[:0:0], 0
	for len(part) > 0 {
		n, err := u.send(ctx, part)
		if err != nil {
			return err
		}
		part = part[n:]
	}
	return nil
}

// send sends the rows, or as many of them as go through, and says how many.
func (u *uploader) send(ctx context.Context, rows []row) (int, error) {
	for {
		body, err := u.csv(rows)
		if err != nil {
			return 0, err
		}
		response, err := u.try(ctx, body, rows[0].line)
		if err != nil {
			return 0, err
		}
		if response.StatusCode == http.StatusRequestEntityTooLarge && len(rows) > 1 && len(body) > leastPart {
			_ = response.Body.Close()
			u.most = max(leastPart, len(body)/2)
			rows = rows[:(len(rows)+1)/2]
			continue
		}
		return len(rows), u.answered(response, rows)
	}
}

// csv writes rows with a line of our own names before them: one line a row.
func (u *uploader) csv(rows []row) ([]byte, error) {
	var body bytes.Buffer
	w := csv.NewWriter(&body)
	record := make([]string, len(u.fields))
	for i, field := range u.fields {
		record[i] = field.String()
	}
	err := w.Write(record)
	for _, row := range rows {
		for i, field := range u.fields {
			record[i] = row.cells[field]
		}
		err = errors.Join(err, w.Write(record))
	}
	w.Flush()
	return body.Bytes(), errors.Join(err, w.Error())
}

// try sends a part until it is answered. A part is named by what is in it: said again, to
// whichever hub, it is the same.
func (u *uploader) try(ctx context.Context, body []byte, line int) (*http.Response, error) {
	sum := sha256.Sum256(fmt.Appendf(slices.Clip(body), "line %d of %s", line, u.query.Get("campaign")))
	u.query.Set("part", hex.EncodeToString(sum[:16]))
	until, wait, fresh := time.Now().Add(tryFor), firstTry, false
	for {
		response, err := u.hub.call(ctx, http.MethodPost, "/api/v1/contacts?"+u.query.Encode(), u.token, "text/csv", bytes.NewReader(body))
		var why string
		switch {
		case ctx.Err() != nil:
			return nil, fmt.Errorf("stopped: %w", ctx.Err())
		case err != nil && u.first && notThere(err): // that is told at once
			return nil, err
		case err != nil:
			why = err.Error()
		case response.StatusCode == http.StatusUnauthorized && !u.first && !fresh: // a long load outlives its token
			_ = response.Body.Close()
			if u.token, err = u.hub.bearer(ctx, loader, time.Hour); err != nil {
				return nil, err
			}
			fresh = true
			continue
		case u.first && stranger(response) != "": // a proxy that never let a part through is told at once
			return response, nil
		case response.StatusCode == http.StatusServiceUnavailable, response.StatusCode == http.StatusBadGateway, response.StatusCode == http.StatusGatewayTimeout:
			why = refusal(response).Error()
			_ = response.Body.Close()
		default:
			return response, nil
		}
		if time.Now().Add(wait).After(until) {
			return nil, fmt.Errorf("%s; it was tried for %s", why, tryFor)
		}
		u.say("%s; trying again in %s", why, wait)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, lastTry)
	}
}

// notThere reports whether nobody was reached at all.
func notThere(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// loader is who loads.
var loader = identity.Identity{Agent: "loader", Role: identity.RoleCampaign} //nolint:gochecknoglobals // a constant

// answered adds what became of a part.
func (u *uploader) answered(response *http.Response, rows []row) error {
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return refusal(response)
	}
	var done lists.Loaded
	if err := json.NewDecoder(response.Body).Decode(&done); err != nil {
		return fmt.Errorf("read the hub's answer: %w", err)
	}
	u.first = false
	u.done.Accepted += done.Accepted
	u.done.Updated += done.Updated
	for _, bad := range done.Rejected {
		line := bad.Line
		if i := line - 2; i >= 0 && i < len(rows) { // the first line names the columns
			line = rows[i].line
		}
		u.rejected(line, bad.Err)
	}
	u.done.RejectedTotal += done.RejectedTotal
	add(&u.done.Reasons, done.Reasons)
	add(&u.done.Waiting, done.Waiting)
	add(&u.done.Unplaced, done.Unplaced)
	add(&u.done.Unread, done.Unread)
	if u.done.Preview == nil {
		u.done.Preview = done.Preview
	}
	u.progress(len(rows))
	return nil
}

// reject notes a row that cannot be sent.
func (u *uploader) reject(line int, why string) {
	u.done.RejectedTotal++
	add(&u.done.Reasons, map[string]int{why: 1})
	u.rejected(line, why)
}

func add(to *map[string]int, more map[string]int) {
	for why, n := range more {
		if *to == nil {
			*to = map[string]int{}
		}
		(*to)[why] += n
	}
}

// asked is what a load says of the rows to the hub.
func asked(campaign contacts.CampaignID, dryRun bool, upload string) url.Values {
	q := url.Values{"rejected": {fmt.Sprint(lists.RejectedAll)}}
	if campaign != "" {
		q.Set("campaign", string(campaign))
	}
	if dryRun {
		q.Set("dryRun", "true")
		return q
	}
	q.Set("upload", upload)
	return q
}
