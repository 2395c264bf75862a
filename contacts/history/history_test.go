package history

import "testing"

func TestHeldMsIsCountedFromTheReservation(t *testing.T) {
	const at = 1_700_000_001_500
	for _, c := range []struct {
		name, kind, rid string
		want            int64
	}{
		{"a skip", "skip", "1700000000000.k3j", 1500},
		{"a fetch begins it", "reserve", "1700000001499.k3j", 0},
		{"not held", "review", "", 0},
		{"a clock that was set back", "expire", "1700000009999.k3j", 0},
	} {
		if got := heldMs(c.kind, c.rid, at); got != c.want {
			t.Errorf("%s: heldMs = %d, want %d", c.name, got, c.want)
		}
	}
}
