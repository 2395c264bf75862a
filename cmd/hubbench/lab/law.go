//go:build linux

package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/packs"
	"agenthub/session/identity"
)

// mostRules are as many as lay puts: a pack has room for them.
const mostRules = 2000

// lay gives a site's campaigns hours and limits and its persons a law, none of which
// forbids a call at any time. A hub that knows no rule packs has the campaigns alone.
func (l *Lab) lay(ctx context.Context, s *Site) error {
	if !l.Law {
		return nil
	}
	s.Pool.before = []time.Time{time.Now().Add(-49 * time.Hour), time.Now().Add(-100 * time.Hour), time.Now().Add(-200 * time.Hour)}
	if err := s.Pool.Store.WriteZones(ctx); err != nil { // an older hub writes them with the contacts it loads itself
		return fmt.Errorf("write the rows of zones: %w", err)
	}
	for n := range s.Pool.campaigns {
		err := l.put(ctx, s, "/campaigns/campaign"+strconv.Itoa(n), `{"callFrom":"00:00","callUntil":"23:59","maxAttempts24h":3}`)
		if err != nil {
			return err
		}
	}
	pack := packs.Pack{Pack: "bench", Seen: "2026-11-28"}
	for i := range mostRules {
		pack.Rules = append(pack.Rules, packs.Rule{ID: "rule-" + strconv.Itoa(i), Region: "NY", From: "00:00", Until: "23:59", Source: "hubbench"})
	}
	text, err := json.Marshal(pack)
	if err != nil {
		return fmt.Errorf("make a rule pack: %w", err)
	}
	return l.put(ctx, s, "/rules/bench", string(text))
}

// put sends JSON to a site; it has no such path, so be it.
func (l *Lab) put(ctx context.Context, s *Site, path, text string) error {
	token, err := l.Token("campaign", s.Tenant, identity.RoleCampaign)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, fmt.Sprintf("http://127.0.0.1:%d/api/v1%s", s.Port, path), strings.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("PUT %s: %w", path, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusNoContent && res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusMethodNotAllowed {
		return fmt.Errorf("PUT %s: %s", path, res.Status)
	}
	return nil
}

// underLaw makes a contact somebody of New York who was called before.
func (p *Pool) underLaw(r *contacts.Row) {
	if p.before != nil {
		r.E164, r.AttemptsBefore = "+1212"+strings.TrimPrefix(r.E164, "+9995"), p.before
	}
}
