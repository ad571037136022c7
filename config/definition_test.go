package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/instruments"
	"github.com/ioclet/ioclet/pv"
)

// loadFiles loads bench.yaml of files, which map names to texts; problems are without the
// name of the directory.
func loadFiles(t *testing.T, files map[string]string) (*Model, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.TrimPrefix(text, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m, err := Load(filepath.Join(dir, "bench.yaml"))
	if err != nil {
		return nil, strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
	}
	return m, ""
}

const gauge = `
about: a gauge
manual: ["made up"]
parameters:
  address: {type: int, range: [1, 247], doc: on the wire}
  unit: {type: choice, choices: [mbar, Pa], default: mbar}
  top: {type: float, default: 1000}
  quiet: {type: bool, default: no}
port: {baud: 19200, parity: even}
terminator: "\r"
timeout: 300ms
pvs:
  P:     {read: "@{address:%03d}PR?", reply: "@%*3dACK%e;FF", scan: 500ms, egu: "{unit}", alarm: {high: {top}}, sim: "5"}
  LIMIT: {write: "@{address:%03d}LM!%.1e;FF", drive: [0, {top}], desc: "set {{point}} of {address}"}
  MODE:  {write: "@{address:%03d}MO!%{OFF|ON};FF"}
`

// TestInstrumentFile: one file for two gauges on a wire, of which one is a little
// different.
func TestInstrumentFile(t *testing.T) {
	m, problems := loadFiles(t, map[string]string{
		"gauge.yaml": gauge,
		"bench.yaml": `
ioc: {prefix: "L:"}
ports: {wire: {serial: /dev/ttyS1}}
devices:
  G1: {instrument: gauge, port: wire, with: {address: 1}}
  G2:
    instrument: gauge.yaml
    port: wire
    with: {address: 0x10, unit: Pa, top: 500}
    timeout: 1s
    pvs:
      P:     {scan: 2s, desc: far away}
      LIMIT: {alarm: {high: 400}}
      EXTRA: {value: 1}
  G3: {instrument: gauge, port: {serial: {path: /dev/ttyS2, parity: odd}}, with: {address: 3}}
`,
	})
	if problems != "" {
		t.Fatal(problems)
	}
	var got []string
	for _, p := range m.PVs {
		got = append(got, strings.Join([]string{p.Name, p.Type.String(), p.Source, p.spec.Info.Units, p.spec.Desc, p.Scan.String()}, " | "))
	}
	want := []string{
		"L:G1:P | ai | G1 @001PR? | mbar |  | 500ms",
		"L:G1:LIMIT | ao | G1 @001LM!%.1e;FF |  | set {point}} of 1 | 0s",
		"L:G1:MODE | bo | G1 @001MO!%{OFF|ON};FF |  |  | 0s",
		"L:G2:P | ai | G2 @016PR? | Pa | far away | 2s",
		"L:G2:LIMIT | ao | G2 @016LM!%.1e;FF |  | set {point}} of 16 | 0s",
		"L:G2:MODE | bo | G2 @016MO!%{OFF|ON};FF |  |  | 0s",
		"L:G2:EXTRA | ao | soft |  |  | 0s",
		"L:G3:P | ai | G3 @003PR? | mbar |  | 500ms",
		"L:G3:LIMIT | ao | G3 @003LM!%.1e;FF |  | set {point}} of 3 | 0s",
		"L:G3:MODE | bo | G3 @003MO!%{OFF|ON};FF |  |  | 0s",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	limit := m.PVs[4].spec
	if limit.Info.Control != (pv.Limits{Low: 0, High: 500}) || limit.Info.Warning.High != 400 {
		t.Errorf("limits %+v", limit.Info)
	}
	if got := m.ports[1].options.Transport.String(); !strings.Contains(got, "/dev/ttyS2") {
		t.Errorf("transport %s", got)
	}
}

// TestKeyGivenAgain: what a device says of a key takes the place of all that its instrument
// file says of it; only blocks are added to.
func TestKeyGivenAgain(t *testing.T) {
	m, problems := loadFiles(t, map[string]string{
		"base.yaml": `
status: PORT
port: {rs485: no}
pvs:
  LED:   {gpio: gpiochip0:17, direction: output}
  LEVEL: {gpio: gpiochip0:4, count: 3}
  WAVE:  {read: "T?", reply: "%f", count: rising}
`,
		"bench.yaml": `
devices:
  A:
    instrument: base
    port: {serial: /dev/ttyS2, rs485: {delay_before: 1ms}}
    status: yes
    pvs:
      LED:   {gpio: [gpiochip0:18, gpiochip0:19]}
      LEVEL: {count: both}
      WAVE:  {count: 5}
`,
	})
	if problems != "" {
		t.Fatal(problems)
	}
	got := map[string]string{}
	for _, p := range m.PVs {
		got[p.Name] = p.Source
	}
	if got["A:LED"] != "gpio gpiochip0:18, gpiochip0:19" || got["A:LEVEL"] != "gpio gpiochip0:4 count both" {
		t.Errorf("pins %q and %q", got["A:LED"], got["A:LEVEL"])
	}
	if got["A:CONNECTED"] == "" {
		t.Errorf("status: %v", got)
	}
	if line := m.ports[0].options.Transport.(serial.Line); line.RS485 == nil {
		t.Errorf("line %+v", line)
	}
	if c := m.ports[0].options.Devices[0].Channels[0]; c.Count != 5 {
		t.Errorf("count %d", c.Count)
	}
}

// TestInstrumentProblems: mistakes of the file are told with where it is used, mistakes of
// the use with where the parameter stands.
func TestInstrumentProblems(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"with", map[string]string{"gauge.yaml": gauge, "bench.yaml": `
devices:
  A: {instrument: gauge, port: {tcp: "a:1"}}
  B: {instrument: gauge, port: {tcp: "a:2"}, with: {adress: 1, top: high}}
  C: {instrument: gauge, port: {tcp: "a:3"}, with: {address: 248, unit: bar, quiet: [1], top: {}}}
  D: {instrument: gauge.yml, port: {tcp: "a:4"}, pvs: {P: {scan: 5s, drive: [0, 1]}, Q: {read: "Q?", reply: "%f", mdle: 1}}}
  E: {instrument: scpi-suply, port: {tcp: "a:5"}}
  F: {port: {tcp: "a:6"}, with: {a: 1}, pvs: {P: {read: "A?", reply: "%f"}}}
  G: {instrument: gauge, with: {address: 1}}
  H: {instrument: [gauge], port: {tcp: "a:7"}}
  I: {instrument: ., port: {tcp: "a:8"}}
`}, `
bench.yaml:2:19: gauge needs a value for address, see gauge.yaml:4:3, expected with: {address: …}, a whole number from 1 to 247
bench.yaml:3:19: gauge needs a value for address, see gauge.yaml:4:3, expected with: {address: …}, a whole number from 1 to 247
bench.yaml:3:53: with: gauge.yaml has no parameter "adress" (did you mean "address"?)
bench.yaml:3:69: with: top: "high", expected a number, see gauge.yaml:6:3
bench.yaml:4:62: with: address: "248", expected a whole number from 1 to 247, see gauge.yaml:4:3
bench.yaml:4:73: with: unit: "bar", expected one of mbar, Pa, see gauge.yaml:5:3
bench.yaml:4:85: with: quiet: a list, expected yes or no, see gauge.yaml:7:3
bench.yaml:4:95: top: a block, expected a number or a text
bench.yaml:5:19: instrument: no file "gauge.yml", expected a file beside this one, or one of NAMES
bench.yaml:5:115: unknown key "mdle" (did you mean "mdel"?)
bench.yaml:6:19: instrument: no file "scpi-suply", expected a file beside this one, or one of NAMES (did you mean "scpi-supply"?)
bench.yaml:7:34: with needs instrument: or chip:
bench.yaml:8:3: G is not connected to anything, expected one of serial, tcp, udp, unix, rfc2217 and listen
bench.yaml:9:19: instrument: a list, expected a text
bench.yaml:10:19: instrument: no file ".", expected a file beside this one, or one of NAMES
`},
		{"file", map[string]string{"bad.yaml": `
parameters:
  Port: {type: int, default: 1}
  n: {type: int, range: [1, 4], default: 7}
  c: {type: choice}
  t: {range: [0, 1], choices: [A], default: a}
  x: {typ: int}
pvs: {P: {read: "A?", reply: "%f"}}
`, "bench.yaml": `
devices:
  A: {instrument: bad, port: {tcp: "a:1"}, with: {c: A}}
  B: {instrument: bad, port: {tcp: "a:2"}, with: {c: A}}
`}, `
bad.yaml:2:3 (used in bench.yaml:2:19): parameter "Port", expected a name of small letters, digits and _
bad.yaml:3:42 (used in bench.yaml:2:19): default: "7", expected a whole number from 1 to 4
bad.yaml:4:3 (used in bench.yaml:2:19): parameter c: a choice of nothing, expected choices: such as [A, B]
bad.yaml:5:14 (used in bench.yaml:2:19): parameter t: range is for numbers, expected type: int or type: float
bad.yaml:5:31 (used in bench.yaml:2:19): parameter t: choices are for a choice, expected type: choice
bad.yaml:6:7 (used in bench.yaml:2:19): unknown key "typ" (did you mean "type"?)
`},
		{"lines", map[string]string{"bad.yaml": `
parameters: {address: {type: int, default: 1}}
instrument: other
pvs:
  P: {read: "A{adress}?", reply: "%q", scan: 10}
  Q: {read: "A{address:%q}?", reply: "%s", record: ai}
  R: {read: "A{addr}?", repl: "%f"}
`, "bench.yaml": `
devices:
  A: {instrument: bad, port: {tcp: "a:1"}, pvs: {P: {egu: too long to be a unit}}}
  B: {instrument: bad, port: {tcp: "a:2"}}
`}, `
bad.yaml:2:13 (used in bench.yaml:2:19): instrument: an instrument file cannot be made of another
bad.yaml:4:13 (used in bench.yaml:2:19): no parameter "adress", expected one of parameters:, or {{ for a brace (did you mean "address"?)
bad.yaml:4:34 (used in bench.yaml:2:19): reply: format "%q": column 2: unknown converter "q", expected one of feEgGdiuoxXsc[{bBrRDm/<, or %% for a percent sign
bad.yaml:4:46 (used in bench.yaml:2:19): scan: 10 has no unit, expected a period such as 500ms, or once, passive or event
bad.yaml:5:13 (used in bench.yaml:2:19): {address:%q}: format "%q": column 2: unknown converter "q", expected one of feEgGdiuoxXsc[{bBrRDm/<, or %% for a percent sign
bad.yaml:5:52 (used in bench.yaml:2:19): record: ai is not a text, but the value is, expected a type such as stringin
bad.yaml:6:3 (used in bench.yaml:2:19): reply: read needs one
bad.yaml:6:13 (used in bench.yaml:2:19): no parameter "addr", expected one of parameters:, or {{ for a brace
bad.yaml:6:25 (used in bench.yaml:2:19): unknown key "repl" (did you mean "reply"?)
bench.yaml:2:59: egu: 21 bytes, expected at most 15
`},
		{"simulation", map[string]string{"g.yaml": `
parameters: {a: {default: 1}}
pvs: {P: {read: "A?", reply: "%f"}}
`, "g.sim.yaml": `
start: {P: 1, Q: 2}
delay: 20
commands: [{command: "B{b}", answer: "%f"}]
`, "bench.yaml": `
devices:
  A: {instrument: g, port: {tcp: "a:1"}}
  B: {instrument: g, port: {tcp: "a:2"}, sim: {delay: 1s, start: {R: 1}}}
`}, `
g.sim.yaml:2:8 (used in bench.yaml:2:19): delay: 20 has no unit, expected a time with its unit such as 20ms or 1s
g.sim.yaml:3:22 (used in bench.yaml:2:19): no parameter "b", expected one of parameters:, or {{ for a brace (did you mean "a"?)
g.sim.yaml:3:22 (used in bench.yaml:2:19): sim: commands: B{b}: answer: value 1 is of nothing, expected %(NAME)
`},
		{"not YAML", map[string]string{"bad.yaml": "pvs: {\n", "empty.yaml": "", "bench.yaml": `
devices:
  A: {instrument: bad, port: {tcp: "a:1"}}
  B: {instrument: bad, port: {tcp: "a:2"}}
  C: {instrument: empty, port: {tcp: "a:3"}}
`}, `
bad.yaml:1:1 (used in bench.yaml:2:19): not YAML: in what begins here: did not find expected node content
bench.yaml:3:19: instrument: bad.yaml cannot be read, as is said elsewhere
empty.yaml (used in bench.yaml:4:19): the file is empty, expected pvs: or devices:
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := loadFiles(t, c.files)
			got = strings.ReplaceAll(got, strings.Join(instruments.Names(), ", "), "NAMES")
			if d := cmp.Diff(strings.TrimSpace(c.want), got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// What stands beside an instrument file counts, and so do its parameters: a file of 4 MiB
// can use one of 256 KiB a hundred thousand times.
func TestSizeOfDefinitions(t *testing.T) {
	for _, files := range []map[string]string{
		{"g.yaml": "pvs: {P: {read: x, reply: \"%f\"}}\n", "g.sim.yaml": "state: {a: 1}\n"},
		{"g.yaml": "parameters: {a: {default: 1}}\npvs: {}\n"},
	} {
		dir := t.TempDir()
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var device yaml.Node
		if err := yaml.Unmarshal([]byte("{instrument: g}"), &device); err != nil {
			t.Fatal(err)
		}
		count := func(room int) (problems Problems) {
			d := &decoder{in: &origin{path: "bench.yaml"}, problems: &problems, definitions: newDefinitions(dir)}
			d.definitions.nodes = maxNodes - room
			d.define(&deviceKeys{}, device.Content[0])
			return problems
		}
		all := &decoder{in: &origin{path: "bench.yaml"}, problems: new(Problems), definitions: newDefinitions(dir)}
		all.define(&deviceKeys{}, device.Content[0])
		if p := count(all.definitions.nodes); len(p) > 0 {
			t.Errorf("%v: no room for %d nodes: %v", files, all.definitions.nodes, p)
		}
		if p := count(all.definitions.nodes - 1); len(p) != 1 || !strings.Contains(p[0].What, "too large") {
			t.Errorf("%v: room for one node too few: %v", files, p)
		}
	}
}

// FuzzInstrument: whatever an instrument file says, it is a device or problems with places.
func FuzzInstrument(f *testing.F) {
	f.Add([]byte(gauge))
	f.Add([]byte("parameters: {a: {type: int, range: [1, 2]}}\npvs: {P: {read: \"{a:%03d}{{\", reply: {a}}}"))
	f.Add([]byte("pvs: &x {P: *x}"))
	bench := []byte("devices: {A: {instrument: g.yaml, port: {tcp: \"a:1\"}, with: {a: 1}}}")
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		for name, content := range map[string][]byte{"g.yaml": data, "bench.yaml": bench} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Load(filepath.Join(dir, "bench.yaml"))
		var problems Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatal(err)
		}
		for _, p := range problems {
			if p.What == "" || !strings.HasPrefix(p.Pos.File(), dir) {
				t.Errorf("problem %+v", p)
			}
		}
	})
}
