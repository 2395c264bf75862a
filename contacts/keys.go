package contacts

import "strings"

// keys builds every key of one tenant. Inside Redis, ids stand in key form
// everywhere (set members, fields, events), so that scripts can build keys
// from them; esc and unesc are the border.
//
//	c:<id>        HASH    the contact (fields below)
//	avail:<camp>  ZSET    id → priority, then arrival      heads  ZSET  campaign → its best score
//	pcb:<agent>   ZSET    the agent's personal callbacks that are due       pcbdue  ZSET  id → owner missed it
//	own:<agent>   ZSET    its personal callbacks that nobody holds → due
//	hours:<camp>  ZSET    what is scheduled to its opening → found when, µs      rehour  ZSET  campaign → hours changed when
//	sched lease review exp  ZSET  id → due, deadline, since, expiry         closed:<camp>  ZSET
//	n:<camp>      HASH    steps between states, from and to: counts by state      camp:<camp>  HASH  rules     camps  SET
//	ag:<agent>    HASH    the agent (fields below)         avoid:<agent>  ZSET  id → do not offer until
//	cur:<agent>   HASH    campaign → score;until;version: up to here it avoids all       front  HASH  campaign → furthest cur, v:… version
//	idem:<agent>:<requestId>  hub:<session>:<frame>  STRING  fingerprint and reply
//	ph:<token>    STRING  id of the contact that holds the number           num:<token>  SET  contacts of a number
//	dnc           HASH    token → sealed number            last:<agent>  HASH  account → what it lost and may still tell of
//	nodes         ZSET    node → deadline                  nag:<node>  SET  its agents     grace  ZSET  agent → end of its grace
//	ev seq ctl    STREAM, counter, STREAM                  ticket:<sha256>  STRING
//	zones         HASH    zone → offset;change;offset after
//	alerts        HASH    id → alert
//
// Contact: st state, cp campaign, sc place in the pool, ag holder, rid reservation (begins with when it was made), dl
// deadline or due, by skippers, sk their count, at attempt times, tc attempts, l4 last four, pt number's token, pn sealed
// number, xp expiry, pa personal agent, ty call type, tz zone, lg reservation shown to a legacy client, lh last holder,
// cb callback, ce its end, ac account, im shown fields, pr priority, ex extensions;reservation, oc outcome, why cause of
// review or closing.
//
// Agent: ep epoch, h hold (lib/packHold.lua), td today, sid session, in instance, lg legacy, nd node, gr grace deadline,
// is ticket time, rv revoked before, kw kn takeovers, lc last close, gl lease before grace, as state, since, name, serves
// campaigns. ep, h and td come first: a short hash is searched from its beginning.
type keys struct{ prefix string }

func newKeys(tenant string) keys { return keys{"ah:{" + esc(tenant) + "}:"} }

func (k keys) contact(id ID) string          { return k.prefix + "c:" + esc(string(id)) }
func (k keys) agent(agent string) string     { return k.prefix + "ag:" + esc(agent) }
func (k keys) own(agent string) string       { return k.prefix + "own:" + esc(agent) }
func (k keys) campaign(id CampaignID) string { return k.prefix + "camp:" + esc(string(id)) }
func (k keys) counts(id CampaignID) string   { return k.prefix + "n:" + esc(string(id)) }
func (k keys) reply(agent, request string) string {
	return k.prefix + "idem:" + esc(agent) + ":" + esc(request)
}

func (k keys) frame(session, frame string) string { return k.prefix + "hub:" + session + ":" + frame }
func (k keys) ticket(hash string) string          { return k.prefix + "ticket:" + hash }
func (k keys) nodeAgents(node string) string      { return k.prefix + "nag:" + node }
func (k keys) one(name string) string             { return k.prefix + name }

var (
	escaper   = strings.NewReplacer("%", "%25", ":", "%3A", "{", "%7B", "}", "%7D")
	unescaper = strings.NewReplacer("%25", "%", "%3A", ":", "%7B", "{", "%7D", "}")
)

// esc brings an id into key form, so that a+b:c cannot meet a:b+c.
func esc(id string) string {
	if !strings.ContainsAny(id, "%:{}") {
		return id
	}
	return escaper.Replace(id)
}

func unesc(id string) string {
	if strings.IndexByte(id, '%') < 0 {
		return id
	}
	return unescaper.Replace(id)
}
