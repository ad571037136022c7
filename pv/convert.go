package pv

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// What is wrong in a [ConvertError].
var (
	ErrSyntax    = errors.New("no number")
	ErrRange     = errors.New("out of range")
	ErrChoice    = errors.New("no such choice")
	ErrNoConvert = errors.New("no such conversion")
)

// ConvertError says why a value cannot be converted; it unwraps to [ErrSyntax],
// [ErrRange], [ErrChoice] or [ErrNoConvert].
type ConvertError struct {
	From, To Kind
	Index    int    // of the element at fault, 0 for a scalar
	Text     string // the string at fault, if it is one
	Err      error
}

func (e *ConvertError) Error() string {
	s := "convert " + e.From.String() + " to " + e.To.String() + ": "
	if e.From == String {
		s += fmt.Sprintf("%q: ", e.Text)
	}
	if e.Index > 0 {
		s += "element " + strconv.Itoa(e.Index) + ": "
	}
	return s + e.Err.Error()
}

func (e *ConvertError) Unwrap() error { return e.Err }

// Convert turns v into kind k as EPICS base converts between a client's type and a
// record's field, on x86-64. An array stays an array, a scalar a scalar; v itself
// is returned if it is of kind k already. info may be nil.
//
//   - Integer to integer keeps the low bits, as a C assignment does.
//   - Float to integer cuts towards zero. What does not fit becomes what the
//     machine makes of it: -2^31 for Int32, -2^63 for Int64 and 2^63 for Uint64 (0
//     if too large), 0 for the kinds below; so does NaN.
//   - Float64 to Float32 is held to the largest and to the smallest normal float32.
//   - Number to string is [Value.AppendText]. Enum to string is the choice's text.
//   - String to number skips leading spaces and ignores what follows the number,
//     "12.5 mA", as base takes it for a unit; the empty string is 0. A number out of
//     the kind's range, and text that does not begin with a number, is refused.
//     Integers are decimal, hexadecimal after 0x or octal after 0, as since base 7.0.10;
//     floats are what C's strtod reads: decimal, hexadecimal, inf, infinity, nan. A negative
//     number wraps round for an unsigned kind down to minus its largest value.
//   - String to enum is the index of the equal choice, else a whole number below the
//     number of choices; any if there are no choices.
//
// Every error is a [*ConvertError].
func Convert(v Value, k Kind, info *Info) (Value, error) {
	switch {
	case v.kind == Invalid || k == Invalid || k > Enum:
		return Value{}, &ConvertError{From: v.kind, To: k, Err: ErrNoConvert}
	case v.kind == k:
		return v, nil
	case v.array:
		return convertArray(v, k, info)
	case v.kind == String:
		w, err := parse(v.Str(), k, info)
		if err != nil {
			return Value{}, &ConvertError{From: String, To: k, Text: v.Str(), Err: err}
		}
		return w, nil
	case k == String:
		var buf [64]byte
		return StringValue(string(v.appendScalar(buf[:0], info))), nil
	}
	return v.number(k), nil
}

// number converts a scalar number to a scalar of the numeric kind k.
func (v Value) number(k Kind) Value {
	if v.kind.IsFloat() {
		x := math.Float64frombits(v.bits)
		switch k {
		case Float64:
			return Float64Value(x)
		case Float32:
			return Float32Value(narrow(x))
		}
		return IntValue(k, cutFloat(x, k))
	}
	switch k {
	case Float64:
		return Float64Value(v.Float64())
	case Float32:
		if v.kind == Uint64 {
			return Float32Value(float32(v.bits))
		}
		return Float32Value(float32(int64(v.bits)))
	}
	return IntValue(k, int64(v.bits))
}

// cutFloat is the C conversion of x to the integer kind k on x86-64, where one
// instruction makes a 32- or a 64-bit integer and what does not fit is the lowest
// one; narrower kinds are its low bits.
func cutFloat(x float64, k Kind) int64 {
	switch k {
	case Int64, Uint32:
		return cut64(x)
	case Uint64:
		return int64(cutUint64(x))
	}
	return int64(cut32(x))
}

func cut32(x float64) int32 {
	if x > math.MinInt32-1.0 && x < math.MaxInt32+1.0 {
		return int32(x)
	}
	return math.MinInt32
}

func cut64(x float64) int64 {
	if x >= math.MinInt64 && x < 1<<63 {
		return int64(x)
	}
	return math.MinInt64
}

func cutUint64(x float64) uint64 {
	if x >= 1<<63 {
		return uint64(cut64(x-1<<63)) ^ 1<<63
	}
	return uint64(cut64(x))
}

// smallestNormal is C's FLT_MIN.
const smallestNormal = 0x1p-126

// narrow follows epicsConvertDoubleToFloat.
func narrow(x float64) float32 {
	abs := math.Abs(x)
	switch {
	case x == 0 || x != x || math.IsInf(x, 0):
		return float32(x)
	case abs >= math.MaxFloat32:
		return float32(math.Copysign(math.MaxFloat32, x))
	case abs <= smallestNormal:
		return float32(math.Copysign(smallestNormal, x))
	}
	return float32(x)
}

func convertArray(v Value, k Kind, info *Info) (Value, error) {
	switch v.kind {
	case String:
		return parseArray(v, k, info)
	case Float64:
		return convertFloats[float64](v, k, info), nil
	case Float32:
		return convertFloats[float32](v, k, info), nil
	case Int8:
		return convertInts[int8](v, k, info), nil
	case Uint8:
		return convertInts[uint8](v, k, info), nil
	case Int16:
		return convertInts[int16](v, k, info), nil
	case Uint16, Enum:
		return convertInts[uint16](v, k, info), nil
	case Int32:
		return convertInts[int32](v, k, info), nil
	case Uint32:
		return convertInts[uint32](v, k, info), nil
	case Int64:
		return convertInts[int64](v, k, info), nil
	default:
		return convertInts[uint64](v, k, info), nil
	}
}

type integer interface {
	int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64
}

type float interface{ float32 | float64 }

func convertInts[S integer](v Value, k Kind, info *Info) Value {
	s, _ := Elements[S](v)
	switch k {
	case String:
		return textArray(v, info)
	case Int8:
		return ArrayValue(cast[S, int8](s))
	case Uint8:
		return ArrayValue(cast[S, uint8](s))
	case Int16:
		return ArrayValue(cast[S, int16](s))
	case Uint16:
		return ArrayValue(cast[S, uint16](s))
	case Enum:
		return EnumArrayValue(cast[S, uint16](s))
	case Int32:
		return ArrayValue(cast[S, int32](s))
	case Uint32:
		return ArrayValue(cast[S, uint32](s))
	case Int64:
		return ArrayValue(cast[S, int64](s))
	case Uint64:
		return ArrayValue(cast[S, uint64](s))
	case Float32:
		return ArrayValue(cast[S, float32](s))
	default:
		return ArrayValue(cast[S, float64](s))
	}
}

func cast[S integer, D integer | float](s []S) []D {
	d := make([]D, len(s))
	for i, x := range s {
		d[i] = D(x)
	}
	return d
}

func convertFloats[S float](v Value, k Kind, info *Info) Value {
	s, _ := Elements[S](v)
	switch k {
	case String:
		return textArray(v, info)
	case Int8:
		return ArrayValue(cut[S, int8](s, k))
	case Uint8:
		return ArrayValue(cut[S, uint8](s, k))
	case Int16:
		return ArrayValue(cut[S, int16](s, k))
	case Uint16:
		return ArrayValue(cut[S, uint16](s, k))
	case Enum:
		return EnumArrayValue(cut[S, uint16](s, k))
	case Int32:
		return ArrayValue(cut[S, int32](s, k))
	case Uint32:
		return ArrayValue(cut[S, uint32](s, k))
	case Int64:
		return ArrayValue(cut[S, int64](s, k))
	case Uint64:
		return ArrayValue(cut[S, uint64](s, k))
	case Float32:
		d := make([]float32, len(s))
		for i, x := range s {
			d[i] = narrow(float64(x))
		}
		return ArrayValue(d)
	default:
		d := make([]float64, len(s))
		for i, x := range s {
			d[i] = float64(x)
		}
		return ArrayValue(d)
	}
}

func cut[S float, D integer](s []S, k Kind) []D {
	d := make([]D, len(s))
	for i, x := range s {
		d[i] = D(cutFloat(float64(x), k))
	}
	return d
}

func textArray(v Value, info *Info) Value {
	d := make([]string, v.Len())
	var buf [64]byte
	for i := range d {
		d[i] = string(v.At(i).appendScalar(buf[:0], info))
	}
	return ArrayValue(d)
}

func parseArray(v Value, k Kind, info *Info) (Value, error) {
	d := makeArray(k, v.Len())
	for i := range v.Len() {
		text := v.At(i).Str()
		w, err := parse(text, k, info)
		if err != nil {
			return Value{}, &ConvertError{From: String, To: k, Index: i, Text: text, Err: err}
		}
		d.set(i, w)
	}
	return d, nil
}
