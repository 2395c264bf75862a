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

// lay gives a site's campaigns hours and limits, its persons a law and three
// do-not-call layers, none of which forbids a call at any time. A hub that knows no
// rule packs or no layers has the rest.
func (l *Lab) lay(ctx context.Context, s *Site) error {
	if !l.Law {
		return nil
	}
	s.Pool.before = []time.Time{time.Now().Add(-49 * time.Hour), time.Now().Add(-100 * time.Hour), time.Now().Add(-200 * time.Hour)}
	if err := s.Pool.Store.WriteZones(ctx); err != nil { // an older hub writes them with the contacts it loads itself
		return fmt.Errorf("write the rows of zones: %w", err)
	}
	for n := range s.Pool.campaigns {
		err := l.put(ctx, s, "/campaigns/campaign"+strconv.Itoa(n), "application/json", `{"callFrom":"00:00","callUntil":"23:59","maxAttempts24h":3}`)
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
	for n := range mostLayers {
		if err := l.put(ctx, s, "/dnc/bench"+strconv.Itoa(n), "text/plain", neighbours(n)); err != nil {
			return err
		}
	}
	return l.put(ctx, s, "/rules/bench", "application/json", string(text))
}

// Do-not-call layers, as dense as a country's: nobody is on one whom the site calls,
// and their neighbours are.
const (
	mostLayers = 3
	firstLine  = 2_000_000
	buckets    = 100
)

func neighbours(layer int) string {
	var lines strings.Builder
	for i := range buckets * 1000 {
		fmt.Fprintf(&lines, "212,%07d\n", firstLine+10*i+2*layer+1)
	}
	return lines.String()
}

// put sends text to a site; it has no such path, so be it.
func (l *Lab) put(ctx context.Context, s *Site, path, contentType, text string) error {
	token, err := l.Token("campaign", s.Tenant, identity.RoleCampaign)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, fmt.Sprintf("http://127.0.0.1:%d/api/v1%s", s.Port, path), strings.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("PUT %s: %w", path, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusNoContent && res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusMethodNotAllowed {
		return fmt.Errorf("PUT %s: %s", path, res.Status)
	}
	return nil
}

// underLaw makes a contact somebody of New York who was called before.
func (p *Pool) underLaw(r *contacts.Row) {
	if p.before != nil {
		i, _ := strconv.Atoi(strings.TrimPrefix(r.E164, "+9995"))
		r.E164, r.AttemptsBefore = fmt.Sprintf("+1212%07d", (firstLine+2*i)%10_000_000), p.before
	}
}
