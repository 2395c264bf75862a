# Every number and every check in this repository comes from a target below; CI runs `make ci`.

# Tools, pinned here and nowhere else. The version is part of the directory, so a new one is fetched by itself.
GOLANGCI_LINT_VERSION := v2.15.0
GOFUMPT_VERSION       := v0.12.0
GOVULNCHECK_VERSION   := v1.9.0

# make run ARGS="--redis redis://127.0.0.1:6379/0", make test PKG=./contacts/..., make fuzz FUZZTIME=60s
ARGS ?=
PKG  ?= ./...

# Inputs per target, not seconds: up to Go 1.26 a timed run sometimes ends in a false
# "context deadline exceeded" on a busy machine (go.dev/issue/75804).
FUZZTIME ?= 200000x

# Tests wait for events, so a busy machine makes them slow, not wrong: the limits are for what hangs.
RACE_TIMEOUT   := 30m
TRACES_TIMEOUT := 20m

# They are about rules, not about races: five times as slow under the race detector, they have a target of their own.
TRACES := ^(TestLongTraceIsItsModel|TestEmbeddedStoreIsRedis)$$

# How often "make pace" dials, and what is drawn from.
DIALS ?= 10000000
SEED  ?= 7

# How many days "make year" lives through.
DAYS ?= 365

# How many numbers "make registry" loads: those of the United States are about as many.
NUMBERS ?= 250000000

# Where "make zones" looks: Debian's suite that has a new release first.
SUITE ?= sid

TOOLS         := $(CURDIR)/.tools
GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)/golangci-lint
GOFUMPT       := $(TOOLS)/gofumpt-$(GOFUMPT_VERSION)/gofumpt
GOVULNCHECK   := $(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION)/govulncheck

BINARY  := $(CURDIR)/bin/agenthub
MODULES := web/node_modules/.package-lock.json

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c

# Two cores are the machine we plan for: steps take turns, each uses all of it.
.NOTPARALLEL:
.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^##@ / { print "\n" substr($$0, 5) } /^[a-z0-9]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Use it

.PHONY: build
build: ## build bin/agenthub
	go build -trimpath -o $(BINARY) ./cmd/agenthub

.PHONY: run
run: ## start the hub with demo contacts (ARGS="--listen 127.0.0.1:9090" …)
	go run ./cmd/agenthub $(ARGS)

.PHONY: load
load: ## load contacts into a running hub (FILE=contacts.csv)
	@[[ -n "$(FILE)" ]] || { echo 'say which file: make load FILE=contacts.csv' >&2; exit 2; }
	go run ./cmd/agenthub load $(ARGS) "$(FILE)"

##@ Check it

.PHONY: deps
deps: ## install what the tests need (Debian), or name it (elsewhere)
	@.ci/deps

.PHONY: test
test: deps lint race traces $(if $(wildcard web/package.json),web e2e) ## everything: installs what is missing, then lint, Go and browser tests

.PHONY: ci
ci: test fuzz bench-assert ## what CI runs: test, then a short fuzz and the ratios that must not get worse

.PHONY: race
race: ## Go tests but the long traces under the race detector, on real Redis (PKG=./contacts/...)
	go test -race -shuffle=on -timeout $(RACE_TIMEOUT) -skip '$(TRACES)' $(PKG)

.PHONY: feed
feed: ## a minute of the supervisors' feed at 500 skips a second, under faults, and its figures
	go test ./cmd/agenthub -count=1 -v -run 'TestFeedUnderFaults|TestSlowSupervisors' -args -feed.for=60s -feed.agents=45 | grep -v '{"level"'

.PHONY: wallclock
wallclock: ## set the wall clock under a hub that runs; builds the standard library anew (minutes, the first time)
	go test ./cmd/agenthub -count=1 -v -run TestWaitsDoNotFollowTheWallClock -args -wallclock | grep -v '{"level"'

.PHONY: traces
traces: ## the long random walks: the store against its model, Redis against the embedded store
	go test -count=1 -timeout $(TRACES_TIMEOUT) -run '$(TRACES)' ./contacts/...

.PHONY: pace
pace: ## dial people who share numbers, accounts and campaigns: nobody over any limit (DIALS=10000000 SEED=7)
	go test ./contacts/desk -count=1 -v -timeout 24h -run '^TestNobodyIsCalledTooOften$$' -args -pace.dials=$(DIALS) -pace.seed=$(SEED)

.PHONY: registry
registry: ## load a do-not-call registry as dense as a country's into a real Redis: time and memory (NUMBERS=250000000)
	go test ./contacts/layers -run '^$$' -bench Registry -benchtime 1x -timeout 2h -args -registry=$(NUMBERS)

.PHONY: year
year: ## a year in fast time, hubs off for weeks, lists sent again in every state beside an untouched twin (DAYS=365)
	go test ./contacts/desk -count=1 -v -timeout 1h -run '^TestListsSentAgainChangeNothing$$' -args -year.days=$(DAYS) | grep -v '^{'

.PHONY: judge
judge: ## everybody, each quarter hour of December 2026 to 2027, by rule data and zdump: 0 early, 0 late (10 to 20 minutes)
	go test ./contacts/internal/judge -count=1 -v -timeout 24h -run '^TestNobodyIsCalledEarlyOrLate$$' -args -year

# What the stores that people have differ in: how the hub reaches them, replicas, Sentinel, TLS, rights, and every script.
STORES := ^(TestFirstCauseIsTold|TestNobodySeesThePasswordOfRedis|TestSentinelsAndRedisOverTLS|TestFollowerLeavesARedisThatIsNoneAnyMore|TestFailover|TestAutoWaits.*|TestFirstReplicaIsNoFailover|TestCluster.*|TestHubOnACluster|TestClientsCountFromTheStoresClock|TestRightsOfTheHub|TestOneShardOfACluster|TestLostRecordsHoldNobodyUp|TestADay)$$

.PHONY: servers
servers: deps ## the store's tests on Redis 7.0, 8.0 and Valkey 9.1, unpacked from Debian's suites; Redis 6 is refused
	.ci/servers $(TOOLS)/servers
	for server in . redis8/bin valkey9/bin; do \
		PATH=$(TOOLS)/servers/$$server:$$PATH; redis-server --version; \
		CI=true PATH=$$PATH go test -count=1 -run '$(STORES)' ./cmd/agenthub ./contacts/store ./contacts/audit ./contacts/api | grep -v '^{'; \
	done
	go test ./cmd/agenthub -count=1 -v -run TestOldRedisIsRefused -args -old.redis=$(TOOLS)/servers/redis6/bin/redis-server | grep -v '^{'

.PHONY: proxies
proxies: deps ## nginx, HAProxy, Apache and Caddy, unpacked from Debian, by their files in deploy/proxies, hubs restarted behind them
	.ci/proxies $(TOOLS)/proxies
	CI=true go test ./cmd/agenthub -count=1 -v -timeout 30m -run '^TestProx' -args -proxies=$(TOOLS)/proxies | grep -v '^ *{'

.PHONY: providers
providers: deps build $(MODULES) ## sign in at oidc-provider and Dex in a real browser, set up as docs/integration.md says
	.ci/providers $(TOOLS)/providers
	cd web && AGENTHUB_BIN=$(BINARY) PROVIDERS=$(TOOLS)/providers npm run providers

.PHONY: rules
rules: ## let Debian's promtool check the alerts and the dashboard under deploy/, and try the alerts
	.ci/promtool $(TOOLS)/prometheus
	go test ./cmd/agenthub -count=1 -v -run '^TestPromtoolTakesAlertsAndDashboard$$' -args -promtool=$(TOOLS)/prometheus/usr/bin/promtool

.PHONY: lint
lint: $(GOFUMPT) $(GOLANGCI_LINT) ## formatting, go vet, go fix, lines of prose, golangci-lint
	@unformatted=$$($(GOFUMPT) -l .); [[ -z "$$unformatted" ]] || { printf 'run "make fmt" for:\n%s\n' "$$unformatted" >&2; exit 1; }
	go vet ./...
	go fix -diff ./...
	.ci/prose
	$(GOLANGCI_LINT) run --allow-parallel-runners

.PHONY: fmt
fmt: $(GOFUMPT) $(GOLANGCI_LINT) ## format the Go code and group its imports
	$(GOFUMPT) -w .
	$(GOLANGCI_LINT) fmt

.PHONY: docs
docs: ## write docs/configuration.md from the flags
	go test ./cmd/agenthub -count=1 -run TestConfigurationIsDocumented -args -docs

.PHONY: scripts
scripts: ## write the Lua scripts as Redis runs them to contacts/store/testdata/scripts
	rm -f contacts/store/testdata/scripts/*.lua
	go run ./cmd/agenthub script --all contacts/store/testdata/scripts

.PHONY: fuzz
fuzz: ## fuzz every parser of outside bytes (FUZZTIME=60s)
	.ci/fuzz $(FUZZTIME) $(PKG)

.PHONY: web
web: $(MODULES) ## check the pages' JavaScript and run its unit tests
	cd web && npm run check
	cd web && npm test

.PHONY: e2e
e2e: build $(MODULES) ## the whole job in a real browser
	cd web && AGENTHUB_BIN=$(BINARY) npm run e2e

.PHONY: zones
zones: ## take the newest time zone data from Debian into contacts/zones, and what zdump says of it (SUITE=sid)
	.ci/zones $(SUITE)

.PHONY: vuln
vuln: $(GOVULNCHECK) ## look for known vulnerabilities (asks vuln.go.dev)
	$(GOVULNCHECK) ./...

##@ Measure it, show it

.PHONY: bench
bench: ## measure the hub against its baselines (ARGS="--quick")
	go run ./cmd/hubbench $(ARGS)

.PHONY: benchmarks
benchmarks: ## measure everything, put it into BENCHMARKS.md and draw its plots (half an hour, on a quiet machine)
	go run ./cmd/hubbench --doc BENCHMARKS.md
	go run ./cmd/hubbench --growth --doc BENCHMARKS.md
	go run ./cmd/hubbench --load 1000000 --doc BENCHMARKS.md
	go run ./cmd/hubbench --soak 10m --doc BENCHMARKS.md

# Exit 3 is "too noisy": that is no reason to fail, and none to pass.
.PHONY: bench-assert
bench-assert: ## fail if a ratio with headroom is 20 % worse than its goal or what was reached
	go build -o bin/hubbench ./cmd/hubbench
	bin/hubbench --quick --window 2s --only rate,count,peers,idle --assert || { code=$$?; [[ $$code == 3 ]] && echo 'skipped: the machine is too busy to tell'; }

.PHONY: screenshots
screenshots: build $(MODULES) ## take the README's pictures again
	cd web && AGENTHUB_BIN=$(BINARY) npm run screenshots

.PHONY: clean
clean: ## remove what was built, downloaded and drawn here
	rm -rf bin dist .tools web/node_modules web/test/artifacts

$(GOLANGCI_LINT):
	GOBIN=$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

$(GOFUMPT):
	GOBIN=$(@D) go install mvdan.cc/gofumpt@$(GOFUMPT_VERSION)

$(GOVULNCHECK):
	GOBIN=$(@D) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)

$(MODULES): web/package.json web/package-lock.json
	cd web && npm install --no-save --no-audit --no-fund # not ci: it asks for the packages of platforms that a mirror may lack
	@touch $@
