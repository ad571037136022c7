package spi

import (
	"errors"
	"fmt"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/chip"
)

// Options describe a bus and the chips on it.
type Options struct {
	// Bus is the number of the kernel's bus, 0 for /dev/spidev0.*.
	Bus int
	// OpenPort opens a port of another bus instead, if it is not nil. The driver
	// closes it.
	OpenPort func(cs int) (spi.PortCloser, error)
	// Devices are the chips, at most one at a chip select.
	Devices []Device
}

// Device describes a chip.
type Device struct {
	// CS is the number of its chip select, 0 for /dev/spidev*.0.
	CS int
	// Mode is when bits are taken: spi.Mode0 to spi.Mode3, with spi.HalfDuplex for a
	// chip with one wire for both directions, for which there must be a Map.
	Mode spi.Mode
	// Speed is that of the clock; 0 means 1 MHz.
	Speed physic.Frequency
	// Bits are those of a word, at most 32; 0 means 8. Words of more than 8 bits have
	// the machine's byte order, whatever the chip's is: little on nearly all.
	Bits int
	// Retries is how often a failed operation is tried again before the chip is given
	// up, see [bus.Device].
	Retries int
	// Chip is what knows the chip; if it is nil, Map says what its registers are.
	Chip chip.Chip
	// Exit is what values of Chip shall be set to when the driver is closed.
	Exit map[int]float64
	// Map is the chip's registers. Of registers that are written, or set, ReadBits or
	// WriteBits must tell what is done.
	Map bus.Map
}

// DefaultSpeed is one that every chip can do, and most wires.
const DefaultSpeed = physic.MegaHertz

// Limits of periph's and the kernel's.
const (
	MinSpeed = 100 * physic.Hertz
	MaxSpeed = physic.GigaHertz
	MaxBits  = 32 // of a word
	MaxCS    = 255
)

// New is a driver for the bus that o describes, see [bus.Driver]. It touches no hardware.
func New(o Options) (*bus.Driver, error) {
	name := fmt.Sprintf("spi %d", o.Bus)
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	open := o.OpenPort
	var present func() bool
	if open == nil {
		present = func() bool { return isPresent(&o) }
		open = func(cs int) (spi.PortCloser, error) { return openKernel(o.Bus, cs) }
	}
	return bus.New(bus.Options{Name: name, Devices: o.OnBus(), Present: present, Open: func() (bus.Bus, error) {
		return openWire(open, o.Devices)
	}})
}

// OnBus are the devices as package bus has them.
func (o *Options) OnBus() (devices []bus.Device) {
	for _, d := range o.Devices {
		devices = append(devices, bus.Device{
			Name: d.String(), Duplex: d.Mode&spi.HalfDuplex == 0, Retries: d.Retries, Chip: d.Chip, Exit: d.Exit, Map: d.Map,
		})
	}
	return devices
}

// String is where the chip is: "cs 0".
func (d *Device) String() string { return fmt.Sprintf("cs %d", d.CS) }

func (d *Device) speed() physic.Frequency {
	if d.Speed == 0 {
		return DefaultSpeed
	}
	return d.Speed
}

func (d *Device) bits() int {
	if d.Bits == 0 {
		return 8
	}
	return d.Bits
}

func (o *Options) check() error {
	seen := map[int]bool{}
	for i := range o.Devices {
		d := &o.Devices[i]
		switch {
		case d.CS < 0 || d.CS > MaxCS:
			return fmt.Errorf("%v: want 0 to %d", d, MaxCS)
		case seen[d.CS]:
			return fmt.Errorf("two devices at %v", d)
		case d.speed() < MinSpeed || d.speed() > MaxSpeed:
			return fmt.Errorf("%v: speed %v: want %v to %v", d, d.Speed, MinSpeed, MaxSpeed)
		case d.bits() < 1 || d.bits() > MaxBits:
			return fmt.Errorf("%v: words of %d bits: want 1 to %d", d, d.Bits, MaxBits)
		case d.Mode&^(spi.Mode3|spi.HalfDuplex) != 0:
			return fmt.Errorf("%v: mode %v", d, d.Mode)
		case d.Chip != nil && d.Mode&spi.HalfDuplex != 0:
			return fmt.Errorf("%v: drivers of chips need a wire for each direction", d)
		}
		seen[d.CS] = true
		if err := CheckMap(&d.Map); err != nil {
			return fmt.Errorf("%v: %w", d, err)
		}
	}
	return nil
}

// CheckMap says what is wrong with a register map for SPI, besides what is wrong on any
// bus.
func CheckMap(m *bus.Map) error {
	if m.Exchange || m.ReadBits != 0 || m.WriteBits != 0 {
		return nil
	}
	writes := len(m.Init) > 0 || m.Measure != nil && len(m.Measure.Start) > 0
	for _, r := range m.Registers {
		writes = writes || r.Write
	}
	if writes {
		return errors.New("nothing tells writing from reading: want read bits or write bits")
	}
	return nil
}
