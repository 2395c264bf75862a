package history

import (
	"fmt"
	"reflect"
	"testing"

	"agenthub/contacts"
)

func TestSplitTellsTheLargestPartsAndTheRestTogether(t *testing.T) {
	s := chartParts{by: "campaign", minutes: map[string]map[string]int{}}
	for i, n := range []int{5, 4, 3, 2, 1} {
		for range n {
			s.add("09:00", &contacts.Event{Campaign: fmt.Sprintf("c%d", i), Reason: "other"})
		}
	}
	s.add("09:01", &contacts.Event{Campaign: "c4"})
	s.fold()
	want := map[string]map[string]int{"09:00": {"c0": 5, "c1": 4, "c2": 3, othersTold: 3}, "09:01": {othersTold: 1}}
	if !reflect.DeepEqual(s.minutes, want) {
		t.Errorf("minutes = %v, want %v", s.minutes, want)
	}
}
