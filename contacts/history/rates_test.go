package history

import (
	"testing"
	"time"

	"agenthub/contacts"
)

// An answer is shared by those alone who may see the same.
func TestStatsAreSharedByEqualsAlone(t *testing.T) {
	asked := map[string]string{}
	at := time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)
	for name, f := range map[string]contacts.Filter{
		"of all campaigns": {}, "of none": {Campaigns: []string{}}, "of one": {Campaigns: []string{"a b"}},
		"of two": {Campaigns: []string{"a", "b"}}, "asking for one": {Campaign: "a b"}, "asking for an agent": {Agent: "a b"},
	} {
		q := (&Span{Filter: f, From: at, To: at.Add(time.Hour)}).question()
		if other := asked[q]; other != "" {
			t.Errorf("a supervisor %s is given the answer of one %s", name, other)
		}
		asked[q] = name
	}
}

// Who names a time is told of exactly that; who names none shares "now" with
// the others of that minute.
func TestOnlyTimesNobodyGaveAreShared(t *testing.T) {
	at := func(second int) time.Time { return time.Date(2026, 3, 2, 12, 0, second, 0, time.UTC) }
	given := func(from, to time.Time) string {
		return (&Span{From: from, To: to}).question()
	}
	if given(at(0), at(20)) == given(at(30), at(59)) {
		t.Error("two spans within one minute share an answer")
	}
	now := func(from time.Time, second int) string {
		return (&Span{From: from, To: at(second), AnyTo: true}).question()
	}
	if now(at(0), 1) != now(at(0), 59) {
		t.Error("two that ask up to now in the same minute share nothing")
	}
	if now(at(0), 59) == now(at(30), 59) {
		t.Error("two that begin at different times share an answer")
	}
	last := func(second int) string {
		return (&Span{From: at(second).Add(-24 * time.Hour), To: at(second), AnyFrom: true, AnyTo: true}).question()
	}
	if last(1) != last(59) {
		t.Error("two that ask for the last day in the same minute share nothing")
	}
}
