package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"agenthub/cmd/agenthub/command"
	"agenthub/contacts/zones"
)

// versionCommand says what runs here, for a report of a fault: the program, and
// the release of the time zone data, which decides who is called when.
type versionCommand struct {
	Zoneinfo string `placeholder:"DIR" help:"As for serve."`
}

// built is what the program was made of.
type built struct{ version, commit, language string }

func build() built {
	b := built{"unknown", "unknown", runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.version = info.Main.Version
	changed := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " (changed since)"
		}
	}
	b.commit += changed
	return b
}

func (v *versionCommand) run(std command.Streams) error {
	data, err := zones.Open(zones.Options{Dir: v.Zoneinfo})
	if err != nil {
		return err
	}
	b, now := build(), time.Now()
	_, err = fmt.Fprintf(std.Out, "agenthub %s\ncommit %s\ngo %s %s/%s\n%s\n", b.version, b.commit, b.language, runtime.GOOS, runtime.GOARCH, data.Describe(now))
	for _, warning := range data.Warnings(now) {
		_, _ = fmt.Fprintf(std.Err, "note: %s\n", warning)
	}
	return err
}
