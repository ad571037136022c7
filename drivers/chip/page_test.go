package chip

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/chips.md anew")

const page = "../../docs/chips.md"

// docs/chips.md is made of the models; "go generate ./drivers/chip" is this test with
// -update. Whether its examples are files that can be used is tested in config.
func TestPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(pageIntroduction)
	for _, m := range Models() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", m.Name, m.Name, m.Title, where(m), valueNames(t, m))
	}
	for _, m := range Models() {
		describe(t, &b, m)
	}
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(got), b.String()); d != "" {
		t.Errorf("%s is out of date, go generate ./drivers/chip makes it anew (-want +got):\n%s", page, d)
	}
}

const pageIntroduction = `<!-- Generated from the models in drivers/chip: change them, then "go generate ./drivers/chip". -->

# Chips

A device with ` + "`chip:`" + ` is one whose registers need no description: its values are PVs by themselves, with units, limits
and precision, read once for all of them. ` + "`with:`" + ` has its settings, ` + "`values:`" + ` picks some of its values, and
` + "`pvs:`" + ` adds to them: ` + "`alarm`, `scan`, `desc`, `on_exit`" + ` and all the other keys of a PV.

` + "```yaml" + `
devices:
  AIR:
    i2c: {bus: 1, address: 0x76}
    chip: bme280
    scan: 2s
    with: {oversampling: 4}
    pvs:
      TEMP: {alarm: {high: 30, hihi: 40}, sim: "21 + noise(0.1)"}
` + "```" + `

` + "```yaml" + `
devices:
  PANEL:
    i2c: {bus: 1, address: 0x20}
    chip: mcp23017
    with: {outputs: [A0, A1], inputs: [B0], pull_up: [B0], inverted: [A0, A1, B0]}
    pvs:
      A0: {desc: "pump", on_exit: off}
      B0: {states: [Open, Closed], scan: 200ms}
` + "```" + `

- Whenever a chip appears, at start and after it was unplugged or without power, it is set up again.
- All is read once a second if ` + "`scan:`" + ` says nothing else, outputs too: what they show is what the chip puts out, after it was
  without power, too.
- Another chip than the one that is expected is found out where that is possible, and said; its values are INVALID.
- What a sensor cannot tell (a broken thermocouple, a voltage out of range) is an alarm of that value, not a number.
- Under ` + "`--sim`" + ` there is a simulated chip, register by register, and the same code reads it. ` + "`sim:`" + ` says what it measures.
- A chip that is not here can be described by [its registers](buses.md), or is driven by the [kernel](kernel.md), as the
  DS18B20 on 1-Wire is.
- [examples/chips](../examples/chips/chips.yaml) is a furnace with eight of them.
- The ranges below are those with the settings that hold if nothing is said.

| chip | measures or drives | on | values |
|---|---|---|---|
`

// where says on which buses a model is.
func where(m *Model) string {
	var names []string
	for _, bus := range buses(m) {
		names = append(names, bus.String())
	}
	return strings.Join(names, ", ")
}

// valueNames lists values; a row of numbered ones in short.
func valueNames(t *testing.T, m *Model) string {
	values := valuesOf(t, m)
	if len(values) > 8 {
		return fmt.Sprintf("`%s` to `%s`", values[0].Name, values[len(values)-1].Name)
	}
	var names []string
	for _, v := range values {
		names = append(names, "`"+v.Name+"`")
	}
	return strings.Join(names, " ")
}

func valuesOf(t *testing.T, m *Model) []Value {
	t.Helper()
	c, err := m.New(buses(m)[0], required(m))
	if err != nil {
		t.Fatal(err)
	}
	return c.Values()
}

// describe is the section of a model.
func describe(t *testing.T, b *strings.Builder, m *Model) {
	fmt.Fprintf(b, "\n## %s\n\n%s. %s\n\n", m.Name, capital(m.Title), m.Notes)
	if m.I2C != nil {
		fmt.Fprintf(b, "- I2C: address %s\n", addresses(m.I2C.Addresses))
	}
	if m.SPI != nil {
		fmt.Fprintf(b, "- SPI: mode %d, up to %v\n", m.SPI.Mode, m.SPI.MaxSpeed)
	}
	fmt.Fprintf(b, "- Source: %s\n", m.Datasheet)
	b.WriteString("\n| value | what it is | range |\n|---|---|---|\n")
	values := valuesOf(t, m)
	for i, v := range values {
		if len(values) > 8 && i > 0 && i < len(values)-1 {
			continue // a row of sixteen pins
		}
		span := fmt.Sprintf("%.6g to %.6g %s", v.Limits.Low, v.Limits.High, v.Units)
		if len(v.States) > 0 {
			span = strings.Join(v.States, ", ")
		}
		if v.Writable {
			span += "; can be written"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", v.Name, v.Doc, strings.TrimSpace(span))
		if len(values) > 8 && i == 0 {
			b.WriteString("| … | | |\n")
		}
	}
	if len(m.Parameters) > 0 {
		b.WriteString("\n| setting | what it does | what can be said | if not given |\n|---|---|---|---|\n")
		for _, p := range m.Parameters {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", p.Name, p.Doc, said(p), defaultOf(p))
		}
	}
	fmt.Fprintf(b, "\n```yaml\n%s```\n", yamlExample(m))
}

// capital is a text with a capital at its beginning.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// addresses lists addresses, those that follow each other in short.
func addresses(list []uint16) string {
	var parts []string
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		part := fmt.Sprintf("0x%02X", list[i])
		if j > i {
			part += fmt.Sprintf(" to 0x%02X", list[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// said is what can be said to a parameter, in short.
func said(p Parameter) string {
	if len(p.Choices) == 16 && !strings.Contains(p.Choices[0], "-") { // pins
		return fmt.Sprintf("some of %s to %s", p.Choices[0], p.Choices[len(p.Choices)-1])
	}
	return p.expected()
}

func defaultOf(p Parameter) string {
	switch {
	case p.Required():
		return "must be given"
	case p.Default == "":
		return ""
	}
	return strings.ReplaceAll(p.Default, " ", ", ")
}

// yamlExample is a file with such a device, and its settings but for those that are
// seldom needed.
func yamlExample(m *Model) string {
	var b strings.Builder
	fmt.Fprintf(&b, "devices:\n  %s:\n", strings.ToUpper(m.Name))
	if m.I2C != nil {
		fmt.Fprintf(&b, "    i2c: {bus: 1, address: 0x%02X}\n", m.I2C.Addresses[0])
	}
	if m.SPI != nil {
		line := "spi: {bus: 0, cs: 0}"
		if m.I2C != nil {
			line = "# or " + line
		}
		fmt.Fprintf(&b, "    %s\n", line)
	}
	fmt.Fprintf(&b, "    chip: %s\n", m.Name)
	var with []string
	for i, p := range m.Parameters {
		if p.Required() || p.List || i == 0 {
			with = append(with, fmt.Sprintf("%s: %s", p.Name, p.Example))
		}
	}
	if len(with) > 0 {
		fmt.Fprintf(&b, "    with: {%s}\n", strings.Join(with, ", "))
	}
	return b.String()
}
