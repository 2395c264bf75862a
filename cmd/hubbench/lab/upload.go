//go:build linux

package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"agenthub/contacts/lists"
	"agenthub/session/identity"
)

// Upload loads n contacts the way a campaign manager does: one streamed request.
func (l *Lab) Upload(ctx context.Context, s *Site, n int) error {
	token, err := l.Token("campaign", s.Tenant, identity.RoleCampaign)
	if err != nil {
		return err
	}
	body, out := io.Pipe()
	go func() { out.CloseWithError(writeRows(out, n, s.Pool.campaigns)) }() // ends when the body is closed
	defer func() { _ = body.Close() }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/api/v1/contacts", s.Port), body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/x-ndjson")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	var done lists.Loaded
	if err := json.NewDecoder(res.Body).Decode(&done); err != nil {
		return fmt.Errorf("load: %s: %w", res.Status, err)
	}
	if done.Accepted+done.Updated != n || done.RejectedTotal > 0 {
		return fmt.Errorf("load: %s: %d accepted, %d rejected", res.Status, done.Accepted, done.RejectedTotal)
	}
	s.Pool.loaded = n
	return nil
}

// uploadRow is a contact as it stands in a file.
type uploadRow struct {
	ContactID     string `json:"contactId"`
	CampaignID    string `json:"campaignId"`
	PhoneNumber   string `json:"phoneNumber"`
	AccountNumber string `json:"accountNumber"`
	Mode          string `json:"mode"`
	Queue         string `json:"queue"`
	Name          string `json:"name"`
	Priority      int    `json:"priority"`
	TimeZone      string `json:"timeZone"`
}

func writeRows(to io.Writer, n, campaigns int) error {
	out := bufio.NewWriterSize(to, 64<<10)
	encoder := json.NewEncoder(out)
	for i := range n {
		r := benchRow(i, campaigns)
		// A number that can be: the bench's own rows never meet the checks of an import.
		phone := fmt.Sprintf("+1%03d%07d", 212+i/7_900_000, 2_000_000+i%7_900_000)
		if err := encoder.Encode(uploadRow{
			string(r.ID), string(r.Campaign), phone, r.AccountNumber, r.Mode, r.Queue, r.Name, r.Priority, r.TimeZone,
		}); err != nil {
			return err
		}
	}
	return out.Flush()
}
