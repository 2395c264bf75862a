package contacts

import "testing"

func TestNumbersInNotesAreMasked(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		"call 555 01 tomorrow at 10:30": "call 555 01 tomorrow at 10:30",
		"123456":                        "123456",
		"1234567":                       "*******",
		"call +1 (212) 555-0199, or 5":  "call +* (***) ***-****, or 5",
		"212\u2011555\u20110199":        "***\u2011***\u2011****", // what a word processor makes of a dash
		"212\u00a0555\u2009\u20090199":  "***\u00a0***\u2009\u2009****",
		"212\u200b5550199 \u2013 home":  "***\u200b******* \u2013 home",
		"212\u22125550199":              "***\u2212*******",
		"２１２５５５０１９９":                    "**********",
		"٢١٢ ٥٥٥٠١٩٩":                   "*** *******",
		"١٢٣":                           "١٢٣",
		"né à 12h le 3":                 "né à 12h le 3",
		"(212":                          "(212",
		"1 2 3 ab 4 5 6 7":              "1 2 3 ab 4 5 6 7",
	} {
		if got := MaskDigits(in); got != want {
			t.Errorf("MaskDigits(%q) = %q, want %q", in, got, want)
		}
	}
}

// A note is read on terminals, too.
func TestNoteIsOneLineThatSteersNothing(t *testing.T) {
	for note, want := range map[string]string{
		"asked to\ncall\tback": "asked to call back", "\u009b2Jgone\u0085": "2Jgone", "\u202etxen": "txen", "a\u2028b": "a b", "\x1b[31mred": "[31mred",
		"שלום\u200f!": "שלום\u200f!",
	} {
		if got, err := CleanNote("note", note); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", note, got, err, want)
		}
	}
}
