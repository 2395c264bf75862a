package contacts

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"agenthub/contacts/zones"
)

// data are the embedded zones.
func data(t *testing.T) *zones.Data {
	t.Helper()
	d, err := zones.Open(zones.Options{System: "none"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRulesRefuseByField(t *testing.T) {
	known := data(t)
	tests := []struct{ name, in, field string }{
		{"nothing", `{}`, ""},
		{"all", `{"state":"paused","callFrom":"08:00","callUntil":"21:00","defaultTimeZone":"Europe/Berlin","maxAttempts24h":5,
			"skipReasons":[{"id":"a","label":"A","needsNote":true,"suppresses":true}],
			"outcomes":[{"id":3,"label":"Busy","effect":"retry","delay":"5m"},{"id":"sold","label":"Sold","effect":"close"}],
			"skipDelay":"0s","skipAvoid":"24h","skipLimit":3}`, ""},
		{"whole evening", `{"callFrom":"00:00","callUntil":"24:00"}`, ""},
		{"state", `{"state":"stopped"}`, "state"},
		{"hours end before they begin", `{"callFrom":"21:00","callUntil":"08:00"}`, "callUntil"},
		{"hours of no length", `{"callFrom":"08:00","callUntil":"08:00"}`, "callUntil"},
		{"hours without an end", `{"callFrom":"08:00"}`, "callUntil"},
		{"hour 25", `{"callFrom":"25:00","callUntil":"26:00"}`, "callFrom"},
		{"one digit", `{"callFrom":"8:00","callUntil":"21:00"}`, "callFrom"},
		{"begins at 24:00", `{"callFrom":"24:00","callUntil":"24:00"}`, "callUntil"},
		{"zone", `{"defaultTimeZone":"Mars/Olympus"}`, "defaultTimeZone"},
		{"attempts", `{"maxAttempts24h":-1}`, "maxAttempts24h"},
		{"pace", `{"attempts":[{"max":3,"window":"24h"},{"max":100,"window":"720h","per":"account","outcomes":[3,"8"]}],"minGap":"90m","pauseAfter":[{"outcomes":[0],"for":"720h"}]}`, ""},
		{"limit of none", `{"attempts":[{"window":"24h"}]}`, "attempts[0].max"},
		{"limit of more than are kept", `{"attempts":[{"max":101,"window":"24h"}]}`, "attempts[0].max"},
		{"short window", `{"attempts":[{"max":1,"window":"59m"}]}`, "attempts[0].window"},
		{"long window", `{"attempts":[{"max":1,"window":"721h"}]}`, "attempts[0].window"},
		{"limit per nobody", `{"attempts":[{"max":1,"window":"1h","per":"household"}]}`, "attempts[0].per"},
		{"limit by an outcome that is none", `{"attempts":[{"max":1,"window":"1h","outcomes":[""]}]}`, "attempts[0].outcomes[0]"},
		{"negative gap", `{"minGap":"-1s"}`, "minGap"},
		{"pause after nothing", `{"pauseAfter":[{"for":"1h"}]}`, "pauseAfter[0].outcomes"},
		{"pause for nothing", `{"pauseAfter":[{"outcomes":[0]}]}`, "pauseAfter[0].for"},
		{"limit", `{"skipLimit":-1}`, "skipLimit"},
		{"not skipped", `{"skip":"off"}`, ""},
		{"skipped now and then", `{"skip":"sometimes"}`, "skip"},
		{"negative delay", `{"skipDelay":"-1s"}`, "skipDelay"},
		{"long avoid", `{"skipAvoid":"8760h"}`, "skipAvoid"},
		{"outcome without an effect", `{"outcomes":[{"id":1,"label":"x"}]}`, "outcomes[0].effect"},
		{"outcome without an id", `{"outcomes":[{"label":"x","effect":"close"}]}`, "outcomes[0].id"},
		{"outcome twice", `{"outcomes":[{"id":1,"label":"x","effect":"close"},{"id":"1","label":"y","effect":"close"}]}`, "outcomes[1].id"},
		{"outcome with a negative delay", `{"outcomes":[{"id":1,"label":"x","effect":"retry","delay":"-5m"}]}`, "outcomes[0].delay"},
		{"reason without a label", `{"skipReasons":[{"id":"a"}]}`, "skipReasons[0].label"},
		{"reason like a number", `{"skipReasons":[{"id":"212-555-0199","label":"A"}]}`, "skipReasons[0].id"},
		{"outcome like a number", `{"outcomes":[{"id":2125550199,"label":"A","effect":"close"}]}`, "outcomes[0].id"},
		{"reason with a line break", `{"skipReasons":[{"id":"a\n","label":"A"}]}`, "skipReasons[0].id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r Rules
			if err := json.Unmarshal([]byte(tt.in), &r); err != nil {
				t.Fatal(err)
			}
			bad := r.Validate(known)
			if tt.field == "" && len(bad) > 0 || tt.field != "" && (len(bad) != 1 || bad[0].Field != tt.field) {
				t.Fatalf("Validate = %v, want a refusal of %q alone", bad, tt.field)
			}
			encoded, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var back Rules
			if err := json.Unmarshal(encoded, &back); err != nil {
				t.Fatalf("%s: %v", encoded, err)
			}
		})
	}
}

func TestOutcomeTable(t *testing.T) {
	own := Rules{Outcomes: []OutcomeRule{{ID: "3", Label: "Engaged", Effect: EffectRetry, Delay: Duration(time.Minute)}, {ID: "101", Label: "Paid", Effect: EffectClose}}}
	for _, tt := range []struct {
		rules  Rules
		id     string
		effect Effect
		delay  time.Duration
	}{
		{Rules{}, "0", EffectClose, 0},
		{Rules{}, "3", EffectRetry, 15 * time.Minute},
		{own, "3", EffectRetry, time.Minute},
		{own, "5", EffectBlock, 0},
		{own, "101", EffectClose, 0},
		{own, "999", EffectClose, 0},
		{Rules{}, "4", EffectCallback, 4 * time.Hour},
	} {
		if got := tt.rules.Outcome(tt.id); got.Effect != tt.effect || time.Duration(got.Delay) != tt.delay {
			t.Errorf("Outcome(%s) = %v", tt.id, got)
		}
	}
	if n := len(own.OutcomeTable()); n != 11 {
		t.Errorf("the table has %d rows, want the ten defaults and one more", n)
	}
	var labels []string
	for _, o := range (Rules{}).OutcomeTable() {
		labels = append(labels, o.Label)
	}
	if got := strings.Join(labels, " "); got != "Success Abandoned Invalid Busy CallBack DNC Fax Answering Machine No Answer Reject" {
		t.Errorf("labels %s", got)
	}
}
