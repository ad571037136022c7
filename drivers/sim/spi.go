package sim

import (
	"errors"
	"fmt"

	duplex "periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	periph "periph.io/x/conn/v3/spi"

	"github.com/ioclet/ioclet/drivers/spi"
)

// SPI is an SPI bus with simulated devices, one for each that a driver's options have. To
// put it in the place of the real one:
//
//	opts.OpenPort = bus.Open
type SPI struct {
	*Devices
	specs []spi.Device
}

// NewSPI makes a bus. All that is wrong is reported, joined.
func NewSPI(o spi.Options, opts BusOptions) (*SPI, error) {
	devices, err := newDevices(o.OnBus(), opts)
	if err != nil {
		return nil, err
	}
	return &SPI{devices, o.Devices}, nil
}

// Open is the port of a chip select; an spi.Options.OpenPort.
func (b *SPI) Open(cs int) (periph.PortCloser, error) {
	for i := range b.specs {
		if b.specs[i].CS == cs {
			return &spiPort{b.Devices, b.list[i]}, nil
		}
	}
	return nil, fmt.Errorf("cs %d: no simulated device", cs)
}

// spiPort is a chip select of a simulated bus, and what is connected to it: periph's
// spi.PortCloser and spi.Conn.
type spiPort struct {
	all    *Devices
	device *busDevice
}

// Connect is the port itself: any speed and mode will do.
func (p *spiPort) Connect(physic.Frequency, periph.Mode, int) (periph.Conn, error) { return p, nil }

// LimitSpeed does nothing.
func (p *spiPort) LimitSpeed(physic.Frequency) error { return nil }

// Close does nothing; the device keeps what it has.
func (p *spiPort) Close() error { return nil }

func (p *spiPort) String() string { return "simulated SPI bus" }

// Duplex says whether bytes go both ways at once.
func (p *spiPort) Duplex() duplex.Duplex {
	if p.device.duplex {
		return duplex.Full
	}
	return duplex.Half
}

var errLengths = errors.New("as many bytes as are sent come back")

// Tx does one transaction.
func (p *spiPort) Tx(w, r []byte) error {
	if p.device.duplex && len(w) != len(r) {
		return errLengths
	}
	return p.all.transact(p.device, w, r)
}

// TxPackets does several, each by itself.
func (p *spiPort) TxPackets(packets []periph.Packet) error {
	for _, x := range packets {
		if err := p.Tx(x.W, x.R); err != nil {
			return err
		}
	}
	return nil
}
