package chip

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Registers of the TMP102, two bytes each.
const (
	tmp102Temperature = 0x00
	tmp102Config      = 0x01

	tmp102Shutdown = 0x0100 // bits of tmp102Config
	tmp102Fixed    = 0x600F // bits that cannot be written,
	tmp102Known    = 0x6000 // and what they are

	tmp102Extended = 1 // bit of tmp102Temperature: 13 bits instead of 12

	tmp102Conversion = 35 * time.Millisecond
)

func tmp102() *Model {
	return define(Model{
		Name:      "tmp102",
		Title:     "temperature",
		Datasheet: "Texas Instruments TMP102, SBOS397F (2015)",
		Notes:     "The alarm output and its thresholds are left as they are.",
		I2C:       &I2C{Addresses: []uint16{0x48, 0x49, 0x4A, 0x4B}},
	}, func(Bus, settings) (Chip, error) {
		return &tmp102Chip{}, nil
	}, func(Bus, settings) Twin {
		return newTMP102Twin()
	})
}

type tmp102Chip struct {
	readOnly
	settling settling
}

// Values is the temperature. Chip.
func (*tmp102Chip) Values() []Value { return []Value{temperature(-40, 125, 2)} }

// Start ends a shutdown, and leaves the rest, which concerns the alarm output, as it is.
// Chip.
func (t *tmp102Chip) Start(_ context.Context, c Conn) error {
	config, err := readWord(c, tmp102Config)
	if err != nil {
		return err
	}
	if config&tmp102Fixed != tmp102Known {
		return fmt.Errorf("%w: register 1 says 0x%04X, of which a TMP102 has 0x%04X in bits 0x%04X", ErrWrongChip, config, tmp102Known, tmp102Fixed)
	}
	t.settling.begin(tmp102Conversion)
	if config&tmp102Shutdown == 0 {
		return nil
	}
	return writeWord(c, tmp102Config, config&^tmp102Shutdown)
}

// Read reads the temperature. Chip.
func (t *tmp102Chip) Read(ctx context.Context, c Conn, out []Reading) error {
	if err := t.settling.wait(ctx, c); err != nil {
		return err
	}
	x, err := readWord(c, tmp102Temperature)
	if err != nil {
		return err
	}
	steps := int16(x) >> 4
	if x&tmp102Extended != 0 {
		steps = int16(x) >> 3
	}
	out[0] = Reading{Value: math.Ldexp(float64(steps), -4)}
	return nil
}
