package history

import (
	"cmp"
	"maps"
	"slices"

	"agenthub/contacts"
)

// partsTold is how many parts a chart can tell apart. The rest stand under
// othersTold.
const partsTold = 3

// chartParts counts the skips of each minute by reason or by campaign.
type chartParts struct {
	by      string                    // reason, campaign or nothing
	minutes map[string]map[string]int // skips by minute and part
}

func (p *chartParts) add(minute string, skip *contacts.Event) {
	part := skip.Reason
	switch p.by {
	case "":
		return
	case "campaign":
		part = skip.Campaign
	}
	if p.minutes[minute] == nil {
		p.minutes[minute] = map[string]int{}
	}
	p.minutes[minute][part]++
}

// fold leaves the parts with most skips and puts all others together.
func (p *chartParts) fold() {
	total := map[string]int{}
	for _, parts := range p.minutes {
		for part, n := range parts {
			total[part] += n
		}
	}
	order := slices.SortedFunc(maps.Keys(total), func(a, b string) int {
		return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(a, b))
	})
	for _, part := range order[min(partsTold, len(order)):] {
		for _, parts := range p.minutes {
			if n, ok := parts[part]; ok {
				delete(parts, part)
				parts[othersTold] += n
			}
		}
	}
}
