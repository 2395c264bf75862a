// Package keys is where everything of a tenant stands in Redis, and the form in
// which ids stand there. Nothing else builds a key.
package keys

import (
	"strings"

	"agenthub/contacts"
)

// Keys builds every key of one tenant. Inside Redis, ids stand in key form
// everywhere (set members, fields, events), so that scripts can build keys
// from them; Escape and Unescape are the border.
//
//	c:<id>        HASH    the contact (fields below)
//	avail:<camp>  ZSET    id → priority, then arrival      heads  ZSET  campaign → its best score
//	pcb:<agent>   ZSET    the agent's personal callbacks that are due       pcbdue  ZSET  id → owner missed it
//	own:<agent>   ZSET    its personal callbacks that nobody holds → due
//	hours:<camp>  ZSET    what is scheduled to its opening → found when, µs      rehour  ZSET  campaign → hours changed when
//	no_zone:<camp> not_matchable:<camp> too_soon:<camp> too_many_attempts:<camp>  ZSET  what is scheduled for that reason (its why) → due
//	sched lease review exp  ZSET  id → due, deadline (both by the tenant's own clock), since, expiry         closed:<camp>  ZSET
//	nowhere:<camp> country:<camp>  SET  open contacts whose person nobody can place (lib/unplaced.lua)
//	n:<camp>      HASH    steps between states, from and to: counts by state      camp:<camp>  HASH  rules, group     camps  SET
//	ag:<agent>    HASH    the agent (fields below)         avoid:<agent>  ZSET  id → do not offer until
//	cur:<agent>   HASH    campaign → score;until;version: up to here it avoids all       front  HASH  campaign → furthest cur, v:… version
//	idem:<agent>:<requestId>  hub:<session>:<frame>  STRING  fingerprint and reply
//	ph:<token>    STRING  id of the contact that holds the number           num:<token>  SET  contacts of a number
//	dnc           HASH    token → sealed number;layer;since;actor;source;reason (an entry of old has the number alone)
//	lists         HASH    bucket of numbers → its bits on each do-not-call layer     layers  HASH  what those are (package layers)
//	blocked:<camp>  ZSET  what waits because of a layer → found when, µs        relist  ZSET  campaign → layers changed when
//	last:<agent>  HASH    account → what it lost and may still tell of
//	told:<agent> past:<agent>  HASH  account → what it told of, the last 500 at least
//	at:<token>    STRING  the calls to a person, newest first (lib/packAttempts.lua)
//	age           HASH    the tenant's own clock (lib/time.lua): mark, how far it was; lag, by how much it is before the store's, ms; most, the longest lag
//	nodes         ZSET    node → deadline                  nag:<node>  SET  its agents     grace  ZSET  agent → end of its grace
//	ev seq ctl    STREAM, counter, STREAM                  ticket:<sha256>  STRING
//	token:<hash>  STRING  rv of its bearer when a token was first seen
//	zones         HASH    zone → offset;change;offset after;change;…  (zones.Row)         tz  HASH  of which release, by whom, when; edition persons are placed by
//	packs         HASH    rule pack → its JSON, '' if it was deleted; =pack → '' once somebody put it
//	law           HASH    region, mode → packed text (packs.Compile); # → limits
//	open:<camp>   HASH    zone and whereabouts → from;until;limits: open there (lib/learn.lua)
//	alerts        HASH    id → alert
//	up:<upload>   HASH    part → what was answered to it (package uploads)
//	lost          HASH    id of a record that is gone → state it is still counted in;found when (lib/lose.lua)
//	probe         STRING  written to learn whether a replica confirms a write
//	nokey         stands where a script has no key; there is none
//
// Contact: st state, cp campaign, sc place in the pool, ag holder, rid reservation (begins with when it was made), dl
// deadline (by the tenant's own clock) or due, nb not before this hour of a day, by skippers, sk their count, at attempt times (lib/attempts.lua), tc attempts, l4 last four, pt
// number's token, pn sealed number, bk its place on the layers, xp expiry, pa personal agent, ty call type, tz zone, wh
// whereabouts (lib/lawTexts.lua), pl what they were found by (terms.Places), lg reservation shown to a legacy client,
// lh last holder that may still tell, la last holder with this number, pb such holders of numbers
// before: agent;token;sealed, cb callback, ce its end, sd what the list said of it before that was changed, ac
// account, im shown fields, pr priority, ex extensions;reservation, oc outcome, why cause of
// review or closing, or the check but for hours that it is scheduled for.
//
// Agent: ep epoch, h hold (lib/packHold.lua), td today, sid session, in instance, lg legacy, nd node, gr grace deadline,
// is ticket time, rv revoked before, kw kn takeovers, lc last close, gl lease before grace, as state, since, name, serves
// campaigns. ep, h and td come first: a short hash is searched from its beginning.
type Keys struct{ prefix string }

// New makes the keys of a tenant.
func New(tenant string) Keys { return Keys{"ah:{" + Escape(tenant) + "}:"} }

// Contact is the record of a contact.
func (k Keys) Contact(id contacts.ID) string { return k.prefix + "c:" + Escape(string(id)) }

// Agent is the record of an agent.
func (k Keys) Agent(agent string) string { return k.prefix + "ag:" + Escape(agent) }

// Own lists an agent's personal callbacks.
func (k Keys) Own(agent string) string { return k.prefix + "own:" + Escape(agent) }

// Campaign has a campaign's rules.
func (k Keys) Campaign(id contacts.CampaignID) string { return k.prefix + "camp:" + Escape(string(id)) }

// Counts has a campaign's steps between states.
func (k Keys) Counts(id contacts.CampaignID) string { return k.prefix + "n:" + Escape(string(id)) }

// Waiting has the contacts of a campaign that a check put off, by its code, or whose
// person nobody can place, by why.
func (k Keys) Waiting(check string, id contacts.CampaignID) string {
	if check == contacts.OutsideHours {
		check = "hours"
	}
	return k.prefix + check + ":" + Escape(string(id))
}

// Reply has the reply to a request of an agent.
func (k Keys) Reply(agent, request string) string {
	return k.prefix + "idem:" + Escape(agent) + ":" + Escape(request)
}

// Frame has the reply to a frame without a request id, for the hub's own retries.
func (k Keys) Frame(session, frame string) string { return k.prefix + "hub:" + session + ":" + frame }

// Token has the time of the last sign-out of its bearer when a token was first seen, by the hash of
// the token's id.
func (k Keys) Token(hash string) string { return k.prefix + "token:" + hash }

// Ticket has a ticket, by its hash.
func (k Keys) Ticket(hash string) string { return k.prefix + "ticket:" + hash }

// Upload has the answers to the parts of an upload.
func (k Keys) Upload(id string) string { return k.prefix + "up:" + Escape(id) }

// NodeAgents lists the agents on a node.
func (k Keys) NodeAgents(node string) string { return k.prefix + "nag:" + node }

// One is the key of something there is once, such as ev, seq or ctl.
func (k Keys) One(name string) string { return k.prefix + name }

// Pattern finds, with SCAN, all keys that begin with the key of this name.
func (k Keys) Pattern(begin string) string { return pattern.Replace(k.One(begin)) + "*" }

var (
	pattern   = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`)
	escaper   = strings.NewReplacer("%", "%25", ":", "%3A", "{", "%7B", "}", "%7D")
	unescaper = strings.NewReplacer("%25", "%", "%3A", ":", "%7B", "{", "%7D", "}")
)

// Escape brings an id into key form, so that a+b:c cannot meet a:b+c.
func Escape(id string) string {
	if !strings.ContainsAny(id, "%:{}") {
		return id
	}
	return escaper.Replace(id)
}

// Unescape gives an id back.
func Unescape(id string) string {
	if strings.IndexByte(id, '%') < 0 {
		return id
	}
	return unescaper.Replace(id)
}
