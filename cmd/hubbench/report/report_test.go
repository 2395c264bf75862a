//go:build linux

package report

import (
	"errors"
	"testing"
)

func TestOnlyWhatIsTimedCanBeTooNoisyToTell(t *testing.T) {
	row := Ratio{What: "x", Goal: 3, AtMost: true, Held: 3.2}
	for _, test := range []struct {
		name    string
		values  []float64
		counted bool
		other   float64
		bad     bool
		noisy   bool
	}{
		{"within its slack", []float64{3.8}, true, 0, false, false},
		{"counted, beyond it", []float64{3.9}, true, 0, true, false},
		{"counted, beyond it, on a busy machine", []float64{3.9}, true, 1, true, false},
		{"timed, beyond it", []float64{3.9, 4, 4.1}, false, 0, true, false},
		{"timed, beyond it, on a busy machine", []float64{3.9, 4, 4.1}, false, 1, true, true},
		{"timed, rounds that contradict each other", []float64{3, 4, 4.1}, false, 0, true, true},
	} {
		r := &Report{Cells: []Cell{{Other: test.other}}}
		row.Counted = test.counted
		r.AddRatio(row, len(test.values), func(i int) float64 { return test.values[i] })
		err := r.Assert()
		if (err != nil) != test.bad || errors.Is(err, ErrNoisy) != test.noisy {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
