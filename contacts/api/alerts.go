package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"agenthub/contacts"
	"agenthub/contacts/api/rest"
	"agenthub/contacts/feed"
)

type alertsJSON struct {
	Alerts []feed.Alert `json:"alerts" doc:"newest first; open ones, and those that cleared lately"`
}

func (a *API) alertRoutes() {
	rest.Register(a.Server, huma.Operation{
		OperationID: "list-alerts", Method: http.MethodGet, Path: "/alerts", Summary: "What the hub found unusual",
		Description: "Found on the server, the same for all. A share counts from ten reservations on; an alert clears when it stayed at 80 % of its limit for five minutes.",
	}, supervisorOnly, a.listAlerts)
	rest.Register(a.Server, huma.Operation{
		OperationID: "acknowledge-alert", Method: http.MethodPost, Path: "/alerts/{id}/ack", Summary: "Say that you have seen it",
		Description: "The first name stays.", Errors: []int{http.StatusNotFound},
	}, supervisorOnly, a.ackAlert)
}

func (a *API) listAlerts(ctx context.Context, _ *struct{}) (*body[alertsJSON], error) {
	all, err := a.Alerts.Alerts(ctx)
	if err != nil {
		return nil, err
	}
	out := alertsJSON{Alerts: []feed.Alert{}}
	for _, one := range all {
		if rest.Caller(ctx).Serves(one.Campaign) {
			out.Alerts = append(out.Alerts, one)
		}
	}
	return &body[alertsJSON]{out}, nil
}

func (a *API) ackAlert(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"20"`
	Body struct {
		Note string `json:"note,omitempty" maxLength:"2000"`
	}
},
) (*body[feed.Alert], error) {
	seen, err := a.listAlerts(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, one := range seen.Body.Alerts {
		if one.ID != in.ID {
			continue
		}
		one, err = a.Alerts.Ack(ctx, in.ID, string(rest.Caller(ctx).Agent), in.Body.Note)
		if !errors.Is(err, contacts.ErrNotFound) {
			return &body[feed.Alert]{one}, err
		}
	}
	return nil, huma.Error404NotFound("alert not found")
}
