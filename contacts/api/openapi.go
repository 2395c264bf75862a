package api

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts/api/rest"
	"agenthub/session/identity"
)

// describeTickets puts the one call that the hub itself answers into the document.
func (a *API) describeTickets() {
	doc := a.OpenAPI()
	anybody := []string{string(identity.RoleAgent), string(identity.RoleSupervisor), string(identity.RoleCampaign)}
	text := &huma.Schema{Type: huma.TypeString}
	content := func(properties map[string]*huma.Schema) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, Properties: properties}}}
	}
	answers := map[string]*huma.Response{
		"200": {Description: "OK", Content: content(map[string]*huma.Schema{"ticket": text, "expiresIn": {Type: huma.TypeInteger}})},
	}
	problem := map[string]*huma.MediaType{
		"application/problem+json": {Schema: doc.Components.Schemas.Schema(reflect.TypeFor[huma.ErrorModel](), true, "")},
	}
	for _, status := range []int{ // hub/tickets.go
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusMisdirectedRequest, http.StatusTooManyRequests, http.StatusServiceUnavailable,
	} {
		answers[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: problem}
	}
	for _, answer := range answers {
		answer.Headers = map[string]*huma.Header{"Cache-Control": rest.Header("no-store")}
	}
	doc.AddOperation(&huma.Operation{
		OperationID: "issue-ticket", Method: http.MethodPost, Path: "/tickets", Summary: "A one-time ticket for the WebSocket",
		Description: "A browser offers agenthub.ticket.<ticket> as a subprotocol of GET /ws. It is worth one upgrade within 20 seconds. " +
			"403: the page's origin is not allowed. 421: the hub has no such host. 429: asked too often.",
		Security:    []map[string][]string{{"bearer": anybody}},
		RequestBody: &huma.RequestBody{Content: content(map[string]*huma.Schema{"instance": text, "role": text})},
		Responses:   answers,
	})
}

// ruleID, duration and hours describe what those of contacts look like in JSON.
type (
	hours    struct{}
	ruleID   struct{}
	duration struct{}
)

// Schema lets a RuleID be written as the original does, as text or number.
func (ruleID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}}
}

// Schema lets hours be a word or a table of the week.
func (hours) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		OneOf: []*huma.Schema{
			{Type: huma.TypeString, Enum: []any{"always"}},
			{Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString}},
		},
		Examples: []any{"always", map[string]any{"mon-fri": "09:00-18:00", "sat": "10:00-14:00"}},
	}
}

// Schema refuses what is no duration under the name of its field; decoding the
// body could only refuse the whole.
func (duration) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Pattern: `^[-+]?(0|([0-9]*\.?[0-9]*(ns|us|µs|ms|s|m|h))+)$`, PatternDescription: "a duration like 90s, 15m or 24h",
		Examples: []any{"15m"},
	}
}
