package pv

import (
	"math"
	"unsafe"
)

// Value is one value of a process variable: a scalar, or an array whose
// elements are all of one [Kind]. The zero Value is Invalid and has no elements.
//
// A Value is small (24 bytes on 64-bit machines) and is passed by value. Making
// or reading a scalar never allocates. The elements of an array belong to the
// Value once it is made: neither its maker nor its readers may change them.
//
// Compare with [Value.Equal]; == does not compile.
type Value struct {
	_     [0]func()
	ptr   unsafe.Pointer // first byte of a string, first element of an array
	bits  uint64         // a scalar number: an integer sign-extended to 64 bits, a float as float64
	n     uint32         // length of a string, count of an array, 1 for a number
	kind  Kind
	array bool
}

// Element lists the Go types of array elements. The elements of an Enum array
// are uint16; see [EnumArrayValue].
type Element interface {
	string | int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32 | float64
}

// StringValue is a scalar string. Its length is not limited here; a record's
// field or a wire format may cut it.
func StringValue(s string) Value {
	return Value{kind: String, ptr: unsafe.Pointer(unsafe.StringData(s)), n: length(len(s))}
}

// Float64Value is a scalar of kind Float64.
func Float64Value(x float64) Value { return Value{kind: Float64, bits: math.Float64bits(x), n: 1} }

// Float32Value is a scalar of kind Float32.
func Float32Value(x float32) Value {
	return Value{kind: Float32, bits: math.Float64bits(float64(x)), n: 1}
}

// Int32Value is a scalar of kind Int32.
func Int32Value(x int32) Value { return Value{kind: Int32, bits: uint64(int64(x)), n: 1} }

// Int64Value is a scalar of kind Int64.
func Int64Value(x int64) Value { return Value{kind: Int64, bits: uint64(x), n: 1} }

// EnumValue is a scalar of kind Enum: the index of a choice.
func EnumValue(index uint16) Value { return Value{kind: Enum, bits: uint64(index), n: 1} }

// IntValue is a scalar of the integer kind k (or Enum), x cut to its width as a
// C assignment does. It panics for any other kind.
func IntValue(k Kind, x int64) Value {
	switch k {
	case Int8:
		x = int64(int8(x))
	case Uint8:
		x = int64(uint8(x))
	case Int16:
		x = int64(int16(x))
	case Uint16, Enum:
		x = int64(uint16(x))
	case Int32:
		x = int64(int32(x))
	case Uint32:
		x = int64(uint32(x))
	case Int64, Uint64:
	default:
		panic("pv: IntValue of kind " + k.String())
	}
	return Value{kind: k, bits: uint64(x), n: 1}
}

// ArrayValue is an array that owns s from now on: the caller must not change its
// elements any more. The kind follows from T.
func ArrayValue[T Element](s []T) Value { return arrayOf(kindOf[T](), s) }

// EnumArrayValue is an array of choices' indices; it owns s as [ArrayValue] does.
func EnumArrayValue(s []uint16) Value { return arrayOf(Enum, s) }

func arrayOf[T any](k Kind, s []T) Value {
	return Value{kind: k, array: true, ptr: unsafe.Pointer(unsafe.SliceData(s)), n: length(len(s))}
}

func length(n int) uint32 {
	if uint64(n) > math.MaxUint32 {
		panic("pv: more than 2^32-1 elements")
	}
	return uint32(n)
}

func kindOf[T Element]() Kind {
	var z T
	switch any(z).(type) {
	case string:
		return String
	case int8:
		return Int8
	case uint8:
		return Uint8
	case int16:
		return Int16
	case uint16:
		return Uint16
	case int32:
		return Int32
	case uint32:
		return Uint32
	case int64:
		return Int64
	case uint64:
		return Uint64
	case float32:
		return Float32
	default:
		return Float64
	}
}

// Kind is the kind of v's elements, Invalid for the zero Value.
func (v Value) Kind() Kind { return v.kind }

// IsArray reports whether v was made as an array, of whatever length.
func (v Value) IsArray() bool { return v.array }

// Len is the number of elements: 1 for a scalar, 0 for the zero Value.
func (v Value) Len() int {
	switch {
	case v.array:
		return int(v.n)
	case v.kind == Invalid:
		return 0
	}
	return 1
}

// Str is the string of a scalar String, "" for everything else. Use
// [Value.String] for text of any value.
func (v Value) Str() string {
	if v.kind != String || v.array {
		return ""
	}
	return unsafe.String((*byte)(v.ptr), v.n)
}

// Float64 is a scalar number (an enum's index) as float64; 0 for a string, an
// array or the zero Value.
func (v Value) Float64() float64 {
	switch {
	case v.array || v.kind == String:
		return 0
	case v.kind.IsFloat():
		return math.Float64frombits(v.bits)
	case v.kind == Uint64:
		return float64(v.bits)
	}
	return float64(int64(v.bits))
}

// Int64 is a scalar number (an enum's index) as int64, a float cut towards zero
// and held to int64's range (NaN is 0), a uint64 as its bits; 0 for a string, an
// array or the zero Value.
func (v Value) Int64() int64 {
	switch {
	case v.array || v.kind == String:
		return 0
	case v.kind.IsFloat():
		return truncate(math.Float64frombits(v.bits))
	}
	return int64(v.bits)
}

// truncate cuts x towards zero and holds it to int64's range: Go leaves the
// conversion of an unrepresentable float to the machine, which differs between
// ARM and x86.
func truncate(x float64) int64 {
	switch {
	case x != x:
		return 0
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}

// Elements returns the elements of v if v is an array of T's kind (an Enum array
// has uint16 elements). The slice is v's own: it must not be changed.
func Elements[T Element](v Value) (s []T, ok bool) {
	k := kindOf[T]()
	if !v.array || v.kind != k && (v.kind != Enum || k != Uint16) {
		return nil, false
	}
	return unsafe.Slice((*T)(v.ptr), v.n), true
}

// At is element i of v as a scalar; At(0) of a scalar is v itself. It panics if i
// is out of range.
func (v Value) At(i int) Value {
	if i < 0 || i >= v.Len() {
		panic("pv: index out of range")
	}
	if !v.array {
		return v
	}
	p := unsafe.Add(v.ptr, uintptr(i)*v.kind.elemSize())
	switch v.kind {
	case String:
		return StringValue(*(*string)(p))
	case Float64:
		return Float64Value(*(*float64)(p))
	case Float32:
		return Float32Value(*(*float32)(p))
	case Int8:
		return IntValue(Int8, int64(*(*int8)(p)))
	case Uint8:
		return IntValue(Uint8, int64(*(*uint8)(p)))
	case Int16:
		return IntValue(Int16, int64(*(*int16)(p)))
	case Uint16, Enum:
		return IntValue(v.kind, int64(*(*uint16)(p)))
	case Int32:
		return IntValue(Int32, int64(*(*int32)(p)))
	case Uint32:
		return IntValue(Uint32, int64(*(*uint32)(p)))
	default:
		return IntValue(v.kind, *(*int64)(p))
	}
}

func (k Kind) elemSize() uintptr {
	switch k {
	case String:
		return unsafe.Sizeof("")
	case Int8, Uint8:
		return 1
	case Int16, Uint16, Enum:
		return 2
	case Int32, Uint32, Float32:
		return 4
	}
	return 8
}

// makeArray is an array of n zeros of kind k, for [Value.set] to fill before it is
// given away.
func makeArray(k Kind, n int) Value {
	switch k {
	case Int8:
		return ArrayValue(make([]int8, n))
	case Uint8:
		return ArrayValue(make([]uint8, n))
	case Int16:
		return ArrayValue(make([]int16, n))
	case Uint16:
		return ArrayValue(make([]uint16, n))
	case Enum:
		return EnumArrayValue(make([]uint16, n))
	case Int32:
		return ArrayValue(make([]int32, n))
	case Uint32:
		return ArrayValue(make([]uint32, n))
	case Int64:
		return ArrayValue(make([]int64, n))
	case Uint64:
		return ArrayValue(make([]uint64, n))
	case Float32:
		return ArrayValue(make([]float32, n))
	default:
		return ArrayValue(make([]float64, n))
	}
}

// set stores the scalar w of v's kind, a number, as element i.
func (v Value) set(i int, w Value) {
	p := unsafe.Add(v.ptr, uintptr(i)*v.kind.elemSize())
	switch v.kind {
	case Int8, Uint8:
		*(*uint8)(p) = uint8(w.bits)
	case Int16, Uint16, Enum:
		*(*uint16)(p) = uint16(w.bits)
	case Int32, Uint32:
		*(*uint32)(p) = uint32(w.bits)
	case Float32:
		*(*float32)(p) = float32(w.Float64())
	default:
		*(*uint64)(p) = w.bits
	}
}

// Slice is elements i to j (j excluded) of an array, sharing them. It panics if v
// is not an array or the range is not within it.
func (v Value) Slice(i, j int) Value {
	if !v.array || i < 0 || j < i || j > int(v.n) {
		panic("pv: slice out of range")
	}
	w := v
	w.n = uint32(j - i)
	if w.n > 0 { // never a pointer past the end
		w.ptr = unsafe.Add(v.ptr, uintptr(i)*v.kind.elemSize())
	}
	return w
}

// Address is where v's elements or text are in memory, as long as v is kept: values with
// one address share them. It is 0 for a scalar number.
func (v Value) Address() uintptr { return uintptr(v.ptr) }

// Equal reports whether v and w have the same kind, shape and elements. NaN
// equals NaN, so that a value that stays NaN counts as unchanged.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind || v.array != w.array || v.n != w.n {
		return false
	}
	if !v.array {
		if v.kind == String {
			return v.Str() == w.Str()
		}
		return v.bits == w.bits || v.kind.IsFloat() && sameFloat(v.Float64(), w.Float64())
	}
	if v.ptr == w.ptr {
		return true
	}
	for i := range int(v.n) {
		if !v.At(i).Equal(w.At(i)) {
			return false
		}
	}
	return true
}

func sameFloat(x, y float64) bool { return x == y || x != x && y != y }
