package chip

import (
	"context"
	"math"
	"time"
)

// Registers of the LM75 and those like it.
const (
	lm75Temperature = 0x00 // two bytes, the number at their upper end
	lm75Config      = 0x01 // one byte
	lm75Shutdown    = 0x01 // bits of lm75Config
	tmp75Once       = 0x80 // of those that can convert once: starts that
	lm75Resolution  = 0x60 // 0 is 9 bits; of those where it can be set
)

// lm75Conversion is how long the slowest of those like it take (LM75A: 300 ms).
const lm75Conversion = 300 * time.Millisecond

func tmp75() *Model {
	return define(Model{
		Name:      "tmp75",
		Title:     "temperature (TMP75, TMP105, TMP175, TMP275, DS75)",
		Datasheet: "Texas Instruments TMP75, SBOS288J (2007), tables 5 and 6",
		Notes:     "Like a LM75, with a resolution that is set. It has no id: whatever answers at its address is taken for one.",
		I2C:       &I2C{Addresses: []uint16{0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F}},
		Parameters: []Parameter{{
			Name: "resolution", Choices: []string{"9", "10", "11", "12"}, Default: "12", Example: "10",
			Doc: "bits of the temperature: the chip takes 28 ms for 9 bits, twice as long for each more",
		}},
	}, func(_ Bus, s settings) (Chip, error) {
		return &lm75Chip{bits: int(s.number("resolution")), set: true}, nil
	}, func(_ Bus, s settings) Twin {
		t := newLM75Twin(9)
		t.settable = true
		return t
	})
}

// The temperature is a two's complement number of 9 bits, 0.5 °C each; chips that are
// made after the LM75 have up to 12 bits at the same place.
func lm75() *Model {
	return define(Model{
		Name:      "lm75",
		Title:     "temperature",
		Datasheet: "Texas Instruments LM75A, SNOS808P (2014); of 11 bits: NXP LM75B, rev 6.1 (2015), 7.4.3",
		Notes:     "It has no id: whatever answers at its address is taken for one. The alarm output and its thresholds are left as they are.",
		I2C:       &I2C{Addresses: []uint16{0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F}},
		Parameters: []Parameter{{
			Name: "resolution", Choices: []string{"9", "10", "11", "12"}, Default: "9", Example: "11",
			Doc: "bits of the temperature: most have 9, the LM75A and LM75B of NXP 11; a TMP75 is a chip of its own",
		}},
	}, func(_ Bus, s settings) (Chip, error) {
		return &lm75Chip{bits: int(s.number("resolution"))}, nil
	}, func(_ Bus, s settings) Twin {
		return newLM75Twin(int(s.number("resolution")))
	})
}

type lm75Chip struct {
	readOnly
	bits     int
	set      bool // the resolution has to be set
	settling settling
}

// Values is the temperature. Chip.
func (l *lm75Chip) Values() []Value { return []Value{temperature(-55, 125, 2)} }

// Start sets the resolution and ends a shutdown, and leaves the rest, which concerns the alarm output, as it is.
// Chip.
func (l *lm75Chip) Start(_ context.Context, c Conn) error {
	var config [1]byte
	if err := c.Tx([]byte{lm75Config}, config[:]); err != nil {
		return err
	}
	l.settling.begin(lm75Conversion)
	want := config[0] &^ lm75Shutdown
	if l.set {
		want = want&^(lm75Resolution|tmp75Once) | byte(l.bits-9)<<5
	}
	if config[0] == want {
		return nil
	}
	return c.Tx([]byte{lm75Config, want}, nil)
}

// Read reads the temperature. Chip.
func (l *lm75Chip) Read(ctx context.Context, c Conn, out []Reading) error {
	if err := l.settling.wait(ctx, c); err != nil {
		return err
	}
	var b [2]byte
	if err := c.Tx([]byte{lm75Temperature}, b[:]); err != nil {
		return err
	}
	steps := int16(b[0])<<8 | int16(b[1])
	steps >>= 16 - l.bits // what is below is not defined
	out[0] = Reading{Value: math.Ldexp(float64(steps), 8-l.bits)}
	return nil
}
