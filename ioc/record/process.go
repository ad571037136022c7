package record

import (
	"errors"
	"slices"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// ErrUndefined answers a put of an undefined value (NaN): it is stored, but the
// device does not get it.
var ErrUndefined = errors.New("an undefined value is not written to the device")

// ErrState answers a put of a state that has no raw value; the device does not
// get it.
var ErrState = errors.New("no such state")

// errDisabled is the outcome of processing a disabled record. Who waits for it is
// not told, as in base.
var errDisabled = errors.New("disabled")

// request is one processing that somebody wants.
type request struct {
	write bool     // set the device to value; otherwise as a scan does
	put   bool     // is the processing of a put, which PUTF shows
	value pv.Value // of a put; Invalid: of PROC or a scan
	done  Completion
}

// Process processes the record, as a scan does: an input reads, an output writes
// its value, one with readback reads it back. While an operation is under way
// it only counts (LCNT), and raises a SCAN alarm after ten in a row.
func (r *Record) Process() {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.process()
}

func (r *Record) process() {
	if r.removed.Load() {
		return
	}
	if r.is(active) {
		r.lockedOut()
		return
	}
	r.lcnt = 0
	r.run(request{})
}

// maxLock is how often a scan may find a record active before that is an alarm
// (base: dbAccess.c MAX_LOCK).
const maxLock = 10

func (r *Record) lockedOut() {
	if r.is(patient) {
		return
	}
	a := r.sample.Alarm
	r.lcnt = min(r.lcnt, 254) + 1
	if a.Status == pv.StatusScan || r.lcnt <= maxLock || a.Severity >= pv.InvalidAlarm {
		return
	}
	r.next = pv.Alarm{Status: pv.StatusScan, Severity: pv.InvalidAlarm}
	r.postValue(r.resetAlarms(nil) | pv.EventValue | pv.EventLog)
}

// initial is PINI's processing. An output that has a value writes it, even one
// with readback.
func (r *Record) initial() {
	if r.removed.Load() || r.is(active) {
		return
	}
	if r.typ.Output() && !r.is(udf) {
		r.run(request{write: true, value: r.sample.Value})
		return
	}
	r.run(request{})
}

// run processes q, and what waits behind it, until an operation takes its time.
func (r *Record) run(q request) {
	for {
		r.current = q
		r.flags |= active
		res, done := r.begin(q)
		if !done {
			return
		}
		var more bool
		if q, more, _ = r.end(res); !more {
			return
		}
	}
}

// begin starts the operation that q needs.
func (r *Record) begin(q request) (res Result, done bool) {
	r.set(writing, false)
	if r.tpro != 0 {
		r.db.trace(r, q)
	}
	if r.disa == r.disv {
		return Result{Err: errDisabled}, true
	}
	if x := r.rare; x != nil {
		if x.ivoa != 0 && r.typ.Output() && (q.write || !r.readback) && !r.guard() {
			if r.typ == AO {
				r.drive()
			}
			return Result{}, true
		}
		if x.simm != 0 {
			if r.typ == AO {
				r.drive()
			}
			return r.simulate()
		}
	}
	switch {
	case r.device == nil:
		if r.typ.definesItself() {
			r.set(udf, isUndefined(r.sample.Value))
		}
		if r.typ == BO || r.typ == MBBO && !r.is(udf) {
			r.raw = r.rawOf(r.sample.Value)
		}
		if r.typ == AO {
			r.drive()
		}
		if r.typ == MBBO && r.sample.Value.Int64() >= maxStates {
			return Result{Alarm: pv.Alarm{Status: pv.StatusSoft, Severity: pv.InvalidAlarm}}, true
		}
		return Result{}, true
	case !r.typ.Output(), r.readback && !q.write:
		return r.device.Read(r)
	case r.is(udf):
		if q.write {
			res.Err = ErrUndefined
		}
		return res, true
	case r.states != nil && r.states.raw && r.sample.Value.Int64() >= int64(r.typ.states()):
		// Base raises this alarm and writes nothing (mbboRecord.c convert).
		return Result{Err: ErrState, Alarm: pv.Alarm{Status: pv.StatusSoft, Severity: pv.InvalidAlarm}}, true
	}
	r.set(writing, true)
	v := r.sample.Value
	if r.typ.discrete() {
		r.raw = r.rawOf(v) // RVAL may have been put to
		if r.states != nil && r.states.raw {
			v = pv.IntValue(pv.Uint32, int64(r.raw))
		}
	}
	if r.typ == AO {
		v = r.drive()
	}
	return r.device.Write(r, v)
}

// Underway says of the operation that the record's [Device] has begun that it takes its
// time, as a stage does that moves: scans that find the record active are no alarm then.
func (r *Record) Underway() {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.set(patient, r.is(active))
}

// Complete ends the operation that the record's [Device] has begun. Monitors are
// posted, a waiting put is answered, then the next waiting operation begins.
// Without an operation under way it does nothing. The error says that the record
// cannot take res.Value; it is not res.Err.
func (r *Record) Complete(res Result) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	if !r.is(active) {
		return nil
	}
	q, more, err := r.end(res)
	if more {
		r.run(q)
	}
	return err
}

// end takes the outcome of the operation under way, and returns what comes next. err
// says that the outcome's value does not fit.
func (r *Record) end(res Result) (next request, more bool, err error) {
	if res.Err == errDisabled {
		res.Err = nil
		r.disable()
	} else {
		a := res.Alarm
		if res.Err != nil && a.Severity == pv.NoAlarm && res.Err != ErrUndefined {
			a = pv.Alarm{Status: pv.StatusRead, Severity: pv.InvalidAlarm}
			if r.is(writing) {
				a.Status = pv.StatusWrite
			}
		}
		v := res.Value
		if r.superseded() {
			v = pv.Value{}
		}
		if err = r.finish(v, res.Time, a, res.Err); res.Err == nil {
			res.Err = err
		}
	}
	if r.rare != nil && r.typ == BO && (r.is(writing) || r.device == nil) {
		r.startPulse()
	}
	r.flags &^= active | writing | patient
	if r.current.done != nil {
		r.current.done.PutDone(res.Err)
	}
	r.current = request{}
	if len(r.queue) == 0 {
		return request{}, false, err
	}
	next = r.queue[0]
	r.queue[0] = request{}
	if r.queue = r.queue[1:]; len(r.queue) == 0 {
		r.queue = nil
	}
	if next.value.Kind() != pv.Invalid {
		r.store(next.value)
	}
	next.put = next.done != nil // a plain put has been one already: it comes again (RPRO)
	return next, true, err
}

// superseded reports whether a put that already shows in the value waits behind
// the operation under way: what the device says meanwhile is of the past.
func (r *Record) superseded() bool {
	return len(r.queue) > 0 && r.queue[0].done == nil && r.queue[0].write
}

// again reports whether the record processes once more for plain puts that came while
// it was active (RPRO).
func (r *Record) again() bool {
	return slices.ContainsFunc(r.queue, func(q request) bool { return q.done == nil })
}

// disable is what processing a disabled record comes to (base: dbAccess.c
// dbProcess).
func (r *Record) disable() {
	if r.sample.Alarm.Status == pv.StatusDisable {
		return
	}
	r.sample.Alarm = pv.Alarm{Status: pv.StatusDisable, Severity: r.diss}
	r.next, r.cause = pv.Alarm{}, nil
	r.postField("STAT", pv.EventValue)
	r.postField("SEVR", pv.EventValue)
	r.postValue(pv.EventValue | pv.EventAlarm)
}

// Post is a value that the device, or the program around the record, brings
// unasked: a line that changed, a readback, a computed value. It is stored, not
// written: v is what the hardware has. The zero Stamp means now; a is the
// device's own alarm. With v Invalid only the alarm and time change. While a
// write is under way or waits, an output takes no v, nor what comes with it, since
// it may be older than the write. A disabled record (DISA) takes nothing. The error
// says that the record cannot take v, which is an alarm too (READ, INVALID).
func (r *Record) Post(v pv.Value, t pv.Stamp, a pv.Alarm) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	if v.Kind() != pv.Invalid && r.typ.Output() && (r.is(writing) || r.superseded()) {
		return nil
	}
	return r.take(v, t, a, nil)
}

// Fault gives the record the alarm a until it is processed or posted to again; its
// value stays. cause, which may be nil, is what clients see in AMSG.
func (r *Record) Fault(a pv.Alarm, cause error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	_ = r.take(pv.Value{}, pv.Stamp{}, a, cause) // without a value there is no error
}

// take is finish for what comes unasked.
func (r *Record) take(v pv.Value, t pv.Stamp, a pv.Alarm, cause error) error {
	if r.removed.Load() {
		return nil
	}
	if r.disa == r.disv {
		r.disable()
		return nil
	}
	return r.finish(v, t, a, cause)
}

// finish is the second half of every processing: value, time, alarms, monitors.
// cause is that of a. The error says that v does not fit.
func (r *Record) finish(v pv.Value, t pv.Stamp, a pv.Alarm, cause error) (err error) {
	r.next = a
	if x := r.rare; x != nil {
		r.next = r.next.Raise(x.forced)
		x.forced = pv.Alarm{}
		if x.oroc != 0 {
			v = pv.Value{} // VAL is where it goes to
		}
	}
	if v.Kind() != pv.Invalid {
		var w pv.Value
		if w, err = r.fromDevice(v); err == nil {
			r.store(w)
		} else if r.raise(pv.StatusRead, pv.InvalidAlarm) {
			cause = err
		}
	}
	device := r.next
	t = r.db.stamp(t)
	if r.typ != MBBO || !r.is(udf) { // base: mbboRecord.c gives up before the time
		r.sample.Time = t
	}
	if x := r.rare; x != nil && x.aftc > 0 {
		x.pass(time.Now())
	}
	r.checkAlarms()
	if device.Severity != pv.NoAlarm && r.next != device || r.next.Severity == pv.NoAlarm {
		cause = nil // there is a worse alarm, or none
	}
	m := r.resetAlarms(cause) | r.changes()
	r.postValue(m)
	r.postRaw(m)
	return err
}

// postRaw posts the fields beside the value that have changed with it; m are the
// events of the value.
func (r *Record) postRaw(m pv.Mask) {
	const changed = pv.EventValue | pv.EventLog
	if r.typ == AO {
		if r.rare != nil && r.rare.omod {
			m |= changed
			r.rare.omod = false
		}
		r.postField("OVAL", m)
	}
	switch {
	case r.raw == r.rawPosted:
		return
	case r.typ == AI || r.typ == AO: // only with an event of the value
		if m == 0 {
			return
		}
		if r.typ == AO {
			m |= changed
		}
	default:
		m |= changed
	}
	r.rawPosted = r.raw
	r.postField(r.typ.companion(), m)
}

// store sets the value, in the record's own kind.
func (r *Record) store(v pv.Value) {
	r.sample.Value = v
	r.set(udf, isUndefined(v))
	switch {
	case r.typ.Array():
		r.raw = uint32(v.Len())
	case r.kind == pv.String:
		r.raw = uint32(len(v.Str())) + 1
	case r.typ.Output() || r.device != nil && (r.rare == nil || r.rare.simm == 0):
		if r.typ.discrete() {
			r.raw = r.rawOf(v)
		}
	}
}

// rawOf is the raw value of a state.
func (r *Record) rawOf(v pv.Value) uint32 {
	i := uint16(v.Int64())
	if r.states != nil && r.states.raw && int(i) < r.typ.states() {
		return r.states.value[i]
	}
	return uint32(i)
}

// isUndefined reports whether v is a number that is none.
func isUndefined(v pv.Value) bool {
	return v.Kind().IsFloat() && !v.IsArray() && isNaN(v.Float64())
}

func isNaN(x float64) bool { return x != x }
