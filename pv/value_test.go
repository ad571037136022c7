package pv_test

import (
	"math"
	"runtime"
	"testing"
	"unsafe"

	"github.com/ioclet/ioclet/pv"
)

func TestScalars(t *testing.T) {
	for _, test := range []struct {
		v    pv.Value
		kind pv.Kind
		f    float64
		i    int64
	}{
		{pv.Float64Value(-1.75), pv.Float64, -1.75, -1},
		{pv.Float32Value(2.5), pv.Float32, 2.5, 2},
		{pv.Int32Value(-5), pv.Int32, -5, -5},
		{pv.Int64Value(math.MinInt64), pv.Int64, math.MinInt64, math.MinInt64},
		{pv.EnumValue(65535), pv.Enum, 65535, 65535},
		{pv.IntValue(pv.Int8, 200), pv.Int8, -56, -56},
		{pv.IntValue(pv.Uint8, -1), pv.Uint8, 255, 255},
		{pv.IntValue(pv.Int16, 40000), pv.Int16, -25536, -25536},
		{pv.IntValue(pv.Uint16, -1), pv.Uint16, 65535, 65535},
		{pv.IntValue(pv.Int32, 1<<31), pv.Int32, math.MinInt32, math.MinInt32},
		{pv.IntValue(pv.Uint32, -1), pv.Uint32, math.MaxUint32, math.MaxUint32},
		{pv.IntValue(pv.Uint64, -1), pv.Uint64, math.MaxUint64, -1},
		{pv.Float64Value(math.NaN()), pv.Float64, math.NaN(), 0},
		{pv.Float64Value(1e300), pv.Float64, 1e300, math.MaxInt64},
		{pv.Float64Value(-1e300), pv.Float64, -1e300, math.MinInt64},
		{pv.StringValue("12"), pv.String, 0, 0},
		{pv.Value{}, pv.Invalid, 0, 0},
	} {
		if test.v.Kind() != test.kind || test.v.IsArray() {
			t.Errorf("%v: kind %v, array %v", test.v, test.v.Kind(), test.v.IsArray())
		}
		if got := test.v.Float64(); got != test.f && !(math.IsNaN(got) && math.IsNaN(test.f)) {
			t.Errorf("%v: Float64 %v, want %v", test.v, got, test.f)
		}
		if got := test.v.Int64(); got != test.i {
			t.Errorf("%v: Int64 %v, want %v", test.v, got, test.i)
		}
		if want := min(int(test.kind), 1); test.v.Len() != want {
			t.Errorf("%v: Len %d", test.v, test.v.Len())
		}
	}
}

func TestIntValuePanicsForOtherKinds(t *testing.T) {
	for _, k := range []pv.Kind{pv.Invalid, pv.String, pv.Float32, pv.Float64} {
		wantPanic(t, k.String(), func() { pv.IntValue(k, 1) })
	}
}

func TestArrays(t *testing.T) {
	checkArray(t, pv.Int8, []int8{1, -2, 3})
	checkArray(t, pv.Uint8, []uint8{1, 255, 3})
	checkArray(t, pv.Int16, []int16{1, -2, 3})
	checkArray(t, pv.Uint16, []uint16{1, 65535, 3})
	checkArray(t, pv.Int32, []int32{1, -2, 3})
	checkArray(t, pv.Uint32, []uint32{1, 1 << 31, 3})
	checkArray(t, pv.Int64, []int64{1, -2, 3})
	checkArray(t, pv.Uint64, []uint64{1, 1 << 63, 3})
	checkArray(t, pv.Float32, []float32{1, -2.5, 3})
	checkArray(t, pv.Float64, []float64{1, -2.5, 3})
	checkArray(t, pv.String, []string{"one", "", "three"})
}

func checkArray[T pv.Element](t *testing.T, kind pv.Kind, s []T) {
	t.Helper()
	v := pv.ArrayValue(s)
	if v.Kind() != kind || !v.IsArray() || v.Len() != 3 {
		t.Errorf("%v: kind %v, length %d", v, v.Kind(), v.Len())
	}
	back, ok := pv.Elements[T](v)
	if !ok || &back[0] != &s[0] || len(back) != 3 {
		t.Errorf("%v: elements %v, %v", kind, back, ok)
	}
	for i := range 3 {
		e := v.At(i)
		if e.IsArray() || e.Kind() != kind || !e.Equal(pv.ArrayValue(s[i:i+1]).At(0)) {
			t.Errorf("%v: element %d is %v", kind, i, e)
		}
	}
	if part := v.Slice(1, 3); part.Len() != 2 || !part.At(0).Equal(v.At(1)) {
		t.Errorf("%v: slice %v", kind, part)
	}
	if part := v.Slice(3, 3); part.Len() != 0 || part.Kind() != kind {
		t.Errorf("%v: empty slice %v", kind, part)
	}
	if v.Float64() != 0 || v.Int64() != 0 || v.Str() != "" {
		t.Errorf("%v: an array read as a scalar", kind)
	}
	other := append([]T{}, s...)
	if !v.Equal(pv.ArrayValue(other)) {
		t.Errorf("%v: not equal to its copy", kind)
	}
	other[2] = other[0]
	if v.Equal(pv.ArrayValue(other)) || v.Equal(v.Slice(0, 2)) {
		t.Errorf("%v: equal to another", kind)
	}
	wantPanic(t, "At(3)", func() { v.At(3) })
	wantPanic(t, "At(-1)", func() { v.At(-1) })
	wantPanic(t, "Slice(2, 4)", func() { v.Slice(2, 4) })
	wantPanic(t, "Slice(2, 1)", func() { v.Slice(2, 1) })
	wantPanic(t, "Slice of a scalar", func() { v.At(0).Slice(0, 1) })
}

func wantPanic(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s does not panic", name)
		}
	}()
	f()
}

func TestEnumArray(t *testing.T) {
	v := pv.EnumArrayValue([]uint16{2, 1})
	s, ok := pv.Elements[uint16](v)
	if v.Kind() != pv.Enum || !ok || len(s) != 2 || !v.At(0).Equal(pv.EnumValue(2)) {
		t.Errorf("%v, %v, %v", v, s, ok)
	}
	if v.Equal(pv.ArrayValue([]uint16{2, 1})) {
		t.Error("equal to an array of numbers")
	}
	if _, ok := pv.Elements[int16](v); ok {
		t.Error("elements of another type")
	}
}

func TestEmptyArrays(t *testing.T) {
	for _, v := range []pv.Value{pv.ArrayValue([]float64{}), pv.ArrayValue[float64](nil)} {
		s, ok := pv.Elements[float64](v)
		if !v.IsArray() || v.Len() != 0 || !ok || len(s) != 0 || !v.Equal(pv.ArrayValue([]float64{})) {
			t.Errorf("%v: %v, %v", v, s, ok)
		}
	}
	if _, ok := pv.Elements[float64](pv.Value{}); ok {
		t.Error("elements of the zero Value")
	}
}

func TestEqual(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		v, w pv.Value
		want bool
	}{
		{pv.Value{}, pv.Value{}, true},
		{pv.Float64Value(nan), pv.Float64Value(nan), true},
		{pv.Float64Value(0), pv.Float64Value(math.Copysign(0, -1)), true},
		{pv.Float64Value(1), pv.Float32Value(1), false},
		{pv.Int32Value(1), pv.Int64Value(1), false},
		{pv.Int32Value(1), pv.Int32Value(2), false},
		{pv.StringValue("a"), pv.StringValue("a"), true},
		{pv.StringValue("a"), pv.StringValue("b"), false},
		{pv.StringValue(""), pv.StringValue("a"), false},
		{pv.Float64Value(1), pv.ArrayValue([]float64{1}), false},
		{pv.ArrayValue([]float64{1, nan}), pv.ArrayValue([]float64{1, nan}), true},
	} {
		if test.v.Equal(test.w) != test.want || test.w.Equal(test.v) != test.want {
			t.Errorf("%v (%v) equals %v (%v): %v", test.v, test.v.Kind(), test.w, test.w.Kind(), !test.want)
		}
	}
}

func TestStringSharesItsBytes(t *testing.T) {
	s := "a text of some length"
	if got := pv.StringValue(s).Str(); got != s || unsafe.StringData(got) != unsafe.StringData(s) {
		t.Errorf("%q", got)
	}
}

func TestScalarsAreMadeWithoutAllocation(t *testing.T) {
	sum := 0.0
	allocs := testing.AllocsPerRun(100, func() {
		for _, v := range [...]pv.Value{pv.Float64Value(1), pv.Int32Value(2), pv.StringValue("x"), pv.EnumValue(3)} {
			sum += v.Float64()
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestKinds(t *testing.T) {
	for _, test := range []struct {
		k                     pv.Kind
		name                  string
		float, signed, number bool
	}{
		{pv.Invalid, "invalid", false, false, false},
		{pv.String, "string", false, false, false},
		{pv.Int8, "int8", false, true, true},
		{pv.Uint64, "uint64", false, false, true},
		{pv.Float32, "float32", true, false, true},
		{pv.Float64, "float64", true, false, true},
		{pv.Enum, "enum", false, false, false},
		{pv.Kind(99), "invalid", false, false, false},
	} {
		if test.k.String() != test.name || test.k.IsFloat() != test.float || test.k.IsSigned() != test.signed || test.k.IsNumber() != test.number {
			t.Errorf("%d: %v, %v, %v, %v", test.k, test.k, test.k.IsFloat(), test.k.IsSigned(), test.k.IsNumber())
		}
	}
}

func TestAddress(t *testing.T) {
	a, b := pv.ArrayValue([]float64{1, 2}), pv.ArrayValue([]float64{1, 2})
	if a.Address() != a.Slice(0, 1).Address() || a.Address() == b.Address() || a.Address() == 0 {
		t.Errorf("addresses %x, %x, %x", a.Address(), a.Slice(0, 1).Address(), b.Address())
	}
	if at := pv.Float64Value(1).Address(); at != 0 {
		t.Errorf("a scalar at %x", at)
	}
	runtime.KeepAlive(b)
}
