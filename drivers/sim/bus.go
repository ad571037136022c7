package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/chip"
)

// ValueID names a value on a bus.
type ValueID struct {
	Device int // in the bus's options
	Index  int // of a register in the device's map, or of a value of its chip
}

// ValueOptions say how a value behaves.
type ValueOptions struct {
	// Name is how expressions of the same device call the value.
	Name string
	// Expression gives the value, in the units of the channel, with the functions of
	// [Functions]; "" for one that is what was written to it last, at first 0 or what
	// a chip's twin begins with. Its own name in it means what was written.
	Expression string
}

// ValueError says what is wrong with the description of a value.
type ValueError struct {
	ID   ValueID
	Name string // of the device: "0x48"
	Err  error
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("%s: value %d: %v", e.Name, e.ID.Index, e.Err)
}

func (e *ValueError) Unwrap() error { return e.Err }

// BusOptions say how what is on a simulated bus behaves.
type BusOptions struct {
	Values map[ValueID]ValueOptions
	// Twins are in the places of chips, by device: each device with a chip has one.
	// They belong to the bus.
	Twins map[int]chip.Twin
	Seed  uint64
}

// errNoAnswer and errStuck are what the kernel says of a chip that does not answer, and
// of one that holds the clock.
var (
	errNoAnswer = errors.New("remote I/O error")
	errStuck    = errors.New("connection timed out")
)

// stuckTime is how long the kernel waits for a bus.
const stuckTime = time.Second

// Devices are those on a simulated bus. Their methods may be called from any goroutine.
type Devices struct {
	mu    sync.Mutex
	clock clock
	list  []*busDevice
}

// busDevice is a simulated device. Everything is guarded by Devices' lock.
type busDevice struct {
	target
	duplex bool
	values []*busValue
	fault  Fault
	off    bool // it has no power
}

// target is what a device consists of: a register file or a twin.
type target interface {
	Tx(w, r []byte) error
	Set(i int, x float64)
	Get(i int) float64
	// Written reports whether a transaction has written the value since it was asked
	// the last time.
	Written(i int) bool
	// Reset switches the device off and on.
	Reset()
}

// busValue is a value and how it behaves.
type busValue struct {
	expression *expression // nil: it is what it is
	written    float64
}

// newDevices makes the devices that drivers describe. All that is wrong is reported,
// joined.
func newDevices(specs []bus.Device, opts BusOptions) (*Devices, error) {
	ds := &Devices{clock: clock{now: time.Now(), random: rand.New(rand.NewPCG(opts.Seed, 2))}}
	used := map[ValueID]bool{}
	var errs []error
	for i, spec := range specs {
		d, n, err := newBusDevice(spec, opts.Twins[i])
		if err == nil {
			for j := range n {
				used[ValueID{i, j}] = true
			}
			err = d.behave(i, n, spec.Name, opts.Values, &ds.clock)
		}
		if err != nil {
			errs = append(errs, err)
		}
		ds.list = append(ds.list, d)
	}
	for id := range opts.Values {
		if !used[id] && len(errs) == 0 {
			errs = append(errs, &ValueError{id, "bus", errors.New("no device has it")})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return ds, nil
}

// newBusDevice makes a device with n values.
func newBusDevice(spec bus.Device, twin chip.Twin) (d *busDevice, n int, err error) {
	d = &busDevice{duplex: spec.Duplex}
	if spec.Chip != nil {
		if twin == nil {
			return nil, 0, fmt.Errorf("%s: a chip without a twin", spec.Name)
		}
		n = len(spec.Chip.Values())
		d.target = &twinTarget{twin, make([]float64, n)}
		return d, n, nil
	}
	if d.target, err = newRegisterFile(spec.Map, spec.Duplex); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", spec.Name, err)
	}
	return d, len(spec.Map.Registers), nil
}

// behave gives a device's n values their expressions.
func (d *busDevice) behave(device, n int, name string, options map[ValueID]ValueOptions, clk *clock) error {
	names := make([]string, n)
	for i := range names {
		if names[i] = options[ValueID{device, i}].Name; names[i] == "" {
			names[i] = fmt.Sprintf("R%d", i) // no two alike
		}
	}
	reads := make([][]int, n)
	for i := range names {
		v := &busValue{}
		d.values = append(d.values, v)
		if text := options[ValueID{device, i}].Expression; text != "" {
			e, err := compile(text, names, clk)
			if err != nil {
				return &ValueError{ValueID{device, i}, name, fmt.Errorf("sim: %w", err)}
			}
			v.expression, reads[i] = e, e.program.Reads()
		}
	}
	if err := circle(names, reads); err != nil {
		return fmt.Errorf("%s: sim: %w", name, err)
	}
	return nil
}

// SetFault sets what is wrong with a device, from its next transaction on. One that
// comes back after NACK has been without power.
func (ds *Devices) SetFault(device int, f Fault) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d := ds.list[device]
	if d.fault == NACK && f != NACK {
		d.Reset()
	}
	d.fault = f
}

// Power takes a device's power or gives it back: then it begins anew, and does not hold the
// bus any more. It reports whether the fault Stuck has ended so.
func (ds *Devices) Power(device int, on bool) (cured bool) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d := ds.list[device]
	if on && d.off {
		d.Reset()
		if cured = d.fault == Stuck; cured {
			d.fault = NoFault
		}
	}
	d.off = !on
	return cured
}

// Set gives a value that has no expression, in the units of its channel, as if it had
// been written or were measured.
func (ds *Devices) Set(id ValueID, value float64) error {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if id.Device < 0 || id.Device >= len(ds.list) || id.Index < 0 || id.Index >= len(ds.list[id.Device].values) {
		return fmt.Errorf("no device %d with a value %d", id.Device, id.Index)
	}
	d := ds.list[id.Device]
	d.values[id.Index].written = value
	d.target.Set(id.Index, value)
	return nil
}

// transact does a transaction with a device.
func (ds *Devices) transact(d *busDevice, w, r []byte) error {
	ds.mu.Lock()
	if d.fault == Stuck && !d.off {
		ds.mu.Unlock()
		time.Sleep(stuckTime)
		return errStuck
	}
	defer ds.mu.Unlock()
	ds.clock.now = time.Now()
	silent := d.off || d.fault == NACK
	switch {
	case silent && !d.duplex:
		return errNoAnswer
	case silent:
		for i := range r {
			r[i] = 0xFF
		}
		return nil
	}
	d.update()
	err := d.Tx(w, r)
	for i, v := range d.values {
		if d.Written(i) {
			v.written = d.Get(i)
		}
	}
	if d.fault == Garbage {
		for i := range r {
			r[i] = byte(ds.clock.random.Uint32())
		}
	}
	return err
}

// update sets the values that follow from expressions.
func (d *busDevice) update() {
	for i, v := range d.values {
		if v.expression != nil {
			d.target.Set(i, d.value(i))
		}
	}
}

// value is the i-th value, in the units of its channel.
func (d *busDevice) value(i int) float64 {
	v := d.values[i]
	if v.expression == nil {
		return d.Get(i)
	}
	return v.expression.eval(func(j int) float64 {
		if j == i {
			return v.written
		}
		return d.value(j)
	})
}

// twinTarget is a chip's twin. target.
type twinTarget struct {
	chip.Twin
	last []float64 // what each value was when it was asked for
}

func (t *twinTarget) Set(i int, x float64) {
	t.Twin.Set(i, x)
	t.last[i] = t.Get(i)
}

func (t *twinTarget) Written(i int) bool {
	before := t.last[i]
	t.last[i] = t.Get(i)
	return t.last[i] != before
}
