package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"agenthub/cmd/agenthub/command"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
)

// scriptCommand shows scripts as Redis runs them: an error of one tells a line of this text.
type scriptCommand struct {
	Name   string `arg:"" optional:"" help:"The script to print; none: a list of them."`
	Tenant string `default:"default" help:"The tenant whose keys it has."`
	All    string `placeholder:"DIR" help:"Write every script to DIR/NAME.lua."`
}

func (c *scriptCommand) run(std command.Streams) error {
	all, err := store.Scripts(c.Tenant, store.DefaultPolicy())
	switch {
	case err != nil:
		return err
	case c.All != "":
		return writeScripts(all, c.All)
	case c.Name == "":
		for _, s := range all {
			_, _ = fmt.Fprintln(std.Out, s.Title)
		}
		return nil
	}
	i := slices.IndexFunc(all, func(s *script.Script) bool { return s.Name == c.Name })
	if i < 0 {
		return command.Usage(fmt.Errorf("there is no script %q (agenthub script lists them)", c.Name))
	}
	_, err = io.WriteString(std.Out, all[i].Text)
	return err
}

func writeScripts(all []*script.Script, dir string) error {
	for _, s := range all {
		if err := os.WriteFile(filepath.Join(dir, s.Name+".lua"), []byte(s.Text), 0o644); err != nil { //nolint:gosec // for everybody to read
			return fmt.Errorf("write script: %w", err)
		}
	}
	return nil
}
