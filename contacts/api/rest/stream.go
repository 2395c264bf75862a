package rest

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

// BodyStream hands a call its body as it arrives.
type BodyStream struct {
	Sent        io.Reader
	ContentType string // in lower case, without parameters
}

// Resolve is huma's hook between the request and the call.
func (b *BodyStream) Resolve(ctx huma.Context) []error {
	_, w := humago.Unwrap(ctx)
	b.Sent = &stallReader{ctx.BodyReader(), http.NewResponseController(w)}
	b.ContentType, _, _ = strings.Cut(ctx.Header("Content-Type"), ";")
	b.ContentType = strings.ToLower(strings.TrimSpace(b.ContentType))
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

// Stream writes an answer as it is made. A half one must not look whole: if it
// breaks off, the connection is cut.
func (s *Server) Stream(ctx huma.Context, contentType string, fill func(w *bufio.Writer) error) {
	ctx.SetHeader("Content-Type", contentType)
	_, response := humago.Unwrap(ctx)
	slow := &stallWriter{response, http.NewResponseController(response)}
	w := bufio.NewWriterSize(slow, 32<<10)
	err := fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		s.Log.Warn("streamed answer cut off", zap.Error(err))
		panic(http.ErrAbortHandler)
	}
	_ = slow.conn.SetWriteDeadline(time.Time{}) // the connection goes on
}

// Header describes a header of an answer.
func Header(is string) *huma.Header {
	return &huma.Header{Description: is, Schema: &huma.Schema{Type: huma.TypeString}}
}

// Streamed describes an answer that is written as it is made. OpenAPI 3.1 has no
// word for lines of JSON: their schema is that of one line.
func Streamed(contentType string, schema *huma.Schema, headers map[string]*huma.Header) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: "OK", Headers: headers, Content: map[string]*huma.MediaType{contentType: {Schema: schema}},
	}}
}
