package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A file and a package stay of a size that can be read in one go. What is made by a
// program, and what lies in testdata, is not meant to be read.
func TestFilesAndPackagesAreSmall(t *testing.T) {
	const perFile, perPackage = 350, 1500
	root, packages := os.DirFS("../.."), map[string]int{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		base := filepath.Base(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (base == "testdata" || base == "node_modules" || len(base) > 1 && strings.HasPrefix(base, ".")):
			return fs.SkipDir
		case d.IsDir() || !slices.Contains([]string{".go", ".lua"}, filepath.Ext(name)):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		lines := bytes.Count(text, []byte("\n"))
		if lines > perFile {
			t.Errorf("%s has %d lines, at most %d are wanted", name, lines, perFile)
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			packages[filepath.Dir(name)] += lines
		}
		return nil
	})
	if err != nil || len(packages) < 10 {
		t.Fatal(err, len(packages))
	}
	for name, lines := range packages {
		if lines > perPackage {
			t.Errorf("package %s has %d lines without its tests, at most %d are wanted", name, lines, perPackage)
		}
	}
}
