package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agenthub/cmd/agenthub/command"
)

// The command prints what stands in the repository, which a test of the store holds to what runs.
func TestScriptCommand(t *testing.T) {
	const golden = "../../contacts/store/testdata/scripts"
	dir := t.TempDir()
	said := func(args ...string) (string, error) {
		t.Helper()
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		failed := execute(t.Context(), append([]string{"script"}, args...), command.Streams{Out: out, Err: out})
		text, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text), failed
	}
	texts := func(dir string) map[string]string {
		t.Helper()
		files, err := os.ReadDir(dir)
		all := map[string]string{}
		for _, f := range files {
			text, readErr := os.ReadFile(filepath.Join(dir, f.Name()))
			if err = readErr; err != nil {
				break
			}
			all[f.Name()] = string(text)
		}
		if err != nil || len(all) == 0 {
			t.Fatal(len(all), err)
		}
		return all
	}

	want := texts(golden)
	if got, err := said("skip"); err != nil || got != want["skip.lua"] {
		t.Errorf("script skip: %v\n%s", err, got)
	}
	if got, err := said("skip", "--tenant", "a:b"); err != nil || !strings.Contains(got, "'ah:{a%3Ab}:c:'") {
		t.Errorf("script of another tenant: %v\n%s", err, got)
	}
	if got, err := said(); err != nil || strings.Count(got, "\n") != len(want) || !strings.Contains(got, "\nskip: release the held contact") {
		t.Errorf("script: %v\n%s", err, got)
	}
	if _, err := said("--all", dir); err != nil || !maps.Equal(texts(dir), want) {
		t.Errorf("script --all: %v, or other texts than in %s", err, golden)
	}
	if _, err := said("skipp"); command.ExitCode(err) != 2 || !strings.Contains(err.Error(), `no script "skipp"`) {
		t.Errorf("script skipp: %v", err)
	}
}
