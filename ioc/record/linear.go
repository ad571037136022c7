package record

import (
	"math"

	"github.com/ioclet/ioclet/pv"
)

// The choices of menuConvert without a breakpoint table.
const (
	noConversion = iota
	slope
	linear
)

// engineering converts a raw value (base: aiRecord.c convert). ok is false for a
// breakpoint table, of which there are none.
func (x *rare) engineering(raw float64) (y float64, ok bool) {
	y = raw + float64(x.roff)
	if x.aslo != 0 {
		y *= x.aslo
	}
	y += x.aoff
	if x.linr == slope || x.linr == linear {
		y = y*x.eslo + x.eoff
	}
	return y, x.linr <= linear
}

// unscaled is the raw value of an output, not rounded (base: aoRecord.c convert).
func (x *rare) unscaled(y float64) (raw float64, ok bool) {
	if x.linr == slope || x.linr == linear {
		if x.eslo == 0 {
			y = 0
		} else {
			y = (y - x.eoff) / x.eslo
		}
	}
	y -= x.aoff
	if x.aslo != 0 {
		y /= x.aslo
	}
	return y - float64(x.roff), x.linr <= linear
}

// fromRaw is the value of an ai or ao for what its device says: an integer is raw and
// converted, RVAL shows it; a float is in engineering units and only adjusted (ASLO,
// AOFF), as device support does that reads text. The values of an ai are smoothed.
func (r *Record) fromRaw(v pv.Value) pv.Value {
	number := v.Float64()
	raw := !v.Kind().IsFloat()
	if raw {
		r.raw = uint32(v.Int64())
	}
	x := r.rare
	if x == nil || x.simm == simulated {
		return pv.Float64Value(number)
	}
	if raw || r.typ == AO {
		var ok bool
		if number, ok = x.engineering(number); !ok {
			r.raise(pv.StatusSoft, pv.Major)
		}
	} else {
		if x.aslo != 0 {
			number *= x.aslo
		}
		number += x.aoff
	}
	if last := r.sample.Value.Float64(); x.smoo != 0 && !r.is(udf) && !math.IsInf(last, 0) {
		number = number*(1-x.smoo) + last*x.smoo
	}
	return pv.Float64Value(number)
}

// drive is what an ao has to output: VAL, approached by OROC at a time, as a raw value.
// It sets OVAL and RVAL, which is the same rounded to 32 bits.
func (r *Record) drive() pv.Value {
	y := r.sample.Value.Float64()
	x := r.rare
	if b := r.bands; x == nil && b != nil && (b.mdel != 0 || b.adel != 0) {
		x = r.withRare() // events of OVAL do not follow from those of VAL
		x.oval = r.last.float(r.kind)
	}
	if x == nil {
		r.raw = uint32(round32(y))
		return r.sample.Value
	}
	if d := y - x.oval; x.oroc != 0 && math.Abs(d) > x.oroc {
		y = x.oval + math.Copysign(x.oroc, d)
	}
	x.omod = x.oval != y
	x.oval = y
	raw, ok := x.unscaled(y)
	if !ok {
		x.forced = pv.Alarm{Status: pv.StatusSoft, Severity: pv.Major}
		return pv.Float64Value(y)
	}
	r.raw = uint32(round32(raw))
	return pv.Float64Value(raw)
}

// round32 rounds halves away from zero and holds to an int32's range; NaN is the
// lowest (base: aoRecord.c).
func round32(x float64) int32 {
	switch {
	case x >= math.MaxInt32-0.5:
		return math.MaxInt32
	case x >= 0:
		return int32(x + 0.5)
	case x > math.MinInt32+0.5:
		return int32(x - 0.5)
	}
	return math.MinInt32
}
