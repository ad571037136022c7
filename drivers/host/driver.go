package host

import (
	"context"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/pv"
)

// Options say what is wanted.
type Options struct {
	Quantities []string    // by their names
	Files      sysfs.Files // nil is sysfs.Kernel{}
}

// Driver is the driver of the machine: a drivers.Driver with a Reader for each quantity.
type Driver struct {
	// immutable
	files    sysfs.Files
	channels []drivers.Channel
	started  time.Time

	// owned by the worker
	busy share // of the processors
	mine share // of this process
}

var _ drivers.Driver = (*Driver)(nil)

// New is a driver for what o wants. It touches nothing. ioc_uptime counts from now on.
func New(o Options) (*Driver, error) {
	d := &Driver{files: o.Files, started: time.Now()}
	if d.files == nil {
		d.files = sysfs.Kernel{}
	}
	for _, name := range o.Quantities {
		q, ok := Find(name)
		if !ok {
			return nil, fmt.Errorf("host: no quantity %q", name)
		}
		d.channels = append(d.channels, &channel{d, q})
	}
	return d, nil
}

// Channels are one for each quantity, in their order. drivers.Driver.
func (d *Driver) Channels() []drivers.Channel { return d.channels }

// Open does nothing: there always is a machine. drivers.Driver.
func (*Driver) Open(context.Context) error { return nil }

// Run waits for ctx: nothing comes unasked. drivers.Driver.
func (*Driver) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Close does nothing. drivers.Driver.
func (*Driver) Close() error { return nil }

// channel is a quantity of the machine.
type channel struct {
	driver   *Driver
	quantity Quantity
}

// Name is the quantity's.
func (c *channel) Name() string { return c.quantity.Name }

// Read asks the kernel. drivers.Reader.
func (c *channel) Read(context.Context) (pv.Value, error) {
	v, err := c.quantity.read(c.driver)
	if err != nil {
		return pv.Value{}, &drivers.Fault{Status: pv.StatusRead, Err: fmt.Errorf("%s: %w", c.quantity.Name, err)}
	}
	return v, nil
}
