package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/pv"
)

// Device describes one device on the bus: a chip, or else a register map.
type Device struct {
	// Name tells it from others on the bus: "0x48", "cs 0".
	Name string
	// Duplex says that bytes go both ways at the same time, as on SPI, so that those of
	// an answer come behind as many as the request has.
	Duplex bool
	// Retries is how often a failed operation is tried again before the device is
	// given up: 0 means 2, a negative number not at all. A device that is given up is
	// tried once at a time, more and more rarely.
	Retries int
	// Chip is the chip. Its channels are its Values, in their order.
	Chip chip.Chip
	// Exit is what each of the chip's values shall be set to when the driver is
	// closed, by index.
	Exit map[int]float64
	// Map says what its registers are if Chip is nil. Its channels are the Registers.
	Map Map
}

const defaultRetries = 2

// device is what keeps a device going. Its state is owned by who has the driver's turn.
type device struct {
	// immutable
	driver  *Driver
	index   int
	short   string
	name    string // with that of the bus
	duplex  bool
	retries int
	part    part

	counters counters

	renewed atomic.Bool // it has been without power, and nobody has seen to that yet

	bus      Bus           // during an operation
	under    *underway     // nil: none
	started  bool          // it has been set up since it appeared
	answers  bool          // its last operation went well, and it has answered
	fault    error         // why it was given up, nil if it was not
	reason   failure       // of the fault
	pause    time.Duration // for which it is left alone
	until    time.Time     // when that ends
	answered bool          // there was a transaction that went well in this operation
}

// part is what a device is: a register map or a chip.
type part interface {
	channels() []drivers.Channel
	// pauses reports whether it may take a while to read it.
	pauses() bool
	// start sets it up.
	start(ctx context.Context, c chip.Conn) error
	// forget makes the next Read of each channel ask the device.
	forget()
	// exits set its outputs to what they shall be at the end.
	exits() []operation
}

// operation is something that is done with a device, perhaps several times.
type operation interface {
	do(ctx context.Context, c chip.Conn) error
}

// starting sets a device up. operation.
type starting struct{ part }

func (s starting) do(ctx context.Context, c chip.Conn) error { return s.start(ctx, c) }

func newDevice(d *Driver, index int, spec Device) (*device, error) {
	v := &device{driver: d, index: index, short: spec.Name, name: d.name + " " + spec.Name, duplex: spec.Duplex, retries: spec.Retries}
	if v.retries == 0 {
		v.retries = defaultRetries
	}
	if spec.Chip != nil {
		v.part = newChipPart(v, spec)
		return v, nil
	}
	m, err := newRegisters(v, spec.Map, spec.Duplex)
	if err != nil {
		return nil, err
	}
	v.part = m
	return v, nil
}

// renew forgets what is known of a device that has been without power, and with it that it
// may have held the bus.
func (v *device) renew() {
	if v.renewed.Swap(false) {
		v.reset()
		v.driver.staller, v.driver.stuck = nil, nil
	}
}

// reset forgets all that is known of the device.
func (v *device) reset() {
	v.halt()
	v.started, v.answers, v.fault, v.pause = false, false, nil, 0
	v.part.forget()
}

// Tx does one transaction. chip.Conn.
func (v *device) Tx(w, r []byte) error {
	if len(w) == 0 && len(r) == 0 {
		return errors.New("a transaction without bytes") // which periph calls a success
	}
	v.counters.transactions.Add(1)
	if len(w) > 0 {
		v.driver.wires.Sent(v.short, w)
	}
	if err := v.bus.Tx(v.index, w, r); err != nil {
		return &busError{err}
	}
	if len(r) > 0 {
		v.driver.wires.Received(v.short, r)
	}
	v.answered = true
	v.driver.staller, v.driver.stuck = nil, nil
	return nil
}

// Failures are retried at once while a device is well. After that it is left alone for
// longer and longer, so that it does not take the bus from the others: a transaction
// that times out keeps the bus busy for a second. A command is tried all the same, unless
// the bus stands still.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
	stallPause = 10 * time.Second
)

// set does an operation that sets the device, once that has been set up. Nobody else uses
// the bus before it is done.
func (v *device) set(ctx context.Context, op operation) error {
	if err := v.driver.acquire(ctx); err != nil {
		return err
	}
	defer v.driver.release()
	v.renew()
	for v.under != nil { // it is not set in the middle of a measurement
		if wait, _ := v.proceed(); wait > 0 {
			if err := chip.Wait(ctx, nil, wait); err != nil {
				return err
			}
		}
	}
	if err := v.rests(true); err != nil {
		return err
	}
	return v.perform(ctx, op, pv.StatusWrite)
}

// perform does an operation, once the device has been set up; status is the alarm if it
// fails for reasons of its own.
func (v *device) perform(ctx context.Context, op operation, status pv.Status) error {
	if err := v.start(ctx); err != nil {
		return err
	}
	return v.attempt(ctx, op, status)
}

// rests is why the device is left alone now, nil if it is not.
func (v *device) rests(command bool) error {
	d := v.driver
	switch {
	case d.stuck != nil && time.Now().Before(d.until):
		return d.stuck
	case v.fault == nil, command && v.reason != stalled, !time.Now().Before(v.until):
		return nil
	}
	return v.fault
}

// start sets the device up if that has not been done since it appeared.
func (v *device) start(ctx context.Context) error {
	if v.started {
		return nil
	}
	err := v.attempt(ctx, starting{v.part}, pv.StatusRead)
	v.started = err == nil
	return err
}

// exit sets the outputs to what they shall be at the end: all that can be, whatever one
// of them says. The error is the first.
func (v *device) exit(ctx context.Context) (first error) {
	v.renew()
	for _, op := range v.part.exits() {
		err := v.rests(true)
		if err == nil {
			err = v.start(ctx)
		}
		if err != nil { // it takes none
			return cmp.Or(first, err)
		}
		first = cmp.Or(first, v.attempt(ctx, op, pv.StatusWrite))
	}
	return first
}

// attempt does an operation, again if it fails and the device was well before.
func (v *device) attempt(ctx context.Context, op operation, status pv.Status) error {
	d := v.driver
	if v.bus = d.opened(); v.bus == nil {
		return &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("%s: %w", d.name, errClosed)}
	}
	v.answered = false
	for left := v.retries; ; left-- {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := op.do(ctx, v)
		if err == nil {
			if v.answered {
				v.answers, v.fault, v.pause = true, nil, 0
			}
			return nil
		}
		kind := classify(err)
		if kind == ended {
			v.started = false // it may have been left in the middle of something
			return err
		}
		if left > 0 && v.answers && kind.again() {
			v.counters.retries.Add(1)
			continue
		}
		v.counters.failures.Add(1)
		return v.fail(kind, err, status)
	}
}

// fail says what a failed operation does to the channels, and leaves the device alone
// for a while if it is not well.
func (v *device) fail(kind failure, err error, status pv.Status) error {
	d := v.driver
	fault := &drivers.Fault{Status: kind.status(status), Lost: kind == gone, Err: fmt.Errorf("%s: %w", v.name, err)}
	switch {
	case kind == refused, errors.Is(err, errVerify):
		return fault
	case kind == gone:
		fault.Err = fmt.Errorf("%s: the bus is gone: %w", d.name, err)
	case kind == noAnswer && !v.duplex: // where nobody acknowledges, that is not what happened
		fault.Err = fmt.Errorf("%s: no answer: %w", v.name, err)
	case kind == stalled:
		fault.Err = fmt.Errorf("%s: the bus is stuck: %w", v.name, err)
	}
	fault.Device = true
	v.started, v.answers = false, false
	v.part.forget()
	v.pause = min(max(2*v.pause, firstPause), lastPause)
	if kind == stalled {
		v.pause = stallPause
		if d.staller != nil && d.staller != v { // not this one device, then
			d.stuck, d.until = fault, time.Now().Add(stallPause)
		}
		d.staller = v
	}
	v.fault, v.reason, v.until = fault, kind, time.Now().Add(v.pause)
	return fault
}
