package origin

import "testing"

func TestOriginsInTheFormOfBrowsers(t *testing.T) {
	for text, want := range map[string]string{
		"https://desk.example":          "https://desk.example",
		"https://DESK.example:443":      "https://desk.example",
		"http://desk.example:80":        "http://desk.example",
		"http://desk.example:443":       "http://desk.example:443",
		"http://[::1]:8080":             "http://[::1]:8080",
		"app://desk":                    "app://desk",
		"capacitor://localhost":         "capacitor://localhost",
		"chrome-extension://abcdefghij": "chrome-extension://abcdefghij",
		"moz-extension://0-1-2":         "moz-extension://0-1-2",
		"null":                          "null",
		"file://":                       "file://",
	} {
		if got, ok := Parse(text); !ok || got != want {
			t.Errorf("Parse(%q) = %q, %v, want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "*", "https://", "https://*.example", "desk.example", "https://desk.example/", "https://a.example; script-src *", "https://a@b.example",
		"ftp://a.example", "wss://a.example", "data://x", "javascript://x", "Null", "file:///", "file:///home/desk.html", "app:", "app://", "://x", "1a://x",
		"chrome-extension://*", "https://a.example'", "https://a.example?x", "https://a.example#x",
	} {
		if got, ok := Parse(text); ok {
			t.Errorf("Parse(%q) = %q, want none", text, got)
		}
	}
	for text, want := range map[string]bool{"https://desk.example": true, "http://127.0.0.1:8080": true, "app://desk": false, "null": false, "file://": false} {
		if _, ok := ParseWeb(text); ok != want {
			t.Errorf("ParseWeb(%q) = %v, want %v", text, ok, want)
		}
	}
}

func TestAncestorsOfAPolicy(t *testing.T) {
	for want, origins := range map[string][]string{
		"'none'":                                {Null},
		"file: app://desk https://desk.example": {File, Null, "app://desk", "https://desk.example"},
	} {
		if got := Ancestors(origins); got != want {
			t.Errorf("Ancestors(%q) = %q, want %q", origins, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"https://desk.example:443", "app://desk", "null", "file://", "http://[::1]:80", "https://a.example;x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := Parse(text)
		if again, same := Parse(got); ok && (!same || again != got) {
			t.Errorf("Parse(%q) = %q, and that is %q, %v", text, got, again, same)
		}
	})
}
