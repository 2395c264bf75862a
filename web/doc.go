// Package web holds the pages and the browser client of the hub and serves them.
//
// Everything is embedded, so the binary needs nothing beside it and no Node.js is needed to build it: the files are the ES modules
// that the browser runs, minified once at start. What the pages load lies under a path that names its revision (the hash of all
// files) and may be cached for ever; what has a stable address (pages, /embed/v1/…, /config.json) is revalidated each time. A node
// that is asked for a revision it does not have, as happens while a new version is rolled out, answers with its own file and forbids
// to keep it.
//
// The package knows nothing of agents and contacts. One list of allowed origins decides who may load the modules from another origin
// ([AllowOrigins]) and who may frame the toolbar page; the pages read the same list from /config.json for their bridges.
package web
