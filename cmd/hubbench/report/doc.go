//go:build linux

package report

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Document puts the figures of this run between the marks of their kind in a Markdown file,
// and draws its plots beside it. What stands between other marks stays.
func (r *Report) Document(file, kind string) error {
	old, err := os.ReadFile(file) //nolint:gosec // as asked on the command line
	if err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	begin, end := "<!-- "+kind+" -->\n", "<!-- /"+kind+" -->"
	head, rest, ok := strings.Cut(string(old), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("figures: %s has no marks %s", file, strings.TrimSpace(begin))
	}
	if err := os.WriteFile(file, []byte(head+begin+r.markdown()+end+tail), 0o600); err != nil { //nolint:gosec // as asked on the command line
		return fmt.Errorf("figures: %w", err)
	}
	if kind != "rates" {
		return nil
	}
	dir := filepath.Dir(file)
	if err := os.WriteFile(filepath.Join(dir, "bench-cpu.svg"), []byte(r.cpuPlot()), 0o600); err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	if len(r.ramp()) < 2 {
		return nil
	}
	return os.WriteFile(filepath.Join(dir, "bench-ramp.svg"), []byte(r.rampPlot()), 0o600)
}

// names gives the cells' names, each once, in order.
func (r *Report) names() (list []string) {
	seen := map[string]bool{}
	for _, c := range r.Cells {
		if !seen[c.Name] {
			seen[c.Name] = true
			list = append(list, c.Name)
		}
	}
	return list
}

func (r *Report) markdown() string {
	var b strings.Builder
	loud := 0.0
	for _, c := range r.Cells {
		loud = max(loud, c.Other)
	}
	b.WriteString("\n" + wrapped(fmt.Sprintf(
		"%s, %d cores, %s, Linux %s, %s, Redis %s, commit %s, %s. %s. Other processes used up to %.2f cores meanwhile.",
		r.Machine.CPU, r.Machine.Cores, r.Machine.Memory, r.Machine.Kernel, r.Machine.Go, r.Machine.Redis, r.Machine.Commit, r.At, r.Settings, loud,
	), ""))
	if len(r.Ratios) > 0 {
		b.WriteString("\n| ratio | median | min | max | goal | met |\n| --- | ---: | ---: | ---: | ---: | --- |\n")
	}
	for _, row := range r.Ratios {
		met := ""
		if row.Goal != 0 {
			met = map[bool]string{true: "yes", false: "**no**"}[row.met()]
		}
		fmt.Fprintf(&b, "| %s | %.2f%s | %.2f | %.2f | %s | %s |\n", row.What, row.Median, row.Unit, row.Min, row.Max, row.goal(), met)
	}
	if len(r.Cells) > 0 {
		b.WriteString("\n| cell (median of its rounds) | requests/s | server µs | Redis µs | client µs | p50 ms | p99 ms |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	}
	for _, name := range r.names() {
		of := func(value func(Cell) float64) float64 { return r.Median(name, value) }
		mark := ""
		for _, c := range r.of(name) {
			if !c.Valid {
				mark = " (invalid: below 98 % of the asked rate)"
			}
		}
		fmt.Fprintf(&b, "| %s%s | %.0f | %.1f | %.1f | %.1f | %.2f | %.2f |\n", name, mark, of(func(c Cell) float64 { return c.Rate }),
			of(func(c Cell) float64 { return c.Server }), of(func(c Cell) float64 { return c.Redis }), of(func(c Cell) float64 { return c.Client }),
			of(func(c Cell) float64 { return c.P50 }), of(func(c Cell) float64 { return c.P99 }))
	}
	if len(r.Lines) > 0 {
		b.WriteByte('\n')
	}
	for _, line := range r.Lines {
		b.WriteString(wrapped("- "+line, "  "))
	}
	return b.String()
}

// columns is how long a line of prose may be in our documents.
const columns = 120

// wrapped breaks one paragraph into lines that end in a line feed, all but the first behind an indent.
func wrapped(text, indent string) string {
	var b strings.Builder
	width := 0
	for i, word := range strings.Fields(text) {
		size := utf8.RuneCountInString(word)
		switch {
		case i > 0 && width+1+size > columns:
			b.WriteString("\n" + indent)
			width = len(indent)
		case i > 0:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += size
	}
	return b.String() + "\n"
}

// plot is the beginning of a drawing; it reads on light and dark pages.
const plot = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 %d" font-family="sans-serif" font-size="13">
<rect width="720" height="%d" fill="#fff"/><text x="16" y="24" font-size="15">%s</text>
`

// colours of server, Redis and client.
var colours = [3]string{"#2f6db3", "#c8553d", "#9aa5b1"}

// cpuPlot draws the processor time of one request, cell by cell.
func (r *Report) cpuPlot() string {
	var b strings.Builder
	cells := []string{"echo", "cycle", "scripts", "hub", "unbatched"}
	height := 70 + 34*len(cells)
	fmt.Fprintf(&b, plot, height, height, "Processor time of one request, µs (under closed load)")
	for i, name := range []string{"server", "Redis", "client or generator"} {
		fmt.Fprintf(&b, `<rect x="%d" y="36" width="12" height="12" fill="%s"/><text x="%d" y="47">%s</text>`+"\n", 110+i*110, colours[i], 127+i*110, name)
	}
	parts := func(c string) [3]float64 {
		return [3]float64{
			r.Median(c, func(c Cell) float64 { return c.Server }), r.Median(c, func(c Cell) float64 { return c.Redis }),
			r.Median(c, func(c Cell) float64 { return c.Client }),
		}
	}
	most := 1.0
	for _, c := range cells {
		p := parts(c)
		most = max(most, p[0]+p[1]+p[2])
	}
	for i, c := range cells {
		x, y := 110.0, 60+34*i
		fmt.Fprintf(&b, `<text x="100" y="%d" text-anchor="end">%s</text>`, y+17, c)
		for k, v := range parts(c) {
			fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="24" fill="%s"/>`, x, y, v/most*540, colours[k])
			x += v / most * 540
		}
		p := parts(c)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d">%.0f</text>`+"\n", x+6, y+17, p[0]+p[1]+p[2])
	}
	return b.String() + "</svg>\n"
}

func (r *Report) ramp() (list []Cell) {
	for _, c := range r.Cells {
		if strings.HasPrefix(c.Name, "ramp ") {
			list = append(list, c)
		}
	}
	return list
}

// rampPlot draws latency over load, with a logarithmic scale of ms.
func (r *Report) rampPlot() string {
	var b strings.Builder
	cells := r.ramp()
	fmt.Fprintf(&b, plot, 320, 320, "Latency over load, ms from the intended start (open loop)")
	top := cells[len(cells)-1].Asked
	x := func(rate float64) float64 { return 60 + rate/top*620 }
	y := func(ms float64) float64 { return 270 - (math.Log10(max(ms, 0.1))+1)/5*220 }
	for _, ms := range []float64{0.1, 1, 10, 100, 1000, 10000} {
		fmt.Fprintf(&b, `<path d="M60 %.1fH680" stroke="#ddd"/><text x="52" y="%.1f" text-anchor="end">%g</text>`+"\n", y(ms), y(ms)+4, ms)
	}
	for i, value := range []func(Cell) float64{func(c Cell) float64 { return c.P50 }, func(c Cell) float64 { return c.P99 }} {
		var path strings.Builder
		for k, c := range cells {
			fmt.Fprintf(&path, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[k == 0], x(c.Asked), y(value(c)))
		}
		fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/><text x="%d" y="44" fill="%s">%s</text>`+"\n",
			path.String(), colours[i], 560+60*i, colours[i], [2]string{"p50", "p99"}[i])
	}
	for _, c := range cells {
		fmt.Fprintf(&b, `<text x="%.1f" y="290" text-anchor="middle">%.0f</text>`, x(c.Asked), c.Asked)
	}
	fmt.Fprintf(&b, `<text x="370" y="310" text-anchor="middle">requests/s; the knee is at %s</text>`+"\n", r.Knee())
	return b.String() + "</svg>\n"
}

// Knee names the first step of the ramp that is not reached, or whose p99 is ten times that
// of the first.
func (r *Report) Knee() string {
	cells := r.ramp()
	for _, c := range cells {
		if !c.Valid || c.P99 > 10*cells[0].P99 {
			return fmt.Sprintf("%.0f", c.Asked)
		}
	}
	return "more than was asked"
}
