package chip

import (
	"context"
	"encoding/binary"
	"fmt"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// Bits of what the MAX31855 says (table 2).
const (
	max31855Zero  = 1<<17 | 1<<3 // bits that are always 0
	max31855Fault = 1 << 16      // one of the three at the end
	max31855VCC   = 1 << 2
	max31855GND   = 1 << 1
	max31855Open  = 1 << 0
)

func max31855() *Model {
	return define(Model{
		Name:      "max31855",
		Title:     "thermocouple (one version of the chip for each type: K, J, N, T, E, R, S)",
		Datasheet: "Maxim Integrated MAX31855, 19-5793 rev 5 (2015), tables 2 to 5",
		Notes:     "The chip takes thermocouples for linear: far from the temperature of the cold junction it is wrong by some degrees, as its datasheet says. A thermocouple that is open or has a short circuit is an alarm of TEMP, not of CJ. Both ends at exactly 0 °C look like a line that is held low, and are taken for one.",
		SPI:       &SPI{Mode: spi.Mode0, MaxSpeed: 5 * physic.MegaHertz},
	}, func(Bus, settings) (Chip, error) {
		return max31855Chip{}, nil
	}, func(Bus, settings) Twin {
		return &max31855Twin{values: [2]float64{20, 20}}
	})
}

// max31855Chip is a MAX31855. It converts ten times a second and has no settings.
type max31855Chip struct{ readOnly }

// Values are the temperatures of both ends of the thermocouple. Chip.
func (max31855Chip) Values() []Value {
	return []Value{
		number("TEMP", "temperature of the hot junction", "C", -270, 1800, 2),
		number("CJ", "temperature of the cold junction", "C", -40, 125, 2),
	}
}

// Start sees whether a chip answers. Chip.
func (max31855Chip) Start(_ context.Context, c Conn) error {
	_, err := max31855Word(c)
	return err
}

// max31855Word is what the chip says.
func max31855Word(c Conn) (uint32, error) {
	var w, r [4]byte
	if err := c.Tx(w[:], r[:]); err != nil {
		return 0, err
	}
	x := binary.BigEndian.Uint32(r[:])
	switch {
	case x == 0: // both ends at 0 °C is less likely than a line that is held low
		return 0, fmt.Errorf("%w: all bits are 0", ErrNoAnswer)
	case x&max31855Zero != 0:
		return 0, fmt.Errorf("%w: 0x%08X has bits that are always 0", ErrNoAnswer, x)
	}
	return x, nil
}

// Read reads both temperatures. Chip.
func (max31855Chip) Read(_ context.Context, c Conn, out []Reading) error {
	x, err := max31855Word(c)
	if err != nil {
		return err
	}
	out[0] = Reading{Value: float64(int32(x)>>18) / 4}
	switch {
	case x&max31855Open != 0:
		out[0] = Reading{Err: fmt.Errorf("%w: the thermocouple is open", ErrDisconnected)}
	case x&max31855GND != 0:
		out[0] = Reading{Err: fmt.Errorf("%w to ground", ErrShort)}
	case x&max31855VCC != 0:
		out[0] = Reading{Err: fmt.Errorf("%w to the supply", ErrShort)}
	case x&max31855Fault != 0:
		out[0] = Reading{Err: fmt.Errorf("%w: fault of an unknown kind", ErrDisconnected)}
	}
	out[1] = Reading{Value: float64(int32(x<<16)>>20) / 16}
	return nil
}
