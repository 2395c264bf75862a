// Package zones is what the hub knows of time zones: which release of the tz
// database decides, what a name means, what the scripts must know of a clock, and
// in which zones a person may be. It is plain Go: no Redis, no HTTP, nothing of
// the hub.
//
// Read it in this order: data.go (which data), names.go (which name), row.go (the
// clock, for scripts), person.go (where somebody may be), window.go (when all of
// them may be called).
//
// # Which data decide
//
//	data/tzdata.zip ─┐
//	the system's ────┼─▶ Open: the newest release, whole ─▶ Data ─▶ Location, Row, Resolve, Possible
//	--zoneinfo DIR ──┘
//
// Laws on clocks change several times a year, with weeks of notice: the release of
// the data is part of the answer. Go's time.LoadLocation takes the first file it
// finds, be it years old, and falls back to a copy of its own without a word; here
// the newest release wins, what it lacks is an error, and Release, Source, Age and
// Warnings say what is in use. A Data never changes. Opening takes some 20 ms, so
// whoever wants to see a new release without a restart opens again and compares.
//
// # What holds
//
//   - A row agrees with its zone at every instant from a day before it was written
//     until the third change after: a hub that is off for half a year leaves rows
//     that are still right.
//   - Resolve takes no name whose clock stands still because somebody meant a
//     winter abbreviation or an offset, and none that depends on the machine.
//   - Possible errs towards too many zones. What is legal in all of them is legal
//     where the person is, as far as the tables know.
//
// # What the tables do not know
//
// All are dated; data/README.md has their sources. Regions, postal codes and area
// codes are those of the US, its territories and Canada: for any other country a
// person without a zone has all zones of it. US postal codes count by their first
// three digits, Canadian ones by the province or the first three characters. Area
// codes are united over all their exchanges and overlays, and say nothing of a
// person who moved away with the number: give region or postal code. Regions
// follow the law; places that keep another time than their law are known where
// areacodes.tsv notes them, and only there.
package zones
