package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"agenthub/cmd/agenthub/command"
	"agenthub/cmd/agenthub/signin"
	"agenthub/cmd/agenthub/target"
	"agenthub/cmd/agenthub/tools"

	"github.com/alecthomas/kong"
	"go.uber.org/zap"
)

// config is what "agenthub serve" is told by flags and AGENTHUB_ variables.
type config struct {
	Listen         string        `default:"127.0.0.1:8080" group:"Network" help:"Address of the public listener."`
	AdminListen    string        `default:"127.0.0.1:8081" group:"Network" help:"Address of /metrics and pprof, unix:/PATH for a file; empty for none."`
	AdminHosts     []string      `placeholder:"NAME" group:"Network" help:"Names by which the admin listener may be called, beside addresses, names without a dot and this machine's own."`
	AdminTokenFile string        `placeholder:"FILE" group:"Network" help:"File with the token that the admin listener wants as a bearer, 32 bytes or more. Or $$AGENTHUB_ADMIN_TOKEN. Default: none."`
	PublicURL      string        `name:"public-url" placeholder:"URL" group:"Network" help:"Where browsers reach the hub, if not on loopback."`
	AllowedOrigins []string      `placeholder:"ORIGIN" group:"Network" help:"Other origins whose pages may use the hub, as scheme://host[:port] of any scheme: https://crm.example, app://desk, chrome-extension://ID. null and file:// stand for all pages that have none of their own, such as files and sandboxed frames."`
	TrustedProxies []string      `placeholder:"CIDR" group:"Network" help:"Proxies in front of the hub, as addresses or networks like 10.0.0.0/8: where a client is, their X-Forwarded-For or Forwarded says. They must set or remove it."`
	AcceptRate     int           `default:"300" group:"Network" help:"Most sign-ins a second; who comes above that is told to come back."`
	Drain          time.Duration `default:"10s" group:"Network" help:"How long agents have to move on after SIGTERM."`

	target.Flags `group:"Store"`

	Durability   string `default:"auto" enum:"auto,primary,replica" group:"Store" help:"When a change counts as kept: ${enum}. auto waits for a replica once one has confirmed a change."`
	Unbatched    bool   `hidden:"" group:"Store" help:"Send each change to Redis alone: what hubbench compares with."`
	Tenant       string `default:"default" group:"Store" help:"The one tenant this hub serves; part of every key."`
	PhoneKeyFile string `placeholder:"FILE" group:"Store" help:"File with the key that encrypts numbers: 32 bytes as hex or base64. Or $$AGENTHUB_PHONE_KEY."`

	SignIn signin.Flags `embed:""`

	ReservationTTL  time.Duration `name:"reservation-ttl" default:"3m" group:"Contacts" help:"How long a reservation lasts."`
	DialledTTL      time.Duration `name:"dialled-ttl" default:"4h" group:"Contacts" help:"How long a dialled contact waits for its outcome."`
	LegacyDrop      string        `default:"review" enum:"review,requeue" group:"Contacts" help:"What becomes of a contact that a lcm.v1 client leaves behind: ${enum}."`
	Grace           time.Duration `default:"20s" group:"Contacts" help:"How long a lost socket may come back to its contact."`
	MinHold         time.Duration `default:"0s" group:"Contacts" help:"A skip that names no contact never releases a younger reservation."`
	SkipDelay       time.Duration `default:"15m" group:"Contacts" help:"When a skipped contact is offered again."`
	SkipAvoid       time.Duration `default:"24h" group:"Contacts" help:"When it is offered to the same agent again."`
	SkipLimit       int           `default:"5" group:"Contacts" help:"Skips by different agents that bring a contact to review."`
	KeepClosed      days          `default:"0s" group:"Contacts" help:"How long closed contacts are kept, as 90d; 0s is for good. What left the store is new to the next list that has it."`
	UnknownCampaign string        `default:"refuse" enum:"refuse,draft,accept" group:"Contacts" help:"What becomes of rows of a campaign that nobody made: ${enum}. A draft holds them until it is put; accept takes whatever is typed, without calling hours."`
	DefaultRegion   string        `default:"US" group:"Contacts" help:"Country of numbers without a country code, as two letters."`
	Zoneinfo        string        `placeholder:"DIR" group:"Contacts" help:"A zoneinfo folder with newer time zones than the built-in ones and the system's: the newest release decides."`
	Rules           string        `default:"us-ca-2026" enum:"us-ca-2026,none" group:"Contacts" help:"Built-in rule pack that a store gets which never had it, or has an earlier hub's: ${enum}. It holds for contacts that are loaded from then on. No legal advice. The demo has none."`

	FeedMax int64         `default:"2000000" group:"Feed" help:"Most events kept."`
	FeedAge time.Duration `default:"24h" group:"Feed" help:"How long an event is kept."`

	AlertRate   float64       `default:"0.25" group:"Alerts" help:"Skips ÷ ended reservations of an agent or a campaign, over --alert-window."`
	AlertReason float64       `default:"0.5" group:"Alerts" help:"One reason ÷ all skips of a campaign, over --alert-window."`
	AlertLeast  int           `default:"10" group:"Alerts" help:"No share is told of fewer."`
	AlertWindow time.Duration `default:"15m" group:"Alerts" help:"Over which shares are taken."`
	AlertRow    int           `default:"4" group:"Alerts" help:"Skips of an agent in a row."`
	AlertBurst  int           `default:"5" group:"Alerts" help:"Skips of an agent within a minute."`

	LogLevel  string `default:"info" enum:"debug,info,warn,error" group:"Operation" help:"${enum}. debug has a line for each request, with the request id that the pages show under Details; what failed for an inner cause has one at any level."`
	AccessLog bool   `group:"Operation" help:"A line for each answer by HTTP: the call by its pattern, without what stood in its place or behind the question mark, status, bytes, time, request id and address."`
	WebDir    string `placeholder:"DIR" group:"Operation" help:"Serve the pages from here instead of the built-in ones."`

	proxies []netip.Prefix // read by checkNetwork

	// Read by readSecrets, from the environment or files only.
	phoneKey   []byte // nil: none
	adminToken string // "": none
}

// access is the log of answers by HTTP, nil: none.
func (c *config) access(log *zap.Logger) *zap.Logger {
	if !c.AccessLog {
		return nil
	}
	return log.Named("http")
}

// origins are those whose pages may use the hub, its own first.
func (c *config) origins() []string {
	if c.PublicURL == "" {
		return c.AllowedOrigins
	}
	return append([]string{c.PublicURL}, c.AllowedOrigins...)
}

// commands are what the program can do. Every flag has a variable: --redis is AGENTHUB_REDIS.
type commands struct {
	Serve   config         `cmd:"" default:"withargs" help:"Run the hub (the default)."`
	Token   tools.Token    `cmd:"" help:"Print a token to sign in with."`
	Send    tools.Send     `cmd:"" help:"Send one message as an agent and print what comes back."`
	Load    tools.Load     `cmd:"" help:"Load contacts from a .csv or .ndjson file, or from - (standard input)."`
	Watch   tools.Watch    `cmd:"" help:"Show what happens, live."`
	Health  tools.Health   `cmd:"" help:"Ask a hub whether it is ready; the exit code tells."`
	Check   checkCommand   `cmd:"" help:"Look through a store for what must never be; it may be in use."`
	Version versionCommand `cmd:"" help:"Print the version, and which time zone data this machine has."`
	Script  scriptCommand  `cmd:"" help:"List the Lua scripts, or print one as Redis runs it."`
}

const examples = `
Examples:
  agenthub                                             a demo on http://127.0.0.1:8080, nothing to configure
  agenthub serve --redis redis://127.0.0.1:6379/0      with AGENTHUB_JWT_SECRET set: a real hub
  agenthub token --sub testagent --role agent --ttl 1h
  agenthub load contacts.csv
  agenthub watch --campaign spring
`

// execute runs the command that the arguments name.
func execute(ctx context.Context, args []string, std command.Streams) error {
	var all commands
	parser, err := kong.New(&all,
		kong.Name("agenthub"), kong.Description("A real-time hub for the agents of a contact centre."+"\n"+examples),
		kong.DefaultEnvars("AGENTHUB"), kong.Writers(std.Out, std.Err), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
	)
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return command.Usage(fmt.Errorf("%w (see agenthub --help)", err))
	}
	switch chosen.Command() {
	case "token":
		return all.Token.Run(ctx, std)
	case "load <file>":
		return all.Load.Run(ctx, std)
	case "send <frame>":
		return all.Send.Run(ctx, std)
	case "watch":
		return all.Watch.Run(ctx, std)
	case "health":
		return all.Health.Run(ctx, std)
	case "check":
		return all.Check.run(ctx, std)
	case "version":
		return all.Version.run(std)
	case "script", "script <name>":
		return all.Script.run(std)
	}
	if err := all.Serve.complete(); err != nil {
		return command.Usage(err)
	}
	return serve(ctx, &all.Serve, std)
}
