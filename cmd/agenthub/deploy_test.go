package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var promtool = flag.String("promtool", "", "Prometheus' promtool: make rules")

const deploy = "../../deploy/"

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// panel is what is checked of a panel of a Grafana dashboard.
type panel struct {
	Type, Title, Description string
	Targets                  []struct{ Expr string }
}

func dashboard(t *testing.T) (panels []panel) {
	t.Helper()
	var board struct{ Panels []panel }
	if err := json.Unmarshal([]byte(read(t, deploy+"grafana/agenthub.json")), &board); err != nil {
		t.Fatal(err)
	}
	if len(board.Panels) < 10 {
		t.Fatalf("%d panels are read", len(board.Panels))
	}
	return board.Panels
}

// TestFiguresThatAreAskedForExist in the alerts and on the dashboard; TestMetricsAreListed holds the list
// to the code.
func TestFiguresThatAreAskedForExist(t *testing.T) {
	_, list, _ := strings.Cut(read(t, "../../ARCHITECTURE.md"), "## Metrics")
	list, _, _ = strings.Cut(list, "\n## ")
	asked := map[string]string{"the alerts": read(t, deploy+"prometheus/alerts.yml")}
	for _, p := range dashboard(t) {
		if p.Type != "row" && (p.Description == "" || len(p.Targets) == 0) {
			t.Errorf("panel %s says nothing, or shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			asked["panel "+p.Title] += target.Expr + "\n"
		}
	}
	for where, exprs := range asked {
		for _, name := range regexp.MustCompile(`agenthub_[a-z_]+`).FindAllString(exprs, -1) {
			if base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, ""); !regexp.MustCompile("`" + base + "[`{]").MatchString(list) {
				t.Errorf("%s: there is no figure %s", where, name)
			}
		}
	}
}

// TestAlertsHaveRunbooks holds each alert to a chapter of docs/operations.md, and each chapter to an alert.
func TestAlertsHaveRunbooks(t *testing.T) {
	books := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#### (Agenthub\w+)$`).FindAllStringSubmatch(read(t, "../../docs/operations.md"), -1) {
		books[m[1]] = false
	}
	alerts := regexp.MustCompile(`(?s)- alert: (\w+)\n.*?runbook: docs/operations.md#(\w+)\n`).FindAllStringSubmatch(read(t, deploy+"prometheus/alerts.yml"), -1)
	if len(alerts) < 10 {
		t.Fatalf("%d alerts are read", len(alerts))
	}
	for _, m := range alerts {
		if _, ok := books[m[1]]; !ok || strings.ToLower(m[1]) != m[2] {
			t.Errorf("%s has no runbook at #%s", m[1], m[2])
		}
		books[m[1]] = true
	}
	for name, told := range books {
		if !told {
			t.Errorf("the runbook %s is of no alert", name)
		}
	}
}

// TestPromtoolTakesAlertsAndDashboard lets Prometheus' own tool read every expression, and try the alerts.
func TestPromtoolTakesAlertsAndDashboard(t *testing.T) {
	if *promtool == "" {
		t.Skip("no promtool is named: run `make rules`")
	}
	var rules strings.Builder
	rules.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	for _, p := range dashboard(t) {
		for i, target := range p.Targets {
			expr, err := json.Marshal(strings.ReplaceAll(target.Expr, "$__rate_interval", "5m"))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&rules, "      - record: dashboard:%s:%d\n        expr: %s\n", regexp.MustCompile(`\W+`).ReplaceAllString(p.Title, "_"), i, expr)
		}
	}
	board := filepath.Join(t.TempDir(), "dashboard.yml")
	if err := os.WriteFile(board, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"check", "rules", deploy + "prometheus/alerts.yml", board}, {"test", "rules", deploy + "prometheus/alerts_test.yml"},
	} {
		out, err := exec.CommandContext(t.Context(), *promtool, args...).CombinedOutput()
		t.Logf("promtool %s\n%s", strings.Join(args, " "), out)
		if err != nil {
			t.Error(err)
		}
	}
}

// TestUnitOfSystemdIsHardened asks systemd itself how much the unit gives away, and the hub whether it takes the flags.
func TestUnitOfSystemdIsHardened(t *testing.T) {
	const unit = deploy + "systemd/agenthub.service"
	dir := t.TempDir()
	for name, text := range map[string]string{"jwt-secret": testSecret, "phone-key": testKey} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	line := regexp.MustCompile(`(?m)^ExecStart=\S+ serve (.*)$`).FindStringSubmatch(read(t, unit))
	if line == nil {
		t.Fatal("the unit starts no hub")
	}
	flags := strings.Fields(strings.ReplaceAll(line[1], "${CREDENTIALS_DIRECTORY}", dir))
	if _, err := parse(t, append(flags, "--redis", "redis://127.0.0.1:6379/0")...); err != nil {
		t.Errorf("the hub says: %v", err)
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze on this machine")
	}
	out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=20", unit).CombinedOutput()
	if err != nil {
		t.Errorf("more than 2.0: %v\n%s", err, out)
	}
	t.Logf("%s", out[max(0, len(out)-200):])
}
