package chip

import (
	"context"
	"fmt"
	"slices"

	"github.com/ioclet/ioclet/pv"
)

// Registers of the MCP23017 with IOCON.BANK = 0 (table 3-1): pairs, of which the first is
// for A0 to A7.
const (
	mcp23Direction = 0x00 // IODIR: 1 for an input
	mcp23Polarity  = 0x02 // IPOL
	mcp23Config    = 0x0A // IOCON
	mcp23PullUp    = 0x0C // GPPU
	mcp23Level     = 0x12 // GPIO
	mcp23Latch     = 0x14 // OLAT
	mcp23Registers = 0x16

	mcp23NoSequence = 0x20 // bit of mcp23Config: registers do not follow each other
)

// mcp23Pins are the names of the pins, as bits of a pair of registers count them.
var mcp23Pins = []string{
	"A0", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "B0", "B1", "B2", "B3", "B4", "B5", "B6", "B7",
}

func mcp23017() *Model {
	return define(Model{
		Name:      "mcp23017",
		Title:     "sixteen inputs and outputs",
		Datasheet: "Microchip MCP23017, DS20001952C (2016), 3.0 to 3.5",
		Notes:     "What the chip drives when the IOC starts goes on without a change. An output that it does not drive yet, as after power on, stays an input until it is written, and then begins at the level that is written. What is read is the level at the pin. Microchip advises since 2022 (DS20001952D) to use A7 and B7 as outputs only: an input there that changes while it is read may disturb the bus.",
		I2C:       &I2C{Addresses: []uint16{0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27}},
		Parameters: []Parameter{{
			Name: "outputs", Choices: mcp23Pins, List: true, Example: "[A0, A1]",
			Doc: "pins that can be written; one that the chip does not drive yet stays an input until it is written",
		}, {
			Name: "inputs", Choices: mcp23Pins, List: true, Example: "[B0, B1]",
			Doc: "pins that are only read; all that are not outputs if nothing is said",
		}, {
			Name: "pull_up", Choices: mcp23Pins, List: true, Example: "[B0]",
			Doc: "inputs with the pull-up resistor of the chip, 100 kohm",
		}, {
			Name: "inverted", Choices: mcp23Pins, List: true, Example: "[A0]",
			Doc: "pins that are On when they are low, such as relays and buttons",
		}},
	}, func(_ Bus, s settings) (Chip, error) {
		return newMCP23(s)
	}, func(_ Bus, s settings) Twin {
		return newMCP23Twin(s)
	})
}

// mcp23 is a MCP23017.
type mcp23 struct {
	pins     []int  // of the values
	outputs  uint16 // bits of pins
	inverted uint16
	pullUp   uint16
}

func newMCP23(s settings) (Chip, error) {
	m := &mcp23{outputs: pinBits(s.list("outputs")), inverted: pinBits(s.list("inverted")), pullUp: pinBits(s.list("pull_up"))}
	for i := range mcp23Pins {
		if m.used(s, i) {
			m.pins = append(m.pins, i)
		}
	}
	both := pinBits(s.list("inputs")) & m.outputs
	switch {
	case both != 0:
		return nil, &SettingError{"inputs", fmt.Errorf("%v is an output", pinNames(both))}
	case m.pullUp&m.outputs != 0:
		return nil, &SettingError{"pull_up", fmt.Errorf("%v is an output", pinNames(m.pullUp&m.outputs))}
	}
	return m, nil
}

// used reports whether a pin is a value.
func (m *mcp23) used(s settings, i int) bool {
	if m.outputs>>i&1 == 1 || len(s.list("inputs")) == 0 {
		return true
	}
	return slices.Contains(s.list("inputs"), mcp23Pins[i])
}

// pinBits are the bits of pins.
func pinBits(names []string) (bits uint16) {
	for _, name := range names {
		bits |= 1 << position(mcp23Pins, name)
	}
	return bits
}

// pinNames are the pins of bits.
func pinNames(bits uint16) (names []string) {
	for i, name := range mcp23Pins {
		if bits>>i&1 == 1 {
			names = append(names, name)
		}
	}
	return names
}

// Values are the pins, in their order. Chip.
func (m *mcp23) Values() (values []Value) {
	for _, i := range m.pins {
		doc := "input GP" + mcp23Pins[i]
		if m.outputs>>i&1 == 1 {
			doc = "output GP" + mcp23Pins[i]
		}
		values = append(values, Value{
			Name: mcp23Pins[i], Doc: doc, Kind: pv.Enum, States: []string{"Off", "On"},
			Limits: pv.Limits{Low: 0, High: 1}, Writable: m.outputs>>i&1 == 1,
		})
	}
	return values
}

// mcp23State are the registers from mcp23Direction on.
type mcp23State [mcp23Registers]byte

// pair is a pair of registers.
func (s *mcp23State) pair(at int) uint16 { return uint16(s[at]) | uint16(s[at+1])<<8 }

// mcp23Bus are the registers on I2C.
var mcp23Bus = byteRegisters{bus: OnI2C}

// set writes a pair of registers if that changes anything.
func (s *mcp23State) set(c Conn, at int, want uint16) error {
	if s.pair(at) == want {
		return nil
	}
	return mcp23Bus.store(c, byte(at), byte(want), byte(want>>8))
}

// load reads all registers.
func (s *mcp23State) load(c Conn) error {
	if err := mcp23Bus.load(c, mcp23Direction, s[:]); err != nil {
		return err
	}
	if s[mcp23Config]&0x81 != 0 || s[mcp23Config+1] != s[mcp23Config] { // one register at two addresses
		return fmt.Errorf("%w: registers 0x0A and 0x0B say 0x%02X and 0x%02X", ErrWrongChip, s[mcp23Config], s[mcp23Config+1])
	}
	return nil
}

// Start makes inputs of all pins that are not outputs, before it switches pull-ups. A pin
// that is an output already is not touched; one that is not becomes one when it is
// written. Chip.
func (m *mcp23) Start(_ context.Context, c Conn) error {
	var config [1]byte
	if err := mcp23Bus.load(c, mcp23Config, config[:]); err != nil {
		return err
	}
	if config[0]&0xA1 == mcp23NoSequence {
		if err := mcp23Bus.store(c, mcp23Config, config[0]&^mcp23NoSequence); err != nil {
			return err
		}
	}
	var s mcp23State
	if err := s.load(c); err != nil {
		return err
	}
	if err := s.set(c, mcp23Direction, s.pair(mcp23Direction)|^m.outputs); err != nil {
		return err
	}
	if err := s.set(c, mcp23Polarity, 0); err != nil { // that is done here, for inputs and outputs alike
		return err
	}
	return s.set(c, mcp23PullUp, m.pullUp)
}

// Read reads the levels of all pins: those of outputs are what is at the pin, not what
// was written. Chip.
func (m *mcp23) Read(_ context.Context, c Conn, out []Reading) error {
	var s mcp23State
	if err := s.load(c); err != nil {
		return err
	}
	if m.lost(&s) {
		return ErrReset
	}
	on := s.pair(mcp23Level) ^ m.inverted
	for i, pin := range m.pins {
		out[i] = Reading{Value: float64(on >> pin & 1)}
	}
	return nil
}

// lost reports whether the registers are not what Start has made them.
func (m *mcp23) lost(s *mcp23State) bool {
	return s.pair(mcp23PullUp) != m.pullUp || s.pair(mcp23Polarity) != 0 || s.pair(mcp23Direction)|m.outputs != 0xFFFF
}

// Write sets an output, first its level, then that it is driven; of a chip that was
// without power too. Chip.
func (m *mcp23) Write(ctx context.Context, c Conn, i int, v float64) error {
	pin := uint16(1) << m.pins[i]
	switch {
	case m.outputs&pin == 0:
		return fmt.Errorf("%w: %s is an input", ErrRange, mcp23Pins[m.pins[i]])
	case v != 0 && v != 1:
		return fmt.Errorf("%w: state %v, want 0 or 1", ErrRange, v)
	}
	var s mcp23State
	if err := s.load(c); err != nil {
		return err
	}
	if m.lost(&s) {
		if err := m.Start(ctx, c); err != nil {
			return err
		}
		if err := s.load(c); err != nil {
			return err
		}
	}
	latch := s.pair(mcp23Latch) &^ pin
	if (v == 1) != (m.inverted&pin != 0) {
		latch |= pin
	}
	if err := s.set(c, mcp23Latch, latch); err != nil {
		return err
	}
	return s.set(c, mcp23Direction, s.pair(mcp23Direction)&^pin)
}
