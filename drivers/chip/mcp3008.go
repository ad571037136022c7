package chip

import (
	"context"
	"fmt"
	"strings"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

func mcp3004() *Model {
	return mcpADC("mcp3004", "four voltages, 10 bits", 4)
}

func mcp3008() *Model {
	return mcpADC("mcp3008", "eight voltages, 10 bits", 8)
}

// mcpADC is a model with that many inputs. Each can be measured against ground, or
// against its neighbour.
func mcpADC(name, title string, inputs int) *Model {
	var single, choices []string
	for i := range inputs {
		single = append(single, fmt.Sprintf("CH%d", i))
		choices = append(choices, fmt.Sprintf("CH%d-CH%d", i, i^1))
	}
	choices = append(choices, single...) // as the chip counts them
	return define(Model{
		Name:      name,
		Title:     title,
		Datasheet: "Microchip MCP3004/3008, DS21295D (2008), 5 and 6",
		Notes:     "A line that is held low looks like 0 V; one that floats high is found out.",
		SPI:       &SPI{Mode: spi.Mode0, MaxSpeed: 1350 * physic.KiloHertz}, // at 2.7 V
		Parameters: []Parameter{{
			Name: "reference", Min: 0.25, Max: 5.5, Units: "V", Example: "3.3V",
			Doc: "the voltage at VREF, which is the largest that can be told",
		}, {
			Name: "inputs", Choices: choices, List: true, Default: strings.Join(single, " "), Example: "[CH0, CH2-CH3]",
			Doc: "what is measured: inputs against ground, and differences of neighbours that are not negative, such as CH23",
		}},
	}, func(_ Bus, s settings) (Chip, error) {
		if len(s.list("inputs")) == 0 {
			return nil, &SettingError{"inputs", fmt.Errorf("want one or more of %s", strings.Join(choices, ", "))}
		}
		m := &mcpADCChip{inputs: s.list("inputs"), reference: s.number("reference")}
		for _, in := range m.inputs {
			code := position(choices, in) // with 8 for single
			if len(choices) < 16 && code >= 4 {
				code += 4 // the MCP3004 leaves a bit of the number out
			}
			m.commands = append(m.commands, byte(code)<<4)
		}
		return m, nil
	}, func(_ Bus, s settings) Twin {
		return &mcpADCTwin{inputs: s.list("inputs"), reference: s.number("reference"), volts: make([]float64, len(s.list("inputs")))}
	})
}

// mcpADCChip is a MCP3004 or MCP3008, which converts when it is asked and has no
// settings.
type mcpADCChip struct {
	readOnly
	inputs    []string
	commands  []byte
	reference float64 // V
}

// Values are the inputs, in the order of the setting. Chip.
func (m *mcpADCChip) Values() (values []Value) {
	for _, in := range m.inputs {
		doc := "voltage of " + in
		if strings.Contains(in, "-") {
			doc = "voltage between " + strings.Replace(in, "-", " and ", 1)
		}
		values = append(values, number(channelName(in), doc, "V", 0, m.reference, digits(m.reference/1024)))
	}
	return values
}

// Start sees whether a chip answers. Chip.
func (m *mcpADCChip) Start(_ context.Context, c Conn) error {
	_, err := m.convert(c, m.commands[0])
	return err
}

// Read converts each input in turn. Chip.
func (m *mcpADCChip) Read(_ context.Context, c Conn, out []Reading) error {
	for i, command := range m.commands {
		code, err := m.convert(c, command)
		if err != nil {
			return err
		}
		out[i] = Reading{Value: float64(code) * m.reference / 1024}
	}
	return nil
}

// convert sends a start bit and which input; the answer begins with a bit that is 0,
// at a place where a line that nobody drives is 1 if it is pulled up.
func (*mcpADCChip) convert(c Conn, command byte) (int, error) {
	w, r := [3]byte{0x01, command, 0}, [3]byte{}
	if err := c.Tx(w[:], r[:]); err != nil {
		return 0, err
	}
	if r[1]&0x04 != 0 {
		return 0, fmt.Errorf("%w: % X", ErrNoAnswer, r)
	}
	return int(r[1]&3)<<8 | int(r[2]), nil
}
