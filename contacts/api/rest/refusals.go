package rest

import (
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
)

// RetryAfter is the header of an answer that may be another one soon.
func RetryAfter() http.Header { return http.Header{"Retry-After": {"2"}} }

// problemWriter turns the plain refusals of ServeMux into problem details.
type problemWriter struct {
	http.ResponseWriter
	refused bool
}

func (w *problemWriter) WriteHeader(status int) {
	if status < 400 {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.refused = true
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(status)
	detail := "there is nothing at this path"
	if status == http.StatusMethodNotAllowed {
		detail = "this path does not know the method"
	}
	body := &huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail}
	_ = huma.DefaultJSONFormat.Marshal(w.ResponseWriter, body)
}

func (w *problemWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// withoutValues keeps what a caller sent out of the refusal: it may be a number.
func withoutValues(_ huma.Context, _ string, v any) (any, error) {
	if refusal, ok := v.(*huma.ErrorModel); ok {
		for _, detail := range refusal.Errors {
			detail.Value = nil
		}
	}
	return v, nil
}

// describeRefusals says which headers come with a refusal.
func describeRefusals(_ *huma.OpenAPI, op *huma.Operation) {
	for status, name := range map[int]string{
		http.StatusUnauthorized: "WWW-Authenticate", http.StatusTooManyRequests: "Retry-After", http.StatusServiceUnavailable: "Retry-After",
	} {
		answer := op.Responses[strconv.Itoa(status)]
		if answer == nil {
			continue
		}
		if answer.Headers == nil {
			answer.Headers = map[string]*huma.Header{}
		}
		is := "Bearer"
		if name == "Retry-After" {
			is = "seconds"
		}
		answer.Headers[name] = Header(is)
	}
}

// RefuseFields answers 422 with one entry per field.
func RefuseFields(at string, fields ...contacts.FieldError) error {
	errs := make([]error, len(fields))
	for i, f := range fields {
		errs[i] = &huma.ErrorDetail{Location: at + "." + f.Field, Message: f.Problem}
	}
	return huma.Error422UnprocessableEntity("validation failed", errs...)
}
