package contacts

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
)

// Choices are what an agent may answer about a contact of a campaign, as it is shown them.
type Choices struct {
	SkipReasons []SkipReason  `json:"skipReasons"`
	Outcomes    []OutcomeRule `json:"outcomes"`
}

// Choices are those in force.
func (r Rules) Choices() Choices {
	reasons := r.Reasons()
	if r.Skip == SkipOff {
		reasons = slices.DeleteFunc(slices.Clone(reasons), func(s SkipReason) bool { return !s.Suppresses })
	}
	return Choices{reasons, r.OutcomeTable()}
}

// Sum tells whether two clients were shown the same choices, of whichever campaigns.
func (c Choices) Sum() (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode choices: %w", err)
	}
	sum := sha256.Sum256(text)
	return base64.RawStdEncoding.EncodeToString(sum[:12]), nil
}
