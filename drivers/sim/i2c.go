package sim

import (
	"errors"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/ioclet/ioclet/drivers/i2c"
)

// I2C is an I2C bus with simulated devices and multiplexers, one for each that a driver's
// options have. To put it in the place of the real one:
//
//	opts.OpenBus = bus.Open
type I2C struct {
	*Devices
	specs []i2c.Device

	ports map[uint16]byte // of multiplexers, a bit each; guarded by Devices' lock
}

var _ periph.BusCloser = (*I2C)(nil)

// NewI2C makes a bus. All that is wrong is reported, joined.
func NewI2C(o i2c.Options, opts BusOptions) (*I2C, error) {
	b := &I2C{specs: o.Devices, ports: map[uint16]byte{}}
	for _, d := range o.Devices {
		if d.Mux != nil {
			b.ports[d.Mux.Address] = 0
		}
	}
	var err error
	b.Devices, err = newDevices(o.OnBus(), opts)
	return b, err
}

// Open is the bus; an i2c.Options.OpenBus.
func (b *I2C) Open() (periph.BusCloser, error) { return b, nil }

// errTwo is what no bus says: nobody notices.
var errTwo = errors.New("two devices answer to one address")

// Tx does a transaction. periph's i2c.Bus.
func (b *I2C) Tx(address uint16, w, r []byte) error {
	d, err := b.find(address, w, r)
	if d == nil {
		return err
	}
	return b.transact(d, w, r)
}

// find is the device that answers, nil if it is a multiplexer or there is none.
func (b *I2C) find(address uint16, w, r []byte) (found *busDevice, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ports, ok := b.ports[address]; ok {
		if len(w) > 0 {
			ports = w[len(w)-1]
			b.ports[address] = ports
		}
		for i := range r {
			r[i] = ports
		}
		return nil, nil
	}
	for i := range b.specs {
		s := &b.specs[i]
		switch {
		case s.Address != address || s.Mux != nil && b.ports[s.Mux.Address]>>s.Mux.Port&1 == 0:
		case found != nil:
			return nil, errTwo
		default:
			found = b.list[i]
		}
	}
	if found == nil {
		return nil, errNoAnswer
	}
	return found, nil
}

// SetSpeed does nothing. periph's i2c.Bus.
func (b *I2C) SetSpeed(physic.Frequency) error { return nil }

func (b *I2C) String() string { return "simulated I2C bus" }

// Close does nothing; the devices keep what they have. periph's i2c.BusCloser.
func (b *I2C) Close() error { return nil }
