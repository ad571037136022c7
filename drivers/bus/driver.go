package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
)

// Bus is an open bus. Tx is called for one device at a time; Close may overlap with it.
type Bus interface {
	// Tx does one transaction with the device of that index in Options.Devices, as
	// chip.Conn has it.
	Tx(device int, w, r []byte) error
	Close() error
}

// Options describe a bus and what is on it.
type Options struct {
	// Name stands in errors: "i2c 1".
	Name string
	// Open opens the bus. The driver closes it.
	Open func() (Bus, error)
	// Present is as in drivers.Plugged; nil: it cannot be told.
	Present func() bool
	// Devices are what is on the bus.
	Devices []Device
}

// Driver is the driver of a bus: a drivers.Driver whose channels are those of all
// devices, in the order of [Options]: the registers of a map, the values of a chip.
// Each is a Reader if it can be read, and a Writer if it can be written.
type Driver struct {
	// immutable
	name     string
	open     func() (Bus, error)
	present  func() bool
	devices  []*device
	channels []drivers.Channel

	wires drivers.Trace

	// turn is held by who uses the devices: the worker, and Close at the end.
	turn chan struct{}

	// owned by who has the turn
	staller *device   // whose transaction timed out, none having gone well since
	stuck   error     // it was not one device only: the bus is left alone, if not nil
	until   time.Time // as long as that

	mu  sync.Mutex
	bus Bus // nil while closed
}

var (
	_ drivers.Driver  = (*Driver)(nil)
	_ drivers.Counted = (*Driver)(nil)
	_ drivers.Traced  = (*Driver)(nil)
	_ drivers.Plugged = (*Driver)(nil)
)

// New is a driver for the bus that o describes. It touches no hardware.
func New(o Options) (*Driver, error) {
	d := &Driver{name: o.Name, open: o.Open, present: o.Present, turn: make(chan struct{}, 1)}
	for i, spec := range o.Devices {
		v, err := newDevice(d, i, spec)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", d.name, spec.Name, err)
		}
		d.devices = append(d.devices, v)
		d.channels = append(d.channels, v.part.channels()...)
	}
	return d, nil
}

// Channels are those of all devices. drivers.Driver.
func (d *Driver) Channels() []drivers.Channel { return d.channels }

// Channel is the i-th channel of a device.
func (d *Driver) Channel(device, i int) drivers.Channel { return d.devices[device].part.channels()[i] }

// Restarted tells that a device has been without power: it is tried at once, and set up
// before anything else. It does not block.
func (d *Driver) Restarted(device int) { d.devices[device].renewed.Store(true) }

// Trace is what has been sent and received last, by device. drivers.Traced.
func (d *Driver) Trace() *drivers.Trace { return &d.wires }

// Present reports whether the bus is there. drivers.Plugged.
func (d *Driver) Present() bool { return d.present != nil && d.present() }

// Open opens the bus and sets up the devices. A device that does not answer is no
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
	if err := d.acquire(ctx); err != nil { // an output that was set at the end does not let go
		return err
	}
	defer d.release()
	d.staller, d.stuck = nil, nil
	for _, v := range d.devices {
		v.reset()
	}
	for _, v := range d.devices {
		err := v.start(ctx)
		if drivers.IsLost(err) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if d.staller != nil {
			break // each more would take a second: they are set up when they are used
		}
	}
	return nil
}

// Run waits: nothing comes unasked from such a bus. drivers.Driver.
func (d *Driver) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// closeWait is how long Close waits for a transaction that is under way, and for the
// outputs to be set. The kernel gives up a transaction after about a second.
const closeWait = 900 * time.Millisecond

// Close sets the outputs to what they shall be at the end, as far as their devices
// answer, and releases the bus. It takes less than a second. drivers.Driver.
func (d *Driver) Close() error {
	d.mu.Lock()
	bus := d.bus
	d.mu.Unlock()
	if bus == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	closed := make(chan error, 1)
	go func() { // until the transaction under way has ended
		left := drivers.Guard("on_exit", func() error { return d.leave(ctx) })
		closed <- errors.Join(left, drivers.Guard("close", bus.Close))
	}()
	var err error
	select {
	case err = <-closed:
	case <-ctx.Done():
		err = errors.New("a transaction does not end")
	}
	d.mu.Lock()
	d.bus = nil
	d.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s: close: %w", d.name, err)
	}
	return nil
}

// leave waits for the turn and has the outputs set.
func (d *Driver) leave(ctx context.Context) error {
	if d.acquire(ctx) != nil {
		return nil
	}
	defer d.release()
	for _, v := range d.devices {
		v.halt()
	}
	return d.exit(ctx)
}

// acquire waits for the turn, which ends with release.
func (d *Driver) acquire(ctx context.Context) error {
	select {
	case d.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *Driver) release() { <-d.turn }

// exit sets the outputs to what they shall be at the end. That a device is not well is news
// only of those that were.
func (d *Driver) exit(ctx context.Context) error {
	var errs []error
	for _, v := range d.devices {
		wasWell := v.fault == nil
		err := v.exit(ctx)
		if err != nil && wasWell {
			errs = append(errs, err)
		}
		if drivers.IsLost(err) {
			break
		}
	}
	return errors.Join(errs...)
}

var errClosed = errors.New("not open")

func (d *Driver) opened() Bus {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bus
}
