package target

import (
	"strings"
	"testing"

	"go.uber.org/zap"
)

func TestSentinelAddress(t *testing.T) {
	f := Flags{Redis: "redis://u:p@10.0.0.1,10.0.0.2:5000/3", Access: Access{RedisMaster: "m"}}
	p, err := f.Open(t.Context(), true, "nokey", zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Redis; got.URL != "redis://10.0.0.1:26379/3" || got.Username != "u" || got.Password != "p" || strings.Join(got.Sentinels, " ") != "10.0.0.1:26379 10.0.0.2:5000" {
		t.Fatalf("target %+v", got)
	}
}
