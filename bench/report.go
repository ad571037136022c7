package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// median of the values that are numbers; NaN if none is.
func median(x []float64) float64 {
	x = slices.DeleteFunc(slices.Clone(x), math.IsNaN)
	if len(x) == 0 {
		return math.NaN()
	}
	slices.Sort(x)
	if n := len(x); n%2 == 0 {
		return (x[n/2-1] + x[n/2]) / 2
	}
	return x[len(x)/2]
}

// results are the samples of every peer, a round each.
type results struct {
	peers   []peer // ours first, softIoc second
	samples map[string][]sample
}

// median is that of a peer's values of a metric.
func (r *results) median(p peer, key string) float64 {
	var x []float64
	for _, s := range r.samples[p.name] {
		x = append(x, s.value(key))
	}
	return median(x)
}

// better is how many times better ours is than another peer.
func (r *results) better(m metric, other peer) float64 {
	if other.basic && m.changing {
		return math.NaN() // it had less to do, and fewer events share a wake-up
	}
	ratio := r.median(other, m.key) / r.median(r.peers[0], m.key)
	if m.more {
		return 1 / ratio
	}
	return ratio
}

// comparison is the Markdown table of medians, and how many times better ours is than
// each other server.
func (r *results) comparison() string {
	var b strings.Builder
	b.WriteString("| |")
	for _, p := range r.peers {
		fmt.Fprintf(&b, " %s |", p.name)
	}
	for _, p := range r.peers[1:] {
		fmt.Fprintf(&b, " better than %s |", p.name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", 2*len(r.peers)-1) + "\n")
	for _, m := range metrics {
		fmt.Fprintf(&b, "| %s |", m.name)
		for _, p := range r.peers {
			fmt.Fprintf(&b, " %s |", quantity(r.median(p, m.key), m.unit))
		}
		for _, p := range r.peers[1:] {
			fmt.Fprintf(&b, " %s |", quantity(r.better(m, p), "times"))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// targets is the Markdown table of what was to be reached.
func (r *results) targets() string {
	var b strings.Builder
	b.WriteString("| | to reach | reached | |\n|---|---:|---:|---|\n")
	name := ""
	for _, m := range metrics {
		if !strings.HasPrefix(m.name, "…") {
			name = m.name
		}
		if m.want.kind == noTarget {
			continue
		}
		full := m.name
		if rest, ok := strings.CutPrefix(m.name, "… "); ok {
			full = name + ": " + rest
		}
		ours := r.median(r.peers[0], m.key)
		wanted, got, ok := "", quantity(ours, m.unit), false
		switch x := m.want.x; m.want.kind {
		case better:
			ratio := r.better(m, r.peers[1])
			wanted, got, ok = fmt.Sprintf("%g times softIoc", x), quantity(ratio, "times"), ratio >= x
		case atMost:
			wanted, ok = fmt.Sprintf("at most %g %s", x, m.unit), ours <= x
		case atLeast:
			wanted, ok = fmt.Sprintf("at least %.0f %s", x, m.unit), ours >= x
		}
		verdict := "**no**"
		switch {
		case ok:
			verdict = "yes"
		case got == missing:
			verdict = missing
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", full, wanted, got, verdict)
	}
	return b.String()
}

// missing stands for a figure that there is not.
const missing = "–"

// quantity writes x with three digits.
func quantity(x float64, unit string) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return missing
	case x >= 100:
		return fmt.Sprintf("%.0f %s", x, unit)
	case x >= 10:
		return fmt.Sprintf("%.1f %s", x, unit)
	}
	return fmt.Sprintf("%.2f %s", x, unit)
}

// machine says what the figures were measured on.
func machine(python string) string {
	var lines []string
	cpu := "unknown"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	lines = append(lines, fmt.Sprintf("- %s, %d cores for servers and load together, %s/%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version()))
	out, err := exec.Command(python, "-c", `from importlib.metadata import version as v
print("softIoc of epicscorelibs", v("epicscorelibs") + ", caproto", v("caproto"))`).Output()
	if err == nil {
		lines = append(lines, "- "+strings.TrimSpace(string(out)))
	}
	return strings.Join(lines, "\n")
}

// idle is the load average up to which nothing else uses the machine.
const idle = 0.3

// caution is what a reader must know of figures that were taken under the load before.
func caution(before string) string {
	if load, err := strconv.ParseFloat(before, 64); err == nil && load <= idle {
		return ""
	}
	return "\n\n**Other programs used the machine: the figures show the shape, do not quote them.**"
}

// loadAverage is the machine's load over the last minute.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(b))[0]
}
