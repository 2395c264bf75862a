package admission

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Refusal is an answer before the upgrade. Its text never depends on what
// exactly was wrong with a token.
type Refusal struct {
	status int
	text   string
	result string        // for the metric
	retry  time.Duration // 0: no Retry-After
}

// What the hub refuses itself.
var (
	RefuseRole    = &Refusal{status: http.StatusForbidden, text: "this role has no socket", result: "role"}
	RefuseSockets = &Refusal{status: http.StatusTooManyRequests, text: "too many sockets", result: "sockets", retry: 10 * time.Second}
	RefuseBusy    = &Refusal{status: http.StatusServiceUnavailable, text: "busy, try again", result: "busy", retry: 2 * time.Second}
	RefuseAway    = &Refusal{status: http.StatusServiceUnavailable, text: "not ready, try again", result: "away", retry: 5 * time.Second}
)

var (
	refuseToken    = &Refusal{status: http.StatusUnauthorized, text: "sign in first", result: "unauthorized"}
	refuseOrigin   = &Refusal{status: http.StatusForbidden, text: "origin not allowed", result: "origin"}
	refuseHost     = &Refusal{status: http.StatusMisdirectedRequest, text: "no such host here: " + hintHost, result: "host"}
	refuseSpoiled  = &Refusal{status: http.StatusUpgradeRequired, text: hintProxy, result: "proxy"}
	refuseStale    = &Refusal{status: http.StatusConflict, text: "signed in elsewhere since", result: "stale"}
	refuseTakeover = &Refusal{status: http.StatusTooManyRequests, text: "taken over too often", result: "takeovers", retry: time.Minute}
	refuseGuesses  = &Refusal{status: http.StatusTooManyRequests, text: "too many attempts", result: "attempts", retry: 10 * time.Second}
)

func (f *Refusal) write(w http.ResponseWriter) {
	if f.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.retry.Seconds())))
	}
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(problem{http.StatusText(f.status), f.status, f.text})
}

// problem is RFC 9457, as the rest of the API answers.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}
