package chip

import (
	"context"
	"fmt"

	"github.com/ioclet/ioclet/pv"
)

func mcp4725() *Model {
	return define(Model{
		Name:      "mcp4725",
		Title:     "voltage output, 12 bits",
		Datasheet: "Microchip MCP4725, DS22039D (2009), 5 and 6",
		Notes:     "It has no id: whatever answers at its address is taken for one. The EEPROM, which has what is put out after power on, is never written. The output goes up to 1/4096 below the supply.",
		I2C:       &I2C{Addresses: []uint16{0x62, 0x60, 0x61, 0x63, 0x64, 0x65, 0x66, 0x67}},
		Parameters: []Parameter{{
			Name: "supply", Min: 2.7, Max: 5.5, Units: "V", Example: "3.3V",
			Doc: "the supply of the chip, which is its reference: the output is a part of it",
		}},
	}, func(_ Bus, s settings) (Chip, error) {
		return &mcp4725Chip{supply: s.number("supply")}, nil
	}, func(_ Bus, s settings) Twin {
		return newMCP4725Twin(s.number("supply"))
	})
}

// mcp4725Chip is a MCP4725. Its EEPROM, which holds what it puts out after power on, is
// never written.
type mcp4725Chip struct {
	supply float64 // V
}

// Values is the output. Chip.
func (m *mcp4725Chip) Values() []Value {
	step := m.supply / 4096
	return []Value{{
		Name: "VOLT", Doc: "voltage of the output", Kind: pv.Float64, Units: "V", Precision: digits(step),
		Limits: pv.Limits{Low: 0, High: m.supply}, Writable: true,
	}}
}

// Start sees whether the chip answers; it has no settings. Chip.
func (m *mcp4725Chip) Start(_ context.Context, c Conn) error {
	_, err := m.load(c)
	return err
}

// load reads what the chip puts out, in 1/4096 of the supply. With its output switched
// off, which somebody else has done then, that is 0.
func (*mcp4725Chip) load(c Conn) (int, error) {
	var r [5]byte // status, register, EEPROM
	if err := c.Tx(nil, r[:]); err != nil {
		return 0, err
	}
	if r[0]&0x06 != 0 { // the bits around them are not defined
		return 0, nil
	}
	return int(r[1])<<4 | int(r[2])>>4, nil
}

// Read reads the output back. Chip.
func (m *mcp4725Chip) Read(_ context.Context, c Conn, out []Reading) error {
	code, err := m.load(c)
	if err != nil {
		return err
	}
	out[0] = Reading{Value: float64(code) * m.supply / 4096}
	return nil
}

// Write sets the output. The highest voltage is 1/4096 below the supply. Chip.
func (m *mcp4725Chip) Write(_ context.Context, c Conn, _ int, v float64) error {
	if !within(v, 0, m.supply) {
		return fmt.Errorf("%w: %v V, want 0 to %v", ErrRange, v, m.supply)
	}
	code := min(int(v/m.supply*4096+0.5), 4095)
	return c.Tx([]byte{byte(code >> 8), byte(code)}, nil) // the fast command, which switches the output on
}
