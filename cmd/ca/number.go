package main

import (
	"fmt"
	"math"
	"strconv"

	"github.com/ioclet/ioclet/pv"
)

// base is how an integer is written. The zero base is decimal.
type base byte

const (
	decimal base = 0
	hex     base = 'x'
	octal   base = 'o'
	binary  base = 'b'
)

// numbers is how values become text: the choice of -n, -e, -f, -g, -l and -0.
type numbers struct {
	verb      byte // of floats: 'e', 'f' or 'g'
	precision int  // digits of verb
	rounded   base // not decimal: floats are rounded and written as integers
	integers  base
	indices   bool // enums as numbers
}

// appendScalar appends one element as EPICS base's tools print it. choices are
// the states of an enum, nil if the server was not asked for them.
func (n *numbers) appendScalar(dst []byte, v pv.Value, choices []string) []byte {
	switch v.Kind() {
	case pv.String:
		return appendEscaped(dst, v.Str())
	case pv.Float32, pv.Float64:
		if n.rounded != decimal {
			return appendInteger(dst, int32(int64(math.Round(held(v.Float64())))), n.rounded)
		}
		return appendFloat(dst, v.Float64(), n.verb, n.precision)
	case pv.Uint8:
		// Characters are signed and always decimal in base's tools.
		return strconv.AppendInt(dst, int64(int8(v.Int64())), 10)
	case pv.Enum:
		return n.appendEnum(dst, int(v.Int64()), choices)
	}
	return appendInteger(dst, int32(v.Int64()), n.integers)
}

// held is x within the range in which rounding to an int32 means something.
func held(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return min(max(x, math.MinInt32), math.MaxInt32)
}

func (n *numbers) appendEnum(dst []byte, index int, choices []string) []byte {
	switch {
	case n.indices || choices == nil:
		return strconv.AppendInt(dst, int64(index), 10)
	case index >= 16: // more states than Channel Access can name
		return fmt.Appendf(dst, "Illegal Value (%d)", index)
	case index >= len(choices):
		return fmt.Appendf(dst, "Enum Index Overflow (%d)", index)
	}
	return append(dst, choices[index]...)
}

func appendInteger(dst []byte, x int32, b base) []byte {
	switch b {
	case hex:
		return fmt.Appendf(dst, "0x%X", uint32(x))
	case octal:
		return fmt.Appendf(dst, "0o%o", uint32(x))
	case binary:
		return strconv.AppendUint(dst, uint64(uint32(x)), 2)
	}
	return strconv.AppendInt(dst, int64(x), 10)
}

// appendFloat writes x as C's printf does; Go differs in the names of infinity
// and of what is not a number.
func appendFloat(dst []byte, x float64, verb byte, precision int) []byte {
	switch {
	case math.IsNaN(x) && math.Signbit(x):
		return append(dst, "-nan"...)
	case math.IsNaN(x):
		return append(dst, "nan"...)
	case math.IsInf(x, 1):
		return append(dst, "inf"...)
	case math.IsInf(x, -1):
		return append(dst, "-inf"...)
	}
	return strconv.AppendFloat(dst, x, verb, precision, 64)
}
