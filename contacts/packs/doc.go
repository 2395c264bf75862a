// Package packs says whether the law and a campaign's own hours let a person be
// called at an instant, which rule forbids it, and when it opens.
//
// Laws come as rule packs: dated data with a source for each rule (Parse). Packs
// are laid over each other and over the campaign's hours, and the stricter wins,
// always: a day's window opens with the latest opening and closes with the
// earliest end of all that apply. What a package guarantees:
//
//   - Law, the plain reading of packs, and the packed texts that Compile makes for
//     the scripts give the same answer for every region, mode and instant.
//   - An answer costs the same with one rule and with 2,000: a text has one code
//     for each day of its span, and each code one window.
//   - A day, a holiday and a window are the person's: of the clock on their wall,
//     which may skip an hour or show it twice.
//   - What is not known is forbidden: a day outside a text's span, a word or a
//     field that nobody defined.
//
// The scripts read the texts with hours.lua, whose twin in Go is twin_test.go:
//
//	packs ─▶ Law ─▶ Compile ─▶ region → text ─┐
//	campaign's Hours ────────▶ text ──────────┴─▶ law_forbids, law_opens
//
// Read pack.go (what a pack says), law.go (what it means), compile.go (the
// packed form), attempts.go (limits per person), endings.go (which holidays run
// out). There are no goroutines, no clock and no I/O here. It does not know
// do-not-call lists, numbers or how a person's zone is found, and it is no legal
// advice.
package packs
