package contacts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/session/identity"
)

// Import loads rows, pipelined on a connection of their own; they arrive in their
// order. It returns what became of each; with an error, rows without a result were
// not loaded. Loading the same row again is an update.
func (s *Store) Import(ctx context.Context, rows []Row) ([]ImportResult, error) {
	now, err := s.run(ctx, s.lua.clock, "", "")
	if err != nil {
		return make([]ImportResult, len(rows)), err
	}
	arrival, err := strconv.ParseInt(now[0], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the time: %w", err)
	}
	calls := make([]*call, len(rows))
	errs := make(chan error, len(rows))
	for i, r := range rows {
		id := esc(string(r.ID))
		token := s.vault.Token(r.E164)
		im := sealed{s.vault.Seal(r.ID, r.Phone), r.Mode, r.Queue, r.Prefix, r.Suffix, r.Name}
		due := r.NotBefore
		if r.CallbackTime.After(due) {
			due = r.CallbackTime
		}
		calls[i] = newCall(s.lua.imports, s.keys.contact(r.ID), "", id, esc(string(r.Campaign)), strconv.Itoa(r.Priority),
			unixMs(due), unixMs(r.ExpiryTime), esc(string(r.PersonalAgent)), strconv.Itoa(r.CallType), r.TimeZone, token,
			lastFour(r.E164), unixMs(r.CallbackTime), esc(r.AccountNumber), im.pack(), zoneRow(r.TimeZone, time.Now()),
			s.vault.Seal(ID(token), Phone(r.E164)), r.serves, strconv.FormatInt(arrival+int64(i), 10))
	}
	out := make([]ImportResult, len(rows))
	for i, c := range calls {
		go func() {
			r, err := s.runOn(ctx, s.loads, c)
			if err == nil {
				out[i] = ImportResult(r[0])
			}
			errs <- err
		}()
	}
	var failed error
	for range calls {
		failed = cmp.Or(failed, <-errs) // one tells what was wrong; hundreds say the same
	}
	return out, failed
}

func lastFour(e164 string) string { return e164[max(0, len(e164)-4):] }

// contactFields is what GET /contacts/{id} and reviews read.
var contactFields = []string{"cp", "st", "ag", "dl", "sk", "tc", "l4", "pr", "ty", "tz", "xp", "oc", "im", "why"}

func (s *Store) parseContact(id ID, v []any) (Contact, string, error) {
	f := make([]string, len(contactFields))
	for i := range v {
		f[i], _ = v[i].(string)
	}
	if f[1] == "" {
		return Contact{}, "", ErrNotFound
	}
	im, ok := unpack(f[12])
	if !ok {
		return Contact{}, "", fmt.Errorf("contact %s: shown fields are unreadable", id)
	}
	c := Contact{
		ID: id, Campaign: CampaignID(unesc(f[0])), State: states[f[1]], Agent: identity.AgentID(unesc(f[2])), Skips: atoi(f[4]),
		Attempts: atoi(f[5]), LastFour: f[6], Name: im.Name, Mode: im.Mode, Priority: atoi(f[7]), CallType: atoi(f[8]), TimeZone: f[9],
		ExpiryTime: parseMs(f[10]), Outcome: f[11],
	}
	switch c.State {
	case Reserved, Dialled:
		c.ReservedUntil = parseMs(f[3])
	case Scheduled, Wrapup:
		c.Due = parseMs(f[3])
	case Available, Review, Closed:
	}
	return c, f[13], nil
}

// once runs a script for somebody who is no agent: asked again because its reply
// was lost, it does nothing twice.
func (s *Store) once(ctx context.Context, sc *script, key, subject, actor string, args ...string) ([]string, error) {
	head := [5]string{esc(subject), esc(actor), "f", rememberFrame, s.node}
	r, err := s.run(ctx, sc, key, s.keys.frame("api", nonce()), append(head[:], args...)...)
	if err != nil {
		return nil, err
	}
	r[0] = trimReplay(r[0])
	return r, nil
}

// Contact returns one contact, or ErrNotFound.
func (s *Store) Contact(ctx context.Context, id ID) (Contact, error) {
	v, err := s.rdb.HMGet(ctx, s.keys.contact(id), contactFields...).Result()
	if err != nil {
		return Contact{}, fmt.Errorf("read contact: %w: %w", ErrUnavailable, err)
	}
	c, _, err := s.parseContact(id, v)
	return c, err
}

// Withdraw closes a contact from any state; a holder is told.
func (s *Store) Withdraw(ctx context.Context, id ID, actor, reason string) error {
	r, err := s.run(ctx, s.lua.withdraw, s.keys.contact(id), "", esc(string(id)), esc(actor), reason, s.node)
	if err != nil {
		return err
	}
	if r[0] == "not_found" {
		return ErrNotFound
	}
	return nil
}

// Assign reserves a contact, or the campaign's next, for an agent from outside.
func (s *Store) Assign(ctx context.Context, agent identity.AgentID, contact ID, campaign CampaignID, holdFor time.Duration, actor string) (Contact, error) {
	args := []string{esc(string(contact)), esc(string(campaign)), ms(holdFor), nonce(), ""}
	var r []string
	for range fetchMost {
		var err error
		if r, err = s.once(ctx, s.lua.assign, s.keys.agent(string(agent)), string(agent), actor, args...); err != nil {
			return Contact{}, err
		}
		if r[0] != "more" {
			break
		}
		args[4] = r[1]
	}
	switch r[0] {
	case "ok":
		return s.Contact(ctx, ID(unesc(r[1])))
	case "not_found":
		return Contact{}, ErrNotFound
	case "agent_busy":
		return Contact{}, ErrAgentBusy
	case "no_contacts":
		return Contact{}, s.noContacts(ctx, campaign)
	case "more":
		return Contact{}, ErrNoContacts
	case "taken":
		return Contact{}, &TakenError{Why: takenWhy(r[1]), Until: parseMs(r[2])}
	default:
		return Contact{}, fmt.Errorf("assign: unknown reply %s", r[0])
	}
}

// noContacts says why a campaign has nothing to reserve. Only here does it matter
// whether there is such a campaign at all.
func (s *Store) noContacts(ctx context.Context, campaign CampaignID) error {
	known, err := s.rdb.SIsMember(ctx, s.keys.one("camps"), esc(string(campaign))).Result()
	switch {
	case err != nil:
		return fmt.Errorf("look up a campaign: %w: %w", ErrUnavailable, err)
	case !known:
		return ErrNoCampaign
	}
	return ErrNoContacts
}

func takenWhy(word string) string {
	if state, ok := states[word]; ok {
		return string(state)
	}
	return word
}

// TakeBack releases what an agent has only reserved.
func (s *Store) TakeBack(ctx context.Context, agent identity.AgentID, actor string) error {
	r, err := s.once(ctx, s.lua.release, s.keys.agent(string(agent)), string(agent), actor)
	if err != nil {
		return err
	}
	switch r[0] {
	case "not_held":
		return ErrNotHeld
	case "dialled":
		return ErrDialled
	}
	return nil
}

// SignOut ends an agent's session and revokes the tokens issued before now.
func (s *Store) SignOut(ctx context.Context, agent identity.AgentID, actor string) error {
	_, err := s.once(ctx, s.lua.signOut, s.keys.agent(string(agent)), string(agent), actor)
	return err
}

// Campaigns counts the contacts of every campaign by state.
func (s *Store) Campaigns(ctx context.Context) ([]CampaignCounts, error) {
	names, err := s.rdb.SMembers(ctx, s.keys.one("camps")).Result()
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w: %w", ErrUnavailable, err)
	}
	slices.Sort(names) // miniredis has no SORT
	pipe := s.rdb.Pipeline()
	counts := make([]*redis.MapStringStringCmd, len(names))
	paused := make([]*redis.StringCmd, len(names))
	for i, n := range names {
		id := CampaignID(unesc(n))
		counts[i] = pipe.HGetAll(ctx, s.keys.counts(id))
		paused[i] = pipe.HGet(ctx, s.keys.campaign(id), "paused")
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("count campaigns: %w: %w", ErrUnavailable, err)
	}
	out := make([]CampaignCounts, len(names))
	for i, n := range names {
		out[i] = CampaignCounts{Campaign: CampaignID(unesc(n)), Running: paused[i].Val() != "1", Counts: map[State]int{}}
		for step, count := range counts[i].Val() {
			if from, known := states[step[:1]]; known {
				out[i].Counts[from] -= atoi(count)
			}
			if to, known := states[step[1:]]; known {
				out[i].Counts[to] += atoi(count)
			}
		}
	}
	return out, nil
}

// Agents lists who is signed in, or was less than the grace period ago.
func (s *Store) Agents(ctx context.Context) ([]AgentInfo, error) {
	nodes, err := s.rdb.ZRange(ctx, s.keys.one("nodes"), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w: %w", ErrUnavailable, err)
	}
	var names []string
	for _, node := range nodes {
		agents, err := s.rdb.SMembers(ctx, s.keys.nodeAgents(node)).Result()
		if err != nil {
			return nil, fmt.Errorf("list agents: %w: %w", ErrUnavailable, err)
		}
		names = append(names, agents...)
	}
	waiting, err := s.rdb.ZRange(ctx, s.keys.one("grace"), 0, -1).Result() // what is over, the reaper takes out
	if err != nil {
		return nil, fmt.Errorf("list agents in grace: %w: %w", ErrUnavailable, err)
	}
	names = append(names, waiting...)
	slices.Sort(names)
	return s.agents(ctx, slices.Compact(names))
}

// Agent tells of one agent that is signed in, or holds a contact; ErrNotFound of any other.
func (s *Store) Agent(ctx context.Context, agent identity.AgentID) (AgentInfo, error) {
	list, err := s.agents(ctx, []string{esc(string(agent))})
	if err != nil {
		return AgentInfo{}, err
	}
	info := list[0]
	// Its record names the node for ever.
	pipe := s.rdb.Pipeline()
	live, waits := pipe.SIsMember(ctx, s.keys.nodeAgents(info.Node), esc(string(agent))), pipe.ZScore(ctx, s.keys.one("grace"), esc(string(agent)))
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return AgentInfo{}, fmt.Errorf("look up agent: %w: %w", ErrUnavailable, err)
	}
	if !live.Val() && waits.Err() != nil {
		info.Node = ""
	}
	if info.Node == "" && info.Contact == "" {
		return AgentInfo{}, ErrNotFound
	}
	return info, nil
}

// agents reads the records of agents, named in key form.
func (s *Store) agents(ctx context.Context, names []string) ([]AgentInfo, error) {
	pipe := s.rdb.Pipeline()
	records := make([]*redis.SliceCmd, len(names))
	until, held := make([]*redis.FloatCmd, len(names)), make([]string, len(names))
	camps := make([]*redis.StringCmd, len(names))
	for i, a := range names {
		records[i] = pipe.HMGet(ctx, s.keys.agent(unesc(a)), "name", "since", "as", "h", "gr", "serves", "nd")
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("read agents: %w: %w", ErrUnavailable, err)
	}
	for i := range names {
		hold, _ := records[i].Val()[3].(string)
		held[i], _, _ = strings.Cut(hold, "\x1f")
		until[i], camps[i] = pipe.ZScore(ctx, s.keys.one("lease"), held[i]), pipe.HGet(ctx, s.keys.contact(ID(unesc(held[i]))), "cp")
	}
	_, _ = pipe.Exec(ctx) // redis.Nil where nothing is held
	out := make([]AgentInfo, len(names))
	for i, a := range names {
		f := records[i].Val()
		text := func(k int) string { t, _ := f[k].(string); return t }
		out[i] = AgentInfo{
			Agent: identity.AgentID(unesc(a)), Name: text(0), Node: text(6), Since: parseMs(text(1)), State: text(2), Campaigns: served(text(5)),
			Connected: text(4) == "", Contact: ID(unesc(held[i])), Held: CampaignID(unesc(camps[i].Val())),
		}
		if at := until[i].Val(); at > 0 {
			out[i].ReservedUntil = time.UnixMilli(int64(at)).UTC()
		}
	}
	return out, nil
}
