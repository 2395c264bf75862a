package main

import (
	"agenthub/contacts"
	"agenthub/hub"
	"agenthub/session"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// routes is the product on one screen: what a client may send, what it is
// answered under, who may send it, and who answers.
func routes(s *contacts.Store) []hub.Route {
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
		lcm("GetContactOD", "ContactOD", s.GetContact),
		lcm("GetReservedContactOD", "ContactOD", s.GetReserved),
		lcm("SkipNonPEWCContact", "SkipNonPEWCContactResult", s.Skip),
		lcm("SetNonPEWCContactOutcome", "SetNonPEWCContactOutcomeResult", s.SetOutcome),
		lcm("SkipManualDialContact", "SkipManualDialContactResult", s.SkipAndClose),
		read(lcm("GetAgentCallCount", "AgentCallCount", s.CallCount)),
		silent(lcm("SendAgentState", "SendAgentStateResult", s.AgentState)),

		disposition("SetCallOutcomeWithComments", "SetCallOutcomeWithCommentsResult", s.SetDisposition),
		disposition("SetBusinessOutcomeWithComments", "SetBusinessOutcomeWithCommentsResult", s.SetDisposition),
		disposition("SetCallbackWithComments", "SetCallbackWithCommentsResult", s.SetCallback),
		disposition("SetPersonalCallbackWithComments", "SetPersonalCallbackWithCommentsResult", s.SetPersonalCallback),
		anonymous(read(disposition("GetCallOutCome", "CallOutCome", s.CallOutcomes))),
		read(lcm("GetPersonalCallbackList", "PersonalCallbackList", s.PersonalCallbacks)),

		own(envelope.TopicReservation, "Dial", "Dialled", agents, s.Dial),
		own(envelope.TopicReservation, "Extend", "Extended", agents, s.Extend),
		read(own(envelope.TopicSkips, "Subscribe", "Subscribed", supervisors, s.Subscribe)),
	}
}
