package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"agenthub/cmd/agenthub/command"
	"agenthub/contacts"
	"agenthub/contacts/lists"
	"agenthub/contacts/lists/headers"
)

// Load is "agenthub load FILE".
type Load struct {
	HubFlags
	File     string              `arg:"" help:"A file of contacts: CSV with any separator, or a JSON object a line; packed with gzip or zip or not. Or - for standard input."`
	Format   string              `enum:"auto,csv,ndjson" default:"auto" help:"${enum}: auto goes by the file's name, else by what it begins with."`
	Map      []string            `sep:"none" placeholder:"FIELD=COLUMN" help:"The column of a field, as phone=HomePhone, phone=#5 for the fifth, or region= for none. May stand several times."`
	Layout   string              `placeholder:"NAME" help:"How a file without a line of names is laid out: vicidial."`
	Campaign contacts.CampaignID `help:"The campaign of rows that name none."`
	DryRun   bool                `help:"Write nothing, and say what would be: how the file is understood, what is new, refused, or could not be called now."`
	Rejects  string              `placeholder:"FILE" help:"Write refused rows to a file, one a line: line, tab, why. At most a million."`
	Resume   string              `placeholder:"ID" help:"Go on with an upload that broke off; its id was told then."`
}

func (l *Load) format() lists.Format {
	format := l.Format
	if format == "auto" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(l.File)), ".")
	}
	switch format {
	case "csv":
		return lists.CSV
	case "ndjson", "jsonl":
		return lists.NDJSON
	}
	return lists.Auto
}

// Run sends the file to the hub and tells what became of its rows.
func (l *Load) Run(ctx context.Context, std command.Streams) (err error) {
	o := lists.Options{Format: l.format(), Columns: headers.Asked{Layout: l.Layout}, Campaign: l.Campaign}
	for _, one := range l.Map {
		if err := o.Columns.Ask(one); err != nil {
			return command.Usage(fmt.Errorf("--map: %w", err))
		}
	}
	in, size, done, err := l.open(std)
	if err != nil {
		return err
	}
	defer done()
	rejects, err := openRejects(l.Rejects, l.Resume != "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rejects.close()) }()
	token, err := l.bearer(ctx, loader, time.Hour)
	if err != nil {
		return err
	}
	return l.load(ctx, o, in, size, token, rejects, std)
}

// open finds the file.
func (l *Load) open(std command.Streams) (in io.Reader, size int64, done func(), err error) {
	if l.File == "-" {
		return std.In, 0, func() {}, nil
	}
	file, err := os.Open(l.File)
	if err != nil {
		return nil, 0, nil, err
	}
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return nil, 0, nil, errors.Join(fmt.Errorf("%s is no file", l.File), file.Close())
	}
	return file, info.Size(), func() { _ = file.Close() }, nil
}

func (l *Load) load(ctx context.Context, o lists.Options, in io.Reader, size int64, token string, rejects *rejects, std command.Streams) error {
	bar := newBar(ctx, size, std)
	rows, err := lists.NewRowReader(bar.reader(in), o)
	if err != nil {
		bar.end(false)
		return err
	}
	upload := l.Resume
	if upload == "" {
		upload = newUploadID()
	}
	tell := newSummary()
	u := uploader{
		hub: &l.HubFlags, rows: rows, token: token, query: asked(l.Campaign, l.DryRun, upload), most: partBytes, first: true,
		rejected: func(line int, why string) { tell.reject(line, why); rejects.write(line, why) },
		progress: bar.rows, say: bar.say,
	}
	err = u.run(ctx)
	bar.end(err == nil)
	u.done.Ignored, u.done.Mapped, u.done.Encoding = rows.Ignored(), rows.Mapped(), rows.Encoding()
	if err != nil {
		if !u.first && !l.DryRun {
			err = fmt.Errorf("%w; %d accepted, %d updated, %d rejected until then; go on with: %s",
				err, u.done.Accepted, u.done.Updated, u.done.RejectedTotal, l.again(upload))
		}
		return err
	}
	return tell.report(u.done, l.DryRun, bar.rate(), std)
}

// again is the command that goes on with an upload: read otherwise, it would be another.
func (l *Load) again(upload string) string {
	words := []string{"agenthub load"}
	say := func(flag, value string) {
		if strings.ContainsAny(value, " '\"$\\") {
			value = "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
		}
		words = append(words, flag+value)
	}
	for _, one := range l.Map {
		say("--map=", one)
	}
	for _, f := range []struct{ flag, value string }{
		{"--format=", strings.TrimPrefix(l.Format, "auto")}, {"--layout=", l.Layout}, {"--campaign=", string(l.Campaign)}, {"--url=", l.URL},
	} {
		if f.value != "" {
			say(f.flag, f.value)
		}
	}
	say("--resume ", upload)
	say("", l.File)
	return strings.Join(words, " ")
}

// bar shows how far a load is: a bar where somebody looks, else a line now and then.
type bar struct {
	std      command.Streams
	begun    time.Time
	told     time.Time
	count    int
	visible  bool
	progress *mpb.Progress
	bar      *mpb.Bar
}

// tellEach is how often a load that nobody looks at says how far it is.
const tellEach = 10 * time.Second

func newBar(ctx context.Context, size int64, std command.Streams) *bar {
	b := &bar{std: std, begun: time.Now(), told: time.Now(), visible: command.IsTerminal(std.Err)}
	output := io.Discard
	if b.visible {
		output = std.Err
	}
	b.progress = mpb.NewWithContext(ctx, mpb.WithOutput(output), mpb.WithWidth(48))
	b.bar = b.progress.AddBar(size,
		mpb.PrependDecorators(decor.Name("loading "), decor.CountersKibiByte("% .1f / % .1f")),
		mpb.AppendDecorators(decor.Percentage(), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" "), decor.AverageSpeed(decor.SizeB1024(0), "% .1f")),
	)
	return b
}

func (b *bar) reader(in io.Reader) io.Reader { return b.bar.ProxyReader(in) }

// rows counts those that are done.
func (b *bar) rows(n int) {
	b.count += n
	if !b.visible && time.Since(b.told) >= tellEach {
		b.told = time.Now()
		b.say("%d rows, %d a second", b.count, b.rate())
	}
}

// say writes a line beside the bar.
func (b *bar) say(format string, args ...any) {
	line := fmt.Sprintf(format+"\n", args...)
	if b.visible {
		_, _ = b.progress.Write([]byte(line))
		return
	}
	_, _ = io.WriteString(b.std.Err, line)
}

// rate is in rows a second.
func (b *bar) rate() int {
	return int(float64(b.count) / max(time.Since(b.begun).Seconds(), 0.001))
}

func (b *bar) end(whole bool) {
	if whole {
		b.bar.SetTotal(-1, true)
	} else {
		b.bar.Abort(false)
	}
	b.progress.Wait()
}
