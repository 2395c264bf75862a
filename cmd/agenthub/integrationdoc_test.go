package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestExamplesOfProvidersAreTaken starts as far as the command line of every example.
func TestExamplesOfProvidersAreTaken(t *testing.T) {
	text, err := os.ReadFile("../../docs/integration.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)### ([^\n]+)\n.*?```sh\nagenthub (serve .*?)\n```").FindAllStringSubmatch(string(text), -1)
	if want := strings.Count(string(text), "```sh\nagenthub serve"); len(examples) != want || want < 6 {
		t.Fatalf("%d examples are read of %d", len(examples), want)
	}
	for _, example := range examples {
		t.Run(example[1], func(t *testing.T) {
			cfg, err := parse(t, shellWords(example[2])...)
			if err != nil {
				t.Fatal(err)
			}
			if _, demo, err := cfg.SignIn.Verifier(cfg.Tenant, nil); err != nil || demo != nil {
				t.Errorf("verifier: %v, demo %v", err, demo != nil)
			}
		})
	}
}

// shellWords cuts a command line as a shell does: quotes and line ends, nothing else.
func shellWords(line string) (words []string) {
	line = strings.ReplaceAll(line, "\\\n", " ")
	for _, word := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(line, -1) {
		words = append(words, strings.Trim(word, `"`))
	}
	return words
}
