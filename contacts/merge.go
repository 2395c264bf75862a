package contacts

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Merge gives the rules with other values for some fields, named as in JSON; nil is
// the default. Lists are replaced whole.
func (r Rules) Merge(fields map[string]any) (Rules, []FieldError) {
	whole, err := object(r)
	if err != nil {
		return r, []FieldError{{"state", "cannot be changed alone"}}
	}
	var bad []FieldError
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text, err := json.Marshal(map[string]any{name: fields[name]})
		if err == nil {
			err = json.Unmarshal(text, new(Rules))
		}
		switch {
		case !slices.Contains(ruleFields, name):
			bad = append(bad, FieldError{name, "is no field of a campaign: they are " + strings.Join(ruleFields, ", ")})
		case err != nil:
			bad = append(bad, FieldError{name, "has another form"})
		default:
			delete(whole, name)
			if fields[name] == nil {
				continue
			}
			whole[name] = fields[name]
			for _, other := range inPlaceOf[name] {
				if _, said := fields[other]; !said {
					delete(whole, other)
				}
			}
		}
	}
	text, err := json.Marshal(whole)
	if err != nil || bad != nil {
		return r, bad
	}
	var merged Rules
	if err := json.Unmarshal(text, &merged); err != nil {
		return r, []FieldError{{"state", "cannot be changed alone"}}
	}
	return merged, nil
}

// ruleFields are the names of Rules in JSON.
//
//nolint:gochecknoglobals // a constant
var ruleFields = []string{
	"state", "group", "callFrom", "callUntil", "hours", "holidays", "defaultTimeZone", "zoneFrom", "maxAttempts24h", "skip", "skipReasons", "outcomes", "skipDelay", "skipAvoid", "skipLimit",
	"attempts", "minGap", "pauseAfter",
}

// inPlaceOf are the fields that go where one is set, unless they are set as well.
//
//nolint:gochecknoglobals // a constant
var inPlaceOf = map[string][]string{"hours": {"callFrom", "callUntil"}, "callFrom": {"hours"}, "callUntil": {"hours"}}

func object(r Rules) (map[string]any, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // only asked whether
	}
	whole := map[string]any{}
	return whole, json.Unmarshal(text, &whole) //nolint:wrapcheck // likewise
}
