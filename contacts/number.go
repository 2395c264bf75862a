package contacts

import (
	"regexp"
	"strings"

	"agenthub/contacts/internal/plans"

	"github.com/nyaruka/phonenumbers"
)

// Number is a telephone number as it is matched, whatever its spelling.
type Number struct {
	E164      string // "+12125550123": one number has one
	Extension string // "12", for showing; it does not count when numbers are compared
}

// NumberError says why something is no number that can be matched. It never
// quotes the number.
type NumberError string

func (e NumberError) Error() string { return string(e) }

// What is wrong with what cannot be matched.
const (
	errNumberEmpty     NumberError = "is missing"
	errNumberLetters   NumberError = "only digits, spaces and + ( ) - . / may stand in a number, and an extension after it"
	errNumberWords     NumberError = "has words after the number"
	errNumberExponent  NumberError = "was shortened to an exponent by a spreadsheet: digits are lost"
	errNumberDecimal   NumberError = "has a decimal point: the spreadsheet's column must be text"
	errNumberTwo       NumberError = "has two numbers"
	errNumberShort     NumberError = "has too few digits for a number"
	errNumberLong      NumberError = "has too many digits for a number"
	errNumberLocal     NumberError = "is a local number: its area code is missing"
	errNumberZeros     NumberError = "has nothing but zeros"
	errNumberTrunk     NumberError = "has a (0) that its country does not know"
	errNumberAccess    NumberError = "begins with digits for an outside line, or lacks + and its country code: it can be read as two numbers"
	errNumberRegion    NumberError = "needs + and its country code"
	errNumberCountry   NumberError = "begins with no country code that there is"
	errNumberPossible  NumberError = "is no possible number of its country"
	errNumberTogether  NumberError = "is no number with its prefix before it, as it would be dialled"
	longestNumber                  = 18 // digits, those of access codes included
	shortestSubscriber             = 4  // digits after the country code
)

// Region brings a country's code into the form that Match takes. UK is what the
// British write for GB. ok is false for a country that has no numbers; "" is none,
// and fine.
func Region(code string) (region string, ok bool) {
	if code == "UK" {
		code = "GB"
	}
	return code, code == "" || phonenumbers.GetSupportedRegions()[code]
}

// An outside line and what may stand around it: caller id withheld, a pause, the
// trunk's 1. It chooses a line and no subscriber.
var accessCode = regexp.MustCompile(`^(\*\d\d)?\d?[,pw]*1?$`)

// Match gives the number that a telephone reaches which dials the prefix and p. A
// number without a country code is one of the region. An error is a NumberError.
func (p Phone) Match(prefix, region string) (Number, error) {
	if e164, ok := plainNorthAmerican(string(p), region); ok && prefix == "" {
		return Number{E164: e164}, nil
	}
	text := unwrap(string(p))
	prefix = strings.TrimSpace(prefix)
	if prefix == "" || prefix != "+" && digitsOf(prefix) == "" {
		return match(text, region)
	}
	whole, err := match(prefix+text, region)
	if err == nil || !accessCode.MatchString(prefix) {
		if err != nil {
			err = errNumberTogether
		}
		return whole, err
	}
	return match(text, region)
}

// plainNorthAmerican reads what most lists hold, ten bare digits or +1 before them, as
// match does and a hundred times as fast; false for anything else.
func plainNorthAmerican(text, region string) (e164 string, ok bool) {
	digits, international := strings.CutPrefix(text, "+1")
	if len(digits) != 10 || !international && region != "US" && region != "CA" || digits[0] < '2' || digits[3] < '2' {
		return "", false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return "", false
		}
	}
	return "+1" + digits, true
}

// Spellings of what stands between digits, as word processors and telephones write it.
var plainMarks = strings.NewReplacer(
	"\u00a0", " ", "\u2007", " ", "\u2009", " ", "\u202f", " ", "\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-",
	"\u2014", "-", "\u2212", "-", "\u200e", "", "\u200f", "", "\u202a", "", "\u202c", "", "\ufeff", "", "\uff0b", "+",
)

// unwrap takes away what spreadsheets and links put around a number.
func unwrap(text string) string {
	text = strings.TrimSpace(plainMarks.Replace(text))
	if inner, ok := strings.CutPrefix(text, `="`); ok && strings.HasSuffix(inner, `"`) {
		text = strings.TrimSuffix(inner, `"`)
	}
	text = strings.TrimSpace(strings.Trim(text, "'\u2018\u2019`\""))
	if len(text) > 4 && strings.EqualFold(text[:4], "tel:") {
		text = text[4:]
	}
	return text
}

var (
	extension = regexp.MustCompile(`(?i)^(.*[\d)])[\s,]*(?:;\s*ext\s*=|ext(?:ension|n)?\.?:?|x\.?|#)\s*(\d{1,8})#?$`)
	exponent  = regexp.MustCompile(`(?i)^[+-]?\d+([.,]\d+)?e[+-]?\d+$`)
	decimal   = regexp.MustCompile(`^[+-]?\d{5,}[.,](\d{1,2}|0+)$`)
	several   = regexp.MustCompile(`(?i)[;,|&\n]|\b(or|and)\b`)
	words     = regexp.MustCompile(`^[+(]*\d[\d ()./-]{5,}[ (\[]+\pL`)
	spelled   = regexp.MustCompile(`^[( ]*\+?[\d ()./-]*$`)
)

// match reads one number with all that is dialled before it.
func match(text, region string) (Number, error) {
	var n Number
	if m := extension.FindStringSubmatch(text); m != nil {
		text, n.Extension = m[1], m[2]
	}
	if err := unreadable(text, region); err != nil {
		return Number{}, err
	}
	parsed, err := parse(text, region)
	if err != nil {
		return Number{}, err
	}
	n.E164 = phonenumbers.Format(parsed, phonenumbers.E164)
	// A key that is read as another one is no key: the library drops zeros that it has kept before.
	if again, err := parse(n.E164, ""); err != nil || phonenumbers.Format(again, phonenumbers.E164) != n.E164 {
		return Number{}, errNumberPossible
	}
	return n, nil
}

// unreadable says what is wrong with the form alone.
func unreadable(text, region string) error {
	digits := digitsOf(text)
	switch {
	case text == "":
		return errNumberEmpty
	case exponent.MatchString(text):
		return errNumberExponent
	case decimal.MatchString(text):
		return errNumberDecimal
	case several.MatchString(text) && len(digits) > longestNumber/2:
		return errNumberTwo
	case words.MatchString(text):
		return errNumberWords
	case !spelled.MatchString(text):
		return errNumberLetters
	case len(digits) < shortestSubscriber:
		return errNumberShort
	case strings.Trim(digits, "0") == "":
		return errNumberZeros
	}
	// A slash stands between area and subscriber too: then what is before it is no number.
	for i := range len(text) {
		if text[i] != '/' {
			continue
		}
		if _, err := parse(text[:i], region); err == nil {
			return errNumberTwo
		}
	}
	if len(digits) > longestNumber {
		return errNumberLong
	}
	return nil
}

// parse reads a number as one of the region, then as one that is dialled abroad.
func parse(text, region string) (*phonenumbers.PhoneNumber, error) {
	region, _ = Region(region)
	digits := digitsOf(text)
	if strings.Contains(text, "+") {
		return possible(text, region)
	}
	number, err := possible(text, region)
	if err == nil {
		return number, nil
	}
	if abroad, ok := strings.CutPrefix(digits, "00"); ok {
		return possible("+"+abroad, region)
	}
	// Its plus may have been left out. Its length alone would make a number of another country of any that lacks its
	// region, and of one of the region that has an outside line before it.
	abroad, other := possible("+"+digits, region)
	if other != nil || !phonenumbers.IsValidNumber(abroad) {
		if access(digits, region) {
			err = errNumberAccess
		}
		return nil, err
	}
	if access(digits, region) {
		return nil, errNumberAccess
	}
	return abroad, nil
}

// access reports whether the digits without the first, or the first few, are a
// number of the region.
func access(digits, region string) bool {
	for cut := 1; cut <= 3 && cut < len(digits) && region != ""; cut++ {
		if n, err := phonenumbers.Parse(digits[cut:], region); err == nil && phonenumbers.IsValidNumberForRegion(n, region) {
			return true
		}
	}
	return false
}

// possible asks the library, after what has become of old spellings.
func possible(text, region string) (*phonenumbers.PhoneNumber, error) {
	n, err := phonenumbers.Parse(text, region)
	switch {
	case err != nil && !strings.Contains(text, "+") && region == "":
		return nil, errNumberRegion
	case err != nil && strings.Contains(text, "+"):
		return nil, errNumberCountry
	case err != nil:
		return nil, errNumberPossible
	}
	n = plans.Today(n)
	subscriber := phonenumbers.GetNationalSignificantNumber(n)
	if n.GetCountryCode() == 1 && strings.Contains(strings.ReplaceAll(text, " ", ""), "(0)") {
		return nil, errNumberTrunk
	}
	if strings.Trim(subscriber, "0") == "" {
		return nil, errNumberZeros
	}
	switch why := phonenumbers.IsPossibleNumberWithReason(n); {
	case why == phonenumbers.TOO_SHORT, len(subscriber) < shortestSubscriber:
		return nil, errNumberShort
	case why == phonenumbers.TOO_LONG:
		return nil, errNumberLong
	case why == phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return nil, errNumberLocal
	case why != phonenumbers.IS_POSSIBLE:
		return nil, errNumberPossible
	}
	return n, nil
}
