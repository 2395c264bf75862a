package lists

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// The number columns as files have had them: what a row is matched by, or the
// beginning of its refusal.
func TestNumberColumns(t *testing.T) {
	tests := []struct{ prefix, phone, want string }{
		{"", "2125550303.0", "phoneNumber: has a decimal point"},
		{"", "12125550303.0", "phoneNumber: has a decimal point"},
		{"", "2.12556E+09", "phoneNumber: was shortened to an exponent"},
		{"", "'2125550303", "+12125550303"},
		{"", `="2125550303"`, "+12125550303"},
		{"", `"=""2125550303"""`, "+12125550303"},
		{"", "2125550303 x12", "+12125550303"},
		{"", "(212) 555-0303 ext. 4", "+12125550303"},
		{"", "212-555-0303/0399", "phoneNumber: has two numbers"},
		{"", "2125550303;2125550399", "phoneNumber: has two numbers"},
		{"", "+1 (212) 555-0303 (cell)", "phoneNumber: has words"},
		{"", "(0)2125550303", "phoneNumber: begins with digits for an outside line"},
		{"", "02125550303", "phoneNumber: begins with digits for an outside line"},
		{"", "+2125550303", "phoneNumber: has too few digits"},
		{"", "22125550303", "phoneNumber: begins with digits for an outside line"},
		{"", "9 1 212 555 0303", "phoneNumber: begins with digits for an outside line"},
		{"", "911", "phoneNumber: has too few digits"},
		{"", "5550303", "phoneNumber: is a local number"},
		{"", "0000000000", "phoneNumber: has nothing but zeros"},
		{"", "+44 (0)20 7183 8750", "+442071838750"},
		{"", "0044 20 7183 8750", "+442071838750"},
		{"", "011 44 20 7183 8750", "+442071838750"},
		{"+44", "2071838750", "+442071838750"},
		{`="+44"`, `="2071838750"`, "+442071838750"},
		{"01144", "1625551212", "+441625551212"},
		{"1", "2125550303", "+12125550303"},
		{"+44", "+442071838750", "phoneNumber: is no number with its prefix"},
		{"", "+52 1 55 1234 5678", "+525512345678"},
		{"", "tel:+12125550303;ext=3", "+12125550303"},
	}
	for _, tt := range tests {
		t.Run(tt.prefix+" "+tt.phone, func(t *testing.T) {
			in := "contactId,campaignId,prefix,phoneNumber,name\nc1,k," + tt.prefix + "," + tt.phone + ",One\n"
			rows, refused, err := readRows(t, strings.NewReader(in), CSV)
			if err != nil || len(rows)+len(refused) != 1 {
				t.Fatalf("%d rows, refused %v, %v", len(rows), refused, err)
			}
			got := ""
			for _, r := range rows {
				got = r.E164
			}
			for _, r := range refused {
				got = r.Err
			}
			if !strings.HasPrefix(got, tt.want) || len(rows) == 1 && got != tt.want || strings.Contains(got, "555") && len(refused) == 1 {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A list of numbers has a line each; the registry's has a comma after the area.
func TestNumbersOfAList(t *testing.T) {
	numbers := NewNumbers(strings.NewReader("\ufeff202,5550123\n\n202,5550124\r\n2125550191.0\n202\n+44 20 7183 8750\n212,555,0123\n"), "US")
	var got []string
	for {
		n, line, err := numbers.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if rowErr, ok := errors.AsType[*RowError](err); ok && rowErr.Line == line {
			got = append(got, rowErr.Error())
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n.E164)
	}
	want := "+12025550123; +12025550124; line 4: number: has a decimal point: the spreadsheet's column must be text; " +
		"line 5: number: has too few digits for a number; +442071838750; line 7: number: has two numbers"
	if all := strings.Join(got, "; "); all != want {
		t.Errorf("got  %s\nwant %s", all, want)
	}
}
