package packs

import (
	"bytes"
	_ "embed" // hours.lua
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Pack is a set of rules with their sources, as somebody saw them on a day.
type Pack struct {
	// Pack is its name; a pack that is put again replaces the one of its name.
	Pack string `json:"pack"`
	// Seen is the day its sources were looked at; a rule may have its own.
	Seen  string `json:"seen"`
	Note  string `json:"note,omitzero"`
	Rules []Rule `json:"rules,omitzero"`
	// Holidays are the legal holidays of a region, observed days included, as
	// dates. A region's holidays are those of all packs together, so that a pack
	// may add a proclamation to another's list.
	Holidays map[string][]string `json:"holidays,omitzero"`
	// HolidaySources say by region where the dates are from.
	HolidaySources map[string]string `json:"holidaySources,omitzero"`
	Attempts       []Limit           `json:"attempts,omitzero"`
	Bans           []Ban             `json:"bans,omitzero"`
}

// Rule is a window of the day on some days of the week. It says nothing about
// other days.
type Rule struct {
	// ID names the rule in a refusal; unique in its pack.
	ID string `json:"id"`
	// Region is what ParseRegion reads.
	Region string `json:"region"`
	// Days of the week, "mon-fri" or "sat,sun"; "" is every day.
	Days string `json:"days,omitzero"`
	// From and Until are the person's time of day: allowed is From and not any
	// more Until. Closed in their place forbids the whole day.
	From   string `json:"from,omitzero"`
	Until  string `json:"until,omitzero"`
	Closed bool   `json:"closed,omitzero"`
	// Holidays says what a holiday of the region on one of Days is: "open", like
	// any other day, the default; "closed"; or "sunday", when the day is read as
	// if it were a Sunday, by this rule alone.
	Holidays string `json:"holidays,omitzero"`
	// Modes the rule is for; none or "*" is every mode.
	Modes []string `json:"modes,omitzero"`
	// Source is the law; Seen the day it was looked at, the pack's by default.
	Source string `json:"source"`
	Seen   string `json:"seen,omitzero"`
	Note   string `json:"note,omitzero"`
	// Effective is the person's first day under the rule, Expires the first day
	// that is free of it again; "" for always and for ever.
	Effective string `json:"effective,omitzero"`
	Expires   string `json:"expires,omitzero"`
}

// Ban forbids every call into a region for a time, as an emergency order does.
type Ban struct {
	ID     string   `json:"id"`
	Region string   `json:"region"`
	Modes  []string `json:"modes,omitzero"`
	// From and Until are instants, RFC 3339 with an offset; Until "" is until
	// somebody puts the pack again without it.
	From   string `json:"from"`
	Until  string `json:"until,omitzero"`
	Source string `json:"source"`
	Note   string `json:"note,omitzero"`
}

// What a holiday does to a rule.
const (
	HolidayOpen   = "open"
	HolidayClosed = "closed"
	HolidaySunday = "sunday"
)

// FieldError says which field of a pack is wrong, "rules[3].from", and why.
type FieldError struct{ Field, Problem string }

// Error is the field and what is wrong with it.
func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// Problems are the fields that Parse, Validate or ParseWeek found wrong; what is no
// field of its own stands under whole.
func Problems(err error, whole string) []FieldError {
	if err == nil {
		return nil
	}
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	out := make([]FieldError, len(list))
	for i, each := range list {
		out[i] = FieldError{whole, each.Error()}
		if f, ok := errors.AsType[*FieldError](each); ok {
			out[i] = *f
		}
	}
	return out
}

// Parse reads a pack and validates it. A key that no field has is refused, and so
// is one that stands twice.
func Parse(text []byte) (Pack, error) {
	var p Pack
	err := json.Unmarshal(text, &p, json.RejectUnknownMembers(true))
	if err != nil {
		return Pack{}, fieldOf(err)
	}
	return p, p.Validate()
}

// fieldOf names the field of a JSON error.
func fieldOf(err error) error {
	var form *json.SemanticError
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &form):
		return &FieldError{path(form.JSONPointer), "there is no such field"}
	case errors.As(err, &form):
		return &FieldError{path(form.JSONPointer), fmt.Sprintf("a JSON %v does not fit", form.JSONKind)}
	case errors.As(err, &syntax):
		return &FieldError{path(syntax.JSONPointer), syntax.Err.Error()}
	}
	return err
}

var index = regexp.MustCompile(`\.(\d+)`)

// path turns /rules/3/from into rules[3].from; the whole document is "pack".
func path(p jsontext.Pointer) string {
	var at bytes.Buffer
	for token := range p.Tokens() {
		at.WriteString("." + token)
	}
	if at.Len() == 0 {
		return "pack"
	}
	return strings.TrimPrefix(index.ReplaceAllString(at.String(), "[$1]"), ".")
}

//go:embed hours.lua
var hoursLua string

// Lua are the functions of hours.lua, for the scripts of a store.
func Lua() string { return hoursLua }
