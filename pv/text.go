package pv

import (
	"math"
	"strconv"
)

// String is v as text for a person: numbers in the fewest digits that give the
// same value back, an enum as its index, the elements of an array in brackets,
// array strings quoted. The zero Value is "<none>".
func (v Value) String() string {
	if v.kind == String && !v.array {
		return v.Str()
	}
	return string(v.AppendText(nil, nil))
}

// AppendText appends v as text. With an info a scalar is written exactly as EPICS
// base answers a read of DBR_STRING: floats with info.Precision digits (the rules
// of cvtDoubleToString and cvtFloatToString), an enum as its choice. Without one
// it is written as by [Value.String]. An array is its elements in brackets.
func (v Value) AppendText(dst []byte, info *Info) []byte {
	if !v.array {
		return v.appendScalar(dst, info)
	}
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ' ')
		}
		if v.kind == String {
			dst = strconv.AppendQuote(dst, v.At(i).Str())
		} else {
			dst = v.At(i).appendScalar(dst, info)
		}
	}
	return append(dst, ']')
}

func (v Value) appendScalar(dst []byte, info *Info) []byte {
	switch v.kind {
	case Invalid:
		return append(dst, "<none>"...)
	case String:
		return append(dst, v.Str()...)
	case Float64:
		if info == nil {
			return strconv.AppendFloat(dst, v.Float64(), 'g', -1, 64)
		}
		return appendFloat64(dst, v.Float64(), info.Precision)
	case Float32:
		if info == nil {
			return strconv.AppendFloat(dst, v.Float64(), 'g', -1, 32)
		}
		return appendFloat32(dst, float32(v.Float64()), info.Precision)
	case Enum:
		if info != nil && len(info.Choices) > 0 {
			return append(dst, enumText(info, int(v.bits))...)
		}
	case Uint64:
		return strconv.AppendUint(dst, v.bits, 10)
	}
	return strconv.AppendInt(dst, int64(v.bits), 10)
}

// maxChoices is how many states a record of states has in EPICS.
const maxChoices = 16

// enumText is the text of an index as base's records of states give it: nothing
// for a state without text, a remark for an index that no state can have.
func enumText(info *Info, index int) string {
	if index >= max(maxChoices, len(info.Choices)) {
		return "Illegal Value" // mbbiRecord.c get_enum_str
	}
	return info.Choice(index)
}

// pow10 are the factors that turn a fraction into digits.
var pow10 = [...]int32{1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000}

// fixedLimit is the magnitude up to which cvtFast.c writes the digits itself.
const fixedLimit = 1e7

// appendFloat64 follows cvtFast.c cvtDoubleToString to the digit: fixed point with
// up to 8 digits below 1e7, rounding half up; with at most 3 up to 1e16; beyond
// that, or with more than 8 digits, %e with at most 17 in a field of precision+7
// characters. A negative precision counts as a large one.
func appendFloat64(dst []byte, x float64, precision int16) []byte {
	prec := int(uint16(precision))
	switch {
	case prec > 8 || x > 1e16 || x < -1e16:
		prec = min(prec, 17)
		return appendExp(dst, x, prec, prec+7)
	case x != x || x > fixedLimit || x < -fixedLimit:
		return appendC(dst, x, 'f', min(prec, 3))
	}
	if x < 0 {
		dst, x = append(dst, '-'), -x
	}
	whole := int32(x)
	scaled := float64((x - float64(whole)) * float64(pow10[prec]))
	return appendFixed(dst, whole, int32(scaled*10), prec)
}

// appendFloat32 follows cvtFast.c cvtFloatToString, whose limits differ: %e from
// 1e8 on, with at most 12 digits in a field of precision+6 characters.
func appendFloat32(dst []byte, x float32, precision int16) []byte {
	prec := int(uint16(precision))
	switch {
	case prec > 8 || x >= 1e8 || x <= -1e8:
		prec = min(prec, 12)
		return appendExp(dst, float64(x), prec, prec+6)
	case x != x || x > fixedLimit || x < -fixedLimit:
		return appendC(dst, float64(x), 'f', min(prec, 3))
	}
	if x < 0 {
		dst, x = append(dst, '-'), -x
	}
	whole := int32(x)
	scaled := float32((x - float32(whole)) * float32(pow10[prec]))
	return appendFixed(dst, whole, int32(float32(scaled*10)), prec)
}

// appendFixed writes whole and a fraction that is given with one digit too many.
func appendFixed(dst []byte, whole, fraction int32, prec int) []byte {
	fraction = (fraction + 5) / 10
	place := pow10[prec]
	if fraction >= place {
		whole++
		fraction -= place
	}
	dst = strconv.AppendInt(dst, int64(whole), 10)
	if prec == 0 {
		return dst
	}
	dst = append(dst, '.')
	for place /= 10; place > 0; place /= 10 {
		dst = append(dst, '0'+byte(fraction/place))
		fraction %= place
	}
	return dst
}

func appendExp(dst []byte, x float64, prec, width int) []byte {
	start := len(dst)
	dst = appendC(dst, x, 'e', prec)
	pad := width - (len(dst) - start)
	if pad <= 0 {
		return dst
	}
	for range pad {
		dst = append(dst, ' ')
	}
	copy(dst[start+pad:], dst[start:])
	for i := range pad {
		dst[start+i] = ' '
	}
	return dst
}

// appendC writes x as C's printf does, which has its own names for what is not
// finite.
func appendC(dst []byte, x float64, format byte, prec int) []byte {
	if x == x && !math.IsInf(x, 0) {
		return strconv.AppendFloat(dst, x, format, prec, 64)
	}
	if math.Signbit(x) {
		dst = append(dst, '-')
	}
	if x != x {
		return append(dst, "nan"...)
	}
	return append(dst, "inf"...)
}
