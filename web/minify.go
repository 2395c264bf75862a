package web

import (
	"fmt"
	"path"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/js"
)

// minified returns what a browser needs of a module or a style sheet: no comments, short local names. All of them take some 15 ms at
// start, which keeps the repository free of bundles and the build free of Node. The source as it is written is served by Options.Dir.
func minified(name string, source []byte) ([]byte, error) {
	m := minify.New()
	m.Add(".js", &js.Minifier{})
	m.Add(".css", &css.Minifier{})
	kind := path.Ext(name)
	if kind != ".js" && kind != ".css" {
		return source, nil
	}
	small, err := m.Bytes(kind, source)
	if err != nil {
		return nil, fmt.Errorf("minify %s: %w", name, err)
	}
	return small, nil
}
