package config

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/drivers/sim"
)

const referencePage = "../docs/configuration.md"

// docs/configuration.md is made of the language in keys.go; "go generate ./config" is
// this test with -update.
func TestReference(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(introduction)
	showExample(t, &b, "../examples/bench/bench.yaml")
	b.WriteString("\nThe sensors that the kernel drives, and the machine itself:\n\n")
	showExample(t, &b, "../examples/pi/pi.yaml")
	b.WriteString("\nA corner of a lab, with nearly every key there is:\n\n")
	showExample(t, &b, "testdata/lab.yaml")
	b.WriteString(instrumentFiles)
	showExample(t, &b, gaugeFile)
	b.WriteString(instrumentRules)
	for _, i := range Shipped() {
		var parameters []string
		for _, p := range i.Parameters {
			parameters = append(parameters, "`"+p.Name+"`")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", i.Name, i.About, strings.Join(parameters, " "), strings.Join(i.Manual, "; "))
	}
	b.WriteString(simulated)
	for _, name := range slices.Sorted(maps.Keys(sim.Functions())) {
		fmt.Fprintf(&b, "- `%s\n", strings.Replace(sim.Functions()[name], "): ", ")`: ", 1))
	}
	b.WriteString(simulatedMore)
	showExample(t, &b, gaugeSim)
	b.WriteString(simulatedFaults)
	b.WriteString("\n## The keys\n\nNAME stands for a name of your own.\n")
	for _, block := range Language() {
		showBlock(&b, block)
	}
	if *update {
		if err := os.WriteFile(referencePage, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(page), b.String()); d != "" {
		t.Errorf("%s is out of date, go generate ./config makes it anew (-want +got):\n%s", referencePage, d)
	}
}

const introduction = `<!-- Generated from config/keys.go: change it there, then "go generate ./config". -->

# The configuration file

One YAML file says what is connected and what the PVs are called. ` + "`rpi-ioc check FILE`" + ` finds all its mistakes,
` + "`rpi-ioc run --sim FILE`" + ` serves it without any hardware.

- A PV of a device is called ` + "`<prefix><device>:<pv>`" + `, one under the top-level ` + "`pvs:`" + ` is called ` + "`<prefix><pv>`" + `.
- What stands behind a PV follows from its keys: ` + "`value`" + ` (a soft PV), ` + "`signal`" + `, ` + "`gpio`" + `, ` + "`pwm`" + `, ` + "`at`" + ` (a register of a chip),
  ` + "`holding`, `input`, `coil`, `discrete`" + ` (Modbus), ` + "`file`, `iio`, `hwmon`, `thermal`" + ` (what the kernel reads already), ` + "`host`" + ` (the machine and the IOC), or
  ` + "`read`, `write`, `receive`" + ` (text instruments). So does its EPICS record type, unless ` + "`record`" + ` names it. A plain number is an ao,
  written ` + "`20`" + ` or ` + "`20.0`" + `. A device with ` + "`chip`" + ` brings its PVs itself: see [chips](chips.md) and [buses](buses.md).
- Times have units: ` + "`20ms`, `1s`, `5m`" + `. Numbers may be hexadecimal: ` + "`0x48`" + `.
- Commands and replies are StreamDevice's formats, such as ` + "`\"VOLT %.3f\"`" + `; put them in quotes. An instrument that is simulated
  understands and says the same lines; ` + "`sim`" + ` adds how a value behaves.
- Values of ` + "`iio`, `hwmon` and `thermal`" + ` come in V, A, W, C, %, kPa … with their ` + "`egu`" + `, whatever the kernel counts in; ` + "`scale`" + ` and
  ` + "`offset`" + ` come on top. Devices are found by name, again whenever they vanish and come back.
- A pin is an input whose edges are reported at once; ` + "`scan: 100ms`" + ` has it read now and then instead.
- Under ` + "`--sim`" + ` the DTYP of a PV with hardware behind it begins with ` + "`Simulated`" + `.
- YAML's anchors (` + "`&name`" + `), aliases (` + "`*name`" + `) and merges (` + "`<<: *name`" + `) save repeating.

## Examples

A bench:

`

const instrumentFiles = `
## Instrument files

What was written for one instrument becomes a file for all of its kind, by cutting and pasting: an instrument file is the block of a
device without its connection, with what differs from one to the next as parameters.

`

const instrumentRules = `
- ` + "`instrument: gauge.yaml`" + ` is looked for beside the configuration; a name without ending, ` + "`instrument: gauge`" + `, is
  ` + "`gauge.yaml`" + ` there or, if there is none, one of those that come with rpi-ioc (in ` + "`instruments/`" + `).
- ` + "`{NAME}`" + ` in a text of the file is the value of a parameter, ` + "`{NAME:%03d}`" + ` the value in a format; ` + "`{{`" + ` is a brace, where a
  format such as ` + "`%{on}`" + ` has a single small word between them. A number, as in ` + "`drive: [0, {top}]`" + `, needs no quotes.
- Keys of the device come on top of those of the file, one by one: ` + "`timeout: 2s`" + `, or ` + "`pvs: {P: {scan: 5s}}`" + ` for a key of one
  PV. New PVs are added; a list, of pins or states, takes the place of the file's. ` + "`port: {baud: 19200}`" + ` in the file is the
  setting of the line if the device does not say otherwise.
- A mistake of the file is told with the place where it is used, a mistake of ` + "`with:`" + ` with the place of the parameter.

These come with rpi-ioc; [examples/instruments](../examples/instruments/instruments.yaml) is a bench of them. They were written from the manuals and tried with the simulation, not with the instruments: look at the commands before you
trust yours to one.

| instrument | for | parameters | written from |
|---|---|---|---|
`

const simulated = `
## Simulation

Under ` + "`--sim`" + ` an instrument is simulated by the lines that the real one is told: what ` + "`write`" + ` sends is kept, what ` + "`read`" + ` asks for is
answered in the format of ` + "`reply`" + `, what ` + "`receive`" + ` takes is sent every second. The bytes go the whole way, terminators, checksums
and time-outs included. ` + "`sim`" + ` says how a value behaves: an expression of EPICS CALC over the device's PVs, each worth what the instrument
has for it, and in its own PV's expression what was written to it. Random numbers are the same in every run. Besides the functions of CALC there are

`

const simulatedMore = `
Times are in seconds, written ` + "`60s`" + ` or ` + "`200ms`" + `; what begins, begins with the first evaluation. What does not follow from the lines of a device
stands in its ` + "`sim:`" + ` block, or beside an instrument file ` + "`gauge.yaml`" + ` in ` + "`gauge.sim.yaml`" + `:

`

const simulatedFaults = `
Each simulated device has a PV ` + "`<device>:SIM:FAULT`" + ` that makes something wrong with it: Drop (it does not answer), Delay (it answers too late),
Garbage, Partial (half a line), Nack (it refuses), Stuck (its port takes no commands), Unplug (its port is gone), None. A chip has Nack, Stuck (it
holds the bus, until ` + "`recover`" + ` switches it off and on) and Garbage, a Modbus slave Nack and Garbage, a 1-Wire thermometer Drop, Garbage, Power-on (85 °C) and Unplug, a pin Stuck (it does not move) and Unplug, by ` + "`<pv>:SIM:FAULT`" + `. So have
a PV of ` + "`file`, `iio`, `hwmon` and `thermal`" + ` (Drop: what is behind the file does not answer, Nack: the kernel reports an error, Delay: it takes 15 s, Stuck: it does not
change, Garbage, Unplug: the file, or the device with all that it has, is gone, and if it is written Refuse: it is read, but takes nothing), and of ` + "`pwm`" + ` (Refuse and
Unplug: the chip has gone, and comes back as if just switched on). PVs whose hardware is simulated have a DTYP that begins with ` + "`Simulated`" + ` and the info tag ` + "`simulated`" + `.
`

func showExample(t *testing.T, b *bytes.Buffer, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(b, "```yaml\n%s```\n", text)
}

func showBlock(b *bytes.Buffer, block Block) {
	places := make([]string, len(block.Places))
	for i, p := range block.Places {
		places[i] = "`" + p + "`"
		if p == "" {
			places[i] = "The file itself"
		}
	}
	fmt.Fprintf(b, "\n### %s\n\n", strings.Join(places, ", "))
	limited := false
	for _, k := range block.Keys {
		limited = limited || len(k.Of) > 0
	}
	if limited {
		b.WriteString("| key | value | for | meaning |\n|---|---|---|---|\n")
	} else {
		b.WriteString("| key | value | meaning |\n|---|---|---|\n")
	}
	for _, k := range block.Keys {
		value := k.Value
		if len(k.Words) > 0 {
			value = "`" + strings.Join(k.Words, "` `") + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s ", k.Name, value)
		if limited {
			of := strings.Join(k.Of, ", ")
			if of == "" {
				of = "all"
			}
			fmt.Fprintf(b, "| %s ", of)
		}
		fmt.Fprintf(b, "| %s |\n", strings.ReplaceAll(k.Doc, "|", "\\|"))
	}
}
