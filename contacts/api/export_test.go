package api

import "net/http"

// Route is the pattern that a request is answered under.
func (a *API) Route(r *http.Request) string {
	_, pattern := a.mux.Handler(r)
	return pattern
}
