package i2c

import (
	"fmt"

	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/chip"
	"periph.io/x/conn/v3/i2c"
)

// Options describe a bus and the chips on it.
type Options struct {
	// Bus is which of the kernel's buses: its number, "1" for /dev/i2c-1; the path of a
	// device file or of a link to one, "/dev/i2c-sensors"; or the name of the adapter,
	// "bcm2835 (i2c@7e804000)", as /sys/bus/i2c/devices/i2c-*/name has it, which stays
	// when numbers change. "" is "1".
	Bus string
	// OpenBus opens another bus instead, if it is not nil. The driver closes it.
	OpenBus func() (i2c.BusCloser, error)
	// Devices are the chips, at most one at an address, or at a port of a multiplexer
	// and an address.
	Devices []Device
}

// Device describes a chip.
type Device struct {
	// Address is the chip's address on the bus, 0x03 to 0x77.
	Address uint16
	// Mux is the multiplexer behind which the chip is, nil if it is on the bus itself.
	Mux *Mux
	// Retries is how often a failed operation is tried again before the chip is given
	// up, see [bus.Device].
	Retries int
	// Chip is what knows the chip; if it is nil, Map says what its registers are.
	Chip chip.Chip
	// Exit is what values of Chip shall be set to when the driver is closed.
	Exit map[int]float64
	// Map is the chip's registers.
	Map bus.Map
}

// Mux is a port of a multiplexer with one byte of register, each of whose bits connects
// a port: TCA9548A, PCA9548A, TCA9546A. Where the kernel drives it, each of its ports is
// a bus like others, and that is better: other programs can use it, too.
type Mux struct {
	Address uint16 // 0x03 to 0x77, of a TCA9548A 0x70 to 0x77
	Port    int    // 0 to 7
}

// Addresses outside of these are reserved by the I2C specification (UM10204, 3.1.12).
const (
	MinAddress = 0x03
	MaxAddress = 0x77
)

const muxPorts = 8

// New is a driver for the bus that o describes, see [bus.Driver]. It touches no hardware.
func New(o Options) (*bus.Driver, error) {
	name := "i2c " + o.number()
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	open := o.OpenBus
	var present func() bool
	if open == nil {
		open = func() (i2c.BusCloser, error) { return openKernel(o.number()) }
		present = func() bool { return isPresent(o.number()) }
	}
	return bus.New(bus.Options{Name: name, Devices: o.OnBus(), Present: present, Open: func() (bus.Bus, error) {
		b, err := open()
		if err != nil {
			return nil, err
		}
		return newWire(b, o.Devices), nil
	}})
}

// OnBus are the devices as package bus has them.
func (o *Options) OnBus() (devices []bus.Device) {
	for _, d := range o.Devices {
		devices = append(devices, bus.Device{Name: d.String(), Retries: d.Retries, Chip: d.Chip, Exit: d.Exit, Map: d.Map})
	}
	return devices
}

func (o *Options) number() string {
	if o.Bus == "" {
		return "1"
	}
	return o.Bus
}

// String is where the chip is: "0x48", "0x70 port 3 0x48".
func (d *Device) String() string {
	if d.Mux != nil {
		return fmt.Sprintf("0x%02X port %d 0x%02X", d.Mux.Address, d.Mux.Port, d.Address)
	}
	return fmt.Sprintf("0x%02X", d.Address)
}

func (o *Options) check() error {
	bad := func(address uint16) bool { return address < MinAddress || address > MaxAddress }
	for i := range o.Devices {
		d := &o.Devices[i]
		switch {
		case bad(d.Address):
			return fmt.Errorf("%v: address: want 0x%02X to 0x%02X", d, MinAddress, MaxAddress)
		case d.Map.Exchange || d.Map.ReadBits != 0 || d.Map.WriteBits != 0:
			return fmt.Errorf("%v: words to exchange, read bits and write bits are for SPI", d)
		case d.Mux == nil:
		case bad(d.Mux.Address):
			return fmt.Errorf("%v: address of the multiplexer: want 0x%02X to 0x%02X", d, MinAddress, MaxAddress)
		case d.Mux.Port < 0 || d.Mux.Port >= muxPorts:
			return fmt.Errorf("%v: port: want 0 to %d", d, muxPorts-1)
		}
		for j := range o.Devices[:i] {
			if Collide(d, &o.Devices[j]) {
				return fmt.Errorf("two devices at %v", d)
			}
		}
	}
	return nil
}

// Collide reports whether two devices of a bus would answer to the same address, or one
// has that of the other's multiplexer.
func Collide(a, b *Device) bool {
	switch {
	case a.Mux != nil && a.Mux.Address == b.Address, b.Mux != nil && b.Mux.Address == a.Address:
		return true
	case a.Mux != nil && a.Mux.Address == a.Address:
		return true
	}
	return a.Address == b.Address && (a.Mux == nil || b.Mux == nil || *a.Mux == *b.Mux)
}
