package record

import (
	"time"

	"github.com/ioclet/ioclet/pv"
)

// The choices of menuIvoa that are not to continue.
const (
	dontDrive = 1
	setIVOV   = 2
)

// guard looks, before an output is written, whether the alarm of its value is INVALID,
// and does what IVOA says: drive is false if nothing is to be written. With IVOV as
// the value the alarm of the one before stays.
func (r *Record) guard() (drive bool) {
	x := r.rare
	alarmed, next := r.alarmed, r.next
	r.checkAlarms()
	a := r.next
	r.alarmed, r.next = alarmed, next
	if a.Severity < pv.InvalidAlarm {
		return true
	}
	if x.ivoa == setIVOV {
		if v, err := r.convert(r.get(r.fields.find("IVOV"))); err == nil {
			r.store(v)
		}
		x.forced = a
	}
	return x.ivoa != dontDrive
}

// startPulse has a bo with HIGH fall back to 0 that long after it has been 1.
func (r *Record) startPulse() {
	x := r.rare
	if x.high <= 0 || r.sample.Value.Int64() != 1 {
		return
	}
	if x.pulse == nil {
		// Ends by itself; what it finds of a removed record it leaves alone.
		x.pulse = time.AfterFunc(seconds(x.high), r.endPulse)
		return
	}
	x.pulse.Reset(seconds(x.high))
}

func (r *Record) endPulse() {
	r.lock.Lock()
	defer r.lock.Unlock()
	switch {
	case r.removed.Load():
	case r.is(active): // base: boRecord.c waits once more
		r.startPulse()
	default:
		r.store(pv.EnumValue(0))
		r.run(request{write: true, value: r.sample.Value})
	}
}
