package gpio

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Driver is the driver of lines that are claimed together: a drivers.Driver. An input
// has the channels that Options.Measures asks for, in that order, each a Reader and,
// unless it is Polled, a Notifier; Count and Latch are Writers, too. An output has one
// channel, a Reader and a Writer, a heartbeat one that is a Reader only.
type Driver struct {
	// immutable
	options  Options
	channels []drivers.Channel
	inputs   []*input
	meters   []*meter

	lost atomic.Uint64 // edges that the kernel had to throw away

	setting sync.Mutex // held while levels are set: none comes after those on exit

	mu       sync.Mutex
	claim    Claim      // nil while closed
	debounce *debouncer // nil if there is nothing to do in software
}

var _ drivers.Driver = (*Driver)(nil)

// New is a driver for the lines that o describes. It touches no hardware; the error is
// about options that exclude each other.
func New(o Options) (*Driver, error) {
	d := &Driver{options: o}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("gpio %s: %w", d.where(), err)
	}
	if o.Backend == nil {
		d.options.Backend = Kernel{}
	}
	if o.Consumer == "" {
		d.options.Consumer = "ioclet"
	}
	switch {
	case o.Heartbeat > 0:
		d.channels = []drivers.Channel{reader{d}}
	case o.Direction == Output:
		d.channels = []drivers.Channel{output{reader{d}}}
	case len(o.Measures) == 0:
		d.channels = []drivers.Channel{d.channel(Measure{})}
	}
	for _, m := range o.Measures {
		d.channels = append(d.channels, d.channel(m))
	}
	return d, nil
}

// channel makes a channel of an input.
func (d *Driver) channel(m Measure) drivers.Channel {
	switch m.Quantity {
	case Polled:
		return reader{d}
	case Level:
		i := &input{reader: reader{d}}
		d.inputs = append(d.inputs, i)
		return i
	}
	x := &meter{d: d, Measure: m.withDefaults()}
	d.meters = append(d.meters, x)
	switch m.Quantity {
	case Count:
		x.value = x.count()
	case Latch:
		x.value = value(false)
	default:
		return x
	}
	return settable{x}
}

// Channels are those that the options ask for. drivers.Driver.
func (d *Driver) Channels() []drivers.Channel { return d.channels }

// Lost counts the edges that were lost since the driver was made, because they came
// faster than they could be taken.
func (d *Driver) Lost() uint64 { return d.lost.Load() }

// Open claims the lines. drivers.Driver.
func (d *Driver) Open(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.claim != nil {
		return fmt.Errorf("gpio %s: open already", d.where())
	}
	o := &d.options
	c := Config{
		Consumer:  o.Consumer,
		Direction: o.Direction,
		ActiveLow: o.ActiveLow,
		Pull:      o.Pull,
		Drive:     o.Drive,
		Edges:     o.watched(),
		Initial:   o.Initial,
	}
	if len(o.Pins) == 1 {
		c.Debounce = o.Debounce
	}
	claim, err := o.Backend.Request(o.Pins, c)
	if errors.Is(err, errors.ErrUnsupported) && c.Debounce > 0 {
		c.Debounce = 0
		claim, err = o.Backend.Request(o.Pins, c)
	}
	if err != nil {
		return fmt.Errorf("gpio %s: %w", d.where(), err)
	}
	d.debounce = nil
	if c.Debounce < o.Debounce && d.listened() {
		settled, err := claim.Levels()
		if err != nil {
			claim.Close()
			return fmt.Errorf("gpio %s: %w", d.where(), err)
		}
		d.debounce = &debouncer{period: o.Debounce, report: d.report, settled: settled}
	}
	d.claim = claim
	return nil
}

// listened reports whether somebody wants edges.
func (d *Driver) listened() bool {
	for _, i := range d.inputs {
		if i.sink != nil {
			return true
		}
	}
	return len(d.meters) > 0
}

// Run reports edges, makes the heartbeat, or sees to it that the loss of lines is noticed
// that nobody uses. drivers.Driver.
func (d *Driver) Run(ctx context.Context) error {
	claim, debounce := d.claimed()
	switch {
	case claim == nil:
		return d.fault(pv.StatusComm, errClosed)
	case d.options.Heartbeat > 0:
		return d.beat(ctx)
	case d.listened():
		return d.watch(ctx, claim, debounce)
	}
	return d.look(ctx, claim)
}

// report hands an edge to the channels.
func (d *Driver) report(e edge) {
	for _, i := range d.inputs {
		i.edge(e)
	}
	for _, m := range d.meters {
		m.edge(e)
	}
}

// set drives the lines, unless they are being closed.
func (d *Driver) set(levels uint64) error {
	d.setting.Lock()
	defer d.setting.Unlock()
	claim, _ := d.claimed()
	if claim == nil {
		return errClosed
	}
	return claim.SetLevels(levels)
}

// Close sets outputs to their state on exit and releases the lines. drivers.Driver.
func (d *Driver) Close() error {
	d.setting.Lock()
	defer d.setting.Unlock()
	d.mu.Lock()
	claim := d.claim
	d.claim = nil
	d.mu.Unlock()
	if claim == nil {
		return nil
	}
	var unsafe error
	if s := d.options.OnExit; s != Keep {
		if err := claim.SetLevels(s.Levels()); err != nil {
			unsafe = fmt.Errorf("set to %v: %w", s, err)
		}
	}
	if err := errors.Join(unsafe, claim.Close()); err != nil {
		return fmt.Errorf("gpio %s: close: %w", d.where(), err)
	}
	return nil
}

var errClosed = errors.New("not open")

func (d *Driver) claimed() (Claim, *debouncer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.claim, d.debounce
}

// fault says what err, from an operation on the lines, does to the channel.
func (d *Driver) fault(status pv.Status, err error) error {
	lost := errors.Is(err, drivers.ErrAbsent) || errors.Is(err, errClosed)
	if lost {
		status = pv.StatusComm
	}
	return &drivers.Fault{Status: status, Lost: lost, Err: fmt.Errorf("gpio %s: %w", d.where(), err)}
}

// name is what the lines are called: "GPIO5 GPIO6".
func (d *Driver) name() string {
	names := make([]string, len(d.options.Pins))
	for i, p := range d.options.Pins {
		names[i] = p.Name
	}
	return strings.Join(names, " ")
}

// where is the name with the lines' positions: "GPIO5 (J8 pin 29), GPIO6 (J8 pin 31)".
func (d *Driver) where() string {
	places := make([]string, len(d.options.Pins))
	for i, p := range d.options.Pins {
		places[i] = p.String()
	}
	return strings.Join(places, ", ")
}
