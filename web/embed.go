package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"agenthub/web/origin"
)

//go:embed *.html css js i18n
var embedded embed.FS

// devRevision stands in asset paths while the files come from a directory: nothing under it is kept by a browser.
const devRevision = "000000000000"

// Options says what the pages are told and where their files come from.
type Options struct {
	Dir            string   // serve from this directory and read it anew each time; default: the embedded files
	AllowedOrigins []string // other origins that may load the modules and frame the toolbar, in the form of browsers
	Tenant         string   // shown on the pages
	Demo           bool     // offer the demo sign-in
	Support        string   // what to do who may not sign in, as a sentence
	Fault          string   // why OIDC is not offered now, as a sentence
	OIDC           *OIDC    // sign in by authorization code with PKCE; default: not offered
}

// asset is one file, ready to be sent.
type asset struct {
	mediaType string
	etag      string
	plain     []byte
	gzipped   []byte // nil where it would not be smaller
}

// site is immutable after New, so that requests need no lock.
type site struct {
	options  Options
	files    fs.FS
	revision string
	assets   map[string]*asset // by path in files; nil with Options.Dir
	config   *asset
	connect  string // what the pages may connect to, as CSP sources
	frames   string // who may frame the toolbar page, as CSP sources
}

// New returns the handler of all pages and assets. It fails if an allowed origin is none, or a file cannot be read.
func New(options Options) (http.Handler, error) {
	s := &site{options: options, files: embedded, revision: devRevision, connect: "'self'"}
	if options.Dir != "" {
		s.files = os.DirFS(options.Dir)
	}
	for _, allowed := range options.AllowedOrigins {
		if parsed, ok := origin.Parse(allowed); !ok || parsed != allowed {
			return nil, fmt.Errorf("allowed origin %q: want scheme://host[:port]", allowed)
		}
	}
	s.frames = origin.Ancestors(options.AllowedOrigins)
	if err := s.addSignIn(); err != nil {
		return nil, err
	}
	if options.Dir == "" {
		if err := s.load(); err != nil {
			return nil, err
		}
	}
	config, err := json.Marshal(s.clientConfig())
	if err != nil {
		return nil, fmt.Errorf("encode page configuration: %w", err)
	}
	s.config = newAsset("config.json", config)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page("index.html", "'none'"))
	mux.HandleFunc("GET /supervisor", s.page("supervisor.html", "'none'"))
	mux.HandleFunc("GET /embed/toolbar", s.page("toolbar.html", s.frames))
	mux.HandleFunc("GET /embed/v1/{module}", s.entry)
	mux.HandleFunc("GET /assets/{revision}/{file...}", s.asset)
	mux.HandleFunc("GET /config.json", s.configuration)
	mux.HandleFunc("GET /reload.js", s.reload)
	return AllowOrigins(options.AllowedOrigins, nosniff(mux)), nil
}

// load reads every file once and names the revision after all of them as they are served, so that a better minifier is a new revision.
func (s *site) load() error {
	s.assets = map[string]*asset{}
	sum := sha256.New()
	err := fs.WalkDir(s.files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(s.files, name)
		if err != nil {
			return err
		}
		if content, err = minified(name, content); err != nil {
			return err
		}
		sum.Write(fmt.Appendf(nil, "%s %d\n", name, len(content)))
		sum.Write(content)
		s.assets[name] = newAsset(name, content)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read web files: %w", err)
	}
	s.revision = hex.EncodeToString(sum.Sum(nil))[:12]
	for name, file := range s.assets {
		if path.Ext(name) == ".html" {
			s.assets[name] = newAsset(name, s.stamp(file.plain))
		}
	}
	return nil
}

// stamp puts the revision into a page.
func (s *site) stamp(html []byte) []byte {
	return bytes.ReplaceAll(html, []byte("/assets/dev/"), []byte("/assets/"+s.revision+"/"))
}

// file returns the named file, or nil.
func (s *site) file(name string) *asset {
	if s.assets != nil {
		return s.assets[name]
	}
	if !fs.ValidPath(name) || !served(name) {
		return nil
	}
	content, err := fs.ReadFile(s.files, name)
	if err != nil {
		return nil
	}
	if path.Ext(name) == ".html" {
		content = s.stamp(content)
	}
	return newAsset(name, content)
}

// served says whether a file of a development directory is one that would be embedded: node_modules and tests are not.
func served(name string) bool {
	top, _, nested := strings.Cut(name, "/")
	if !nested {
		return path.Ext(name) == ".html"
	}
	return slices.Contains([]string{"css", "js", "i18n"}, top)
}

func newAsset(name string, content []byte) *asset {
	sum := sha256.Sum256(content)
	a := &asset{mediaType: mediaType(name), etag: `"` + hex.EncodeToString(sum[:8]) + `"`, plain: content}
	var packed bytes.Buffer
	// A level that gzip knows and a buffer that cannot fail: no error can come back here.
	if w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression); err == nil {
		_, _ = w.Write(content)
		_ = w.Close()
	}
	if packed.Len() > 0 && packed.Len() < len(content) {
		a.gzipped = packed.Bytes()
	}
	return a
}

// mediaType does not ask the mime package, whose answer depends on files of the machine.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json":
		return "application/json"
	default: // .d.ts
		return "text/plain; charset=utf-8"
	}
}

// page serves an HTML file that only frames may embed.
func (s *site) page(name, frames string) http.HandlerFunc {
	policy := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src " + s.connect +
		"; base-uri 'none'; form-action 'none'; frame-ancestors " + frames + "; require-trusted-types-for 'script'"
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-cache")
		s.file(name).send(w, r)
	}
}

// asset serves what pages and modules load, for ever, and nothing to pages of another revision: files of two releases make no page.
func (s *site) asset(w http.ResponseWriter, r *http.Request) {
	var file *asset
	name := r.PathValue("file")
	if r.PathValue("revision") == s.revision && path.Ext(name) != ".html" { // a page is served with its policy only
		file = s.file(name)
	}
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	w.Header().Set("Cache-Control", "no-store")
	if file != nil && s.assets != nil {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	file.send(w, r)
}

// reload serves what makes a page come anew whose files are not here.
func (s *site) reload(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	s.file("js/ui/reload.js").send(w, r)
}

// modules are the stable names that other sites load, and the files behind them.
var modules = map[string]string{
	"agent-toolbar.js": "js/toolbar/agent-toolbar.js",
	"hub-client.js":    "js/sdk/hub-client.js",
	"lcm-shim.js":      "js/sdk/lcm-shim.js",
}

// entry serves a stable module that only points to the current revision, or the types that go with it.
func (s *site) entry(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("module")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	w.Header().Set("Cache-Control", "no-cache")
	if target, ok := modules[name]; ok {
		newAsset(name, fmt.Appendf(nil, "export * from %q;\n", "/assets/"+s.revision+"/"+target)).send(w, r)
		return
	}
	if name == "hub-client.d.ts" {
		s.file("js/sdk/protocol.d.ts").send(w, r)
		return
	}
	http.NotFound(w, r)
}

func (s *site) configuration(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	s.config.send(w, r)
}

// send answers with the file, 304 if the browser has it, 404 if there is none. Ranges are not offered: the files are small.
func (a *asset) send(w http.ResponseWriter, r *http.Request) {
	if a == nil {
		w.Header().Set("Cache-Control", "no-store")
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.mediaType)
	h.Set("ETag", a.etag)
	h.Add("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == a.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.plain
	if a.gzipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.gzipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) //nolint:gosec // G705: the bytes are our own files; and a browser that left is nobody's error
	}
}

func nosniff(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}
