package api

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"
)

// bodyStream hands a call its body as it arrives.
type bodyStream struct {
	body        io.Reader
	contentType string
}

// Resolve is huma's hook between the request and the call.
func (b *bodyStream) Resolve(ctx huma.Context) []error {
	_, w := humago.Unwrap(ctx)
	b.body = &stallReader{ctx.BodyReader(), http.NewResponseController(w)}
	b.contentType, _, _ = strings.Cut(ctx.Header("Content-Type"), ";")
	b.contentType = strings.ToLower(strings.TrimSpace(b.contentType))
	return nil
}

// stallReader gives each read its own deadline: a body may take hours, a peer
// that sends nothing may not.
type stallReader struct {
	io.Reader
	conn *http.ResponseController
}

func (s *stallReader) Read(p []byte) (int, error) {
	_ = s.conn.SetReadDeadline(time.Now().Add(httpStall)) // refused by test recorders only
	n, err := s.Reader.Read(p)
	if err != nil {
		_ = s.conn.SetReadDeadline(time.Time{}) // what follows may take longer
	}
	return n, err
}

// stallWriter does the same for an answer that is streamed.
type stallWriter struct {
	http.ResponseWriter
	conn *http.ResponseController
}

func (s *stallWriter) Write(p []byte) (int, error) {
	_ = s.conn.SetWriteDeadline(time.Now().Add(httpStall))
	return s.ResponseWriter.Write(p)
}

// stream writes an answer as it is made. A half one must not look whole: if it
// breaks off, the connection is cut.
func (a *API) stream(ctx huma.Context, contentType string, fill func(w *bufio.Writer) error) {
	ctx.SetHeader("Content-Type", contentType)
	_, response := humago.Unwrap(ctx)
	slow := &stallWriter{response, http.NewResponseController(response)}
	w := bufio.NewWriterSize(slow, 32<<10)
	err := fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		a.Log.Warn("streamed answer cut off", zap.Error(err))
		panic(http.ErrAbortHandler)
	}
	_ = slow.conn.SetWriteDeadline(time.Time{}) // the connection goes on
}
