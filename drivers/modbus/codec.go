package modbus

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"

	"github.com/ioclet/ioclet/pv"
)

// Type is how registers make a value. Bits of coils and discrete inputs have none.
type Type uint8

// The types.
const (
	Uint16 Type = iota
	Int16
	Uint32
	Int32
	Int64
	Float32 // IEEE 754
	Float64
	String // two bytes a register
	Bit    // one bit of a register
)

var types = [...]struct {
	name      string
	registers int
	low, high float64 // of integers
}{
	Uint16:  {"uint16", 1, 0, math.MaxUint16},
	Int16:   {"int16", 1, math.MinInt16, math.MaxInt16},
	Uint32:  {"uint32", 2, 0, math.MaxUint32},
	Int32:   {"int32", 2, math.MinInt32, math.MaxInt32},
	Int64:   {"int64", 4, math.MinInt64, math.MaxInt64},
	Float32: {name: "float32", registers: 2},
	Float64: {name: "float64", registers: 4},
	String:  {name: "string"},
	Bit:     {"bit", 1, 0, 1},
}

func (t Type) String() string {
	if int(t) < len(types) {
		return types[t].name
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

func (t Type) float() bool { return t == Float32 || t == Float64 }

// Order is in which order bytes come, of which A has the highest bits of a number of four,
// or is the first of a text.
type Order uint8

// The orders. That of a value is by default that of its slave, which is by default ABCD.
const (
	DefaultOrder Order = iota
	ABCD               // the highest first; of 16 bits AB
	CDAB               // the lowest register first
	BADC               // the low byte of a register first; of 16 bits BA
	DCBA               // both
)

var orders = map[string]Order{"ABCD": ABCD, "AB": ABCD, "CDAB": CDAB, "BADC": BADC, "BA": BADC, "DCBA": DCBA}

// ParseOrder is the order of that name; AB and BA are those of 16 bits.
func ParseOrder(name string) (Order, bool) {
	o, ok := orders[name]
	return o, ok
}

// OrderNames lists the names of the orders, in no order.
func OrderNames() []string {
	var names []string
	for name := range orders {
		names = append(names, name)
	}
	return names
}

// String is the name of the order, that of four bytes.
func (o Order) String() string {
	return [...]string{DefaultOrder: "default", ABCD: "ABCD", CDAB: "CDAB", BADC: "BADC", DCBA: "DCBA"}[o]
}

func (o Order) lowRegisterFirst() bool { return o == CDAB || o == DCBA }

func (o Order) lowByteFirst() bool { return o == BADC || o == DCBA }

// Codec turns the registers or bits of a [Value] into what its channel has, and back.
type Codec struct {
	table     Table
	typ       Type
	order     Order
	bit       uint8
	count     int
	scaled    bool
	scale     float64
	offset    float64
	registers int // or bits
}

// NewCodec checks v, of a slave with that order.
func NewCodec(v Value, slave Order) (Codec, error) {
	c := Codec{
		table: v.Table, typ: v.Type, order: v.Order, bit: v.Bit, count: v.Count, scale: v.Scale, offset: v.Offset,
		scaled: v.Scale != 0 && v.Scale != 1 || v.Offset != 0,
	}
	if c.scale == 0 {
		c.scale = 1
	}
	if c.order == DefaultOrder {
		c.order = slave
	}
	switch {
	case int(v.Table) >= len(tables):
		return c, fmt.Errorf("no table %d", v.Table)
	case int(v.Type) >= len(types):
		return c, fmt.Errorf("no type %d", v.Type)
	case c.order > DCBA:
		return c, fmt.Errorf("no order %d", c.order)
	case v.Count < 0:
		return c, fmt.Errorf("count %d is negative", v.Count)
	case v.Table.bits() && (v.Type != 0 || c.scaled):
		return c, errors.New("a bit has neither type nor scale nor offset")
	case (v.Type == String || v.Type == Bit) && c.scaled:
		return c, fmt.Errorf("a %v has neither scale nor offset", v.Type)
	case v.Type == String && v.Count == 0:
		return c, errors.New("a string needs its count of bytes")
	case v.Type == Bit && v.Count > 0:
		return c, errors.New("bits of a register are no array")
	case v.Bit > 15 || v.Bit > 0 && v.Type != Bit:
		return c, fmt.Errorf("bit %d: 0 to 15 of a value of type bit", v.Bit)
	case math.IsNaN(v.Scale) || math.IsInf(v.Scale, 0) || math.IsNaN(v.Offset) || math.IsInf(v.Offset, 0):
		return c, errors.New("scale and offset must be finite")
	case v.Write && !v.Table.writable():
		return c, fmt.Errorf("a value of %v cannot be written", v.Table)
	case v.OnExit.Kind() != pv.Invalid && !v.Write:
		return c, errors.New("on_exit of a value that is not written")
	}
	most := tables[v.Table].most
	switch {
	case v.Type == String:
		c.registers = (v.Count + 1) / 2
	case v.Table.bits():
		c.registers = max(v.Count, 1)
	default:
		c.registers = types[v.Type].registers * max(v.Count, 1)
	}
	if v.Write {
		most = maxWriteRegisters
		if v.Table.bits() {
			most = maxWriteBits
		}
	}
	if c.registers > most || c.registers < 1 {
		return c, fmt.Errorf("%d registers or bits: a request has at most %d", c.registers, most)
	}
	if int(v.Address)+c.registers > 1<<16 {
		return c, fmt.Errorf("%d registers or bits do not fit at %d", c.registers, v.Address)
	}
	return c, nil
}

// Registers is how many registers, or bits, the value takes.
func (c *Codec) Registers() int { return c.registers }

// number puts registers together.
func (c *Codec) number(r []uint16) (n uint64) {
	for i := range r {
		x := r[i]
		if c.order.lowRegisterFirst() {
			x = r[len(r)-1-i]
		}
		if c.order.lowByteFirst() {
			x = bits.ReverseBytes16(x)
		}
		n = n<<16 | uint64(x)
	}
	return n
}

// put takes n apart.
func (c *Codec) put(r []uint16, n uint64) {
	for i := range r {
		x := uint16(n >> (16 * (len(r) - 1 - i)))
		if c.order.lowByteFirst() {
			x = bits.ReverseBytes16(x)
		}
		if c.order.lowRegisterFirst() {
			r[len(r)-1-i] = x
		} else {
			r[i] = x
		}
	}
}

// Decode is what registers, of which there are as many as Registers says, mean: a float64 if
// there is a scale or an offset or Type is one, else an int64, an enum of 0 and 1 for a bit, or
// a text; or an array of the first two.
func (c *Codec) Decode(r []uint16) pv.Value {
	size := types[c.typ].registers
	switch {
	case c.typ == String:
		return pv.StringValue(c.text(r))
	case c.typ == Bit:
		return pv.EnumValue(uint16(c.number(r)>>c.bit) & 1)
	case c.table.bits() && c.count == 0:
		return pv.EnumValue(r[0])
	case c.table.bits():
		out := make([]int64, c.count)
		for i := range out {
			out[i] = int64(r[i])
		}
		return pv.ArrayValue(out)
	case (c.typ.float() || c.scaled) && c.count == 0:
		return pv.Float64Value(c.float(r))
	case c.typ.float() || c.scaled:
		out := make([]float64, c.count)
		for i := range out {
			out[i] = c.float(r[i*size:][:size])
		}
		return pv.ArrayValue(out)
	case c.count == 0:
		return pv.Int64Value(c.integer(r))
	}
	out := make([]int64, c.count)
	for i := range out {
		out[i] = c.integer(r[i*size:][:size])
	}
	return pv.ArrayValue(out)
}

func (c *Codec) integer(r []uint16) int64 {
	n := c.number(r)
	switch c.typ {
	case Int16:
		return int64(int16(n))
	case Int32:
		return int64(int32(n))
	}
	return int64(n)
}

func (c *Codec) float(r []uint16) float64 {
	var x float64
	switch c.typ {
	case Float32:
		x = float64(math.Float32frombits(uint32(c.number(r))))
	case Float64:
		x = math.Float64frombits(c.number(r))
	default:
		x = float64(c.integer(r))
	}
	if c.scaled {
		x = x*c.scale + c.offset
	}
	return x
}

// text is what registers spell, up to a NUL and without blanks at its end.
func (c *Codec) text(r []uint16) string {
	var b strings.Builder
	for _, x := range r {
		if c.order.lowByteFirst() {
			x = bits.ReverseBytes16(x)
		}
		b.WriteByte(byte(x >> 8))
		b.WriteByte(byte(x))
	}
	s, _, _ := strings.Cut(b.String()[:c.count], "\x00")
	return strings.TrimRight(s, " ")
}

// Encode puts v into r, which has as many registers or bits as Registers says; of an array that
// is shorter only as many as it needs, whose number it returns. What does not fit is an error.
// The other bits of a Bit's register stay.
func (c *Codec) Encode(r []uint16, v pv.Value) (n int, err error) {
	if c.typ == String {
		return c.spell(r, v)
	}
	most := max(c.count, 1)
	switch {
	case v.Kind() == pv.Invalid || v.Kind() == pv.String:
		return 0, fmt.Errorf("cannot write a value of kind %v", v.Kind())
	case v.Len() > most:
		return 0, fmt.Errorf("%d elements, at most %d fit", v.Len(), most)
	case v.Len() == 0:
		return 0, errors.New("no elements")
	}
	size := c.registers / most
	for i := range v.Len() {
		if err := c.element(r[i*size:][:size], v.At(i)); err != nil {
			return 0, err
		}
	}
	return size * v.Len(), nil
}

func (c *Codec) element(r []uint16, v pv.Value) error {
	x := v.Float64()
	switch {
	case c.table.bits(), c.typ == Bit:
		if x != 0 && x != 1 {
			return fmt.Errorf("%v does not fit: a bit takes 0 and 1", x)
		}
		if c.table.bits() {
			r[0] = uint16(x)
		} else {
			n := c.number(r)
			c.put(r, n&^(1<<c.bit)|uint64(x)<<c.bit)
		}
		return nil
	case c.scaled:
		x = (x - c.offset) / c.scale
	case c.typ == Int64 && !v.Kind().IsFloat():
		c.put(r, uint64(v.Int64())) // more than a float64 can hold
		return nil
	}
	switch c.typ {
	case Float64:
		c.put(r, math.Float64bits(x))
		return nil
	case Float32:
		f := float32(x)
		if math.IsInf(float64(f), 0) && !math.IsInf(x, 0) {
			return fmt.Errorf("%v does not fit into a float32", v.Float64())
		}
		c.put(r, uint64(math.Float32bits(f)))
		return nil
	}
	low, high := types[c.typ].low, types[c.typ].high
	x = math.Round(x)
	if !(x >= low && x <= high) || x == 1<<63 { // NaN neither
		low, high = low*c.scale+c.offset, high*c.scale+c.offset
		return fmt.Errorf("%v does not fit: the value takes %.10g to %.10g", v.Float64(), min(low, high), max(low, high))
	}
	c.put(r, uint64(int64(x)))
	return nil
}

// spell puts a text into registers, with NULs behind it.
func (c *Codec) spell(r []uint16, v pv.Value) (int, error) {
	s := v.Str()
	if b, ok := pv.Elements[uint8](v); ok { // how long strings travel
		s, _, _ = strings.Cut(string(b), "\x00")
	} else if v.Kind() != pv.String {
		return 0, fmt.Errorf("cannot write a value of kind %v as text", v.Kind())
	}
	if len(s) > c.count {
		return 0, fmt.Errorf("%d bytes, at most %d fit", len(s), c.count)
	}
	at := func(i int) uint16 {
		if i < len(s) {
			return uint16(s[i])
		}
		return 0
	}
	for i := range r {
		r[i] = at(2*i)<<8 | at(2*i+1)
		if c.order.lowByteFirst() {
			r[i] = bits.ReverseBytes16(r[i])
		}
	}
	return len(r), nil
}
