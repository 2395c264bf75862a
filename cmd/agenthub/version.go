package main

import (
	"fmt"
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

func (v *versionCommand) run(std command.Streams) error {
	data, err := zones.Open(zones.Options{Dir: v.Zoneinfo})
	if err != nil {
		return err
	}
	version, commit, built := "unknown", "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, built = info.Main.Version, info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	now := time.Now()
	_, err = fmt.Fprintf(std.Out, "agenthub %s\ncommit %s\ngo %s\n%s\n", version, commit, built, data.Describe(now))
	for _, warning := range data.Warnings(now) {
		_, _ = fmt.Fprintf(std.Err, "note: %s\n", warning)
	}
	return err
}
