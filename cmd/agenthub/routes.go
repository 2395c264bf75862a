package main

import (
	"agenthub/contacts/desk"
	"agenthub/contacts/feed"
	"agenthub/hub"
	"agenthub/session"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// routes is the product on one screen: what a client may send, what it is
// answered under, who may send it, and who answers.
func routes(d *desk.Desk, f *feed.Feed) []hub.Route {
	agents, supervisors := []identity.Role{identity.RoleAgent}, []identity.Role{identity.RoleSupervisor}
	lcm := func(subtopic, reply string, h session.Handler) hub.Route {
		return hub.Route{
			Channel: envelope.ChannelLCM, Topic: envelope.TopicWebService, Subtopic: subtopic, Reply: reply, Roles: agents,
			AgentKey: true, Handle: h,
		}
	}
	disposition := func(subtopic, reply string, h session.Handler) hub.Route {
		r := lcm(subtopic, reply, h)
		r.CallID = true
		return r
	}
	own := func(topic, subtopic, reply string, roles []identity.Role, h session.Handler) hub.Route {
		return hub.Route{
			Channel: envelope.ChannelHub, Topic: topic, Subtopic: subtopic, Reply: reply, Roles: roles, V1: true, Handle: h,
		}
	}
	anonymous := func(r hub.Route) hub.Route { r.AgentKey = false; return r }
	read := func(r hub.Route) hub.Route { r.Read = true; return r }
	silent := func(r hub.Route) hub.Route { r.Silent = true; return r }
	return []hub.Route{
		lcm("GetContactOD", "ContactOD", d.GetContact),
		lcm("GetReservedContactOD", "ContactOD", d.GetReserved),
		lcm("SkipNonPEWCContact", "SkipNonPEWCContactResult", d.Skip),
		lcm("SetNonPEWCContactOutcome", "SetNonPEWCContactOutcomeResult", d.SetOutcome),
		lcm("SkipManualDialContact", "SkipManualDialContactResult", d.SkipAndClose),
		read(lcm("GetAgentCallCount", "AgentCallCount", d.CallCount)),
		silent(lcm("SendAgentState", "SendAgentStateResult", d.AgentState)),

		disposition("SetCallOutcomeWithComments", "SetCallOutcomeWithCommentsResult", d.SetDisposition),
		disposition("SetBusinessOutcomeWithComments", "SetBusinessOutcomeWithCommentsResult", d.SetDisposition),
		disposition("SetCallbackWithComments", "SetCallbackWithCommentsResult", d.SetCallback),
		disposition("SetPersonalCallbackWithComments", "SetPersonalCallbackWithCommentsResult", d.SetPersonalCallback),
		anonymous(read(disposition("GetCallOutCome", "CallOutCome", d.CallOutcomes))),
		read(lcm("GetPersonalCallbackList", "PersonalCallbackList", d.PersonalCallbacks)),

		own(envelope.TopicReservation, "Dial", "Dialled", agents, d.Dial),
		own(envelope.TopicReservation, "Extend", "Extended", agents, d.Extend),
		read(own(envelope.TopicSkips, "Subscribe", "Subscribed", supervisors, f.Subscribe)),
	}
}
