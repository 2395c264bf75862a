package target

import (
	"strings"
	"unsafe"
)

// HidePasswords returns the arguments of this process and overwrites the passwords of
// addresses where the system, and pprof, read its command line: ps shows it to everybody
// on the machine. Other systems than Unix show what they like.
func HidePasswords(args []string) []string {
	own := make([]string, len(args))
	for i, arg := range args {
		own[i] = strings.Clone(arg)
		from, to := passwordIn(arg)
		if to <= from {
			continue
		}
		shown := unsafe.Slice(unsafe.StringData(arg), len(arg)) //nolint:gosec // the memory of the process's arguments, which is ours
		for at := from; at < to; at++ {
			shown[at] = 'x'
		}
	}
	return own
}
