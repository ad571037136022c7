package chip

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Registers of the MCP9808, two bytes each but for that of the resolution.
const (
	mcp9808Config       = 0x01
	mcp9808Ambient      = 0x05
	mcp9808Manufacturer = 0x06
	mcp9808Device       = 0x07
	mcp9808Resolution   = 0x08 // one byte

	mcp9808Shutdown = 0x0100 // bit of mcp9808Config
)

// mcp9808Resolutions are those that can be set, in °C, as the register counts them.
var mcp9808Resolutions = []string{"0.5", "0.25", "0.125", "0.0625"}

// mcp9808Conversion is how long a conversion takes with the finest resolution, which is
// that of the first one after power on, whatever is set meanwhile (5.2.4).
const mcp9808Conversion = 250 * time.Millisecond

func mcp9808() *Model {
	return define(Model{
		Name:      "mcp9808",
		Title:     "temperature",
		Datasheet: "Microchip MCP9808, DS25095A (2011), 5.1 and 5.2",
		Notes:     "The alarm output and its thresholds are left as they are.",
		I2C:       &I2C{Addresses: []uint16{0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F}},
		Parameters: []Parameter{{
			Name: "resolution", Choices: mcp9808Resolutions, Units: "C", Default: "0.0625", Example: "0.25",
			Doc: "steps of the temperature: the chip takes 30 ms to 250 ms for a new one",
		}},
	}, func(_ Bus, s settings) (Chip, error) {
		return &mcp9808Chip{resolution: position(mcp9808Resolutions, s.word("resolution"))}, nil
	}, func(Bus, settings) Twin {
		return newMCP9808Twin()
	})
}

type mcp9808Chip struct {
	readOnly
	resolution int
	settling   settling
}

// Values is the temperature. Chip.
func (*mcp9808Chip) Values() []Value { return []Value{temperature(-40, 125, 2)} }

// Start sets the resolution and ends a shutdown; it leaves the rest, which concerns the
// alarm output, as it is. Chip.
func (m *mcp9808Chip) Start(_ context.Context, c Conn) error {
	manufacturer, err := readWord(c, mcp9808Manufacturer)
	if err != nil {
		return err
	}
	device, err := readWord(c, mcp9808Device)
	if err != nil {
		return err
	}
	if manufacturer != 0x0054 || device>>8 != 0x04 {
		return fmt.Errorf("%w: maker 0x%04X and device 0x%04X, of a MCP9808 they are 0x0054 and 0x04xx", ErrWrongChip, manufacturer, device)
	}
	if err := c.Tx([]byte{mcp9808Resolution, byte(m.resolution)}, nil); err != nil {
		return err
	}
	config, err := readWord(c, mcp9808Config)
	if err != nil {
		return err
	}
	m.settling.begin(mcp9808Conversion)
	if config&mcp9808Shutdown == 0 {
		return nil
	}
	return writeWord(c, mcp9808Config, config&^mcp9808Shutdown)
}

// Read reads the temperature: 13 bits, above which is what concerns the alarm output.
// Chip.
func (m *mcp9808Chip) Read(ctx context.Context, c Conn, out []Reading) error {
	if err := m.settling.wait(ctx, c); err != nil {
		return err
	}
	x, err := readWord(c, mcp9808Ambient)
	if err != nil {
		return err
	}
	out[0] = Reading{Value: math.Ldexp(float64(int16(x<<3)>>3), -4)}
	return nil
}
