//go:build race

package desk_test

// The race detector makes a command five times as slow; the traces are about
// rules, not about races, so they are shorter under it.
const (
	modelTrace  = 1_000
	bothStores  = 3_000
	modelChecks = 25
)
