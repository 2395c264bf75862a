package contacts

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	const us, uk, mx = "+12125550303", "+442071838750", "+525512345678"
	tests := []struct {
		prefix, phone, region, want string
		err                         error
	}{
		// What a list of contacts has had.
		{"", "2125550303.0", "US", "", errNumberDecimal},
		{"", "12125550303.0", "US", "", errNumberDecimal},
		{"", "2125550303,00", "US", "", errNumberDecimal},
		{"", "2.12556E+09", "US", "", errNumberExponent},
		{"", "2,12556e9", "US", "", errNumberExponent},
		{"", "'2125550303", "US", us, nil},
		{"", "\u2019212\u2011555\u20130303", "US", us, nil},
		{"", `="2125550303"`, "US", us, nil},
		{"", `"2125550303"`, "US", us, nil},
		{"", "\u202a+1\u202f212\u00a0555\u22120303\u202c", "US", us, nil},
		{"", "2125550303 x12", "US", us + " 12", nil},
		{"", "(212) 555-0303 ext. 4", "US", us + " 4", nil},
		{"", "212-555-0303, Extension 7", "US", us + " 7", nil},
		{"", "2125550303#88", "US", us + " 88", nil},
		{"", "212-555-0303/0399", "US", "", errNumberTwo},
		{"", "2125550303;2125550399", "US", "", errNumberTwo},
		{"", "2125550303, 2125550399", "US", "", errNumberTwo},
		{"", "212-555-0303 or 0399", "US", "", errNumberTwo},
		{"", "2125550303 2125550399", "US", "", errNumberLong},
		{"", "+1 (212) 555-0303 (cell)", "US", "", errNumberWords},
		{"", "212 555 0303 home", "US", "", errNumberWords},
		{"", "(0)2125550303", "US", "", errNumberAccess},
		{"", "02125550303", "US", "", errNumberAccess},
		{"", "+1 (0)212 555 0303", "US", "", errNumberTrunk},
		{"", "+1 ( 0 ) 12 555 0303", "US", "", errNumberTrunk},
		{"", "+2125550303", "US", "", errNumberShort},
		{"", "+999 2125550303", "US", "", errNumberCountry},
		{"", "22125550303", "US", "", errNumberAccess},
		{"", "49305551234", "US", "", errNumberAccess}, // Berlin or Indiana
		{"", "9 1 212 555 0303", "US", "", errNumberAccess},
		{"", "8,12125550303", "US", "", errNumberTwo},
		{"", "911", "US", "", errNumberShort},
		{"", "202", "US", "", errNumberShort},
		{"", "5550303", "US", "", errNumberLocal},
		{"", "0000000000", "US", "", errNumberZeros},
		{"", "+1 000 000 0000", "US", "", errNumberZeros},
		{"", "+44 (0)20 7183 8750", "US", uk, nil},
		{"", "0044 20 7183 8750", "US", uk, nil},
		{"", "0044 (0)20 7183 8750", "US", uk, nil},
		{"", "011 44 20 7183 8750", "US", uk, nil},
		{"", "020 7183 8750", "UK", uk, nil},
		{"", "(0)20 7183 8750", "GB", uk, nil},
		{"", "tel:+12125550303;ext=3", "US", us + " 3", nil},
		{"", "TEL:+1-212-555-0303", "US", us, nil},
		// Dialled together.
		{"+44", "2071838750", "US", uk, nil},
		{"+44", "(0)20 7183 8750", "US", uk, nil},
		{"01144", "1625551212", "US", "+441625551212", nil},
		{"1", "2125550303", "US", us, nil},
		{"+", "12125550303", "US", us, nil},
		{"+1", "2125550303 x12", "US", us + " 12", nil},
		{"44", "2071838750", "US", uk, nil},
		{"9", "2125550303", "US", us, nil}, // an outside line, and what it reaches
		{"9,1", "2125550303", "US", us, nil},
		{"*67", "2125550303", "US", us, nil},
		{"home", "2125550303", "US", us, nil},
		{"+44", "21255", "US", "", errNumberTogether},
		{"+44", "+442071838750", "US", "", errNumberTogether},
		{"9", "911", "US", "", errNumberShort},
		// Plans that have changed.
		{"", "+52 1 55 1234 5678", "US", mx, nil},
		{"", "044 55 1234 5678", "MX", mx, nil},
		{"", "1 55 1234 5678", "MX", mx, nil},
		{"+52", "1 55 1234 5678", "US", mx, nil},
		{"", "+55 11 8123-4567", "US", "+5511981234567", nil},
		{"", "+55 11 98123-4567", "US", "+5511981234567", nil},
		{"", "(11) 8123-4567", "BR", "+5511981234567", nil},
		{"", "+55 11 3123-4567", "US", "+551131234567", nil}, // a line has 8 digits still
		{"", "+39 2 1234567", "US", "+39021234567", nil},
		{"", "+39 02 1234567", "US", "+39021234567", nil},
		{"", "+39 347 1234567", "US", "+393471234567", nil}, // a mobile has no 0
		{"", "+229 97 12 34 56", "US", "+2290197123456", nil},
		{"", "+229 01 97 12 34 56", "US", "+2290197123456", nil},
		{"", "+225 07 12 34 56", "US", "+2250707123456", nil},
		{"", "+225 45 12 34 56", "US", "+2250545123456", nil},
		{"", "+225 01 12 34 56", "US", "+2250101123456", nil},
		{"", "+225 22 41 23 45", "US", "+2252722412345", nil},
		{"", "+225 20 01 23 45", "US", "+2252520012345", nil},
		{"", "+225 20 81 23 45", "US", "+2252120812345", nil},
		{"", "+225 07 07 12 34 56", "US", "+2250707123456", nil},
		{"", "+57 1 234 5678", "US", "+576012345678", nil},
		{"", "+57 4 234 5678", "US", "+576042345678", nil},
		{"", "+57 601 234 5678", "US", "+576012345678", nil},
		// Ordinary spellings.
		{"", "+1 212-555-0123", "", "+12125550123", nil},
		{"", "(+1) 212 555 0123", "GB", "+12125550123", nil},
		{"", "030/1234.5678", "DE", "+493012345678", nil},
		{"", "030/12345/67", "DE", "", errNumberTwo},
		{"", "919500610256", "US", "+919500610256", nil}, // its plus was left out
		{"", "12125550123", "", "+12125550123", nil},
		{"", "(212) 555-0123", "", "", errNumberRegion},
		{"", "617 555 0123", "", "", errNumberRegion},
		{"", "1-800-FLOWERS", "US", "", errNumberLetters},
		{"", "call me", "US", "", errNumberLetters},
		{"", "1212+5550123", "US", "", errNumberLetters},
		{"", "٠١٢٣٤٥٦٧", "US", "", errNumberLetters},
		{"", "1234567890123456789", "US", "", errNumberLong},
		{"", " ", "US", "", errNumberEmpty},
	}
	for _, tt := range tests {
		t.Run(strings.TrimSpace(tt.prefix+" "+tt.phone+" "+tt.region), func(t *testing.T) {
			n, err := Phone(tt.phone).Match(tt.prefix, tt.region)
			got := strings.TrimSpace(n.E164 + " " + n.Extension)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Fatalf("Match = %q, %v, want %q, %v", got, err, tt.want, tt.err)
			}
			if err != nil {
				return
			}
			if again, err := Phone(n.E164).Match("", tt.region); again.E164 != n.E164 || err != nil {
				t.Fatalf("Match(%q) = %q, %v, want a fixed point", n.E164, again.E164, err)
			}
		})
	}
}

func TestRegion(t *testing.T) {
	for code, want := range map[string]string{"UK": "GB", "GB": "GB", "US": "US", "": ""} {
		if got, ok := Region(code); got != want || !ok {
			t.Errorf("Region(%q) = %q, %v", code, got, ok)
		}
	}
	for _, code := range []string{"EN", "us", "ZZ", "USA"} {
		if _, ok := Region(code); ok {
			t.Errorf("Region(%q) is a country with numbers", code)
		}
	}
}

// FuzzMatch holds for every cell of every file: no panic, a key that is its own
// spelling, and no digits of it in a refusal.
func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"+1 212 555 0303", "tel:+12125550303;ext=3", `="2125550303"`, "2.12556E+09", "+39 2 1234567", "0044 (0)20 7183 8750"} {
		f.Add("", seed, "US")
	}
	f.Add("01144", "1625551212", "US")
	f.Add("9,1", "2125550303", "")
	f.Fuzz(func(t *testing.T, prefix, phone, region string) {
		n, err := Phone(phone).Match(prefix, region)
		if err != nil {
			if _, known := errors.AsType[NumberError](err); !known || n.E164 != "" {
				t.Fatalf("Match(%q, %q, %q) = %v, %v", prefix, phone, region, n, err)
			}
			return
		}
		if again, err := Phone(n.E164).Match("", ""); err != nil || again.E164 != n.E164 {
			t.Fatalf("Match(%q, %q, %q) = %q, which is %q, %v", prefix, phone, region, n.E164, again.E164, err)
		}
	})
}

// What is read the quick way is read as the library reads it, whatever the area code.
func TestPlainNorthAmericanIsTheLibrarys(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for area := 200; area < 1000; area++ {
		for range 5 {
			digits := fmt.Sprintf("%d%03d%04d", area, 200+random.IntN(800), random.IntN(10_000))
			for _, text := range []string{digits, "+1" + digits} {
				for _, region := range []string{"US", "CA", "GB"} {
					quick, ok := plainNorthAmerican(text, region)
					slow, err := match(text, region)
					if ok && (err != nil || slow.E164 != quick) {
						t.Fatalf("%s in %s: %q, but %q, %v", text, region, quick, slow.E164, err)
					}
					if !ok && region != "GB" {
						t.Fatalf("%s in %s is read the slow way", text, region)
					}
				}
			}
		}
	}
}
