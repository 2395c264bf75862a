package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"agenthub/cmd/agenthub/tools"

	"github.com/alecthomas/kong"
)

var writeDocs = flag.Bool("docs", false, "write docs/configuration.md anew: make docs")

const configurationFile = "../../docs/configuration.md"

// TestConfigurationIsDocumented holds docs/configuration.md to the flags there are.
func TestConfigurationIsDocumented(t *testing.T) {
	want := configurationDoc(t)
	if *writeDocs {
		if err := os.WriteFile(configurationFile, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(configurationFile); err != nil || string(got) != want {
		t.Fatalf(`docs/configuration.md does not say what the flags say (%v): run "make docs"`, err)
	}
}

// TestReadmeNamesFlagsThatExist reads the flags and variables out of the table for newcomers.
func TestReadmeNamesFlagsThatExist(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(readme), "\n## Configuration\n")
	if !ok {
		t.Fatal("README.md has no section Configuration")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	const rows = 10
	if n := strings.Count(section, "\n| ") - 2; n < 1 || n > rows {
		t.Errorf("the table has %d rows, want %d at most: the others stand in docs/configuration.md", n, rows)
	}
	known := configurationDoc(t)
	for _, name := range regexp.MustCompile(`--[a-z][a-z-]+|AGENTHUB_[A-Z_]+`).FindAllString(section, -1) {
		if name != "--help" && !strings.Contains(known, "`"+name+"`") {
			t.Errorf("%s does not exist", name)
		}
	}
}

// configurationDoc describes every flag, by command and group.
func configurationDoc(t *testing.T) string {
	t.Helper()
	model := modelOf(t, &commands{})
	var b strings.Builder
	b.WriteString("# Configuration\n\n" +
		"Every flag, its variable and its default, written by `make docs` from the flags themselves. On the command line a flag\n" +
		"wins over its variable. Key material comes from variables or files only: `AGENTHUB_JWT_SECRET`, `AGENTHUB_PHONE_KEY`,\n" +
		"`AGENTHUB_ADMIN_TOKEN`, `AGENTHUB_TOKEN`. Times are written like `90s`, `15m` or `24h`, several values with\n" +
		"commas between them.\n")
	ofTools := visible(modelOf(t, &tools.HubFlags{}).Flags)
	ofAllTools := func(f *kong.Flag) bool {
		return slices.ContainsFunc(ofTools, func(o *kong.Flag) bool { return o.Name == f.Name })
	}
	for i, command := range model.Children {
		flags := visible(command.Flags)
		if i == 0 {
			fmt.Fprintf(&b, "\n## agenthub %s\n\n%s\n", command.Name, command.Help)
			for _, group := range groupsOf(flags) {
				table(&b, "### "+group, flags, func(f *kong.Flag) bool { return f.Group != nil && f.Group.Key == group })
			}
			if slices.ContainsFunc(flags, func(f *kong.Flag) bool { return f.Group == nil }) {
				t.Error("a flag of serve belongs to no group, and so to no table")
			}
			continue
		}
		if i == 1 {
			table(&b, "## What speaks with a hub", ofTools, func(*kong.Flag) bool { return true })
		}
		own := slices.DeleteFunc(flags, ofAllTools)
		fmt.Fprintf(&b, "\n## agenthub %s\n\n%s\n", strings.Join(append([]string{command.Name}, arguments(command)...), " "), command.Help)
		if len(own) > 0 {
			table(&b, "", own, func(*kong.Flag) bool { return true })
		}
	}
	return b.String()
}

func modelOf(t *testing.T, of any) *kong.Application {
	t.Helper()
	parser, err := kong.New(of, kong.DefaultEnvars("AGENTHUB"))
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

// visible gives the flags that --help shows, but for --help.
func visible(all []*kong.Flag) []*kong.Flag {
	return slices.DeleteFunc(slices.Clone(all), func(f *kong.Flag) bool { return f.Hidden || f.Name == "help" })
}

func arguments(command *kong.Node) (names []string) {
	for _, p := range command.Positional {
		names = append(names, strings.ToUpper(p.Name))
	}
	return names
}

// groupsOf gives the groups in their order, each once.
func groupsOf(flags []*kong.Flag) (groups []string) {
	for _, f := range flags {
		if f.Group != nil && !slices.Contains(groups, f.Group.Key) {
			groups = append(groups, f.Group.Key)
		}
	}
	return groups
}

func table(b *strings.Builder, heading string, flags []*kong.Flag, wanted func(*kong.Flag) bool) {
	if heading != "" {
		b.WriteString("\n" + heading + "\n")
	}
	b.WriteString("\n| flag | variable | default | what |\n| --- | --- | --- | --- |\n")
	for _, f := range flags {
		if !wanted(f) {
			continue
		}
		byDefault := ""
		if f.Default != "" {
			byDefault = "`" + f.Default + "`"
		} else if f.Required {
			byDefault = "required"
		}
		fmt.Fprintf(b, "| `--%s` | `%s` | %s | %s |\n", f.Name, strings.Join(f.Envs, "`, `"), byDefault, strings.ReplaceAll(f.Help, "|", `\|`))
	}
}
