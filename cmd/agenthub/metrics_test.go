package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every figure of a running hub stands in ARCHITECTURE.md, and nothing there is made up.
func TestMetricsAreListed(t *testing.T) {
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "## Metrics")
	list, _, _ = strings.Cut(list, "\n## ")
	listed := map[string]bool{}
	for _, name := range regexp.MustCompile(`agenthub_[a-z_]+`).FindAllString(list, -1) {
		listed[name] = false
	}
	source := regexp.MustCompile(`Name: "(?:agenthub_)?([a-z_]+)", *Help:|(?:counter|single)\("([a-z_]+)"|Name: "(agenthub_[a-z_]+)",\n|NewDesc\("(agenthub_[a-z_]+)"`)
	for _, file := range []string{
		"admin.go", "front/front.go", "../../hub/metrics.go", "../../hub/admission/admission.go", "../../hub/admission/witness.go", "../../contacts/script/metrics.go", "../../contacts/store/metrics.go", "../../contacts/feed/metrics.go", "admin/figures.go", "signin/verifier.go",
	} {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range source.FindAllStringSubmatch(string(code), -1) {
			name := "agenthub_" + strings.TrimPrefix(m[1]+m[2]+m[3]+m[4], "agenthub_")
			if _, ok := listed[name]; !ok {
				t.Errorf("%s of %s is not listed", name, file)
			}
			listed[name] = true
		}
	}
	for name, found := range listed {
		if !found {
			t.Errorf("%s is listed and nowhere made", name)
		}
	}
}
