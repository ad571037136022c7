package bus

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/ioclet/ioclet/pv"
)

// Type is how a register's bytes make a number.
type Type uint8

// The types. Integers of 24 bits fill three registers.
const (
	Uint8 Type = iota
	Int8
	Uint16
	Int16
	Uint24
	Int24
	Uint32
	Int32
	Float32 // IEEE 754
)

var types = [...]struct {
	name   string
	size   int
	signed bool
	kind   pv.Kind
}{
	{"uint8", 1, false, pv.Uint8},
	{"int8", 1, true, pv.Int8},
	{"uint16", 2, false, pv.Uint16},
	{"int16", 2, true, pv.Int16},
	{"uint24", 3, false, pv.Uint32},
	{"int24", 3, true, pv.Int32},
	{"uint32", 4, false, pv.Uint32},
	{"int32", 4, true, pv.Int32},
	{"float32", 4, false, pv.Float32},
}

func (t Type) String() string {
	if int(t) < len(types) {
		return types[t].name
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// Size is the number of bytes, 1 to 4.
func (t Type) Size() int { return types[t].size }

// Order is the order of a register's bytes.
type Order uint8

// The orders. A device's default is BigEndian, a register's is that of its device.
const (
	DefaultOrder Order = iota
	BigEndian
	LittleEndian
)

// Register describes one value in a chip. The value that its channel has is
//
//	field = (number & Mask) >> Shift, sign-extended if Type is signed
//	value = field × Scale + Offset
//
// of kind Float64 if there is a scale or an offset, else an integer as wide as Type
// needs, or Float32.
type Register struct {
	// At is the register's address in the chip, of its first byte if it has several. If
	// words are exchanged it is what is sent to get the value.
	At   uint32
	Type Type
	// Order is the order of the bytes; DefaultOrder is that of the device.
	Order Order
	// Mask says which bits of the number are meant, 0 for all. The others are kept
	// when the register is written.
	Mask uint32
	// Shift is by how many bits the field is shifted to the right, 0 to 31. Neither it
	// nor Mask can be used with Float32.
	Shift uint8
	// Scale is the value of one step, in the units of the channel; 0 means 1.
	Scale float64
	// Offset is added after scaling, in the units of the channel.
	Offset float64
	// Write allows the register to be written.
	Write bool
	// Verify has the register read after it was written: it must have the value.
	Verify bool
	// Exit is what the register shall be set to when the driver is closed; Invalid
	// leaves it.
	Exit pv.Value
}

// Check says what is wrong with the register, of that map.
func (r *Register) Check(m *Map) error {
	switch {
	case int(r.Type) >= len(types):
		return fmt.Errorf("no type %d", r.Type)
	case r.Order > LittleEndian:
		return fmt.Errorf("no byte order %d", r.Order)
	case m.Exchange && uint64(r.At) >= 1<<(8*r.Type.Size()):
		return fmt.Errorf("0x%02X is more than %v has", r.At, r.Type)
	case m.Exchange && (r.Write && r.Verify || m.Block):
		return errors.New("words that are exchanged cannot be read back or together")
	case !m.Exchange && int64(r.At)+int64(r.Type.Size()) > 1<<(8*m.Addresses()):
		return fmt.Errorf("%v does not fit at 0x%02X", r.Type, r.At)
	case r.Verify && !r.Write, r.Exit.Kind() != pv.Invalid && !r.Write:
		return errors.New("it is not written")
	case r.Type == Float32 && (r.Mask != 0 || r.Shift != 0):
		return errors.New("mask and shift are for integers")
	case r.Mask>>(8*r.Type.Size()-1)>>1 != 0:
		return fmt.Errorf("mask 0x%X is wider than %v", r.Mask, r.Type)
	case int(r.Shift) >= 8*r.Type.Size() || r.Mask != 0 && r.Mask>>r.Shift == 0:
		return fmt.Errorf("a shift by %d leaves nothing", r.Shift)
	case math.IsNaN(r.Scale) || math.IsInf(r.Scale, 0) || math.IsNaN(r.Offset) || math.IsInf(r.Offset, 0):
		return errors.New("scale and offset must be finite")
	}
	if r.Exit.Kind() != pv.Invalid {
		c := NewCodec(*r, m.Order)
		if _, err := c.Encode(r.Exit.Float64()); err != nil {
			return fmt.Errorf("at the end: %w", err)
		}
	}
	return nil
}

// Codec turns the bytes of a [Register] into its value, and back. It does not change.
type Codec struct { // no zero means something else
	typ    Type
	little bool
	mask   uint32
	shift  uint8
	width  int // bits of the field
	scaled bool
	scale  float64
	offset float64
}

// NewCodec is the codec of a register that a [Map] accepts; device is the map's order.
func NewCodec(r Register, device Order) Codec {
	c := Codec{
		typ: r.Type, mask: r.Mask, shift: r.Shift, scale: r.Scale, offset: r.Offset,
		scaled: r.Scale != 0 && r.Scale != 1 || r.Offset != 0,
	}
	if r.Order == DefaultOrder {
		r.Order = device
	}
	c.little = r.Order == LittleEndian
	if c.mask == 0 {
		c.mask = c.all()
	}
	if c.scale == 0 {
		c.scale = 1
	}
	c.width = bits.Len32(c.mask >> c.shift)
	return c
}

// all is a mask of all bits of the type.
func (c *Codec) all() uint32 { return math.MaxUint32 >> (32 - 8*c.typ.Size()) }

// partial reports whether a write must keep some bits.
func (c *Codec) partial() bool { return c.mask != c.all() }

// number is what the bytes say, without a sign. len(b) is c.typ.Size().
func (c *Codec) number(b []byte) (n uint32) {
	for i := range b {
		if c.little {
			n |= uint32(b[i]) << (8 * i)
		} else {
			n = n<<8 | uint32(b[i])
		}
	}
	return n
}

// put writes n into b.
func put(b []byte, n uint32, little bool) {
	for i := range b {
		if little {
			b[i] = byte(n >> (8 * i))
		} else {
			b[len(b)-1-i] = byte(n >> (8 * i))
		}
	}
}

// Size is the number of bytes.
func (c *Codec) Size() int { return c.typ.Size() }

// Decode is the value that b means, which has Size bytes.
func (c *Codec) Decode(b []byte) pv.Value {
	n := c.number(b)
	if c.typ == Float32 {
		x := math.Float32frombits(n)
		if c.scaled {
			return pv.Float64Value(float64(x)*c.scale + c.offset)
		}
		return pv.Float32Value(x)
	}
	field := int64(n & c.mask >> c.shift)
	if types[c.typ].signed && field>>(c.width-1) == 1 {
		field -= 1 << c.width
	}
	if c.scaled {
		return pv.Float64Value(float64(field)*c.scale + c.offset)
	}
	return pv.IntValue(types[c.typ].kind, field)
}

// Encode is value x as the bits that [Codec.Merge] takes. The error says that the
// register cannot take x.
func (c *Codec) Encode(x float64) (uint32, error) {
	y := (x - c.offset) / c.scale
	if c.typ == Float32 {
		if f := float32(y); !math.IsInf(float64(f), 0) || math.IsInf(y, 0) {
			return math.Float32bits(f), nil
		}
		return 0, c.outOfRange(x, -math.MaxFloat32, math.MaxFloat32)
	}
	low, high := 0.0, float64(int64(1)<<c.width-1)
	if types[c.typ].signed {
		low, high = -float64(int64(1)<<(c.width-1)), float64(int64(1)<<(c.width-1)-1)
	}
	y = math.Round(y)
	if !(y >= low && y <= high) { // NaN neither
		return 0, c.outOfRange(x, low, high)
	}
	return uint32(int64(y)) << c.shift & c.mask, nil
}

// Merge puts the bits from Encode into b, which has Size bytes and whose other bits stay.
func (c *Codec) Merge(b []byte, bits uint32) {
	put(b, c.number(b)&^c.mask|bits, c.little)
}

// Belongs reports whether a word of Size bytes differs from at in the bits of the value at
// most: whether it is about this register of a map whose words are exchanged.
func (c *Codec) Belongs(word []byte, at uint32) bool { return (c.number(word)^at)&^c.mask == 0 }

func (c *Codec) outOfRange(x, low, high float64) error {
	low, high = low*c.scale+c.offset, high*c.scale+c.offset
	return fmt.Errorf("%v does not fit: the register takes %.10g to %.10g", x, min(low, high), max(low, high))
}
