// Package front is what a request by HTTP passes before a room gets it, whichever it
// is for: limits of what a client can hold, a request id, a figure, and the access log.
package front

import (
	"crypto/rand"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// Options say how a Front is made.
type Options struct {
	Registerer prometheus.Registerer      // required
	Client     func(*http.Request) string // required: where a request came from, for the access log
	Access     *zap.Logger                // default: no access log
}

// Front is safe for concurrent use.
type Front struct {
	opts     Options
	requests *prometheus.CounterVec // by call and code
}

// New makes a Front.
func New(o Options) *Front {
	f := &Front{opts: o, requests: prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "agenthub", Name: "http_requests_total", Help: "Answers by HTTP, by the call that was made and their status.",
	}, []string{"call", "code"})}
	o.Registerer.MustRegister(f.requests)
	return f
}

// IDHeader is where a request's id stands, in the answer too.
const IDHeader = "X-Request-Id"

// idForm is what proxies make: a UUID, or as many digits without the dashes. Anything
// else may hold somebody's number, and is replaced.
var idForm = regexp.MustCompile(`^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}$`)

// Watch counts and logs what next answers. A call is named by its pattern, which holds no
// id of a person and nothing that a client chose.
func (f *Front) Watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := r.Header.Get(IDHeader)
		if !idForm.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set(IDHeader, id)
		seen := &watched{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		call, code := r.Pattern, seen.status()
		if call == "" {
			call = "other"
		}
		f.requests.WithLabelValues(call, strconv.Itoa(code)).Inc()
		if f.opts.Access != nil {
			f.opts.Access.Info("answered", zap.String("call", call), zap.Int("code", code), zap.Int64("n", seen.sent),
				zap.Duration("took", time.Since(began)), zap.String("request", id), zap.String("addr", f.opts.Client(r)))
		}
	})
}

// watched remembers what was answered.
type watched struct {
	http.ResponseWriter
	code int
	sent int64
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watched) WriteHeader(code int) {
	if w.code == 0 && (code >= http.StatusOK || code == http.StatusSwitchingProtocols) { // others are followed by one that counts
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *watched) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	w.sent += int64(n)
	return n, err //nolint:wrapcheck // the connection's own
}

func (w *watched) status() int {
	if w.code == 0 {
		return http.StatusOK
	}
	return w.code
}

// Unkept is for answers that nobody on the way may keep, or take for something else.
func Unkept(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
