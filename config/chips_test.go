package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// The examples of docs/chips.md are files that can be used, and every PV of theirs lives
// without hardware.
func TestExamplesOfChips(t *testing.T) {
	page, err := os.ReadFile("../docs/chips.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(examples) < 10 {
		t.Fatalf("found %d examples; has the form of the page changed?", len(examples))
	}
	for _, e := range examples {
		file := "ioc: {name: chips, prefix: \"C:\"}\n" + e[1]
		chip := regexp.MustCompile(`chip: (\w+)`).FindStringSubmatch(file)[1]
		t.Run(chip, func(t *testing.T) { chipsLive(t, file) })
		if other := alternative.ReplaceAllString(file, "    $1"); other != file {
			t.Run(chip+" on SPI", func(t *testing.T) { chipsLive(t, other) })
		}
	}
}

// alternative is another way to connect a chip, in a comment.
var alternative = regexp.MustCompile(`    i2c: .*\n    # or (spi: .*)`)

// chipsLive starts a file without hardware and awaits all of its PVs.
func chipsLive(t *testing.T, text string) {
	synctest.Test(t, func(t *testing.T) {
		file := t.TempDir() + "/chips.yaml"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Warnings) > 0 {
			t.Errorf("warnings: %v", m.Warnings)
		}
		i, stop := start(t, file, Options{Sim: true})
		defer stop()
		for _, p := range m.PVs {
			await(t, i, p.Name, good)
		}
	})
}

// The furnace of examples/chips, in virtual time.
func TestChipsExample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := Load("../examples/chips/chips.yaml")
		if err != nil {
			t.Fatal(err)
		}
		i, stop := start(t, "../examples/chips/chips.yaml", Options{Sim: true})
		defer stop()
		time.Sleep(10 * time.Second)
		for _, p := range m.PVs {
			if got := shows(t, i, p.Name); !strings.HasSuffix(got, " NO_ALARM") {
				t.Errorf("%s is %s", p.Name, got)
			}
		}
		put(t, i, "OVEN:HEAT:CH0", pv.Float64Value(99))
		put(t, i, "OVEN:PANEL:A1", pv.StringValue("Running"))
		time.Sleep(time.Second)
		for name, want := range map[string]string{
			"HEAT:CH0": "80.0048828125 NO_ALARM", // a step of the chip from 80
			"PANEL:A1": "Running NO_ALARM", "PANEL:A0": "Off NO_ALARM", "PANEL:B0": "Open NO_ALARM",
		} {
			if got := shows(t, i, "OVEN:"+name); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
	})
}

// Outputs of chips are written through the registers of the simulated chip, and read back
// from there: what is read is what the chip has made of it.
func TestOutputsOfChips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := t.TempDir() + "/chips.yaml"
		if err := os.WriteFile(file, []byte(`
ioc: {name: chips, prefix: "C:"}
devices:
  IO:
    i2c: {bus: 1, address: 0x20}
    chip: mcp23017
    with: {outputs: [A0], inputs: [B0], inverted: [A0]}
    scan: 100ms
    pvs:
      A0: {states: [Closed, Open], initial: Closed, on_exit: Closed}
      B0: {sim: "A0"}
  PWM: {i2c: {bus: 1, address: 0x40}, chip: pca9685, values: [CH3]}
  DAC: {i2c: {bus: 1, address: 0x62}, chip: mcp4725, with: {supply: 3.3V}}
`), 0o600); err != nil {
			t.Fatal(err)
		}
		i, stop := start(t, file, Options{Sim: true})
		defer stop()
		is := func(want float64) func(pv.Sample) bool {
			return func(x pv.Sample) bool { return good(x) && x.Value.Float64() == want }
		}
		await(t, i, "C:IO:B0", is(0))
		put(t, i, "C:IO:A0", pv.EnumValue(1))
		await(t, i, "C:IO:B0", is(1))
		put(t, i, "C:PWM:CH3", pv.Float64Value(25.01))
		await(t, i, "C:PWM:CH3", is(25)) // in steps of 100/4096
		put(t, i, "C:DAC:VOLT", pv.Float64Value(5))
		await(t, i, "C:DAC:VOLT", is(3.3*4095/4096)) // the most that there is

		// One that nobody writes is not shown as good when its chip has gone.
		put(t, i, "C:DAC:SIM:FAULT", pv.StringValue("Nack"))
		await(t, i, "C:DAC:VOLT", func(x pv.Sample) bool { return x.Alarm.Severity == pv.InvalidAlarm })
		put(t, i, "C:DAC:SIM:FAULT", pv.StringValue("None"))
		await(t, i, "C:DAC:VOLT", is(1.65)) // what its EEPROM has for power on
	})
}
