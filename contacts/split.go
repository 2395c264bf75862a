package contacts

import (
	"cmp"
	"maps"
	"slices"
)

// partsTold is how many parts a chart can tell apart. The rest stand under
// othersTold.
const partsTold = 3

// split counts the skips of each minute by reason or by campaign.
type split struct {
	by      string                    // reason, campaign or nothing
	minutes map[string]map[string]int // skips by minute and part
}

func (s *split) add(minute string, skip *Event) {
	part := skip.Reason
	switch s.by {
	case "":
		return
	case "campaign":
		part = skip.Campaign
	}
	if s.minutes[minute] == nil {
		s.minutes[minute] = map[string]int{}
	}
	s.minutes[minute][part]++
}

// fold leaves the parts with most skips and puts all others together.
func (s *split) fold() {
	total := map[string]int{}
	for _, parts := range s.minutes {
		for part, n := range parts {
			total[part] += n
		}
	}
	order := slices.SortedFunc(maps.Keys(total), func(a, b string) int {
		return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(a, b))
	})
	for _, part := range order[min(partsTold, len(order)):] {
		for _, parts := range s.minutes {
			if n, ok := parts[part]; ok {
				delete(parts, part)
				parts[othersTold] += n
			}
		}
	}
}
