package contacts

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// TestPhoneNeverPrints feeds one number through every way Go has of printing
// a value and looks for its digits.
func TestPhoneNeverPrints(t *testing.T) {
	const number = "+1 212-867-5309"
	p := Phone(number)
	type nested struct {
		P   Phone
		Ptr *Phone
		M   map[string]Phone
		L   []Phone
	}
	n := nested{p, &p, map[string]Phone{"a": p}, []Phone{p}}

	var out bytes.Buffer
	for verb := 'A'; verb <= 'z'; verb++ {
		for _, flags := range []string{"", "+", "#", "-30", "030", "% ", ".8"} {
			if verb == 'p' || verb == 'w' || verb == 'T' {
				continue // fmt asks no method for these; vet refuses %p and %w of a Phone
			}
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", p)
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", n)
		}
	}
	fmt.Fprintln(&out, p, n, map[Phone]Phone{p: p}, []Phone{p}, fmt.Errorf("dial %v: %w", p, fmt.Errorf("%s", p)))
	if err := json.NewEncoder(&out).Encode(n); err != nil {
		t.Fatal(err)
	}
	if err := xml.NewEncoder(&out).Encode(p); err != nil {
		t.Fatal(err)
	}
	encoding := zap.NewProductionEncoderConfig()
	encoding.TimeKey = "" // its digits may be those of the number
	core := zapcore.NewCore(zapcore.NewJSONEncoder(encoding), zapcore.AddSync(&out), zap.DebugLevel)
	zap.New(core).Info("dial", zap.Stringer("a", p), zap.Object("b", p), zap.Any("c", p), zap.Any("d", n), zap.Reflect("e", n))

	text := out.String()
	hexed := fmt.Sprintf("%x", number)
	for _, leak := range []string{"867", "212", hexed[4:12], strings.ToUpper(hexed[4:12]), "50 49 50"} {
		if i := strings.Index(text, leak); i >= 0 {
			t.Fatalf("%q printed: …%s…", leak, text[max(0, i-40):min(len(text), i+40)])
		}
	}
	if !strings.Contains(text, "***5309") {
		t.Fatalf("the masked form is missing: %s", text[:200])
	}
}

func TestLastFourHidesHalf(t *testing.T) {
	for in, want := range map[Phone]string{"+12125550123": "0123", "98736": "36", "112": "2", "": ""} {
		if got := in.LastFour(); got != want {
			t.Errorf("LastFour of %d digits = %q, want %q", len(in), got, want)
		}
	}
}

func TestVault(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	keyed, err := NewVault(key, "acme")
	if err != nil {
		t.Fatal(err)
	}
	const number = "+12128675309"
	sealed := keyed.Seal("c1", number)
	if strings.Contains(sealed, "867") {
		t.Fatalf("Seal = %q shows the number", sealed)
	}
	if again := keyed.Seal("c1", number); again == sealed {
		t.Fatal("two seals of one number are equal")
	}
	if got, err := keyed.Open("c1", sealed); err != nil || got != number {
		t.Fatalf("Open = %q, %v", got.Reveal(), err)
	}

	other, _ := NewVault(key, "other")
	rekeyed, _ := NewVault(bytes.Repeat([]byte{8}, 32), "acme")
	plain, _ := NewVault(nil, "acme")
	refused := []struct {
		name   string
		vault  *Vault
		id     ID
		sealed string
	}{
		{"another contact", keyed, "c2", sealed},
		{"another tenant", other, "c1", sealed},
		{"another key", rekeyed, "c1", sealed},
		{"no key", plain, "c1", sealed},
		{"cut", keyed, "c1", sealed[:12]},
		{"changed", keyed, "c1", sealed[:len(sealed)-2] + "AA"},
		{"empty", keyed, "c1", ""},
		{"no prefix", keyed, "c1", number},
	}
	for _, tt := range refused {
		if got, err := tt.vault.Open(tt.id, tt.sealed); err == nil {
			t.Errorf("%s: Open = %q, want an error", tt.name, got.Reveal())
		} else if strings.Contains(err.Error(), "867") {
			t.Errorf("%s: the error shows the number", tt.name)
		}
	}

	if got, err := keyed.Open("c1", plain.Seal("c1", number)); err != nil || got != number {
		t.Fatalf("Open of a plain number = %v, %v", got, err)
	}
	if _, err := NewVault([]byte("short"), "acme"); err == nil {
		t.Fatal("NewVault took a key of 5 bytes")
	}
	tokens := map[string]bool{}
	for _, v := range []*Vault{keyed, other, rekeyed, plain} {
		token := v.Token(number)
		if token != v.Token(number) || len(token) != 22 || tokens[token] {
			t.Fatalf("Token = %q: not stable, not 22 long, or not its own", token)
		}
		tokens[token] = true
	}
}
