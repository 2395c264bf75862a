package identity

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// Who can sign in can be signed out: a supervisor names an agent in a path, where the
// rule is Plain.
func TestSubjectIsPlainOrRefused(t *testing.T) {
	v := mustVerifier(t, VerifierOptions{Secret: testSecret})
	for subject, plain := range map[string]bool{
		"jane@example.com": true, "Søren Ørsted": true, "auth0|6553": true, "שרה": true, "a\tb": false, "a\u0085b": false, "a\u009b31mb": false,
		"a\u202eb": false, "a\u200fb": false, "a\u2066b": false, "a\u2028b": false, "a\u2029b": false, "a\ufffdb": false, "a\x7fb": false,
	} {
		text, err := Sign(testSecret, Identity{Agent: AgentID(subject), Role: RoleAgent}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		id, err := v.Verify(t.Context(), text)
		if (err == nil) != plain || plain != Plain(subject, maxSubject) {
			t.Errorf("%q: %v, want plain %v", subject, err, plain)
		}
		if fault, _ := errors.AsType[*RefusedError](err); !plain && (fault == nil || fault.Reason != "agent" || id.Agent != "") {
			t.Errorf("%q: %v", subject, err)
		}
	}
}

func TestNameIsShownOnOneLine(t *testing.T) {
	v := mustVerifier(t, VerifierOptions{Secret: testSecret})
	for name, want := range map[any]string{
		"Jane Smith": "Jane Smith", " Jane\nSmith\u2028 ": "Jane Smith", "Jane\x1b[31m": "Jane [31m", "Jane\u009b31m": "Jane 31m", "\u202eenaJ": "enaJ",
		strings.Repeat("ü", 150): strings.Repeat("ü", 100), 5: "", "שרה\u200f": "שרה\u200f",
	} {
		text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
			"sub": "a", "role": "agent", "name": name, "exp": time.Now().Add(time.Hour).Unix(),
		}).SignedString(testSecret)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := v.Verify(t.Context(), text); err != nil || id.Name != want {
			t.Errorf("%q: %q, %v, want %q", name, id.Name, err, want)
		}
	}
}

func FuzzShown(f *testing.F) {
	f.Add("Jane\x1b[2J\u202e\u0085")
	f.Fuzz(func(t *testing.T, s string) {
		for _, shown := range []string{Clean(s), Shown(s)} {
			if i := strings.IndexFunc(shown, func(r rune) bool { return unicode.IsControl(r) || Steers(r) }); i >= 0 {
				t.Errorf("%q is shown as %q", s, shown)
			}
			if utf8.ValidString(s) && Plain(s, len(s)) && strings.TrimSpace(s) != strings.TrimSpace(shown) {
				t.Errorf("%q, which is plain, is shown as %q", s, shown)
			}
		}
	})
}
