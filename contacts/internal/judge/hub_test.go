package judge

import (
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/packs"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
	"agenthub/contacts/store/lua"
)

func TestMain(m *testing.M) { contactstest.Main(m) }

const step = 15 * 60 // a quarter of an hour, in seconds

// hub is a tenant whose scripts are asked about many times at once.
type hub struct {
	*contactstest.Node
	sha string
}

// scripts are the hub's, and testdata/judge.lua.
type scripts struct{ fs.ReadFileFS }

func (s scripts) ReadFile(name string) ([]byte, error) {
	if name == "judge.lua" {
		return os.ReadFile("testdata/" + name)
	}
	return s.ReadFileFS.ReadFile(name)
}

func newHub(t *testing.T, kind string, policy store.Policy) *hub {
	t.Helper()
	h := &hub{Node: contactstest.New(t, kind, policy)}
	from := script.Source{Files: scripts{lua.Files}, Prefix: h.Keys.One(""), Given: map[string]string{"law": packs.Lua()}}
	asking, err := from.Script("judge")
	if err != nil {
		t.Fatal(err)
	}
	if h.sha, err = h.RDB.ScriptLoad(t.Context(), asking.Text).Result(); err != nil {
		t.Fatal(err)
	}
	return h
}

// rules puts the packs that are judged.
func (h *hub) rules(t *testing.T) {
	t.Helper()
	name, text := packs.BuiltInText()
	if err := h.Store.PutPack(t.Context(), name, text); err != nil {
		t.Fatal(err)
	}
	more, err := os.ReadFile("testdata/more.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := packs.Parse(more); err != nil {
		t.Fatal(err)
	}
	if err := h.Store.PutPack(t.Context(), "more", more); err != nil {
		t.Fatal(err)
	}
}

// beat does what a hub does each minute, and each hour.
func (h *hub) beat(t *testing.T, now time.Time) {
	t.Helper()
	h.At(now)
	if err := h.Store.KeepLaw(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.ReadClocks()
}

// load imports people.
func (h *hub) load(t *testing.T, all []somebody) {
	t.Helper()
	rows := make([]contacts.Row, len(all))
	for i, s := range all {
		rows[i] = s.row()
	}
	got, err := h.Store.Import(t.Context(), rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range all {
		if got[i] != contacts.ImportAccepted {
			t.Fatalf("%s is %s", s.id, got[i])
		}
		if strings.HasPrefix(s.campaign, "before") { // loaded by a hub that knew no places
			h.Command(t, "HDEL", "c:"+s.id, "wh")
		}
	}
}

// said is what the hub says from a time on, Unix seconds.
type said struct {
	at     int64
	closed bool
	rule   string // that closes it
	other  int64  // until when it may be called, or when again; -1 for no word
}

// ask asks about people for a stretch of time, both ends included.
func (h *hub) ask(t *testing.T, ids []string, first, last int64) [][]said {
	t.Helper()
	var got [][]said
	for len(ids) > 0 {
		pipe, n := h.RDB.Pipeline(), min(len(ids), 50)
		calls := make([]*redis.Cmd, n)
		for i, id := range ids[:n] {
			calls[i] = pipe.EvalSha(t.Context(), h.sha, []string{"", "", ""}, id, first*1000, last*1000, step*1000)
		}
		if _, err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, call := range calls {
			words, err := call.StringSlice()
			if err != nil {
				t.Fatal(err)
			}
			var one []said
			for i := 0; i < len(words); i += 3 {
				rule, closed := strings.CutPrefix(words[i+1], "!")
				one = append(one, said{at: milli(words[i]), closed: closed, rule: rule, other: milli(words[i+2])})
			}
			got = append(got, one)
		}
		ids = ids[n:]
	}
	return got
}

// milli reads Unix ms, of which none is -1.
func milli(text string) int64 {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return ms / 1000
}
