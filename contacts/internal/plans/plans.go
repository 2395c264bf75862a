// Package plans knows how countries have changed their numbering plans: dated data, with
// its source.
package plans

import (
	"regexp"

	"github.com/nyaruka/phonenumbers"
)

// Numbers whose country has changed its plan: the old spelling still stands in
// lists, and reaches nobody but the number that took its place. The newer spelling
// is the one that is matched, so both of them meet.
//
// Sources: IFT Mexico, plan of 2019-08-03 (no 1, 044, 045 before a mobile); ANATEL
// Brazil, resolution 553/2010, done 2016-11-06 (9 before a mobile's 8 digits);
// ARCEP Bénin, 2024-11-30 (01); ARTCI Côte d'Ivoire, 2021-01-31 (two digits by
// operator: the second digit of a mobile, the third of a line, told it); CRC
// Colombia, resolution 5826/2019, done 2021-09-01 (60 before area and line).
var folds = map[int32][]struct {
	old *regexp.Regexp // of the digits after the country code
	now string
}{
	52: {{regexp.MustCompile(`^(?:0?1|04[45])(\d{10})$`), "$1"}},
	55: {{regexp.MustCompile(`^([1-9]\d)([6-9]\d{7})$`), "${1}9$2"}},
	57: {{regexp.MustCompile(`^([1-8]\d{7})$`), "60$1"}},
	225: {
		{regexp.MustCompile(`^([014-9][0-3]\d{6})$`), "01$1"},
		{regexp.MustCompile(`^([014-9][4-6]\d{6})$`), "05$1"},
		{regexp.MustCompile(`^([014-9][7-9]\d{6})$`), "07$1"},
		{regexp.MustCompile(`^([23]\d8\d{5})$`), "21$1"},
		{regexp.MustCompile(`^([23]\d0\d{5})$`), "25$1"},
		{regexp.MustCompile(`^([23]\d{7})$`), "27$1"},
	},
	229: {{regexp.MustCompile(`^(\d{8})$`), "01$1"}},
}

const italy = 39

// Today brings an old spelling of a number into the one of today.
func Today(n *phonenumbers.PhoneNumber) *phonenumbers.PhoneNumber {
	digits := phonenumbers.GetNationalSignificantNumber(n)
	for _, f := range folds[n.GetCountryCode()] {
		if f.old.MatchString(digits) {
			return respelled(n, f.old.ReplaceAllString(digits, f.now))
		}
	}
	// In Italy a line keeps its 0 behind the country code. Who has learnt elsewhere that it goes leaves it out.
	if n.GetCountryCode() == italy && digits[0] != '0' && !phonenumbers.IsValidNumber(n) {
		if whole := respelled(n, "0"+digits); phonenumbers.IsValidNumber(whole) {
			return whole
		}
	}
	return n
}

// respelled is a number with other digits after its country code.
func respelled(n *phonenumbers.PhoneNumber, digits string) *phonenumbers.PhoneNumber {
	region := phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
	code := phonenumbers.Format(n, phonenumbers.E164)
	code = code[:len(code)-len(phonenumbers.GetNationalSignificantNumber(n))]
	if now, err := phonenumbers.Parse(code+digits, region); err == nil {
		return now
	}
	return n
}
