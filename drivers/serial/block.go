package serial

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// Block is an array as SCPI instruments send it in binary: the length of the length, the
// length in bytes, and the bytes, as in "#42500…" (IEEE 488.2, definite length arbitrary
// block response data).
type Block struct {
	Kind   pv.Kind // of the elements: Int8 to Int64, Uint8 to Uint32, Float32 or Float64
	Little bool    // the lowest byte of an element comes first
}

// size is how many bytes an element has, 0 if it can be none.
func (b *Block) size() int {
	switch b.Kind {
	case pv.Int8, pv.Uint8:
		return 1
	case pv.Int16, pv.Uint16:
		return 2
	case pv.Int32, pv.Uint32, pv.Float32:
		return 4
	case pv.Int64, pv.Float64:
		return 8
	}
	return 0
}

// blockHeader reads "#<digits><length>"; n is how long it is. short is true if more has to
// come before that can be said.
func blockHeader(b []byte) (n, length int, short bool, err error) {
	bad := errors.New(`expected a block such as "#3100…"`)
	switch {
	case len(b) > 0 && b[0] != '#':
		return 0, 0, false, bad
	case len(b) < 2:
		return 0, 0, true, nil
	}
	digits := int(b[1]) - '0'
	if digits < 1 || digits > 9 {
		return 0, 0, false, bad
	}
	n = 2 + digits
	if len(b) < n {
		return 0, 0, true, nil
	}
	x, err := strconv.ParseUint(string(b[2:n]), 10, 31)
	if err != nil {
		return 0, 0, false, bad
	}
	return n, int(x), false, nil
}

// scan reads a block that is all of b, with at most most elements.
func (b *Block) scan(src []byte, most int) (pv.Value, error) {
	n, length, short, err := blockHeader(src)
	if err != nil || short {
		return pv.Value{}, &format.ScanError{Want: `a block such as "#3100…"`, Short: short}
	}
	data := src[n:]
	size := b.size()
	switch {
	case len(data) != length:
		return pv.Value{}, &format.ScanError{Offset: n, Want: fmt.Sprintf("%d bytes, as the block says", length)}
	case length%size != 0:
		return pv.Value{}, &format.ScanError{Offset: n, Want: fmt.Sprintf("elements of %d bytes", size)}
	case length/size > most:
		return pv.Value{}, &format.ScanError{Offset: n, Want: fmt.Sprintf("no more than %d elements", most)}
	}
	var order binary.ByteOrder = binary.BigEndian
	if b.Little {
		order = binary.LittleEndian
	}
	switch b.Kind {
	case pv.Int8:
		return unpack(data, size, func(b []byte) int8 { return int8(b[0]) }), nil
	case pv.Uint8:
		return pv.ArrayValue(bytes.Clone(data)), nil
	case pv.Int16:
		return unpack(data, size, func(b []byte) int16 { return int16(order.Uint16(b)) }), nil
	case pv.Uint16:
		return unpack(data, size, order.Uint16), nil
	case pv.Int32:
		return unpack(data, size, func(b []byte) int32 { return int32(order.Uint32(b)) }), nil
	case pv.Uint32:
		return unpack(data, size, order.Uint32), nil
	case pv.Int64:
		return unpack(data, size, func(b []byte) int64 { return int64(order.Uint64(b)) }), nil
	case pv.Float32:
		return unpack(data, size, func(b []byte) float32 { return math.Float32frombits(order.Uint32(b)) }), nil
	}
	return unpack(data, size, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }), nil
}

func unpack[T pv.Element](data []byte, size int, get func([]byte) T) pv.Value {
	out := make([]T, len(data)/size)
	for i := range out {
		out[i] = get(data[i*size:])
	}
	return pv.ArrayValue(out)
}

// Append appends a block of n elements, which element yields, as an instrument sends it.
func (b *Block) Append(dst []byte, n int, element func(i int) float64) []byte {
	length := strconv.Itoa(n * b.size())
	dst = append(dst, '#', byte('0'+len(length)))
	dst = append(dst, length...)
	for i := range n {
		x := element(i)
		bits := uint64(int64(math.Round(x)))
		switch b.Kind {
		case pv.Float32:
			bits = uint64(math.Float32bits(float32(x)))
		case pv.Float64:
			bits = math.Float64bits(x)
		}
		for j := range b.size() {
			shift := 8 * (b.size() - 1 - j)
			if b.Little {
				shift = 8 * j
			}
			dst = append(dst, byte(bits>>shift))
		}
	}
	return dst
}

// skipBlock is where the bytes of the block end that stands in b behind the literal
// beginning head; 0 if there is none, as in an error message, -1 if it is not complete.
func skipBlock(b []byte, head string) int {
	if len(b) < len(head) {
		return 0
	}
	if string(b[:len(head)]) != head {
		return 0
	}
	n, length, short, err := blockHeader(b[len(head):])
	switch {
	case err != nil:
		return 0
	case short || len(b)-len(head)-n < length:
		return -1
	}
	return len(head) + n + length
}
