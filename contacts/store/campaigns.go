package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/store/terms"
)

// PutCampaign replaces a campaign's rules whole. Paused takes effect with this
// call: nothing of the campaign is reserved or dialled after it. The rules must
// have passed Validate. Who knows which versions of the rules it replaces names
// them, nil for any: ErrVersion if they are another by now. It gives the new one.
func (s *Store) PutCampaign(ctx context.Context, id contacts.CampaignID, r contacts.Rules, versions []string) (string, error) {
	whole, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("encode rules of %s: %w", id, err)
	}
	args := []string{
		keys.Escape(string(id)), keys.Lines(versions), nonce(), "json", string(whole),
		"max", strconv.Itoa(r.Attempts()), "offer", terms.Offer(r), "skip", terms.Skip(r), "pace", terms.Pace(r),
	}
	if !r.Running() {
		args = append(args, "paused", "1")
	}
	if r.State == contacts.CampaignDraft {
		args = append(args, "draft", "1")
	}
	if r.Group != "" {
		args = append(args, "group", keys.Escape(r.Group))
	}
	for _, reason := range r.Reasons() {
		args = append(args, "s:"+string(reason.ID), terms.Reason(reason))
	}
	for _, o := range r.OutcomeTable() {
		args = append(args, "o:"+string(o.ID), terms.Outcome(o))
	}
	reply, err := s.run(ctx, s.lua.campaign, s.keys.Campaign(id), "", args...)
	if err == nil {
		err = terms.Refusal(reply)
	}
	if err != nil {
		return "", err
	}
	return reply[1], nil
}
