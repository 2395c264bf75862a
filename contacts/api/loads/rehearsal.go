package loads

import (
	"context"

	"agenthub/contacts"
	"agenthub/contacts/lists"
)

// rehearsal stands in for the store where nothing is to be written.
type rehearsal struct {
	would   func(ctx context.Context, rows []contacts.Row, serves []string) ([]contacts.Would, error)
	waiting map[string]int
	first   []lists.Preview
}

// previewed is how many rows are shown as they are understood.
const previewed = 3

// Import says what would be.
func (r *rehearsal) Import(ctx context.Context, rows []contacts.Row, serves []string) ([]contacts.ImportResult, error) {
	for _, row := range rows[:max(0, min(len(rows), previewed-len(r.first)))] {
		r.first = append(r.first, lists.Preview{
			ContactID: row.ID, CampaignID: row.Campaign, PhoneNumber: row.Phone.String(), Name: row.Name,
			TimeZone: row.TimeZone, Region: row.Region, PostalCode: row.PostalCode,
		})
	}
	all, err := r.would(ctx, rows, serves)
	results := make([]contacts.ImportResult, len(rows))
	for i, one := range all {
		results[i] = one.Result
		if one.Why != "" {
			r.waiting[one.Why]++
		}
	}
	return results, err
}
