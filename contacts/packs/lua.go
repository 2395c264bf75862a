package packs

import _ "embed" // hours.lua

//go:embed hours.lua
var hoursLua string

// Lua are the functions of hours.lua, for the scripts of a store.
func Lua() string { return hoursLua }
