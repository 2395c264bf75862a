//go:build linux

package lab

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/lookup"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/contacts/zones"
)

func nopLog() *zap.Logger { return zap.NewNop() }

// Pool is a tenant's contacts. Every fetch takes a fresh one, because a skipped
// contact stays away for 15 minutes as in production: so the bench loads what a
// run will use, and a contact that comes twice is a fault.
type Pool struct {
	Store     *store.Store
	read      *lookup.Reader
	Runner    *script.Runner // for calls without a hub
	tenant    string
	campaigns int
	loaded    int
	seen      []bool // by number: already given to an agent
	Used      int
	before    []time.Time // when everybody was called before, nil without --law
}

// OpenPool opens a tenant's contacts in this process.
func (l *Lab) OpenPool(ctx context.Context, tenant string, campaigns int) (*Pool, error) {
	rdb, _, err := script.Dial(script.Target{URL: fmt.Sprintf("redis://127.0.0.1:%d", l.rport)})
	if err != nil {
		return nil, err
	}
	vault, err := contacts.NewVault(nil, tenant)
	if err != nil {
		return nil, err
	}
	data, err := zones.Watch(zones.Options{})
	if err != nil {
		return nil, err
	}
	s, err := store.New(ctx, store.Options{
		Redis: rdb, Tenant: tenant, Node: "hubbench", Vault: vault, Policy: store.DefaultPolicy(), Zones: data, Log: nopLog(),
	})
	if err != nil {
		return nil, err
	}
	runner := script.NewRunner(ctx, script.Options{
		Redis: rdb, Primary: script.NewPrimary(script.PrimaryOptions{Redis: rdb, Log: nopLog()}), Metrics: script.NewMetrics(nil), Lanes: 1,
	})
	return &Pool{Store: s, read: lookup.New(rdb, s.Keys(), vault), Runner: runner, tenant: tenant, campaigns: campaigns}, nil
}

// Ensure sees to it that many contacts are waiting.
func (p *Pool) Ensure(ctx context.Context, waiting int) error {
	for p.loaded-p.Used < waiting {
		rows := make([]contacts.Row, 1000)
		for i := range rows {
			rows[i] = benchRow(p.loaded+i, p.campaigns)
			p.underLaw(&rows[i])
		}
		results, err := p.Store.Import(ctx, rows, nil)
		if err != nil {
			return fmt.Errorf("load contacts: %w", err)
		}
		for i, r := range results {
			if r != contacts.ImportAccepted && r != contacts.ImportUpdated { // updated: a retry on a slow machine
				return fmt.Errorf("load contact %s: %s", rows[i].ID, r)
			}
		}
		p.loaded += len(rows)
	}
	p.seen = append(p.seen, make([]bool, p.loaded-len(p.seen))...)
	return nil
}

// benchRow is contact n. Country code 999 belongs to nobody, and no law holds there.
func benchRow(n, campaigns int) contacts.Row {
	return contacts.Row{
		ID: contacts.ID("c" + Digits(n, 8)), Campaign: contacts.CampaignID("campaign" + strconv.Itoa(n%campaigns)),
		Phone: contacts.Phone("555" + Digits(n, 7)), E164: "+9995" + Digits(n, 7), AccountNumber: "5|3|1|0|0|" + strconv.Itoa(n) + "|1",
		Mode: "Non-PEWC", Queue: "queue1", Name: "Contact " + strconv.Itoa(n), Priority: n % 3, TimeZone: "America/New_York",
	}
}

// Digits writes n with leading zeros.
func Digits(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

// Take notes that an agent was given a contact; it reports a contact that was
// given before, or was never loaded.
func (p *Pool) Take(id []byte) error {
	n := 0
	for _, d := range id[min(1, len(id)):] {
		n = n*10 + int(d-'0')
	}
	if n < 0 || n >= len(p.seen) {
		return fmt.Errorf("contact %q was never loaded", id)
	}
	if p.seen[n] {
		return fmt.Errorf("contact %q was given twice", id)
	}
	p.seen[n] = true
	p.Used++
	return nil
}
