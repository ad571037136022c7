package modbus

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

func regs(r ...uint16) []uint16 { return r }

// TestCodec: values as registers, in both directions.
func TestCodec(t *testing.T) {
	const pi = 0x40490fdb // of 32 bits
	for _, c := range []struct {
		name  string
		value Value
		regs  []uint16
		want  pv.Value
	}{
		{"uint16", Value{}, regs(0xffce), pv.Int64Value(65486)},
		{"int16", Value{Type: Int16}, regs(0xffce), pv.Int64Value(-50)},
		{"int16 AB", Value{Type: Int16, Order: ABCD}, regs(0x0102), pv.Int64Value(0x0102)},
		{"int16 BA", Value{Type: Int16, Order: BADC}, regs(0x0102), pv.Int64Value(0x0201)},
		{"scaled", Value{Type: Int16, Scale: 0.5, Offset: 3}, regs(0xffce), pv.Float64Value(-22)},
		{"uint32 ABCD", Value{Type: Uint32}, regs(0x0102, 0x0304), pv.Int64Value(0x01020304)},
		{"uint32 CDAB", Value{Type: Uint32, Order: CDAB}, regs(0x0304, 0x0102), pv.Int64Value(0x01020304)},
		{"uint32 BADC", Value{Type: Uint32, Order: BADC}, regs(0x0201, 0x0403), pv.Int64Value(0x01020304)},
		{"uint32 DCBA", Value{Type: Uint32, Order: DCBA}, regs(0x0403, 0x0201), pv.Int64Value(0x01020304)},
		{"int32", Value{Type: Int32}, regs(0xffff, 0xfffe), pv.Int64Value(-2)},
		{"int64", Value{Type: Int64}, regs(0x8000, 0, 0, 1), pv.Int64Value(math.MinInt64 + 1)},
		{"int64 CDAB", Value{Type: Int64, Order: CDAB}, regs(4, 3, 2, 1), pv.Int64Value(0x0001000200030004)},
		{"float32", Value{Type: Float32}, regs(pi>>16, pi&0xffff), pv.Float64Value(float64(float32(math.Pi)))},
		{"float32 CDAB", Value{Type: Float32, Order: CDAB}, regs(pi&0xffff, pi>>16), pv.Float64Value(float64(float32(math.Pi)))},
		{"float64", Value{Type: Float64}, regs(0x4009, 0x21fb, 0x5444, 0x2d18), pv.Float64Value(math.Pi)},
		{"array", Value{Type: Uint32, Count: 2, Order: CDAB}, regs(1, 0, 2, 0), pv.ArrayValue([]int64{1, 2})},
		{"scaled array", Value{Count: 3, Scale: 0.5}, regs(1, 2, 3), pv.ArrayValue([]float64{0.5, 1, 1.5})},
		{"string", Value{Type: String, Count: 5}, regs('a'<<8|'b', 'c'<<8|'d', 'e'<<8), pv.StringValue("abcde")},
		{"string BA", Value{Type: String, Count: 4, Order: BADC}, regs('b'<<8|'a', 'c'), pv.StringValue("abc")},
		{"coil", Value{Table: Coil}, regs(1), pv.EnumValue(1)},
		{"coils", Value{Table: Coil, Count: 3}, regs(1, 0, 1), pv.ArrayValue([]int64{1, 0, 1})},
	} {
		codec, err := NewCodec(c.value, ABCD)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := codec.Decode(c.regs); !got.Equal(c.want) || codec.Registers() != len(c.regs) {
			t.Errorf("%s: %d registers read %v %v %q, want %v", c.name, codec.Registers(), got.Kind(), got.Float64(), got.Str(), c.want.Float64())
		}
		r := make([]uint16, codec.Registers())
		if n, err := codec.Encode(r, c.want); err != nil || n != len(r) || !slices.Equal(r, c.regs) {
			t.Errorf("%s: written as %04x, %d, %v; want %04x", c.name, r, n, err, c.regs)
		}
	}
}

// TestBit: a bit of a register leaves the others alone.
func TestBit(t *testing.T) {
	codec, err := NewCodec(Value{Type: Bit, Bit: 9}, ABCD)
	if err != nil {
		t.Fatal(err)
	}
	r := regs(0xfdff)
	if v := codec.Decode(r); !v.Equal(pv.EnumValue(0)) {
		t.Errorf("read %v, want 0", v.Int64())
	}
	if _, err := codec.Encode(r, pv.EnumValue(1)); err != nil || r[0] != 0xffff {
		t.Errorf("written as %04x, %v", r, err)
	}
	if _, err := codec.Encode(r, pv.Int64Value(0)); err != nil || r[0] != 0xfdff {
		t.Errorf("written as %04x, %v", r, err)
	}
}

func TestDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		value Value
		put   pv.Value
		want  string
	}{
		{Value{}, pv.Float64Value(-1), "takes 0 to 65535"},
		{Value{Type: Int16, Scale: -0.1}, pv.Float64Value(4000), "takes -3276.7 to 3276.8"},
		{Value{Type: Int64}, pv.Float64Value(math.MaxInt64), "does not fit"},
		{Value{}, pv.Float64Value(math.NaN()), "does not fit"},
		{Value{Type: Float32}, pv.Float64Value(1e300), "into a float32"},
		{Value{Table: Coil}, pv.Int64Value(2), "0 and 1"},
		{Value{}, pv.StringValue("1"), "kind string"},
		{Value{}, pv.Value{}, "kind invalid"},
		{Value{}, pv.ArrayValue([]int64{1, 2}), "2 elements, at most 1"},
		{Value{Count: 2}, pv.ArrayValue([]int64{}), "no elements"},
		{Value{Type: String, Count: 2}, pv.StringValue("abc"), "3 bytes, at most 2"},
		{Value{Type: String, Count: 2}, pv.Int64Value(1), "as text"},
	} {
		codec, err := NewCodec(c.value, ABCD)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := codec.Encode(make([]uint16, codec.Registers()), c.put); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.value, err, c.want)
		}
	}
}

func TestBadValues(t *testing.T) {
	for _, c := range []struct {
		value Value
		want  string
	}{
		{Value{Table: 4}, "no table 4"},
		{Value{Type: 99}, "no type 99"},
		{Value{Order: 9}, "no order 9"},
		{Value{Count: -1}, "negative"},
		{Value{Table: Coil, Type: Int16}, "neither type nor scale"},
		{Value{Table: Discrete, Scale: 2}, "neither type nor scale"},
		{Value{Type: String}, "count of bytes"},
		{Value{Type: String, Count: 2, Scale: 2}, "neither scale nor offset"},
		{Value{Type: Bit, Count: 2}, "no array"},
		{Value{Type: Bit, Bit: 16}, "0 to 15"},
		{Value{Bit: 3}, "of type bit"},
		{Value{Scale: math.Inf(1)}, "finite"},
		{Value{Table: Input, Write: true}, "input cannot be written"},
		{Value{OnExit: pv.Int64Value(1)}, "on_exit"},
		{Value{Count: 126}, "at most 125"},
		{Value{Count: 124, Write: true}, "at most 123"},
		{Value{Table: Coil, Count: 2001}, "at most 2000"},
		{Value{Address: 0xffff, Type: Int32}, "do not fit at 65535"},
	} {
		if _, err := NewCodec(c.value, ABCD); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.value, err, c.want)
		}
	}
}

// TestPlan: neighbours are read together, as far as a request may go.
func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name   string
		slave  Slave
		blocks string
	}{
		{"neighbours", Slave{Values: []Value{{Address: 3, Type: Float32}, {Address: 0}, {Address: 1}, {Address: 5}}}, "holding 0+6"},
		{"gaps", Slave{Gap: 2, Values: []Value{{Address: 0}, {Address: 3}, {Address: 7}}}, "holding 0+4, holding 7+1"},
		{"no gaps", Slave{Gap: -1, Values: []Value{{Address: 0}, {Address: 1}, {Address: 3}}}, "holding 0+2, holding 3+1"},
		{
			"tables",
			Slave{Values: []Value{{Address: 0}, {Table: Input, Address: 1}, {Table: Coil, Address: 2}, {Table: Discrete, Address: 3}}},
			"holding 0+1, input 1+1, coil 2+1, discrete 3+1",
		},
		{"overlapping", Slave{Values: []Value{{Address: 0, Count: 10}, {Address: 2}, {Address: 9, Type: Int32}}}, "holding 0+11"},
		{"long", Slave{Values: []Value{{Address: 0, Count: 100}, {Address: 100, Count: 25}, {Address: 125}}}, "holding 0+125, holding 125+1"},
		{"short", Slave{MaxRead: 4, Values: []Value{{Address: 0}, {Address: 3}, {Address: 4}}}, "holding 0+4, holding 4+1"},
		{"bits", Slave{Gap: 1, Values: []Value{{Table: Coil}, {Table: Coil, Address: 17}, {Table: Coil, Address: 35}}}, "coil 0+18, coil 35+1"},
	} {
		c.slave.Unit = 1
		d, err := New(Options{Dial: nobody, Slaves: []Slave{c.slave}})
		if err != nil {
			t.Fatal(err)
		}
		var blocks []string
		seen := map[*block]bool{}
		for _, ch := range sortedChannels(d.slaves[0]) {
			if b := ch.block; !seen[b] {
				seen[b] = true
				blocks = append(blocks, fmt.Sprintf("%v %d+%d", b.table, b.first, len(b.values)))
			}
		}
		if got := strings.Join(blocks, ", "); got != c.blocks {
			t.Errorf("%s: %s, want %s", c.name, got, c.blocks)
		}
	}
}

func sortedChannels(s *slave) []*channel {
	return slices.SortedStableFunc(slices.Values(s.channels), func(a, b *channel) int {
		return (int(a.codec.table)-int(b.codec.table))<<16 + int(a.address) - int(b.address)
	})
}
