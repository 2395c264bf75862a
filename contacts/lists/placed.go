package lists

import (
	"strings"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/store/terms"
	"agenthub/contacts/zones"
)

// placing counts the rows that were taken and whose person nobody can place, and what
// they say of a place to no use.
type placing struct {
	data  *zones.Data
	now   time.Time
	known map[string]string // by area code, of numbers that came alone
}

// count adds one row that was taken.
func (p *placing) count(r contacts.Row, done *Loaded) {
	if why := p.unplaced(r); why != "" {
		if done.Unplaced == nil {
			done.Unplaced = map[string]int{}
		}
		done.Unplaced[why]++
	}
	for _, part := range terms.Elsewhere(r, p.data) {
		if done.Unread == nil {
			done.Unread = map[string]int{}
		}
		done.Unread[part]++
	}
}

// unplaced is terms.Unplaced, which is asked once of all that an area code alone places.
func (p *placing) unplaced(r contacts.Row) string {
	if !strings.HasPrefix(r.E164, "+1") || len(r.E164) != len("+12125550123") || r.TimeZone+r.Region+r.PostalCode != "" {
		return terms.Unplaced(r, p.data, p.now)
	}
	area := r.E164[:len("+1212")]
	why, known := p.known[area]
	if !known {
		why = terms.Unplaced(r, p.data, p.now)
		p.known[area] = why
	}
	return why
}
