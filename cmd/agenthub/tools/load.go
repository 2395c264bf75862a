package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"agenthub/cmd/agenthub/command"
	"agenthub/contacts/lists"
	"agenthub/session/identity"
)

// Load is "agenthub load FILE".
type Load struct {
	HubFlags
	File   string `arg:"" help:"A .csv or .ndjson file, or - for standard input."`
	Format string `enum:"auto,csv,ndjson" default:"auto" help:"${enum}: auto goes by the file's name, and - is ndjson."`
}

func (l *Load) contentType() (string, error) {
	format := l.Format
	if format == "auto" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(l.File)), ".")
		if l.File == "-" {
			format = "ndjson"
		}
	}
	switch format {
	case "csv":
		return "text/csv", nil
	case "ndjson", "jsonl":
		return "application/x-ndjson", nil
	}
	return "", command.Usage(fmt.Errorf("%s is neither .csv nor .ndjson; say which with --format", l.File))
}

// Run streams the file to the hub and tells what became of its rows.
func (l *Load) Run(ctx context.Context, std command.Streams) error {
	contentType, err := l.contentType()
	if err != nil {
		return err
	}
	in, size := std.In, int64(0)
	if l.File != "-" {
		file, err := os.Open(l.File)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		info, err := file.Stat()
		if err != nil || info.IsDir() {
			return fmt.Errorf("%s is no file", l.File)
		}
		in, size = file, info.Size()
	}
	token, err := l.bearer(ctx, identity.Identity{Agent: "loader", Role: identity.RoleCampaign}, time.Hour)
	if err != nil {
		return err
	}
	response, err := l.send(ctx, token, contentType, in, size, std)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return refusal(response)
	}
	var done lists.Loaded
	if err := json.NewDecoder(response.Body).Decode(&done); err != nil {
		return fmt.Errorf("read the hub's answer: %w", err)
	}
	return report(done, std)
}

// send streams the file, with a bar if somebody looks.
func (l *Load) send(ctx context.Context, token, contentType string, in io.Reader, size int64, std command.Streams) (*http.Response, error) {
	output := io.Discard
	if command.IsTerminal(std.Err) {
		output = std.Err
	}
	progress := mpb.NewWithContext(ctx, mpb.WithOutput(output), mpb.WithWidth(48))
	bar := progress.AddBar(size,
		mpb.PrependDecorators(decor.Name("loading "), decor.CountersKibiByte("% .1f / % .1f")),
		mpb.AppendDecorators(decor.Percentage(), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)),
	)
	response, err := l.call(ctx, http.MethodPost, "/api/v1/contacts", token, contentType, bar.ProxyReader(in))
	if err != nil || response.StatusCode != http.StatusOK {
		bar.Abort(false)
	} else {
		bar.SetTotal(-1, true)
	}
	progress.Wait()
	return response, err
}

// report tells the result on standard output, and on standard error every column that was ignored and every bad row.
func report(done lists.Loaded, std command.Streams) error {
	for _, column := range done.Ignored {
		hint := ""
		if column.Meant != "" {
			hint = "; did you mean " + column.Meant + "?"
		}
		_, _ = fmt.Fprintf(std.Err, "column %q is ignored%s\n", column.Column, hint)
	}
	for _, why := range slices.Sorted(maps.Keys(done.Unplaced)) {
		_, _ = fmt.Fprintf(std.Err, "%d persons cannot be placed: %s\n", done.Unplaced[why], why)
	}
	for _, field := range slices.Sorted(maps.Keys(done.Unread)) {
		_, _ = fmt.Fprintf(std.Err, "%s says nothing in %d rows\n", field, done.Unread[field])
	}
	for _, bad := range done.Rejected {
		_, _ = fmt.Fprintf(std.Err, "line %d: %s\n", bad.Line, identity.Shown(bad.Err))
	}
	if more := done.RejectedTotal - len(done.Rejected); more > 0 {
		_, _ = fmt.Fprintf(std.Err, "and %d more\n", more)
	}
	_, err := fmt.Fprintf(std.Out, "%d accepted, %d updated, %d rejected\n", done.Accepted, done.Updated, done.RejectedTotal)
	if done.RejectedTotal > 0 {
		return errors.Join(err, command.ErrSaid)
	}
	return err
}
