// Package signin is who may sign in, as the command line says: the flags of the identity provider
// and the secret, what of them is refused, and what is made of them: the verifier of tokens, what
// the pages are told, and the demo sign-in where there is neither.
package signin

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"agenthub/cmd/agenthub/command"
	"agenthub/hub/admission"
	"agenthub/session/identity"
)

// Flags are the group Sign-in of "agenthub serve".
type Flags struct {
	JWTSecretFile string   `name:"jwt-secret-file" placeholder:"FILE" group:"Sign-in" help:"File with the HS256 secret, 32 bytes or more. Or $$AGENTHUB_JWT_SECRET."`
	OldSecretFile string   `name:"jwt-secret-old-file" placeholder:"FILE" group:"Sign-in" help:"File with the secret before it, whose tokens are taken while the secret is changed. Or $$AGENTHUB_JWT_SECRET_OLD. SIGHUP reads both files anew."`
	JWKSURL       string   `name:"jwks-url" placeholder:"URL" group:"Sign-in" help:"Signing keys of the identity provider; needs --issuer and --audience."`
	Issuer        string   `group:"Sign-in" placeholder:"URL" help:"Who must have issued a token."`
	Audience      string   `group:"Sign-in" placeholder:"NAME" help:"For whom a token must be."`
	ClientID      string   `name:"oidc-client-id" placeholder:"ID" group:"Sign-in" help:"Let browsers sign in at --issuer as this public client."`
	Scopes        string   `name:"oidc-scopes" default:"openid profile" placeholder:"SCOPES" group:"Sign-in" help:"What browsers ask the provider for: scopes with blanks between them, like \"openid profile groups\"."`
	Resource      string   `name:"oidc-resource" placeholder:"URI" group:"Sign-in" help:"For whom browsers ask that the access token be, as resource (RFC 8707) and audience, where the provider must be told."`
	Token         string   `name:"oidc-token" default:"auto" enum:"access,id,auto" group:"Sign-in" help:"Which of the provider's tokens browsers show to the hub: ${enum}. auto is the access token if it is for --audience, else the ID token."`
	AgentClaim    string   `default:"sub" group:"Sign-in" help:"Claim that holds the agent id."`
	AudienceClaim string   `default:"aud" placeholder:"CLAIM" group:"Sign-in" help:"Claim that holds --audience: aud, or what the provider has in its place, as client_id or azp."`
	RoleClaim     string   `default:"role" placeholder:"CLAIM" group:"Sign-in" help:"Claim that holds the role, or a list that the roles are in: its name, or a path like realm_access.roles."`
	RoleMap       []string `placeholder:"ROLE=VALUE" group:"Sign-in" help:"What stands in --role-claim for agent, supervisor and campaign, like agent=contact-agents,supervisor=leads. Then nothing else is a role."`
	SupportText   string   `placeholder:"SENTENCE" default:"Ask whoever runs this hub." group:"Sign-in" help:"What to do who may not sign in, as a sentence for the pages."`

	old    []byte                     // read by ReadSecret: taken beside secret; nil: none
	secret []byte                     // read by ReadSecret; nil: none
	roles  map[string][]identity.Role // read by Check; nil: the roles' own names
}

const leastSecret = 32

// Demo reports whether anybody on this machine may sign in as a demo agent.
func (f *Flags) Demo() bool { return f.secret == nil && f.JWKSURL == "" }

// ReadSecret reads the secret, and the one before it, from the environment or files.
func (f *Flags) ReadSecret() (err error) {
	if f.secret, err = readSecret("AGENTHUB_JWT_SECRET", f.JWTSecretFile, "--jwt-secret-file"); err != nil {
		return err
	}
	f.old, err = readSecret("AGENTHUB_JWT_SECRET_OLD", f.OldSecretFile, "--jwt-secret-old-file")
	return err
}

func readSecret(variable, file, flag string) ([]byte, error) {
	secret, err := command.Secret(variable, file, flag)
	switch {
	case err != nil || secret == "":
		return nil, err //nolint:wrapcheck // it names the flag
	case len(secret) < leastSecret:
		return nil, fmt.Errorf("the token secret has %d bytes and needs %d or more", len(secret), leastSecret)
	}
	return []byte(secret), nil
}

// Reloads reports whether there is something that can change while the hub runs.
func (f *Flags) Reloads() bool { return f.JWTSecretFile != "" || f.OldSecretFile != "" }

// Reload reads the files of the secrets anew and gives them to the verifier. What it had
// before stays where one cannot be used.
func (f *Flags) Reload(verifier *identity.Verifier) error {
	anew := *f
	if err := anew.ReadSecret(); err != nil {
		return err
	}
	return verifier.SetSecrets(anew.secret, anew.old) //nolint:wrapcheck // it says all
}

// Check refuses what cannot be run, or should not be, in one sentence that names the flag. alone
// says that the hub keeps nothing and is reached from this machine only.
func (f *Flags) Check(alone bool) error {
	if err := f.readRoles(); err != nil {
		return err
	}
	switch {
	case f.secret != nil && f.JWKSURL != "":
		return errors.New("a token secret and --jwks-url exclude each other: whoever knows the secret could sign for the provider")
	case f.old != nil && f.secret == nil:
		return errors.New("--jwt-secret-old-file is for a secret that is being changed: give the new one with --jwt-secret-file or AGENTHUB_JWT_SECRET")
	case f.ClientID != "" && f.secret != nil:
		return errors.New("--oidc-client-id and a token secret exclude each other: browsers would come back from the provider with tokens that are not taken")
	case f.JWKSURL == "" && (f.Issuer != "" || f.ClientID != "") && f.secret == nil:
		return errors.New("--issuer and --oidc-client-id need --jwks-url")
	case f.JWKSURL != "" && (f.Issuer == "" || f.Audience == ""):
		return errors.New("--jwks-url needs --issuer and --audience, or tokens made for others would be taken")
	case f.JWKSURL != "" && !isSafeURL(f.JWKSURL):
		return fmt.Errorf("--jwks-url %s is no https address", f.JWKSURL)
	case f.ClientID != "" && !isSafeURL(f.Issuer), strings.HasPrefix(f.Issuer, "http:") && !isSafeURL(f.Issuer):
		return fmt.Errorf("--issuer %s is no https address: whoever sits on the way could send browsers to a provider of his own", f.Issuer)
	case !slices.Contains(strings.Fields(f.Scopes), "openid"):
		return errors.New("--oidc-scopes lacks openid, without which no provider signs anybody in")
	case f.Demo() && !alone:
		return errors.New("nobody could sign in: set AGENTHUB_JWT_SECRET (32 bytes or more) or --jwks-url; " +
			"the demo sign-in works only with --redis embedded and a loopback --listen")
	}
	return nil
}

func (f *Flags) readRoles() error {
	for _, pair := range f.RoleMap {
		role, value, ok := strings.Cut(pair, "=")
		switch is := identity.Role(role); {
		case !ok, value == "", is != identity.RoleAgent && is != identity.RoleSupervisor && is != identity.RoleCampaign:
			return fmt.Errorf("--role-map: %s is not like agent=contact-agents, for agent, supervisor or campaign", pair)
		case f.roles == nil:
			f.roles = map[string][]identity.Role{}
			fallthrough
		default:
			f.roles[value] = append(f.roles[value], is)
		}
	}
	return nil
}

// isSafeURL reports whether what is fetched there cannot be changed on the way.
func isSafeURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && admission.IsLoopback(u.Host))
}
