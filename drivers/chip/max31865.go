package chip

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// Registers of the MAX31865.
const (
	max31865Config = 0x00
	max31865RTD    = 0x01 // two bytes: the ratio in 1/32768, and a bit for faults
	max31865Fault  = 0x07

	max31865Bias     = 0x80 // bits of max31865Config: current flows through the RTD
	max31865Once     = 0x20
	max31865ThreeW   = 0x10
	max31865Cycle    = 0x0C // a fault detection is under way
	max31865Detect   = 0x04 // starts one
	max31865Clear    = 0x02
	max31865Hertz50  = 0x01
	max31865Constant = max31865Bias | max31865ThreeW | max31865Hertz50 // bits that stay as they were written
)

// How long things take at most: the input filter after the current begins to flow (10.5
// time constants, of 4 kohm and 200 nF at most, and 1 ms), a fault detection (600 µs), and a
// conversion.
const (
	max31865Settle    = 10 * time.Millisecond
	max31865Detection = time.Millisecond
	max31865At50      = 66 * time.Millisecond
	max31865At60      = 55 * time.Millisecond
)

func max31865() *Model {
	return define(Model{
		Name:      "max31865",
		Title:     "platinum resistance thermometer (RTD)",
		Datasheet: "Maxim Integrated MAX31865, 19-6478 rev 3 (2015), tables 1 to 12; resistance: IEC 60751 (2008), 4.2",
		Notes:     "Current flows through the thermometer only while it measures, so that it warms itself little. A thermometer or wire that is open or has a short circuit is an alarm; a broken wire of RTDIN+ surely only with a resistor of 10 Mohm from there to BIAS.",
		SPI:       &SPI{Mode: spi.Mode1, MaxSpeed: 5 * physic.MegaHertz},
		Parameters: []Parameter{{
			Name: "reference", Min: 1, Max: 100000, Units: "ohm", Example: "430ohm",
			Doc: "the reference resistor on the board, about four times r0: 430 ohm or 400 ohm for a Pt100, marked 4300 or 4000",
		}, {
			Name: "r0", Min: 1, Max: 10000, Units: "ohm", Default: "100", Example: "1000ohm",
			Doc: "the resistance at 0 °C: 100 ohm of a Pt100, 1000 ohm of a Pt1000",
		}, {
			Name: "wires", Choices: []string{"2", "3", "4"}, Default: "4", Example: "3",
			Doc: "wires to the thermometer; the board must be set to the same",
		}, {
			Name: "filter", Choices: []string{"50", "60"}, Units: "Hz", Default: "50", Example: "60",
			Doc: "the frequency of the mains, which is filtered out; a measurement takes 87 or 76 ms",
		}},
	}, func(_ Bus, s settings) (Chip, error) {
		m := &max31865Chip{reference: s.number("reference"), r0: s.number("r0"), conversion: max31865At60}
		if m.reference < m.r0 {
			return nil, &SettingError{"reference", fmt.Errorf("%v ohm, and r0 is %v ohm: want about four times r0", m.reference, m.r0)}
		}
		if s.word("wires") == "3" {
			m.config |= max31865ThreeW
		}
		if s.word("filter") == "50" {
			m.config |= max31865Hertz50
			m.conversion = max31865At50
		}
		return m, nil
	}, func(_ Bus, s settings) Twin {
		return newMAX31865Twin(s.number("reference"), s.number("r0"))
	})
}

// max31865Registers are on SPI with the highest bit of an address for writing.
var max31865Registers = byteRegisters{bus: OnSPI, write: 0x80}

// max31865Chip is a MAX31865. Current flows through the thermometer only while it
// measures, so that it warms itself little.
type max31865Chip struct {
	readOnly
	reference  float64 // ohm
	r0         float64 // ohm
	config     byte
	conversion time.Duration
}

// Values are temperature and resistance. Chip.
func (m *max31865Chip) Values() []Value {
	return []Value{
		temperature(-200, 850, 2),
		number("RES", "resistance", "ohm", 0, m.reference, digits(m.reference/32768)),
	}
}

// Start writes the settings and sees whether the chip has them. Chip.
func (m *max31865Chip) Start(_ context.Context, c Conn) error {
	// Alone 50 or 60 Hz may leave all bits alike, as if nobody was there.
	want := m.config | max31865Bias
	if err := max31865Registers.store(c, max31865Config, want|max31865Clear); err != nil {
		return err
	}
	var got [1]byte
	if err := max31865Registers.load(c, max31865Config, got[:]); err != nil {
		return err
	}
	switch {
	case got[0]&max31865Constant == want:
		return max31865Registers.store(c, max31865Config, m.config)
	case idle(got[:]):
		return fmt.Errorf("%w: register 0 says 0x%02X", ErrNoAnswer, got[0])
	}
	return fmt.Errorf("%w: register 0 says 0x%02X after 0x%02X was written", ErrWrongChip, got[0], want)
}

// Read looks for faults, then measures. Chip.
func (m *max31865Chip) Read(ctx context.Context, c Conn, out []Reading) error {
	on := m.config | max31865Bias
	for _, step := range []struct {
		config byte
		wait   time.Duration
	}{
		{on | max31865Clear, max31865Settle},
		{on | max31865Detect, max31865Detection + max31865Settle}, // it interrupts the current
		{on | max31865Once, m.conversion},
	} {
		if err := max31865Registers.store(c, max31865Config, step.config); err != nil {
			return err
		}
		if err := Wait(ctx, c, step.wait); err != nil {
			return err
		}
	}
	var r [8]byte // all registers
	if err := max31865Registers.load(c, max31865Config, r[:]); err != nil {
		return err
	}
	switch {
	case idle(r[:]):
		return fmt.Errorf("%w: all bits are alike", ErrNoAnswer)
	case r[max31865Config]&max31865Constant != on:
		return ErrReset
	case r[max31865Config]&(max31865Once|max31865Cycle) != 0:
		return fmt.Errorf("%w: register 0 says 0x%02X", ErrNotReady, r[max31865Config])
	}
	if err := max31865Registers.store(c, max31865Config, m.config); err != nil {
		return err
	}
	code := binary.BigEndian.Uint16(r[max31865RTD:])
	ohm := float64(code>>1) / 32768 * m.reference
	if err := max31865Wiring(code, r[max31865Fault]); err != nil {
		out[0], out[1] = Reading{Err: err}, Reading{Err: err}
		return nil
	}
	out[0], out[1] = m.celsius(ohm), Reading{Value: ohm}
	return nil
}

// max31865Wiring is what is wrong with the thermometer or its wires (tables 10 to 12),
// if anything is.
func max31865Wiring(code uint16, status byte) error {
	switch {
	case code>>1 == 0x7FFF:
		return fmt.Errorf("%w: the RTD or a wire is open", ErrDisconnected)
	case code&1 == 0:
		return nil
	case status&0xA0 != 0:
		return fmt.Errorf("%w: the RTD or a wire is open (fault status 0x%02X)", ErrDisconnected, status)
	case status&0x58 != 0:
		return fmt.Errorf("%w (fault status 0x%02X)", ErrShort, status)
	}
	return fmt.Errorf("%w to more than the supply or less than ground (fault status 0x%02X)", ErrShort, status)
}

// celsius is the temperature of a resistance.
func (m *max31865Chip) celsius(ohm float64) Reading {
	switch {
	case ohm < platinumLow*m.r0:
		return Reading{Err: fmt.Errorf("%w: %.4g ohm", ErrShort, ohm)}
	case ohm > platinumHigh*m.r0:
		return Reading{Err: fmt.Errorf("%w: %.4g ohm is more than at 850 °C", ErrRange, ohm)}
	}
	return Reading{Value: platinum(ohm / m.r0)}
}

// The Callendar-Van Dusen equation, IEC 60751 (2008), 4.2: a resistance is
// r0·(1 + A·t + B·t² + C·(t-100)·t³), with the last term below 0 °C only.
const (
	platinumA = 3.9083e-3
	platinumB = -5.775e-7
	platinumC = -4.183e-12

	platinumLow  = 0.1      // less than at any temperature: 0.185 at -200 °C
	platinumHigh = 3.904812 // at 850 °C
)

// platinum is the temperature in °C at which a resistance is that many times r0.
func platinum(ratio float64) float64 {
	// Without the last term it is a square root; nearly right below 0 °C too, where
	// Newton's method does the rest.
	t := (-platinumA + math.Sqrt(platinumA*platinumA-4*platinumB*(1-ratio))) / (2 * platinumB)
	if t >= 0 {
		return t
	}
	for range 5 {
		f := 1 + t*(platinumA+t*(platinumB+t*(t-100)*platinumC)) - ratio
		slope := platinumA + t*(2*platinumB+t*(4*t-300)*platinumC)
		t -= f / slope
	}
	return t
}
