package config

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// examples are the files that the documentation shows, and their golden models.
var examples = map[string]string{
	"../examples/bench/bench.yaml": "testdata/bench.golden",
	"../examples/chips/chips.yaml": "testdata/chips.golden",
	"../examples/pins/pins.yaml":   "testdata/pins.golden",
	"testdata/lab.yaml":            "testdata/lab.golden",
	"../examples/pi/pi.yaml":       "testdata/pi.golden",
}

// The instrument file of lab.yaml, and how it is simulated.
const (
	gaugeFile = "testdata/gauge.yaml"
	gaugeSim  = "testdata/gauge.sim.yaml"
)

func TestGolden(t *testing.T) {
	for file, golden := range examples {
		m, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		got := dump(m)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got):\n%s", file, d)
		}
	}
}

// dump is what a model says of its server and its PVs.
func dump(m *Model) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s prefix %q board %s, %d ports, %d buses\n", m.Name, m.Prefix, m.Board.Name, len(m.ports), len(m.buses))
	b.WriteString("server")
	for f, v := range reflect.ValueOf(m.Server).Fields() {
		if !v.IsZero() {
			fmt.Fprintf(&b, " %s %v", f.Name, v)
		}
	}
	b.WriteString("\n")
	if m.access != nil {
		fmt.Fprintf(&b, "access %s groups %v by address %v\n", filepath.ToSlash(m.access.file), m.access.rules.Groups(), m.access.byAddress)
	}
	if m.putLog != nil {
		fmt.Fprintf(&b, "put log %s all %v changes %v\n", filepath.ToSlash(m.putLog.file), m.putLog.all, m.putLog.changes)
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, p := range m.PVs {
		s := p.spec
		fmt.Fprintf(w, "%d:%d\t%s\t%v\t%s\t%s\t%s\t", p.Pos.Line, p.Pos.Col, p.Name, p.Type, s.Scan, s.DTYP, s.Link)
		fmt.Fprintf(w, "%q prec %d pini %v choices %v values %v", s.Info.Units, s.Info.Precision, s.PINI, s.Info.Choices, s.StateValues)
		fmt.Fprintf(w, " drive %v display %v warn %v %v/%v alarm %v %v/%v", s.Info.Control, s.Info.Display,
			s.Info.Warning, s.LSV, s.HSV, s.Info.Alarm, s.LLSV, s.HHSV)
		fmt.Fprintf(w, " hyst %v mdel %v adel %v n %d %v initial %v fields %v desc %q", s.HYST, s.MDEL, s.ADEL, s.Elements, s.ElementKind, s.Initial, s.Fields, s.Desc)
		if s.ASG != "" {
			fmt.Fprintf(w, " asg %s", s.ASG)
		}
		if s.InfoTags != nil {
			fmt.Fprintf(w, " info %v", s.InfoTags)
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}
