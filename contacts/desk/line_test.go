package desk_test

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"agenthub/contacts"
)

// line is one command taken apart.
type line struct {
	verb, who string
	args      []string
	opts      map[string]string
}

func parseLine(text string) line {
	words := strings.Fields(text)
	l := line{verb: words[0], opts: map[string]string{}}
	for _, w := range words[1:] {
		if k, v, ok := strings.Cut(w, "="); ok {
			l.opts[k] = v
		} else if l.who == "" {
			l.who = w
		} else {
			l.args = append(l.args, w)
		}
	}
	return l
}

// first is the word after who, "" for none.
func (l line) first() string {
	if len(l.args) > 0 {
		return l.args[0]
	}
	return ""
}

func (l line) has(word string) bool { return slices.Contains(l.args, word) }

func (l line) time(key string, now time.Time) time.Time {
	if l.opts[key] == "" {
		return time.Time{}
	}
	return now.Add(l.duration(key))
}

func (l line) duration(key string) time.Duration {
	d, err := time.ParseDuration(l.opts[key])
	if err != nil {
		panic(err)
	}
	return d
}

func (l line) int(key string) int {
	n, _ := strconv.Atoi(l.opts[key])
	return n
}

func agentOf(handle string) string {
	agent, _, _ := strings.Cut(handle, "/")
	return agent
}

func (l line) rules() contacts.Rules {
	r := contacts.Rules{DefaultTimeZone: l.opts["zone"], MaxAttempts24h: l.int("max"), SkipLimit: l.int("limit")}
	if l.has("paused") {
		r.State = contacts.CampaignPaused
	}
	if l.has("noskip") {
		r.Skip = contacts.SkipOff
	}
	if l.has("own") {
		r.SkipReasons = []contacts.SkipReason{{ID: "own", Label: "Own", Suppresses: true}}
		r.Outcomes = []contacts.OutcomeRule{{ID: "77", Label: "Own", Effect: contacts.EffectRetry, Delay: contacts.Duration(time.Minute)}}
	}
	r.CallFrom, r.CallUntil, _ = strings.Cut(l.opts["hours"], "-")
	for key, to := range map[string]**contacts.Duration{"delay": &r.SkipDelay, "avoid": &r.SkipAvoid} {
		if l.opts[key] != "" {
			d := contacts.Duration(l.duration(key))
			*to = &d
		}
	}
	l.pace(&r)
	return r
}
