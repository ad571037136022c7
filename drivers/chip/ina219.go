package chip

import (
	"context"
	"fmt"
	"time"
)

// Registers of the INA219, two bytes each.
const (
	inaConfig = 0x00
	inaShunt  = 0x01 // 10 µV each, with a sign
	inaBus    = 0x02 // 4 mV each, from bit 3 on

	inaContinuous = 7 // mode in inaConfig: shunt and bus in turn
)

// Choices as the config register counts them.
var (
	inaShuntRanges = []string{"40", "80", "160", "320"} // mV
	inaBusRanges   = []string{"16", "32"}
	inaAverages    = []string{"1", "2", "4", "8", "16", "32", "64", "128"}
)

// inaSample is how long a sample of 12 bits takes at most.
const inaSample = 586 * time.Microsecond

func ina219() *Model {
	return define(Model{
		Name:      "ina219",
		Title:     "voltage, current and power",
		Datasheet: "Texas Instruments INA219, SBOS448G (2015), 8.5.3, 8.6.2 and 8.6.3",
		Notes:     "Current and power are computed from the two voltages, so that there is nothing to calibrate. A current that is out of range is an alarm of CURR and POWER, not of VOLT.",
		I2C:       &I2C{Addresses: []uint16{0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F}},
		Parameters: []Parameter{{
			Name: "shunt", Min: 1e-5, Max: 1000, Units: "ohm", Default: "0.1", Example: "0.01ohm",
			Doc: "the resistor through which the current flows",
		}, {
			Name: "range", Choices: inaShuntRanges, Units: "mV", Default: "320", Example: "40",
			Doc: "the largest voltage on the shunt: less of it has less noise; 320 mV on 0.1 ohm is 3.2 A",
		}, {
			Name: "bus_range", Choices: inaBusRanges, Units: "V", Default: "32", Example: "16",
			Doc: "the largest voltage of the supply, which must not be above 26 V",
		}, {
			Name: "average", Choices: inaAverages, Default: "1", Example: "16",
			Doc: "samples that make a value: there is a new one every 1.1 ms times that",
		}},
	}, func(_ Bus, s settings) (Chip, error) {
		return newINA(s), nil
	}, func(_ Bus, s settings) Twin {
		return newINATwin(s.number("shunt"))
	})
}

// ina is an INA219. It measures all the time. Current and power are computed here, which
// needs no calibration in the chip that could be lost.
type ina struct {
	readOnly
	config   uint16
	shunt    float64 // ohm
	full     int16   // of inaShunt
	bus      float64 // V, the largest
	samples  int
	settling settling
}

func newINA(s settings) *ina {
	gain := position(inaShuntRanges, s.word("range"))
	n := &ina{
		shunt: s.number("shunt"), full: 4000 << gain, bus: min(s.number("bus_range"), 26), samples: int(s.number("average")),
	}
	adc := 3 // 12 bits
	if n.samples > 1 {
		adc = 8 + position(inaAverages, s.word("average"))
	}
	n.config = uint16(position(inaBusRanges, s.word("bus_range"))<<13 | gain<<11 | adc<<7 | adc<<3 | inaContinuous)
	return n
}

// Values are voltage, current and power. Chip.
func (n *ina) Values() []Value {
	step := 10e-6 / n.shunt
	amperes := step * float64(n.full)
	return []Value{
		number("VOLT", "voltage of the supply, behind the shunt", "V", 0, n.bus, 3),
		number("CURR", "current through the shunt", "A", -amperes, amperes, digits(step)),
		number("POWER", "power that the load takes", "W", -amperes*n.bus, amperes*n.bus, digits(step*n.bus)),
	}
}

// Start writes the settings and sees whether the chip has them. Chip.
func (n *ina) Start(_ context.Context, c Conn) error {
	if err := writeWord(c, inaConfig, n.config); err != nil {
		return err
	}
	got, err := readWord(c, inaConfig)
	if err != nil {
		return err
	}
	if got != n.config {
		return fmt.Errorf("%w: register 0 says 0x%04X after 0x%04X was written", ErrWrongChip, got, n.config)
	}
	n.settling.begin(time.Duration(2*n.samples) * inaSample)
	return nil
}

// Read reads what was measured last. A chip that has lost its settings measures without
// averaging, in its widest ranges, which have the same steps. Chip.
func (n *ina) Read(ctx context.Context, c Conn, out []Reading) error {
	if err := n.settling.wait(ctx, c); err != nil {
		return err
	}
	shunt, err := readWord(c, inaShunt)
	if err != nil {
		return err
	}
	bus, err := readWord(c, inaBus)
	if err != nil {
		return err
	}
	volts := float64(bus>>3) * 4e-3
	out[0] = Reading{Value: volts}
	if drop := int16(shunt); drop >= n.full || drop <= -n.full {
		err := fmt.Errorf("%w: more than %.4g A", ErrRange, float64(n.full)*10e-6/n.shunt)
		out[1], out[2] = Reading{Err: err}, Reading{Err: err}
		return nil
	}
	amperes := float64(int16(shunt)) * 10e-6 / n.shunt
	out[1] = Reading{Value: amperes}
	out[2] = Reading{Value: volts * amperes}
	return nil
}
