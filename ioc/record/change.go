package record

import (
	"hash/maphash"
	"math"

	"github.com/ioclet/ioclet/pv"
)

// mark is a scalar number as it was at some event: an integer, or the bits of a
// float.
type mark uint64

func markOf(v pv.Value) mark {
	if v.Kind().IsFloat() {
		return mark(math.Float64bits(v.Float64()))
	}
	return mark(v.Int64())
}

func (m mark) float(k pv.Kind) float64 {
	if k.IsFloat() {
		return math.Float64frombits(uint64(m))
	}
	return float64(int64(m))
}

func (m mark) value(k pv.Kind) pv.Value {
	if k.IsFloat() {
		return pv.Float64Value(m.float(k))
	}
	return pv.IntValue(k, int64(m))
}

// outside reports whether now is further from m than the deadband; a negative one
// is always passed (base: recGblCheckDeadband, and DELTA in longinRecord.c).
func (m mark) outside(now mark, isFloat bool, deadband float64) bool {
	switch {
	case deadband < 0:
		return true
	case m == now:
		return false
	case isFloat:
		return distance(math.Float64frombits(uint64(m)), math.Float64frombits(uint64(now))) > deadband
	}
	from, to := int64(m), int64(now)
	if from > to {
		from, to = to, from
	}
	return float64(uint64(to)-uint64(from)) > math.Floor(deadband)
}

// distance is how far apart x and y are; infinitely, if only one of them is NaN,
// or is infinite.
func distance(x, y float64) float64 {
	switch {
	case isNaN(x) || isNaN(y):
		if isNaN(x) && isNaN(y) {
			return 0
		}
		return math.Inf(1)
	case x == y:
		return 0
	}
	return math.Abs(x - y)
}

// changes says which events the value makes, and marks those as made.
func (r *Record) changes() (m pv.Mask) {
	v := r.sample.Value
	switch {
	case r.typ.analog():
		var mdel, adel float64
		if r.bands != nil {
			mdel, adel = r.bands.mdel, r.bands.adel
		}
		now, isFloat := markOf(v), r.kind.IsFloat()
		if r.last.outside(now, isFloat, mdel) {
			m |= pv.EventValue
			r.last = now
		}
		if r.log.outside(now, isFloat, adel) {
			m |= pv.EventLog
			r.log = now
		}
		return m
	case r.typ.discrete():
		if now := markOf(v); now != r.last {
			r.last = now
			return pv.EventValue | pv.EventLog
		}
		return 0
	case !r.typ.Array():
		if s := v.Str(); s != r.oval {
			r.oval = s
			return pv.EventValue | pv.EventLog
		}
	case !r.is(always) || !r.is(alwaysLog):
		if now := arrayMark(v); now != r.last {
			r.last = now
			return pv.EventValue | pv.EventLog
		}
	}
	if r.is(always) {
		m |= pv.EventValue
	}
	if r.is(alwaysLog) {
		m |= pv.EventLog
	}
	return m
}

// markAll makes the present value the one that has been posted.
func (r *Record) markAll() {
	v := r.sample.Value
	switch {
	case r.typ.Array():
		r.last = arrayMark(v)
	case r.kind == pv.String:
		r.oval = v.Str()
	default:
		r.last = markOf(v)
		r.log, r.alarmed = r.last, r.last
	}
	r.rawPosted = r.raw
}

var arraySeed = maphash.MakeSeed()

// arrayMark is a hash of an array (base keeps one in HASH for the same end).
func arrayMark(v pv.Value) mark {
	var h maphash.Hash
	h.SetSeed(arraySeed)
	for i := range v.Len() {
		if e := v.At(i); e.Kind() == pv.String {
			h.WriteString(e.Str())
			h.WriteByte(0)
		} else {
			maphash.WriteComparable(&h, markOf(e))
		}
	}
	return mark(h.Sum64())
}
