// Package judge holds the hub to the law by somebody who knows nothing of the hub:
// a slow and plain reading of the rule data and of what Debian's zdump says of the
// clocks, which shares no code with packs and zones. All of it is tests.
//
//	rule packs (JSON) ─┐
//	zdump's changes ───┼─▶ judge: open or closed, quarter hour by quarter hour ─┐
//	tables of places ──┘                                                        ├─▶ early, late
//	import ─▶ wh, law, zones in Redis ─▶ nextOpening.lua at each of them ───────┘
//
// Read clocks_test.go (what zdump says), places_test.go (where somebody may be),
// rules_test.go (what the packs say), hub_test.go (how the hub is asked), then
// year_test.go, which asks the hub's own functions of Lua for the whole year, and
// doors_test.go, which asks reserve, assign and dial around each edge.
//
// The test's normal run takes the weeks of a holiday or of a change of the clock,
// and one plain week a month; "make judge" takes the whole year, each contact.
//
// It does not judge whether the rule data are the law, nor whether the tables of
// places are right: both stand in them with their sources.
package judge
