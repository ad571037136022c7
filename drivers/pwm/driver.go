package pwm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Files are the files of a machine, by their absolute paths: sysfs.Kernel has the real
// ones. Its methods may be called from any goroutine. Errors are those of package os:
// fs.ErrNotExist and the like are in their chains.
type Files interface {
	ReadFile(name string) ([]byte, error)
	WriteFile(name string, text []byte) error
	ReadDir(name string) ([]string, error)
	RealPath(name string) (string, error)
}

// Options describe a channel and its use. Files, Chip and Period are needed.
type Options struct {
	// Files are where the kernel's files are.
	Files Files
	// Chip is the number of the chip, "0", or a part of its path under /sys/devices
	// that no other chip has, such as "1f00098000.pwm".
	Chip string
	// Channel counts the outputs of the chip from 0.
	Channel int
	// Period is the time of a pulse and of the pause after it, 1 µs to 1 s; hardware
	// may do less.
	Period time.Duration
	// Inversed makes the pulse low and the pause high.
	Inversed bool

	// Initial is the percentage that the output is set to when it is claimed, at the
	// start and after a fault; nil leaves it as it is.
	Initial *float64
	// OnExit is the percentage that the output is set to before it is released; nil
	// leaves it as it is. Nothing is done when the process is killed: the hardware goes
	// on.
	OnExit *float64
}

func (o *Options) check() error {
	switch {
	case o.Files == nil:
		return errors.New("no files given")
	case o.Chip == "" || strings.ContainsAny(o.Chip, "*?"):
		return fmt.Errorf("no chip %q", o.Chip)
	case o.Channel < 0:
		return fmt.Errorf("no channel %d", o.Channel)
	case o.Period < time.Microsecond || o.Period > time.Second:
		return fmt.Errorf("period of %v: want 1µs to 1s", o.Period)
	}
	for _, p := range []*float64{o.Initial, o.OnExit} {
		if p != nil && !(*p >= 0 && *p <= 100) {
			return fmt.Errorf("%v percent: want 0 to 100", *p)
		}
	}
	return nil
}

// Driver is the driver of one channel: a drivers.Driver with a single channel, whose
// values are percentages of the period, of kind Float64; it is a Reader and a Writer.
type Driver struct {
	// immutable
	options Options

	mu       sync.Mutex
	dir      string // of the channel; "" while closed
	chip     string // its directory
	exported bool   // by this driver
}

var _ drivers.Driver = (*Driver)(nil)

// New is a driver for the channel that o describes. It touches no hardware; the error is
// about options that cannot be.
func New(o Options) (*Driver, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("pwm: %w", err)
	}
	return &Driver{options: o}, nil
}

// Channels is the one channel. drivers.Driver.
func (d *Driver) Channels() []drivers.Channel { return []drivers.Channel{output{d}} }

// Open exports the channel and makes it ready. Where udev has yet to give the files to a
// group, it waits for that, two seconds at most. drivers.Driver.
func (d *Driver) Open(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dir != "" {
		return fmt.Errorf("pwm %s: open already", d.name())
	}
	err := d.export(ctx)
	if err == nil {
		err = d.prepare(ctx)
	}
	if err != nil {
		d.dir = ""
		return fmt.Errorf("pwm %s: %w", d.name(), err)
	}
	return nil
}

// prepare brings the channel to its period, and to the duty it begins with. d.mu is held.
func (d *Driver) prepare(ctx context.Context) error {
	return d.permitted(ctx, func() error {
		s, err := d.state()
		switch {
		case err != nil:
			return err
		case d.options.Initial != nil:
			return d.set(d.duty(*d.options.Initial))
		case s.enabled: // it goes on as it is, with our period
			return d.set(scaled(s.duty, s.period, d.options.Period))
		case s.duty > d.options.Period:
			if err := d.write("duty_cycle", "0"); err != nil {
				return err
			}
		}
		// It stays off. The kernel takes nothing else from a channel without a period.
		return d.write("period", nanoseconds(d.options.Period))
	})
}

// Run waits for ctx: nothing comes unasked. drivers.Driver.
func (*Driver) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Close sets the output to its state on exit, and gives it back if it is off then.
// drivers.Driver.
func (d *Driver) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dir == "" {
		return nil
	}
	err := d.leave()
	d.dir, d.exported = "", false
	if err != nil {
		return fmt.Errorf("pwm %s: close: %w", d.name(), err)
	}
	return nil
}

func (d *Driver) leave() error {
	if d.options.OnExit == nil {
		return nil
	}
	if err := d.set(d.duty(*d.options.OnExit)); err != nil {
		return fmt.Errorf("set to %v %%: %w", *d.options.OnExit, err)
	}
	if *d.options.OnExit > 0 || d.options.Inversed || !d.exported {
		return nil // to give it back might stop it, and an inversed one that is low is full on
	}
	if err := d.write("enable", "0"); err != nil {
		return err
	}
	return d.options.Files.WriteFile(path.Join(d.chip, "unexport"), []byte(strconv.Itoa(d.options.Channel)))
}

// name is what the channel is called: "chip 0 channel 1".
func (d *Driver) name() string {
	return fmt.Sprintf("chip %s channel %d", d.options.Chip, d.options.Channel)
}

// duty is a percentage of the period.
func (d *Driver) duty(percent float64) time.Duration {
	return time.Duration(math.Round(percent / 100 * float64(d.options.Period)))
}

// scaled is a part of one period as the same part of another.
func scaled(duty, period, to time.Duration) time.Duration {
	if period <= 0 {
		return 0
	}
	return min(time.Duration(math.Round(float64(duty)/float64(period)*float64(to))), to)
}

// output is the channel.
type output struct{ d *Driver }

var (
	_ drivers.Reader = output{}
	_ drivers.Writer = output{}
)

func (o output) Name() string { return o.d.name() }

// Read is the percentage that the hardware was told to make.
func (o output) Read(context.Context) (pv.Value, error) {
	d := o.d
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dir == "" {
		return pv.Value{}, d.fault(pv.StatusRead, errClosed)
	}
	s, err := d.state()
	switch {
	case err != nil:
		return pv.Value{}, d.fault(pv.StatusRead, err)
	case !s.enabled || s.period <= 0:
		return pv.Float64Value(0), nil
	}
	return pv.Float64Value(100 * float64(s.duty) / float64(s.period)), nil
}

// Write takes a percentage.
func (o output) Write(_ context.Context, v pv.Value) error {
	d := o.d
	d.mu.Lock()
	defer d.mu.Unlock()
	switch x := v.Float64(); {
	case d.dir == "":
		return d.fault(pv.StatusWrite, errClosed)
	case v.IsArray() || !v.Kind().IsNumber():
		return d.fault(pv.StatusWrite, fmt.Errorf("cannot write a value of kind %v", v.Kind()))
	case !(x >= 0 && x <= 100):
		return d.fault(pv.StatusHwLimit, fmt.Errorf("%v %%: want 0 to 100", x))
	}
	if err := d.set(d.duty(v.Float64())); err != nil {
		return d.fault(pv.StatusWrite, err)
	}
	return nil
}

var errClosed = errors.New("not open")
