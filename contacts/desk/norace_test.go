//go:build !race

package desk_test

// How many commands the seeded traces play.
const (
	modelTrace  = 5_000
	bothStores  = 20_000
	modelChecks = 100
)
