package chip

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// Registers of the PCA9685 (table 4).
const (
	pcaMode1     = 0x00
	pcaMode2     = 0x01
	pcaOutputs   = 0x06 // four bytes for each output: when it goes on, and off
	pcaPrescale  = 0xFE
	pcaOutputsNo = 16

	pcaRestart   = 0x80 // bits of pcaMode1
	pcaIncrement = 0x20
	pcaSleep     = 0x10
	pcaInvert    = 0x10 // of pcaMode2
	pcaTotem     = 0x04
	pcaFull      = 0x1000 // of when an output goes on or off: it always is
)

// pcaWakeUp is how long the oscillator takes to start.
const pcaWakeUp = 500 * time.Microsecond

func pca9685() *Model {
	m := Model{
		Name:      "pca9685",
		Title:     "sixteen PWM outputs",
		Datasheet: "NXP PCA9685, rev 4 (2015), 7.3",
		Notes:     "What it puts out when the IOC starts goes on. After power on all outputs are off until they are written.",
		I2C:       &I2C{},
		Parameters: []Parameter{{
			Name: "frequency", Min: 24, Max: 1526, Units: "Hz", Default: "200", Example: "50Hz",
			Doc: "of all outputs: 50 Hz for servos; changing it interrupts them for a millisecond",
		}, {
			Name: "polarity", Choices: []string{"normal", "inverted"}, Default: "normal", Example: "inverted",
			Doc: "inverted: an output is low while it is on",
		}, {
			Name: "drive", Choices: []string{"push_pull", "open_drain"}, Default: "push_pull", Example: "open_drain",
			Doc: "how outputs are driven",
		}},
	}
	for a := uint16(0x40); a <= 0x77; a++ {
		if a != 0x70 { // to this one all answer after power on
			m.I2C.Addresses = append(m.I2C.Addresses, a)
		}
	}
	return define(m, func(_ Bus, s settings) (Chip, error) {
		p := &pca{prescale: byte(math.Round(25e6/4096/s.number("frequency")) - 1)}
		if s.word("polarity") == "inverted" {
			p.mode2 |= pcaInvert
		}
		if s.word("drive") == "push_pull" {
			p.mode2 |= pcaTotem
		}
		return p, nil
	}, func(Bus, settings) Twin {
		return newPCATwin()
	})
}

// pca is a PCA9685.
type pca struct {
	prescale byte
	mode2    byte
}

// pcaRegisters are on I2C.
var pcaRegisters = byteRegisters{bus: OnI2C}

// Values are the outputs. Chip.
func (*pca) Values() (values []Value) {
	for i := range pcaOutputsNo {
		values = append(values, Value{
			Name: fmt.Sprintf("CH%d", i), Doc: fmt.Sprintf("part of the time that LED%d is on", i),
			Kind: pv.Float64, Units: "%", Precision: 2, Limits: pv.Limits{Low: 0, High: 100}, Writable: true,
		})
	}
	return values
}

// Start wakes the chip up with the frequency; one that is awake with the right settings
// goes on as it is. Outputs are off after power on, and after another frequency was set
// they go on as before (7.3.1.1). Chip.
func (p *pca) Start(ctx context.Context, c Conn) error {
	var mode1, prescale [1]byte
	if err := pcaRegisters.load(c, pcaMode1, mode1[:]); err != nil {
		return err
	}
	if err := pcaRegisters.load(c, pcaPrescale, prescale[:]); err != nil {
		return err
	}
	// A 1 is written to pcaRestart only to restart; all other bits stay.
	mode := mode1[0]&^pcaRestart | pcaIncrement
	if prescale[0] != p.prescale && mode&pcaSleep == 0 {
		mode |= pcaSleep
	}
	if err := pcaRegisters.store(c, pcaMode1, mode); err != nil {
		return err
	}
	if err := pcaRegisters.store(c, pcaMode2, p.mode2); err != nil {
		return err
	}
	if mode&pcaSleep != 0 {
		if err := p.wake(ctx, c, mode); err != nil {
			return err
		}
	}
	var got [1]byte
	if err := pcaRegisters.load(c, pcaPrescale, got[:]); err != nil {
		return err
	}
	if got[0] != p.prescale {
		return fmt.Errorf("%w: register 0xFE says 0x%02X after 0x%02X was written", ErrWrongChip, got[0], p.prescale)
	}
	return nil
}

// wake sets the frequency, which can only be done asleep, and ends the sleep.
func (p *pca) wake(ctx context.Context, c Conn, mode byte) error {
	if err := pcaRegisters.store(c, pcaPrescale, p.prescale); err != nil {
		return err
	}
	var before [1]byte
	if err := pcaRegisters.load(c, pcaMode1, before[:]); err != nil {
		return err
	}
	mode &^= pcaSleep
	if err := pcaRegisters.store(c, pcaMode1, mode); err != nil {
		return err
	}
	if err := Wait(ctx, c, pcaWakeUp); err != nil {
		return err
	}
	if before[0]&pcaRestart == 0 {
		return nil
	}
	return pcaRegisters.store(c, pcaMode1, mode|pcaRestart)
}

// Read reads all outputs back. Chip.
func (*pca) Read(_ context.Context, c Conn, out []Reading) error {
	var r [pcaOutputs + 4*pcaOutputsNo]byte
	if err := pcaRegisters.load(c, pcaMode1, r[:]); err != nil {
		return err
	}
	if pcaLost(r[pcaMode1]) {
		return ErrReset
	}
	for i := range out {
		b := r[pcaOutputs+4*i:]
		out[i] = Reading{Value: pcaDuty(binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:]))}
	}
	return nil
}

// pcaLost reports whether the mode is that of a chip that was without power.
func pcaLost(mode1 byte) bool { return mode1&(pcaSleep|pcaIncrement) != pcaIncrement }

// pcaDuty is the part of the time in % that an output is on which goes on and off at
// these counts of 4096 (7.3.3).
func pcaDuty(on, off uint16) float64 {
	switch {
	case off&pcaFull != 0:
		return 0
	case on&pcaFull != 0:
		return 100
	}
	return float64((off-on)&0x0FFF) * 100 / 4096
}

// Write sets an output, of a chip that was without power too. Chip.
func (p *pca) Write(ctx context.Context, c Conn, i int, v float64) error {
	if !within(v, 0, 100) {
		return fmt.Errorf("%w: %v %%, want 0 to 100", ErrRange, v)
	}
	var mode1 [1]byte
	if err := pcaRegisters.load(c, pcaMode1, mode1[:]); err != nil {
		return err
	}
	if pcaLost(mode1[0]) {
		if err := p.Start(ctx, c); err != nil {
			return err
		}
	}
	var on, off uint16
	switch counts := uint16(math.Round(v * 4096 / 100)); counts {
	case 0:
		off = pcaFull
	case 4096:
		on = pcaFull
	default:
		off = counts
	}
	return pcaRegisters.store(c, byte(pcaOutputs+4*i), byte(on), byte(on>>8), byte(off), byte(off>>8))
}
