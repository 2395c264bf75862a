package nearest

import "testing"

func TestNearest(t *testing.T) {
	made := []string{"spring", "spring-2027", "autumn", "renewals", "Q1", "überall"}
	for typed, want := range map[string]string{
		"sprign": "spring", "Spring": "spring", "sping": "spring", "springs": "spring", "sprin": "spring", "spring-2026": "spring-2027",
		"autum": "autumn", "renewal": "renewals", "renwals": "renewals", "q1": "Q1", "uberall": "überall",
		"winter": "", "x": "", "Q2": "Q1", "completely else": "", "": "",
	} {
		if got := Name(typed, made, 3); got != want {
			t.Errorf("Name(%q) = %q, want %q", typed, got, want)
		}
	}
	if got := Name("spring", nil, 3); got != "" {
		t.Errorf("of none: %q", got)
	}
	if got := Name("sping-2026", made, 6); got != "spring-2027" {
		t.Errorf("two of ten letters, one of six: %q", got)
	}
	if got := Name("springs-2026", made, 12); got != "" {
		t.Errorf("two of twelve letters, one of twelve: %q", got)
	}
}
