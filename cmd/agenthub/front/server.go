package front

import (
	"context"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"

	"agenthub/session/identity"
)

// NewServer bounds what a client can hold without sending anything. Bodies and
// answers that stream have deadlines of their own.
func NewServer(ctx context.Context, handler http.Handler, log *zap.Logger) *http.Server {
	errorLog, err := zap.NewStdLogAt(log.Named("http"), zap.DebugLevel)
	if err != nil {
		errorLog = zap.NewStdLog(log) // the level exists
	}
	return &http.Server{
		Handler: hurried(handler), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 60 * time.Second, MaxHeaderBytes: identity.MaxToken + 9<<10,
		ErrorLog: errorLog, BaseContext: func(net.Listener) context.Context { return ctx },
	}
}

// bodyLimit is for a body that no call reads at its own pace: before it answers a
// call that was refused, the server reads what was announced.
const bodyLimit = 30 * time.Second

func hurried(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyLimit))
		}
		next.ServeHTTP(w, r)
	})
}
