package format

import (
	"encoding/binary"
	"errors"
	"math"
)

// rawBytes is the number of bytes of a %r: in output the precision least
// significant bytes extended to width, in input width bytes.
func rawBytes(e *element, d Direction) int {
	if d == Input {
		return max(e.width, 1)
	}
	return max(rawPrecision(e), e.width)
}

// rawPrecision is the number of bytes of the value a %r writes.
func rawPrecision(e *element) int {
	if e.prec < 0 {
		return 1
	}
	return e.prec
}

// appendRaw writes the least significant bytes of v, sign or zero (0) extended.
// In an Output format higher bytes are lost, as in StreamDevice.
func appendRaw(dst []byte, e *element, v int64, d Direction) ([]byte, error) {
	size := rawBytes(e, d)
	significant := size
	if d == Output {
		significant = rawPrecision(e)
	}
	significant = min(significant, 8)
	cut := extend(v, significant, e.has(flagZero))
	if d == Input && cut != v {
		return dst, errors.New("value needs more bytes than the width")
	}
	fill := byte(0)
	if cut < 0 && !e.has(flagZero) {
		fill = 0xff
	}
	for i := range size {
		if !e.has(flagAlt) {
			i = size - 1 - i
		}
		if i < significant {
			dst = append(dst, byte(v>>(8*i)))
		} else {
			dst = append(dst, fill)
		}
	}
	return dst, nil
}

// extend is the n least significant bytes of v as a signed or unsigned number.
func extend(v int64, n int, unsigned bool) int64 {
	switch {
	case n == 0:
		return 0
	case n >= 8:
		return v
	case unsigned:
		return v & (1<<(8*n) - 1)
	default:
		shift := 64 - 8*n
		return v << shift >> shift
	}
}

func scanRaw(src []byte, e *element, d Direction) (v int64, n int, err error) {
	n = rawBytes(e, d)
	if len(src) < n {
		return 0, len(src), ErrShort
	}
	for i := range n {
		if !e.has(flagAlt) {
			v = v<<8 | int64(src[i])
		} else if i < 8 {
			v |= int64(src[i]) << (8 * i)
		}
	}
	return extend(v, n, e.has(flagZero)), n, nil
}

// floatBytes is the number of bytes of a %R.
func floatBytes(e *element) int {
	if e.width == 0 {
		return 4
	}
	return e.width
}

func appendRawFloat(dst []byte, e *element, v float64) []byte {
	switch {
	case floatBytes(e) == 4 && e.has(flagAlt):
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(v)))
	case floatBytes(e) == 4:
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(v)))
	case e.has(flagAlt):
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	default:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v))
	}
}

func scanRawFloat(src []byte, e *element) (v float64, n int, err error) {
	n = floatBytes(e)
	if len(src) < n {
		return 0, len(src), ErrShort
	}
	switch {
	case n == 4 && e.has(flagAlt):
		v = float64(math.Float32frombits(binary.LittleEndian.Uint32(src)))
	case n == 4:
		v = float64(math.Float32frombits(binary.BigEndian.Uint32(src)))
	case e.has(flagAlt):
		v = math.Float64frombits(binary.LittleEndian.Uint64(src))
	default:
		v = math.Float64frombits(binary.BigEndian.Uint64(src))
	}
	return v, n, nil
}
