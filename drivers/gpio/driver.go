package gpio

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Options describe a line and its use. Only Pin is needed: an input with edges, as the
// hardware has set it up.
type Options struct {
	// Pin is the line, as boards.Board.Resolve returns it.
	Pin boards.Pin
	// Backend is where the line comes from; nil is Kernel{}.
	Backend Backend
	// Consumer is shown to others who ask for the line; "ioclet" if empty. The
	// kernel keeps 31 bytes of it.
	Consumer string

	Direction Direction
	// ActiveLow makes the low level the active one.
	ActiveLow bool

	// Pull is the pull resistor of an input.
	Pull Pull
	// Debounce is how long an input's level must last to be reported and read, 0 to
	// an hour. The kernel does it; where it cannot, the driver does if the line has a
	// sink.
	Debounce time.Duration
	// Unwatched is an input whose edges are not wanted: it is only read. Some chips
	// cannot report edges.
	Unwatched bool

	// Initial is what an output is set to whenever the line is claimed, at the start
	// and after a fault. The line shows no other level on the way there.
	Initial State
	// OnExit is what an output is set to before the line is released. What becomes
	// of a line after its release is up to the driver of its chip, and nothing is
	// done for it when the process is killed: only hardware makes that safe.
	OnExit State
}

// maxDebounce is less than the kernel's field of microseconds holds, 2^32.
const maxDebounce = time.Hour

func (o *Options) check() error {
	switch {
	case !o.Pin.IsLine():
		return errors.New("no line given")
	case o.Direction > Output:
		return fmt.Errorf("no direction %d", o.Direction)
	case o.Pull > PullNone:
		return fmt.Errorf("no pull %d", o.Pull)
	case o.Initial > On || o.OnExit > On:
		return fmt.Errorf("no state %d", max(o.Initial, o.OnExit))
	case o.Debounce < 0 || o.Debounce > maxDebounce:
		return fmt.Errorf("debounce of %v: want 0 to %v", o.Debounce, maxDebounce)
	case o.Direction == Output && (o.Pull != PullAsIs || o.Debounce != 0 || o.Unwatched):
		return errors.New("pull, debounce and unwatched are for inputs")
	case o.Direction == Input && (o.Initial != Keep || o.OnExit != Keep):
		return errors.New("initial and on exit are for outputs")
	case o.Unwatched && o.Debounce != 0:
		return errors.New("an input whose edges are not watched cannot be debounced")
	}
	return nil
}

// Driver is the driver of one line: a drivers.Driver with a single channel, whose
// values are of kind Enum, 0 for inactive and 1 for active. An input's channel is a
// Reader, and a Notifier unless it is unwatched; an output's is a Reader and a Writer.
type Driver struct {
	// immutable
	options Options
	channel drivers.Channel

	sink drivers.Sink  // immutable once the driver is open; nil if nobody listens
	lost atomic.Uint64 // edges that the kernel had to throw away

	mu       sync.Mutex
	line     Line       // nil while closed
	debounce *debouncer // nil if there is nothing to do in software
}

var _ drivers.Driver = (*Driver)(nil)

// New is a driver for the line that o describes. It touches no hardware; the error is
// about options that exclude each other.
func New(o Options) (*Driver, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("gpio %v: %w", o.Pin, err)
	}
	if o.Backend == nil {
		o.Backend = Kernel{}
	}
	if o.Consumer == "" {
		o.Consumer = "ioclet"
	}
	d := &Driver{options: o}
	switch {
	case o.Direction == Output:
		d.channel = output{reader{d}}
	case o.Unwatched:
		d.channel = reader{d}
	default:
		d.channel = input{reader{d}}
	}
	return d, nil
}

// Channels is the one channel. drivers.Driver.
func (d *Driver) Channels() []drivers.Channel { return []drivers.Channel{d.channel} }

// Lost counts the edges that were lost since the driver was made, because they came
// faster than they could be taken.
func (d *Driver) Lost() uint64 { return d.lost.Load() }

// Open claims the line. drivers.Driver.
func (d *Driver) Open(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.line != nil {
		return fmt.Errorf("gpio %v: open already", d.options.Pin)
	}
	o := &d.options
	c := Config{
		Consumer:  o.Consumer,
		Direction: o.Direction,
		ActiveLow: o.ActiveLow,
		Pull:      o.Pull,
		Edges:     o.Direction == Input && !o.Unwatched,
		Debounce:  o.Debounce,
		Initial:   o.Initial,
	}
	line, err := o.Backend.Request(o.Pin, c)
	if errors.Is(err, errors.ErrUnsupported) && c.Debounce > 0 {
		c.Debounce = 0
		line, err = o.Backend.Request(o.Pin, c)
	}
	if err != nil {
		return fmt.Errorf("gpio %v: %w", o.Pin, err)
	}
	d.debounce = nil
	if c.Debounce < o.Debounce && d.sink != nil {
		settled, err := line.Value()
		if err != nil {
			line.Close()
			return fmt.Errorf("gpio %v: %w", o.Pin, err)
		}
		d.debounce = &debouncer{period: o.Debounce, report: d.post, settled: settled}
	}
	d.line = line
	return nil
}

// Run reports edges. drivers.Driver.
func (d *Driver) Run(ctx context.Context) error {
	line, debounce := d.claimed()
	if line == nil {
		return d.fault(pv.StatusComm, errClosed)
	}
	if d.options.Direction == Output || d.options.Unwatched || d.sink == nil {
		<-ctx.Done()
		return nil
	}
	report := d.post
	if debounce != nil {
		defer debounce.stop()
		report = debounce.edge
	}
	var last uint32
	err := line.Watch(ctx, func(e Event) {
		if gap := e.Seq - last - 1; gap != 0 {
			// What became of the line in the gap is unknown, but not what it is now.
			d.lost.Add(uint64(gap))
			if active, err := line.Value(); err == nil {
				e.Active = active
			}
		}
		last = e.Seq
		report(e)
	})
	if err != nil {
		return &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("gpio %v: %w", d.options.Pin, err)}
	}
	return nil
}

func (d *Driver) post(e Event) { d.sink.Post(value(e.Active), pv.StampOf(e.Time), pv.Alarm{}) }

// Close sets an output to its state on exit and releases the line. drivers.Driver.
func (d *Driver) Close() error {
	d.mu.Lock()
	line := d.line
	d.line = nil
	d.mu.Unlock()
	if line == nil {
		return nil
	}
	var unsafe error
	if s := d.options.OnExit; s != Keep {
		if err := line.SetValue(s == On); err != nil {
			unsafe = fmt.Errorf("set to %v: %w", s, err)
		}
	}
	if err := errors.Join(unsafe, line.Close()); err != nil {
		return fmt.Errorf("gpio %v: close: %w", d.options.Pin, err)
	}
	return nil
}

var errClosed = errors.New("not open")

func (d *Driver) claimed() (Line, *debouncer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.line, d.debounce
}

// fault says what err, from an operation on the line, does to the channel.
func (d *Driver) fault(status pv.Status, err error) error {
	lost := errors.Is(err, drivers.ErrAbsent) || errors.Is(err, errClosed)
	if lost {
		status = pv.StatusComm
	}
	return &drivers.Fault{Status: status, Lost: lost, Err: fmt.Errorf("gpio %v: %w", d.options.Pin, err)}
}
