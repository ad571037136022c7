package bus

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

func TestDecode(t *testing.T) {
	for _, test := range []struct {
		name string
		r    Register
		b    []byte
		want pv.Value
	}{
		{"uint8", Register{Type: Uint8}, []byte{0xFE}, pv.IntValue(pv.Uint8, 254)},
		{"int8", Register{Type: Int8}, []byte{0xFE}, pv.IntValue(pv.Int8, -2)},
		{"uint16", Register{Type: Uint16}, []byte{0xFF, 0xFE}, pv.IntValue(pv.Uint16, 0xFFFE)},
		{"int16", Register{Type: Int16}, []byte{0xFF, 0xFE}, pv.IntValue(pv.Int16, -2)},
		{"int16 little", Register{Type: Int16, Order: LittleEndian}, []byte{0xFE, 0xFF}, pv.IntValue(pv.Int16, -2)},
		{"uint24", Register{Type: Uint24}, []byte{0x80, 0, 1}, pv.IntValue(pv.Uint32, 0x800001)},
		{"int24", Register{Type: Int24}, []byte{0x80, 0, 1}, pv.IntValue(pv.Int32, -0x7FFFFF)},
		{"int24 little", Register{Type: Int24, Order: LittleEndian}, []byte{1, 0, 0x80}, pv.IntValue(pv.Int32, -0x7FFFFF)},
		{"uint32", Register{Type: Uint32}, []byte{0xFF, 0xFF, 0xFF, 0xFF}, pv.IntValue(pv.Uint32, math.MaxUint32)},
		{"int32", Register{Type: Int32}, []byte{0x80, 0, 0, 0}, pv.IntValue(pv.Int32, math.MinInt32)},
		{"float32", Register{Type: Float32}, []byte{0x3F, 0xC0, 0, 0}, pv.Float32Value(1.5)},
		{"float32 scaled", Register{Type: Float32, Scale: 2, Offset: 1}, []byte{0x3F, 0xC0, 0, 0}, pv.Float64Value(4)},
		{"scaled", Register{Type: Int16, Scale: 0.5, Offset: 10}, []byte{0xFF, 0xFF}, pv.Float64Value(9.5)},
		{"scale of 1 keeps the integer", Register{Type: Int16, Scale: 1}, []byte{0, 1}, pv.IntValue(pv.Int16, 1)},
		{"bits", Register{Type: Uint8, Mask: 0x30, Shift: 4}, []byte{0xEF}, pv.IntValue(pv.Uint8, 2)},
		{"12 bits on the left, as the TMP102 has", Register{Type: Int16, Mask: 0xFFF0, Shift: 4, Scale: 0.0625}, []byte{0xE7, 0x00}, pv.Float64Value(-25)},
		{"and positive", Register{Type: Int16, Mask: 0xFFF0, Shift: 4, Scale: 0.0625}, []byte{0x19, 0x00}, pv.Float64Value(25)},
		{"shift without mask", Register{Type: Int16, Shift: 8}, []byte{0xFE, 0x12}, pv.IntValue(pv.Int16, -2)},
		{"all bits of 32", Register{Type: Int32, Mask: 0xFFFFFFFF}, []byte{0xFF, 0xFF, 0xFF, 0xFF}, pv.IntValue(pv.Int32, -1)},
	} {
		c := NewCodec(test.r, DefaultOrder)
		if got := c.Decode(test.b); !got.Equal(test.want) || got.Kind() != test.want.Kind() {
			t.Errorf("%s: %v %v, want %v %v", test.name, got.Kind(), got, test.want.Kind(), test.want)
		}
	}
}

func TestEncode(t *testing.T) {
	for _, test := range []struct {
		name string
		r    Register
		old  []byte
		x    float64
		want []byte // nil: refused
	}{
		{"int16", Register{Type: Int16}, nil, -2, []byte{0xFF, 0xFE}},
		{"int16 little", Register{Type: Int16, Order: LittleEndian}, nil, -2, []byte{0xFE, 0xFF}},
		{"int16 is full", Register{Type: Int16}, nil, 32768, nil},
		{"int16 is full below", Register{Type: Int16}, nil, -32769, nil},
		{"rounded", Register{Type: Uint8}, nil, 2.5, []byte{3}},
		{"rounded up into the range", Register{Type: Uint8}, nil, -0.4, []byte{0}},
		{"uint8 is not negative", Register{Type: Uint8}, nil, -1, nil},
		{"uint32", Register{Type: Uint32}, nil, math.MaxUint32, []byte{0xFF, 0xFF, 0xFF, 0xFF}},
		{"int24", Register{Type: Int24}, nil, -0x800000, []byte{0x80, 0, 0}},
		{"scaled", Register{Type: Uint16, Scale: 0.001, Offset: -1}, nil, 3.095, []byte{0x0F, 0xFF}},
		{"scaled down", Register{Type: Int8, Scale: -1}, nil, 5, []byte{0xFB}},
		{"bits", Register{Type: Uint8, Mask: 0x30, Shift: 4}, []byte{0xCF}, 2, []byte{0xEF}},
		{"bits are full", Register{Type: Uint8, Mask: 0x30, Shift: 4}, []byte{0xCF}, 4, nil},
		{"signed bits", Register{Type: Int8, Mask: 0xF0, Shift: 4}, []byte{0x0A}, -8, []byte{0x8A}},
		{"float32", Register{Type: Float32}, nil, 1.5, []byte{0x3F, 0xC0, 0, 0}},
		{"float32 overflows", Register{Type: Float32}, nil, 1e39, nil},
		{"not a number", Register{Type: Int16}, nil, math.NaN(), nil},
		{"infinite", Register{Type: Int16}, nil, math.Inf(1), nil},
	} {
		c := NewCodec(test.r, DefaultOrder)
		b := make([]byte, test.r.Type.Size())
		copy(b, test.old)
		bits, err := c.Encode(test.x)
		c.Merge(b, bits)
		if (err != nil) != (test.want == nil) || err == nil && !bytes.Equal(b, test.want) {
			t.Errorf("%s: % X, %v; want % X", test.name, b, err, test.want)
		}
	}
}

func TestOrderOfDevice(t *testing.T) {
	for _, test := range []struct {
		device, register Order
		little           bool
	}{
		{DefaultOrder, DefaultOrder, false},
		{LittleEndian, DefaultOrder, true},
		{LittleEndian, BigEndian, false},
		{BigEndian, LittleEndian, true},
	} {
		if c := NewCodec(Register{Order: test.register}, test.device); c.little != test.little {
			t.Errorf("device %d, register %d: little %v", test.device, test.register, c.little)
		}
	}
}

func TestMakeBlocks(t *testing.T) {
	registers := []Register{
		{At: 0xF7, Type: Uint24},
		{At: 0xFA, Type: Uint24},
		{At: 0xFD, Type: Uint16},
		{At: 0xD0},
		{At: 0xF7, Type: Uint24, Mask: 0xF},
		{At: 0xF7},
	}
	layout := func(adjacent bool) (l [][3]int) {
		var all []*register
		for _, r := range registers {
			all = append(all, &register{at: r.At, codec: NewCodec(r, DefaultOrder)})
		}
		for _, b := range makeBlocks(all, &Map{Block: adjacent}, false) {
			l = append(l, [3]int{int(b.at), b.size, len(b.registers)})
		}
		for _, r := range all {
			if len(r.bytes) != r.codec.typ.Size() {
				t.Errorf("0x%02X has %d bytes of its block", r.at, len(r.bytes))
			}
		}
		return l
	}
	if got, want := layout(true), [][3]int{{0xD0, 1, 1}, {0xF7, 8, 5}}; !slices.Equal(got, want) {
		t.Errorf("adjacent: %v, want %v", got, want)
	}
	if got, want := layout(false), [][3]int{{0xD0, 1, 1}, {0xF7, 1, 1}, {0xF7, 3, 2}, {0xFA, 3, 1}, {0xFD, 2, 1}}; !slices.Equal(got, want) {
		t.Errorf("apart: %v, want %v", got, want)
	}
}

// What a register decodes it encodes to the same bits, for any description that is
// accepted; no description makes it panic.
func FuzzRegister(f *testing.F) {
	f.Add(uint8(Int16), uint8(0), uint32(0xFFF0), uint8(4), uint32(0xE7001234))
	f.Add(uint8(Float32), uint8(2), uint32(0), uint8(0), uint32(0x3FC00000))
	f.Add(uint8(Uint32), uint8(1), uint32(1<<31), uint8(31), uint32(0))
	f.Fuzz(func(t *testing.T, typ, order uint8, mask uint32, shift uint8, content uint32) {
		r := Register{Type: Type(typ), Order: Order(order), Mask: mask, Shift: shift}
		if r.Check(&Map{}) != nil {
			return
		}
		c := NewCodec(r, DefaultOrder)
		b := []byte{byte(content >> 24), byte(content >> 16), byte(content >> 8), byte(content)}[:r.Type.Size()]
		v := c.Decode(b)
		again := bytes.Clone(b)
		bits, err := c.Encode(v.Float64())
		if err != nil {
			t.Fatalf("%+v: decoded % X to %v, then: %v", r, b, v, err)
		}
		c.Merge(again, bits)
		w := c.Decode(again)
		if nan := math.IsNaN(v.Float64()) && math.IsNaN(w.Float64()); !v.Equal(w) && !nan {
			t.Fatalf("%+v: % X is %v, encoded to % X, which is %v", r, b, v, again, w)
		}
		if c.number(b)&^c.mask != c.number(again)&^c.mask {
			t.Fatalf("%+v: % X became % X: other bits have changed", r, b, again)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	c := NewCodec(Register{Type: Int16, Scale: 0.000125}, BigEndian)
	data := []byte{0x12, 0x34}
	b.ReportAllocs()
	for b.Loop() {
		c.Decode(data)
	}
}
