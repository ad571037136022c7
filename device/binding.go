package device

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// Options say how a record uses its channel.
type Options struct {
	// WriteAs is the kind that the channel wants to be written, if not the
	// record's own: String for a bo whose command takes the state's name.
	WriteAs pv.Kind
	// Initial is put to the record when the driver is open, and again until the hardware
	// has taken it or another value; Invalid leaves the output as it is.
	Initial pv.Value
	// Restore has the record's value written again whenever the driver is open again:
	// for an output that forgets, and that nobody else sets. What was put meanwhile, and
	// answered with an error, is written then, too.
	Restore bool
	// Exit is what the driver sets the channel to when it is closed; Invalid leaves it.
	Exit pv.Value
	// Urgent writes go ahead of everything that waits for the port: a stop command.
	Urgent bool
	// Unit names the device of several behind the port that the channel belongs to,
	// for what [Port.AddStatus] and the log tell of it.
	Unit string
}

// Add makes the record that spec describes, with channel ch of the port's driver
// behind it, and adds it to db. What ch implements decides what the record can do;
// an output whose channel is a [drivers.Reader] too is read back after each write
// and whenever it is scanned. A channel takes one record. Add is called before Run;
// spec.Device and spec.Readback are set by it.
func (p *Port) Add(db *record.Database, spec record.Spec, ch drivers.Channel, opt Options) (*record.Record, error) {
	b := &binding{port: p, channel: ch, options: opt}
	b.reader, _ = ch.(drivers.Reader)
	b.measurer, _ = ch.(drivers.Measurer)
	b.writer, _ = ch.(drivers.Writer)
	b.finisher, _ = ch.(drivers.Finisher)
	notifier, unasked := ch.(drivers.Notifier)
	switch {
	case spec.Type.Output() && b.writer == nil:
		return nil, fmt.Errorf("pv %q: channel %s cannot be written", spec.Name, ch.Name())
	case !spec.Type.Output() && b.reader == nil && !unasked:
		return nil, fmt.Errorf("pv %q: channel %s cannot be read", spec.Name, ch.Name())
	}
	spec.Device = b
	spec.Readback = spec.Type.Output() && b.reader != nil
	r, err := db.Add(spec)
	if err != nil {
		return nil, err
	}
	b.record = r
	if unasked {
		notifier.Notify(b)
	}
	p.mu.Lock()
	b.unit = p.unit(opt.Unit)
	p.bindings = append(p.bindings, b)
	p.mu.Unlock()
	return r, nil
}

// binding is the device support of one record, and the sink of its channel.
type binding struct {
	// immutable once Run has begun
	port     *Port
	record   *record.Record
	channel  drivers.Channel
	reader   drivers.Reader   // nil if the channel cannot be read
	measurer drivers.Measurer // nil if it has its value at once
	writer   drivers.Writer   // nil if the channel cannot be written
	finisher drivers.Finisher // nil if a write has ended when Write returns
	options  Options
	unit     *health // nil if it belongs to none; guarded by the port's mu

	acting atomic.Pointer[action] // what goes on, between the questions after its end

	faults    lapse                         // what has been logged
	faulty    atomic.Bool                   // the last operation failed
	again     atomic.Bool                   // to be tried again, since that has failed
	written   atomic.Bool                   // the hardware has taken a value
	unwritten atomic.Bool                   // the hardware has not got the last value
	last      atomic.Pointer[record.Result] // what was last told unasked; nil: a good value, or nothing

	// posting puts what a read brings and what comes unasked in one order; it is
	// held while the record is told, and guards posted.
	posting sync.Mutex
	posted  time.Time // when the last value came unasked with a time, by the clock that nobody sets

	// owned by Run's goroutine
	marked *record.Result // what the record was given when the port was lost; nil: connected
}

// Read asks for the record's value. Where values come unasked only, the last word
// stands. record.Device.
func (b *binding) Read(*record.Record) (record.Result, bool) {
	if b.reader != nil {
		return b.request(request{binding: b})
	}
	if last := b.last.Load(); last != nil {
		return *last, true
	}
	return record.Result{}, true
}

// Write asks to set the hardware. record.Device.
func (b *binding) Write(_ *record.Record, v pv.Value) (record.Result, bool) {
	return b.request(request{binding: b, do: opWrite, urgent: b.options.Urgent, value: v})
}

func (b *binding) request(r request) (record.Result, bool) {
	if b.port.queue.put(r) {
		return record.Result{}, false
	}
	if r.do == opWrite {
		b.unwritten.Store(true)
	}
	return *b.port.lost.Load(), true
}

// refused ends the record's operation, which is not carried out to its end.
func (b *binding) refused() {
	_ = b.record.Complete(*b.port.lost.Load()) // has no value that might not fit
}

// perform carries out r on the worker's goroutine and completes the record, unless
// an action goes on. It returns the driver's error.
func (b *binding) perform(ctx context.Context, r request) error {
	var res record.Result
	var going *action
	began := time.Now()
	asked := began // when the reading began
	status, taken := pv.StatusRead, false
	if r.do != opRead {
		status = pv.StatusWrite
	}
	switch {
	case r.do == opWrite:
		b.unwritten.Store(true)
	case r.do == opAsk && !b.acting.CompareAndSwap(r.action, nil):
		b.port.end(b, began, nil, nil)
		return nil // the record was answered
	case r.do == opAsk && r.action.measures:
		began = r.action.began
	}
	res.Err = drivers.Guard(b.channel.Name(), func() (err error) {
		if b.unit != nil && b.unit.off.Load() {
			return &drivers.Fault{Status: pv.StatusComm, Err: errSwitched}
		}
		switch r.do {
		case opWrite:
			err = b.write(ctx, r.value)
			if taken = err == nil; taken {
				going = b.begun()
			}
		case opAsk:
			going, err = r.action.ask(ctx, b.finisher)
		}
		if err != nil || going != nil || b.reader == nil {
			return err
		}
		status, asked = pv.StatusRead, time.Now() // after a write, the readback
		res.Value, going, err = b.measure(ctx, began)
		return err
	})
	err := res.Err
	brokenOff := err != nil && ctx.Err() != nil
	switch {
	case brokenOff:
		res = *b.port.lost.Load()
	case err != nil:
		res = record.Result{Alarm: drivers.AlarmOf(err, status), Err: err}
	}
	if !b.port.end(b, began, going, err) {
		return err // the record was answered long ago, and may have a newer value
	}
	if taken {
		b.unwritten.Store(false)
		b.written.Store(true)
	}
	if going != nil {
		b.await(going)
		return nil
	}
	b.posting.Lock()
	if !b.posted.IsZero() && !b.posted.Before(asked) {
		res.Value = pv.Value{} // the line may have changed since it was read: its last edge is right
	}
	mismatch := b.record.Complete(res)
	b.posting.Unlock()
	switch {
	case err == nil:
		b.note(mismatch)
	case !brokenOff:
		b.note(err)
	}
	return err
}

// write sets the hardware.
func (b *binding) write(ctx context.Context, v pv.Value) error {
	if as := b.options.WriteAs; as != pv.Invalid && as != v.Kind() {
		var err error
		if v, err = pv.Convert(v, as, b.record.Value().Info()); err != nil {
			return err
		}
	}
	return b.writer.Write(ctx, v)
}

// Post takes a value that came unasked. drivers.Sink.
func (b *binding) Post(v pv.Value, t pv.Stamp, a pv.Alarm) {
	b.last.Store(nil)
	b.posting.Lock()
	if b.reader != nil && !t.IsZero() {
		b.posted = time.Now()
	}
	mismatch := b.record.Post(v, t, a)
	b.posting.Unlock()
	if mismatch != nil {
		b.last.Store(&record.Result{Alarm: drivers.AlarmOf(mismatch, pv.StatusRead), Err: mismatch})
	}
	b.port.heard(b.unit, nil)
	b.note(mismatch)
}

// Fault marks the record. drivers.Sink.
func (b *binding) Fault(err error) {
	fault := &record.Result{Alarm: drivers.AlarmOf(err, pv.StatusRead), Err: err}
	b.last.Store(fault)
	b.record.Fault(fault.Alarm, err)
	b.port.heard(b.unit, err)
	b.note(err)
}

// note logs a change between good and bad, once, and has a channel that could not
// be read, or not be given its initial value, tried again.
func (b *binding) note(err error) {
	switch {
	case b.record.Removed():
		return
	case err == nil:
		b.again.Store(false)
		if b.faulty.Swap(false) {
			b.healed()
		}
		return
	case drivers.IsLost(err): // the port says so, and reads all when it is back
		return
	case (b.reader != nil || b.begins()) && !b.again.Swap(true):
		b.port.tryLater()
	}
	b.faulty.Store(true)
	if b.unit != nil && drivers.IsOfDevice(err) { // reported
		return
	}
	if tell, repeated := b.faults.fault(time.Now()); tell {
		b.port.warn("fault", err, repeated, "pv", b.record.Name(), "channel", b.channel.Name())
	}
}

// healed logs the end of a fault.
func (b *binding) healed() {
	if tell, repeated, lasted := b.faults.good(time.Now()); tell {
		b.port.good("good again", repeated, "pv", b.record.Name(), "port", b.port.config.Name, "after", lasted)
	}
}

// errUnwritten is the alarm message of an output whose value is not that of the
// hardware, which cannot be read back.
var errUnwritten = errors.New("the last value has not been written")

// connected brings the record up to date after the driver was opened.
func (b *binding) connected() {
	switch {
	case b.begins():
		b.begin()
	case b.options.Restore && (b.written.Load() || b.unwritten.Load()) && b.restore():
	case b.reader != nil:
		b.record.Process()
	case b.writer == nil: // good with its next value
	case b.unwritten.Load():
		b.record.Fault(pv.Alarm{Status: pv.StatusWrite, Severity: pv.InvalidAlarm}, errUnwritten)
	case b.marked != nil: // it holds what it was told
		_ = b.record.Post(pv.Value{}, pv.Stamp{}, pv.Alarm{}) // has no value that might not fit
	}
	b.marked = nil
}

// begins reports whether the hardware is to be given the initial value.
func (b *binding) begins() bool { return b.options.Initial.Kind() != pv.Invalid && !b.written.Load() }

// begin puts the initial value.
func (b *binding) begin() {
	if err := b.record.Value().Put(b.options.Initial, nil); err != nil {
		b.Fault(err)
	}
}

// exited has a record whose channel cannot be read show what the driver has left it at;
// err says that it may not have come to that.
func (b *binding) exited(err error) {
	switch {
	case b.options.Exit.Kind() == pv.Invalid || b.reader != nil:
		return
	case err != nil:
		b.unwritten.Store(true)
		return
	}
	b.unwritten.Store(false)
	if b.record.Post(b.options.Exit, pv.Stamp{}, b.port.lost.Load().Alarm) == nil {
		b.marked = nil // the message is gone
	}
}

// restore writes the record's value again, and reports whether it may.
func (b *binding) restore() bool {
	s, _ := b.record.Value().Get()
	return b.record.Value().Put(s.Value, nil) == nil
}

// disconnected marks the record, unless it is so already.
func (b *binding) disconnected(lost *record.Result) {
	if s, _ := b.record.Value().Get(); b.marked == lost && s.Alarm == lost.Alarm {
		return
	}
	b.marked = lost
	b.record.Fault(lost.Alarm, lost.Err)
	b.last.Store(lost)
}
