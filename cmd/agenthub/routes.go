package main

import (
	"agenthub/contacts"
	"agenthub/hub"
	"agenthub/session"
)

// routes is the product on one screen: what a client may send, what it is
// answered under, who may send it, and who answers.
func routes(s *contacts.Store) []hub.Route {
	agents, supervisors := []session.Role{session.RoleAgent}, []session.Role{session.RoleSupervisor}
	lcm := func(subtopic, reply string, h session.Handler) hub.Route {
		return hub.Route{
			Channel: session.ChannelLCM, Topic: session.TopicWebService, Subtopic: subtopic, Reply: reply, Roles: agents,
			AgentKey: true, Handle: h,
		}
	}
	disposition := func(subtopic, reply string, h session.Handler) hub.Route {
		r := lcm(subtopic, reply, h)
		r.CallID = true
		return r
	}
	own := func(topic, subtopic, reply string, roles []session.Role, h session.Handler) hub.Route {
		return hub.Route{
			Channel: session.ChannelHub, Topic: topic, Subtopic: subtopic, Reply: reply, Roles: roles, V1: true, Handle: h,
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

		own(session.TopicReservation, "Dial", "Dialled", agents, s.Dial),
		own(session.TopicReservation, "Extend", "Extended", agents, s.Extend),
		read(own(session.TopicSkips, "Subscribe", "Subscribed", supervisors, s.Subscribe)),
	}
}
