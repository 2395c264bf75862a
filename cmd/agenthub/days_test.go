package main

import (
	"testing"
	"time"
)

func TestDaysAreADurationOfADayOrMore(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90d": 90 * day, "1d": day, "48h": 2 * day, "36h": 36 * time.Hour, "0s": 0, "0": 0, "0d": 0,
		"1h": -1, "-1d": -1, "d": -1, "soon": -1, "": -1, "1.5d": -1,
	} {
		var got days
		err := got.UnmarshalText([]byte(text))
		if (err != nil) != (want < 0) || err == nil && time.Duration(got) != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
}
