package lookup

import (
	"context"
	"sync"
	"time"

	"agenthub/contacts"
)

// rulesFor is how long a campaign's rules are shown from memory where no word of a change comes through; what may be
// offered, dialled or answered is always checked in Redis.
const rulesFor = 5 * time.Second

// rulebook remembers what campaigns' rules say, for what agents are shown. What was read before ForgetRules is never kept
// after it.
type rulebook struct {
	mu        sync.Mutex // guards the following
	pages     map[contacts.CampaignID]*rulesAt
	forgotten uint64
}

type rulesAt struct {
	contacts.Rules
	choices contacts.Choices
	sum     string
	at      time.Time
}

func (b *rulebook) find(id contacts.CampaignID) (r *rulesAt, forgotten uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r := b.pages[id]; r != nil && time.Since(r.at) < rulesFor {
		return r, b.forgotten
	}
	return nil, b.forgotten
}

func (b *rulebook) keep(id contacts.CampaignID, r *rulesAt, forgotten uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.forgotten != forgotten {
		return
	}
	if b.pages == nil {
		b.pages = map[contacts.CampaignID]*rulesAt{}
	}
	b.pages[id] = r
}

// ForgetRules makes this node read a campaign's rules anew: somebody has put others.
func (r *Reader) ForgetRules(id contacts.CampaignID) {
	r.rules.mu.Lock()
	defer r.rules.mu.Unlock()
	r.rules.forgotten++
	delete(r.rules.pages, id)
}

// RecentRules are a campaign's rules as far as this node has heard of them.
func (r *Reader) RecentRules(ctx context.Context, id contacts.CampaignID) (contacts.Rules, error) {
	page, err := r.recent(ctx, id)
	if err != nil {
		return contacts.Rules{}, err
	}
	return page.Rules, nil
}

// Choices are what an agent may answer about a campaign's contact, and what they add up to.
func (r *Reader) Choices(ctx context.Context, id contacts.CampaignID) (contacts.Choices, string, error) {
	page, err := r.recent(ctx, id)
	if err != nil {
		return contacts.Choices{}, "", err
	}
	return page.choices, page.sum, nil
}

func (r *Reader) recent(ctx context.Context, id contacts.CampaignID) (*rulesAt, error) {
	page, forgotten := r.rules.find(id)
	if page != nil {
		return page, nil
	}
	rules, err := r.Campaign(ctx, id)
	if err != nil {
		return nil, err
	}
	page = &rulesAt{Rules: rules, choices: rules.Choices(), at: time.Now()}
	if page.sum, err = page.choices.Sum(); err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	r.rules.keep(id, page, forgotten)
	return page, nil
}
