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

// table is the Markdown table of medians, and how many times better ours is than each
// other server.
func table(peers []peer, samples map[string][]sample) string {
	var b strings.Builder
	b.WriteString("| |")
	for _, p := range peers {
		fmt.Fprintf(&b, " %s |", p.name)
	}
	for _, p := range peers[1:] {
		fmt.Fprintf(&b, " better than %s |", p.name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", 2*len(peers)-1) + "\n")
	for i, m := range metrics {
		fmt.Fprintf(&b, "| %s |", m.name)
		var medians []float64
		for _, p := range peers {
			var x []float64
			for _, s := range samples[p.name] {
				x = append(x, s[i])
			}
			medians = append(medians, median(x))
			fmt.Fprintf(&b, " %s |", quantity(median(x), m.unit))
		}
		for j, other := range medians[1:] {
			ratio := other / medians[0]
			if peers[j+1].fewer && i <= cpu0 {
				ratio = math.NaN() // it had less to do, and fewer events share a wake-up
			}
			if m.more {
				ratio = 1 / ratio
			}
			fmt.Fprintf(&b, " %s |", quantity(ratio, "times"))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// quantity writes x with three digits.
func quantity(x float64, unit string) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return "–"
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
