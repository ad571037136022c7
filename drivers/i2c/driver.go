package i2c

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"periph.io/x/conn/v3/i2c"
)

// Options describe a bus and the chips on it.
type Options struct {
	// Bus is the number of the kernel's bus, 1 for /dev/i2c-1.
	Bus int
	// OpenBus opens another bus instead, if it is not nil. The driver closes it.
	OpenBus func() (i2c.BusCloser, error)
	// Devices are the chips, at most one at an address.
	Devices []Device
}

// Device describes a chip.
type Device struct {
	// Address is the chip's address on the bus, 0x03 to 0x77.
	Address uint16
	// Order is the byte order of its registers; DefaultOrder is BigEndian.
	Order Order
	// Init is written, in order, when the bus is opened and when the chip answers
	// again after it has not.
	Init []Setting
	// Block says that consecutive addresses are consecutive bytes and that the chip
	// goes from one to the next by itself, so that adjacent registers can be read in
	// one transaction. It is wrong for chips whose addresses count words.
	Block bool
	// Retries is how often a failed transaction is tried again before the chip is
	// given up: 0 means 2, a negative number not at all. A chip that is given up is
	// tried once for each Read and Write.
	Retries int
	// Registers are the values in the chip.
	Registers []Register
}

// Setting is a fixed content of a register.
type Setting struct {
	At   uint8
	Data []byte // 1 byte or more, in the order in which they are sent
}

const defaultRetries = 2

// Addresses outside of these are reserved by the I2C specification (UM10204, 3.1.12).
const (
	minAddress = 0x03
	maxAddress = 0x77
)

// Stats counts what happened on a bus since its driver was made.
type Stats struct {
	Transactions uint64 // all, with the retries
	Retries      uint64 // transactions that were tried again
	Failures     uint64 // transactions that failed at last
}

// Driver is the driver of a bus: a drivers.Driver whose channels are the registers of
// all devices, in the order of [Options]. Each channel is a Reader, and a Writer if its
// register is.
type Driver struct {
	// immutable
	name     string
	open     func() (i2c.BusCloser, error)
	devices  []*device
	channels []drivers.Channel

	transactions, retries, failures atomic.Uint64

	mu  sync.Mutex
	bus i2c.BusCloser // nil while closed
}

var _ drivers.Driver = (*Driver)(nil)

// New is a driver for the bus that o describes. It touches no hardware.
func New(o Options) (*Driver, error) {
	d := &Driver{name: fmt.Sprintf("i2c %d", o.Bus), open: o.OpenBus}
	if d.open == nil {
		d.open = func() (i2c.BusCloser, error) { return openKernel(o.Bus) }
	}
	seen := map[uint16]bool{}
	for _, spec := range o.Devices {
		if seen[spec.Address] {
			return nil, fmt.Errorf("%s: two devices at 0x%02X", d.name, spec.Address)
		}
		seen[spec.Address] = true
		v, err := newDevice(d, spec)
		if err != nil {
			return nil, fmt.Errorf("%s 0x%02X: %w", d.name, spec.Address, err)
		}
		d.devices = append(d.devices, v)
		d.channels = append(d.channels, v.channels...)
	}
	return d, nil
}

// Channels are the registers of all devices. drivers.Driver.
func (d *Driver) Channels() []drivers.Channel { return d.channels }

// Stats is a snapshot; safe to call at any time.
func (d *Driver) Stats() Stats {
	return Stats{Transactions: d.transactions.Load(), Retries: d.retries.Load(), Failures: d.failures.Load()}
}

// Open opens the bus and sends the init sequences. A device that does not answer is no
// error: its channels have faults until it does. drivers.Driver.
func (d *Driver) Open(ctx context.Context) error {
	if d.opened() != nil {
		return fmt.Errorf("%s: open already", d.name)
	}
	bus, err := d.open()
	if err != nil {
		return fmt.Errorf("%s: %w", d.name, err)
	}
	d.mu.Lock()
	d.bus = bus
	d.mu.Unlock()
	for _, v := range d.devices {
		v.reset()
		if err := v.prepare(ctx, bus); drivers.IsLost(err) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Run waits: nothing comes unasked from an I2C bus. drivers.Driver.
func (d *Driver) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// closeWait is how long Close waits for a transaction that is under way. The kernel
// gives up a transaction after about a second.
const closeWait = 900 * time.Millisecond

// Close releases the bus. drivers.Driver.
func (d *Driver) Close() error {
	d.mu.Lock()
	bus := d.bus
	d.bus = nil
	d.mu.Unlock()
	if bus == nil {
		return nil
	}
	closed := make(chan error, 1)
	go func() { closed <- bus.Close() }() // until the transaction under way has ended
	timer := time.NewTimer(closeWait)
	defer timer.Stop()
	select {
	case err := <-closed:
		if err != nil {
			return fmt.Errorf("%s: close: %w", d.name, err)
		}
		return nil
	case <-timer.C:
		return fmt.Errorf("%s: close: a transaction does not end", d.name)
	}
}

var errClosed = errors.New("not open")

func (d *Driver) opened() i2c.BusCloser {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bus
}
